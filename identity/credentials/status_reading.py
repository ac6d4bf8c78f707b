"""Status lists of other issuers, read once they are fetched: whose word they are, and what they say. No Django here.

A refusal is a value, and always means *unknown*: whoever cannot show us a list that we can believe has said neither
that the credential counts nor that it does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from identity.credentials.data_model import check_credential
from identity.credentials.jose import OpenedJwt, verify_vc_jwt
from identity.credentials.jws import header_refusal, parse_jws
from identity.credentials.jwt_checks import Refused, dates_refusal, signing_key
from identity.credentials.keys import KeyFor
from identity.credentials.limits import CLOCK_SKEW
from identity.credentials.proofs.data_integrity import are_verified, verify_proofs
from identity.primitives.bitstring import bit_at, decode_bitstring, decode_token_list, status_at
from identity.primitives.canonical import parse_json
from identity.primitives.did import did_web
from identity.primitives.errors import AttornError, InvalidInput

STATUS_LIST_BYTES_MAX = 1 << 20
# Bitstring Status List 1.0, section 3.2: a shorter list gives its holders away and is an error.
ENTRIES_MIN = 131_072
TOKEN_TYPES = frozenset({"statuslist+jwt"})
_TOKEN_WIDTHS = (1, 2, 4, 8)
_SUBJECT_TYPES = {
    "BitstringStatusListCredential": "BitstringStatusList",
    "StatusList2021Credential": "StatusList2021",
}

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ForeignList:
    """A list that was proven to be its issuer's word.

    ``bits`` are in the order of its standard. ``width`` is the bits an entry of a Token Status List, None for a
    Bitstring Status List, where each credential says how wide its own entry is. ``purposes`` is empty for tokens.
    """

    bits: bytes
    width: int | None
    issuer: str
    purposes: frozenset[str]
    issued_at: datetime | None
    valid_until: datetime | None
    ttl_seconds: int | None

    def value(self, index: int, *, size: int = 1) -> int:
        """What the list says of an entry; 0 is *valid* in every standard. ``size`` is a Bitstring entry's width.

        Raises InvalidInput ``status_index_out_of_range``.
        """
        if self.width is not None:
            return status_at(self.bits, index, width=self.width)
        value = 0
        for place in range(index * size, (index + 1) * size):
            value = value << 1 | bit_at(self.bits, place)
        return value


def read_status_credential(
    data: bytes, *, url: str, issuer: str, key_for: KeyFor, at: datetime
) -> ForeignList | Refused:
    """The Bitstring Status List (or, read only, StatusList2021) in ``data``, fetched from ``url`` for a credential of
    ``issuer``. It may be a JSON document with Data Integrity proofs or a ``vc+jwt``."""
    try:
        return _bitstring(data, url=url, issuer=issuer, key_for=key_for, at=at)
    except (AttornError, UnicodeDecodeError) as error:
        return _unreadable(error)


def read_status_token(data: bytes, *, url: str, issuer: str, key_for: KeyFor, at: datetime) -> ForeignList | Refused:
    """The Token Status List (``statuslist+jwt``) in ``data``, fetched from ``url`` for a credential of ``issuer``."""
    try:
        return _token_list(data, url=url, issuer=issuer, key_for=key_for, at=at)
    except (AttornError, UnicodeDecodeError) as error:
        return _unreadable(error)


def may_speak_for(list_issuer: str, *, url: str, issuer: str) -> bool:
    """Whether a list of ``list_issuer`` at ``url`` may end or keep credentials of ``issuer``: it is the same party, or
    the did:web of the host to which the issuer's own signed credential points.

    Stops whoever can write to a list's address (a cache, a hoster, a lapsed domain) from signing a list with a key of
    his own, and so from bringing revoked credentials back or ending good ones.
    """
    parts = urlsplit(url)
    return list_issuer == issuer or (parts.hostname is not None and list_issuer == did_web(parts.netloc))


def _bitstring(data: bytes, *, url: str, issuer: str, key_for: KeyFor, at: datetime) -> ForeignList | Refused:
    """Whose it is and where it belongs is asked before any key is looked up: what lies at a list's address can send
    us to no host that has nothing to do with the credential."""
    token = "" if data.lstrip()[:1] == b"{" else data.decode("ascii").strip()
    document = parse_jws(token).payload if token else parse_json(data, bytes_max=STATUS_LIST_BYTES_MAX)
    if not isinstance(document, dict):
        raise _malformed("The status list is no JSON object.")
    check_credential(document)
    if (misplaced := _misplaced(document.get("id", url), _issuer_of(document), url=url, issuer=issuer)) is not None:
        return misplaced
    if (unproven := _unproven(document, token, key_for=key_for, at=at)) is not None:
        return unproven
    return _read_bitstring(document, at=at)


def _unproven(document: Document, token: str, *, key_for: KeyFor, at: datetime) -> Refused | None:
    if token:
        opened = verify_vc_jwt(token, key_for=key_for, at=at)
        return None if isinstance(opened, OpenedJwt) else opened
    results = verify_proofs(document, key_for=key_for, issuer=_issuer_of(document), at=at)
    if are_verified(results):
        return None
    failed = next(result for result in results if not result.is_verified)
    return Refused(failed.code, f"The status list is not proven: {failed.detail}", is_unknown=failed.is_unknown)


def _read_bitstring(document: Document, *, at: datetime) -> ForeignList | Refused:
    subject = document.get("credentialSubject")
    kind = next((name for name in _list(document.get("type")) if name in _SUBJECT_TYPES), None)
    if kind is None or not isinstance(subject, dict) or _SUBJECT_TYPES[kind] not in _list(subject.get("type")):
        raise _malformed("What lies at the list's address is a credential, but no status list.")
    issued_at = _instant(document.get("validFrom", document.get("issuanceDate")))
    valid_until = _instant(document.get("validUntil", document.get("expirationDate")))
    if (late := _dates_refusal(issued_at, valid_until, at=at)) is not None:
        return late
    encoded = subject.get("encodedList")
    if not isinstance(encoded, str):
        raise _malformed("The status list has no encodedList.")
    bits = decode_bitstring(encoded)
    if len(bits) * 8 < ENTRIES_MIN:
        raise InvalidInput("status_list_too_short", f"A status list has at least {ENTRIES_MIN} entries.")
    purposes = frozenset(name for name in _list(subject.get("statusPurpose")) if isinstance(name, str))
    ttl_seconds = _whole_seconds(subject.get("ttl"), units_a_second=1_000)
    return ForeignList(bits, None, _issuer_of(document), purposes, issued_at, valid_until, ttl_seconds)


def _token_list(data: bytes, *, url: str, issuer: str, key_for: KeyFor, at: datetime) -> ForeignList | Refused:
    """draft-ietf-oauth-status-list, sections 5.1 and 8.3: type, address, key, signature, times, in this order."""
    jws = parse_jws(data.decode("ascii").strip(), bytes_max=STATUS_LIST_BYTES_MAX)
    if (sentence := header_refusal(jws, types=TOKEN_TYPES)) is not None:
        return _refused("jwt_header_refused", sentence)
    kid = jws.header.get("kid")
    named = kid.partition("#")[0] if isinstance(kid, str) and kid.startswith("did:") else issuer
    signatory = jws.payload.get("iss", named)
    if not isinstance(signatory, str):
        raise _malformed("The token's iss is no text.")
    if (misplaced := _misplaced(jws.payload.get("sub"), signatory, url=url, issuer=issuer)) is not None:
        return misplaced
    signed = signing_key(jws, signatory, purpose="assertionMethod", key_for=key_for, at=at)
    if isinstance(signed, Refused):
        return signed
    if (late := dates_refusal(jws.payload, at=at)) is not None:
        return _refused("status_list_expired" if late.code == "expired" else late.code, late.detail)
    return _unpacked(jws.payload, issuer=signed[1].controller)


def _misplaced(own_address: object, list_issuer: str, *, url: str, issuer: str) -> Refused | None:
    """Stops one list from being shown in the place of another, and a list of somebody who has no say."""
    if own_address != url:
        return _refused("status_list_elsewhere", "The list says that it belongs at another address.")
    if not may_speak_for(list_issuer, url=url, issuer=issuer):
        return _refused("status_list_issuer", "The list is by somebody who may not speak for the issuer.")
    return None


def _unpacked(claims: Document, *, issuer: str) -> ForeignList:
    status_list = claims.get("status_list")
    width = status_list.get("bits") if isinstance(status_list, dict) else None
    encoded = status_list.get("lst") if isinstance(status_list, dict) else None
    if isinstance(width, bool) or width not in _TOKEN_WIDTHS or not isinstance(encoded, str):
        raise _malformed("The token holds no status list.")
    return ForeignList(
        bits=decode_token_list(encoded),
        width=width,
        issuer=issuer,
        purposes=frozenset(),
        issued_at=_moment(claims.get("iat")),
        valid_until=_moment(claims.get("exp")),
        ttl_seconds=_whole_seconds(claims.get("ttl"), units_a_second=1),
    )


def _dates_refusal(issued_at: datetime | None, valid_until: datetime | None, *, at: datetime) -> Refused | None:
    """An old list says what was true once: stops yesterday's list from being shown after today's revocation."""
    if issued_at is not None and issued_at > at + CLOCK_SKEW:
        return _refused("status_list_not_yet_valid", "The list is from the future.")
    if valid_until is not None and valid_until <= at:
        return _refused("status_list_expired", "The list has run out; a fresh one was not published.")
    return None


def _issuer_of(document: Document) -> str:
    issuer = document.get("issuer")
    text = issuer.get("id") if isinstance(issuer, dict) else issuer
    if not isinstance(text, str):
        raise _malformed("The status list names no issuer.")
    return text


def _instant(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise _malformed("A date of the status list is no RFC 3339 time.")
    return instant


def _moment(value: object) -> datetime | None:
    """A NumericDate that ``dates_refusal`` has passed."""
    return datetime.fromtimestamp(value, UTC) if isinstance(value, int | float) else None


def _whole_seconds(value: object, *, units_a_second: int) -> int | None:
    return value // units_a_second if type(value) is int and value > 0 else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _unreadable(error: AttornError | UnicodeDecodeError) -> Refused:
    if isinstance(error, UnicodeDecodeError):
        return _refused("malformed_status_list", "What lies at the list's address is neither JSON nor a token.")
    return _refused(error.code, error.detail)


def _refused(code: str, detail: str) -> Refused:
    return Refused(code, detail, is_unknown=True)


def _malformed(detail: str) -> InvalidInput:
    return InvalidInput("malformed_status_list", detail)
