"""What a foreign credential hangs on: who issued it, with which key, until when, and at which places of which lists.

Pure reading of a document whose proof somebody has verified already; nothing here believes or checks a signature.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from identity.credentials.models.watch import (
    ISSUER_LENGTH_MAX,
    METHOD_LENGTH_MAX,
    SOURCE_URL_LENGTH_MAX,
    EntryPurpose,
    SourceForm,
)
from identity.credentials.watch.limits import ENTRIES_PER_CREDENTIAL_MAX, INDEX_MAX
from identity.primitives.canonical import canonicalize, parse_json
from identity.primitives.errors import InvalidInput

CREDENTIAL_BYTES_MAX = 256 << 10

_FORMS = {"BitstringStatusListEntry": SourceForm.BITSTRING, "StatusList2021Entry": SourceForm.STATUS_LIST_2021}
_WATCHED_PURPOSES = frozenset(EntryPurpose.values)
# They say nothing about whether the credential counts.
_OTHER_PURPOSES = frozenset({"message", "refresh"})


@dataclass(frozen=True, slots=True)
class Place:
    """One place of one list."""

    url: str
    form: SourceForm
    purpose: EntryPurpose
    index: int


@dataclass(frozen=True, slots=True)
class Sighting:
    """A credential as far as watching it goes. ``raw`` is what came, byte for byte (a JSON object: its canonical
    form); ``holder_key`` is the JWK it is bound to, if it is."""

    raw: bytes
    credential_id: str
    type: str
    issuer: str
    subjects: tuple[str, ...]
    holder_key: dict[str, Any] | None
    valid_from: datetime | None
    valid_until: datetime | None
    verification_method: str
    places: tuple[Place, ...]

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()


def sight(data: dict[str, Any] | str | bytes) -> Sighting:
    """Read a credential in any of its forms: JSON object or text, ``vc+jwt`` and its kin, ``dc+sd-jwt``.

    Raises InvalidInput ``malformed_credential``, ``status_not_supported``.
    """
    if isinstance(data, dict):
        return _of_document(data, raw=canonicalize(data), method=_proof_method(data))
    raw = data.encode() if isinstance(data, str) else data
    text = raw.strip()
    if len(raw) > CREDENTIAL_BYTES_MAX:
        raise _malformed("It is larger than 256 KiB.")
    if text[:1] == b"{":
        document = _object(text)
        return _of_document(document, raw=canonicalize(document), method=_proof_method(document))
    return _of_token(text)


def _of_token(text: bytes) -> Sighting:
    """A JWT, or the JWT in front of an SD-JWT's disclosures. Only what the issuer signed is kept: disclosures are the
    holder's to show, and the same credential shown twice must not look like two."""
    token = text.partition(b"~")[0]
    parts = token.split(b".")
    if len(parts) != 3:
        raise _malformed("It is neither a JSON object nor a JWT.")
    header, claims = _object(_from_base64url(parts[0])), _object(_from_base64url(parts[1]))
    issuer = _text(claims.get("iss")) or _issuer_of(claims)
    method = _text(header.get("kid"))
    if method.startswith("#"):
        method = f"{issuer}{method}"
    inner = claims.get("vc")
    if isinstance(inner, dict):
        document = {**inner, "issuer": inner.get("issuer", issuer)}
        if "sub" in claims and isinstance(document.get("credentialSubject"), dict):
            document["credentialSubject"] = {"id": claims["sub"], **document["credentialSubject"]}
        return _of_document(document, raw=token, method=method, claims=claims)
    if "credentialSubject" in claims:
        return _of_document(claims, raw=token, method=method, claims=claims)
    return _of_claims(claims, raw=token, method=method)


def _of_document(
    document: dict[str, Any], *, raw: bytes, method: str, claims: dict[str, Any] | None = None
) -> Sighting:
    """A W3C credential, version 2.0 or 1.1; ``claims`` are those of the JWT around it, whose dates count too."""
    claims = claims or {}
    ends = [_instant(document.get("validUntil", document.get("expirationDate"))), _numeric_date(claims.get("exp"))]
    subjects = document.get("credentialSubject")
    ids = [_text(each.get("id")) for each in _list(subjects) if isinstance(each, dict)]
    return Sighting(
        raw=raw,
        credential_id=_text(document.get("id", claims.get("jti"))),
        type=_type_of(document.get("type")),
        issuer=_checked_issuer(_issuer_of(document)),
        subjects=tuple(each for each in ids if each),
        holder_key=None,
        valid_from=_instant(document.get("validFrom", document.get("issuanceDate")))
        or _numeric_date(claims.get("nbf")),
        valid_until=min((end for end in ends if end is not None), default=None),
        verification_method=method[:METHOD_LENGTH_MAX],
        places=_places(document.get("credentialStatus"), claims.get("status")),
    )


