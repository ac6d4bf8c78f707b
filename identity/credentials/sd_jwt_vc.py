"""SD-JWT VC (draft-ietf-oauth-sd-jwt-vc): ``dc+sd-jwt`` credentials with key binding. No Django here.

The issuer is a DID (``iss``), the key a DID URL (``kid``), the holder's key ``cnf.jwk`` (RFC 7800), the status a Token
Status List entry (``status.status_list``). Status and standing of the issuer are for the caller to judge.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from identity.credentials import sd_jwt
from identity.credentials.jws import header_refusal, parse_jws, sign_jws, signature_holds
from identity.credentials.jwt_checks import Refused, dates_refusal, signing_key
from identity.credentials.keys import KeyFor, ResolvedKey
from identity.credentials.limits import CLOCK_SKEW
from identity.primitives.errors import AttornError, InvalidInput
from identity.primitives.multikey import PublicKey
from identity.primitives.signing import Signer

SD_JWT_VC = "dc+sd-jwt"
KEY_BINDING = "kb+jwt"
KEY_BINDING_AGE_MAX = timedelta(minutes=10)

_TYPES = frozenset({SD_JWT_VC, "vc+sd-jwt"})  # the second is the name up to draft 08 (section 3.2.1)
# Section 2.2.2.2 (3.2.2.2 in later drafts): these decide whether the credential counts, so a holder cannot hide them.
_ALWAYS_SHOWN = frozenset({"iss", "nbf", "exp", "cnf", "vct", "vct#integrity", "status"})


@dataclass(frozen=True, slots=True)
class OpenedSdJwt:
    """A credential whose signature holds. ``claims`` are those the holder chose to show; ``is_bound`` says that
    whoever showed it holds the key it was issued to."""

    claims: dict[str, Any]
    issuer: str
    vct: str
    verification_method: str
    key: ResolvedKey
    holder_key: PublicKey | None
    is_bound: bool

    @property
    def status_list(self) -> dict[str, Any] | None:
        """``{"idx": …, "uri": …}`` of the Token Status List, None when the credential has no status."""
        status = self.claims.get("status")
        entry = status.get("status_list") if isinstance(status, dict) else None
        return entry if isinstance(entry, dict) else None


def issue_sd_jwt_vc(
    claims: Mapping[str, Any],
    *,
    vct: str,
    signer: Signer,
    valid_from: datetime,
    valid_until: datetime,
    holder_key: PublicKey | None = None,
    disclosable: Collection[str] = (),
    status_list: dict[str, Any] | None = None,
) -> str:
    """The credential as its holder keeps it: token and every disclosure. ``vct`` names its type.

    Raises InvalidInput ``malformed_credential`` when ``claims`` or ``disclosable`` name what must always be shown.
    """
    if (_ALWAYS_SHOWN | {"iat"}) & (set(claims) | set(disclosable)):
        raise InvalidInput("malformed_credential", "iss, dates, cnf, vct and status are not claims of the caller's.")
    payload, disclosures = sd_jwt.conceal(claims, disclosable=disclosable)
    payload |= {
        "iss": signer.verification_method.partition("#")[0],
        "vct": vct,
        "iat": int(valid_from.timestamp()),
        "nbf": int(valid_from.timestamp()),
        "exp": int(valid_until.timestamp()),
    }
    payload |= {"cnf": {"jwk": holder_key.jwk()}} if holder_key is not None else {}
    payload |= {"status": {"status_list": status_list}} if status_list is not None else {}
    token = sign_jws({"kid": signer.verification_method, "typ": SD_JWT_VC}, payload, signer=signer)
    return sd_jwt.Parts(token, disclosures, "").presented


def present_sd_jwt_vc(
    text: str, *, disclose: Collection[str], holder: Signer, audience: str, nonce: str, at: datetime
) -> str:
    """What a holder shows: the disclosures named in ``disclose`` (top-level claims) and a token that binds them to one
    verifier and one question. InvalidInput ``malformed_sd_jwt``."""
    parts = sd_jwt.split(text)
    shown = tuple(part for part in parts.disclosures if sd_jwt.disclosed_name(part) in disclose)
    presented = sd_jwt.Parts(parts.token, shown, "").presented
    claims = {"iat": int(at.timestamp()), "aud": audience, "nonce": nonce, "sd_hash": sd_jwt.digest(presented)}
    return presented + sign_jws({"typ": KEY_BINDING}, claims, signer=holder)


def verify_sd_jwt_vc(
    text: str,
    *,
    key_for: KeyFor,
    at: datetime,
    audience: str | None = None,
    nonce: str | None = None,
) -> OpenedSdJwt | Refused:
    """Open a credential, with or without key binding.

    With ``audience`` or ``nonce`` a key binding for exactly those is required: a verifier that asked for one and
    takes the credential without would believe whoever copied it.
    """
    try:
        parts = sd_jwt.split(text)
        opened = _open(parts, key_for=key_for, at=at)
        if isinstance(opened, Refused):
            return opened
        if not parts.key_binding:
            if audience is not None or nonce is not None:
                return Refused("key_binding_missing", "The credential comes without proof that its holder shows it.")
            return opened
        return _bound(opened, parts, audience=audience, nonce=nonce, at=at)
    except AttornError as error:
        return Refused(error.code, error.detail)


def _open(parts: sd_jwt.Parts, *, key_for: KeyFor, at: datetime) -> OpenedSdJwt | Refused:
    jws = parse_jws(parts.token)
    if (sentence := header_refusal(jws, types=_TYPES)) is not None:
        return Refused("jwt_header_refused", sentence)
    issuer, vct = jws.payload.get("iss"), jws.payload.get("vct")
    if not isinstance(issuer, str) or not isinstance(vct, str) or not vct:
        return Refused("malformed_credential", "The token names no issuer (iss) or no type (vct).")
    signed = signing_key(jws, issuer, purpose="assertionMethod", key_for=key_for, at=at)
    if isinstance(signed, Refused):
        return signed
    claims = sd_jwt.reveal(jws.payload, parts.disclosures)
    hidden = _ALWAYS_SHOWN & (set(claims) - set(jws.payload))
    if hidden:
        return Refused("malformed_sd_jwt", f"{', '.join(sorted(hidden))} may not be shown or hidden at will.")
    if (refusal := dates_refusal(claims, at=at)) is not None:
        return refusal
    return OpenedSdJwt(claims, issuer, vct, *signed, holder_key=_holder_key(claims), is_bound=False)


def _holder_key(claims: dict[str, Any]) -> PublicKey | None:
    confirmation = claims.get("cnf")
    if confirmation is None:
        return None
    if not isinstance(confirmation, dict) or "jwk" not in confirmation:
        raise InvalidInput("malformed_sd_jwt", "The holder's key (cnf) is no JWK.")
    return PublicKey.from_jwk(confirmation["jwk"])


def _bound(
    opened: OpenedSdJwt, parts: sd_jwt.Parts, *, audience: str | None, nonce: str | None, at: datetime
) -> OpenedSdJwt | Refused:
    """Whether the key binding token is the holder's, about exactly these disclosures, fresh and for us (RFC 9901
    section 7.3). Stops a stolen or overheard credential from being shown by somebody else, elsewhere or later."""
    if opened.holder_key is None:
        return Refused("holder_mismatch", "The credential was issued to no key, so no key can be bound to it.")
    jws = parse_jws(parts.key_binding)
    if (sentence := header_refusal(jws, types=frozenset({KEY_BINDING}))) is not None:
        return Refused("jwt_header_refused", sentence)
    if not signature_holds(jws, public_key=opened.holder_key):
        return Refused("holder_mismatch", "It is not shown by the key it was issued to.")
    if jws.payload.get("sd_hash") != sd_jwt.digest(parts.presented):
        return Refused("holder_mismatch", "The holder signed for other disclosures than those shown.")
    issued_at = jws.payload.get("iat")
    if isinstance(issued_at, bool) or not isinstance(issued_at, int):
        return Refused("malformed_jwt", "The key binding does not say when it was made.")
    if not (at - KEY_BINDING_AGE_MAX).timestamp() <= issued_at <= (at + CLOCK_SKEW).timestamp():
        return Refused("key_binding_stale", "The key binding was not made just now.")
    if not isinstance(jws.payload.get("aud"), str) or not isinstance(jws.payload.get("nonce"), str):
        return Refused("malformed_jwt", "The key binding names no verifier (aud) or no question (nonce).")
    if audience is not None and jws.payload["aud"] != audience:
        return Refused("domain_mismatch", "The credential is shown to another verifier.")
    if nonce is not None and jws.payload["nonce"] != nonce:
        return Refused("challenge_mismatch", "The credential does not answer the question that was asked.")
    return replace(opened, is_bound=True)