def _of_claims(claims: dict[str, Any], *, raw: bytes, method: str) -> Sighting:
    """An SD-JWT VC: ``iss``, ``vct``, ``cnf`` and the ``status`` claim (draft-ietf-oauth-sd-jwt-vc section 2.2.2)."""
    binding = claims.get("cnf")
    key = binding.get("jwk") if isinstance(binding, dict) else None
    subject = _text(claims.get("sub"))
    return Sighting(
        raw=raw,
        credential_id=_text(claims.get("jti")),
        type=_text(claims.get("vct"))[:120] or "SD-JWT VC",
        issuer=_checked_issuer(_text(claims.get("iss"))),
        subjects=(subject,) if subject else (),
        holder_key=key if isinstance(key, dict) else None,
        valid_from=_numeric_date(claims.get("nbf", claims.get("iat"))),
        valid_until=_numeric_date(claims.get("exp")),
        verification_method=method[:METHOD_LENGTH_MAX],
        places=_places(None, claims.get("status")),
    )


def _places(entries: object, token_status: object) -> tuple[Place, ...]:
    """Every place that says whether the credential counts. A status that cannot be watched is refused rather than
    ignored: a credential without one would look as if it could never be withdrawn."""
    found: list[Place] = []
    for entry in _list(entries):
        if not isinstance(entry, dict):
            raise _malformed("credentialStatus holds something that is no object.")
        found += _place(entry)
    reference = token_status.get("status_list") if isinstance(token_status, dict) else None
    if isinstance(reference, dict):
        index, url = _index(reference.get("idx")), _url(reference.get("uri"))
        found += [
            Place(url, SourceForm.TOKEN, EntryPurpose.REVOCATION, 2 * index),
            Place(url, SourceForm.TOKEN, EntryPurpose.SUSPENSION, 2 * index + 1),
        ]
    if len(found) > ENTRIES_PER_CREDENTIAL_MAX:
        raise InvalidInput("status_not_supported", f"At most {ENTRIES_PER_CREDENTIAL_MAX} places of lists are watched.")
    return tuple(dict.fromkeys(found))


def _place(entry: dict[str, Any]) -> list[Place]:
    form = next((_FORMS[name] for name in _list(entry.get("type")) if isinstance(name, str) and name in _FORMS), None)
    if form is None:
        raise InvalidInput("status_not_supported", "This kind of credentialStatus is not watched here.")
    purpose = _text(entry.get("statusPurpose"))
    if purpose in _OTHER_PURPOSES:
        return []
    if purpose not in _WATCHED_PURPOSES or entry.get("statusSize", 1) != 1:
        raise InvalidInput("status_not_supported", "Only revocation and suspension of one bit are watched here.")
    url = _url(entry.get("statusListCredential"))
    return [Place(url, form, EntryPurpose(purpose), _index(entry.get("statusListIndex")))]


def _index(value: object) -> int:
    number = int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12 else value
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= INDEX_MAX // 2:
        raise _malformed("The index of its status is no index.")
    return number


def _url(value: object) -> str:
    """A list's address without its fragment. Whether it may be asked is the fetcher's to say."""
    text = _text(value).partition("#")[0]
    if not text.startswith(("https://", "http://")) or len(text) > SOURCE_URL_LENGTH_MAX or not text.isascii():
        raise InvalidInput("status_not_supported", "The address of its status list is not one that is read here.")
    return text


def _issuer_of(document: dict[str, Any]) -> str:
    issuer = document.get("issuer")
    return _text(issuer.get("id")) if isinstance(issuer, dict) else _text(issuer)


def _checked_issuer(text: str) -> str:
    if not text or len(text) > ISSUER_LENGTH_MAX:
        raise _malformed("It names no issuer.")
    return text


def _proof_method(document: dict[str, Any]) -> str:
    """The key of the issuer's own proof; another's proof beside it does not make the credential."""
    issuer = _issuer_of(document)
    for proof in _list(document.get("proof")):
        method = _text(proof.get("verificationMethod")) if isinstance(proof, dict) else ""
        if issuer and method.partition("#")[0] == issuer:
            return method
    return ""


def _type_of(value: object) -> str:
    """The most telling of its types."""
    names = [name for name in _list(value) if isinstance(name, str) and name != "VerifiableCredential"]
    return (names[-1] if names else "VerifiableCredential")[:120]


def _instant(value: object) -> datetime | None:
    if value is None:
        return None
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        instant = None
    if instant is None:
        raise _malformed("A date of it is no RFC 3339 time.")
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _numeric_date(value: object) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value < 2**33:
        raise _malformed("A date of it is no NumericDate.")
    return datetime.fromtimestamp(value, UTC)


def _object(data: bytes) -> dict[str, Any]:
    value = parse_json(data, bytes_max=CREDENTIAL_BYTES_MAX)
    if not isinstance(value, dict):
        raise _malformed("It holds no JSON object.")
    return value


def _from_base64url(part: bytes) -> bytes:
    try:
        return base64.b64decode(part + b"=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed("It is not base64url where a JWT is.") from error


def _list(value: object) -> list[Any]:
    return [] if value is None else value if isinstance(value, list) else [value]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _malformed(detail: str) -> InvalidInput:
    return InvalidInput("malformed_credential", detail, field="credential")
