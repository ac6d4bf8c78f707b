"""Credentials and presentations as JWTs: ``vc+jwt`` and ``vp+jwt`` (W3C VC-JOSE-COSE 1.0, section 3.1). No Django here.

The payload is the VCDM 2.0 document itself. Dates, status, schema and the standing of the issuer are for the caller
to judge; here stands who signed, that nothing was changed, and that the JWT's own claims do not contradict.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from identity.credentials.jws import header_refusal, parse_jws, sign_jws
from identity.credentials.jwt_checks import Refused, dates_refusal, party, signing_key
from identity.credentials.keys import KeyFor, ResolvedKey
from identity.primitives.errors import AttornError, InvalidInput
from identity.primitives.signing import Signer

VC_JWT = "vc+jwt"
VP_JWT = "vp+jwt"
ENVELOPED_PREFIX = "data:application/"

# JWT claims (RFC 7519 section 4.1, RFC 7800, OpenID) that stand beside the document and are no part of it.
REGISTERED_CLAIMS = frozenset({"iss", "sub", "aud", "exp", "nbf", "iat", "jti", "cnf", "nonce"})


@dataclass(frozen=True, slots=True)
class OpenedJwt:
    """A token whose signature holds. ``document`` is the payload without the JWT's own ``claims``."""

    document: dict[str, Any]
    claims: dict[str, Any]
    header: dict[str, Any]
    verification_method: str
    key: ResolvedKey


def sign_vc_jwt(document: dict[str, Any], *, signer: Signer, typ: str = VC_JWT) -> str:
    """``document``, a credential without a proof, as a signed token; ``typ`` is ``vc+jwt`` or ``vp+jwt``."""
    if "proof" in document or "vc" in document or "vp" in document:
        raise InvalidInput("malformed_credential", "A document to be signed as a JWT has no proof, vc or vp member.")
    header = {"kid": signer.verification_method, "typ": typ, "cty": typ.partition("+")[0]}
    return sign_jws(header, document, signer=signer)


def sign_vp_jwt(
    presentation: dict[str, Any],
    *,
    signer: Signer,
    at: datetime,
    challenge: str | None = None,
    domain: str | None = None,
) -> str:
    """A presentation signed by its holder for one verifier (``domain``) and one question of his (``challenge``)."""
    claims: dict[str, Any] = {"iss": signer.verification_method.partition("#")[0], "iat": int(at.timestamp())}
    claims |= {"nonce": challenge} if challenge is not None else {}
    claims |= {"aud": domain} if domain is not None else {}
    return sign_vc_jwt({**presentation, **claims}, signer=signer, typ=VP_JWT)


def verify_vc_jwt(token: str, *, key_for: KeyFor, at: datetime) -> OpenedJwt | Refused:
    """Open a ``vc+jwt``. The key must be the issuer's own and published for assertions."""
    return _open(token, typ=VC_JWT, actor="issuer", purpose="assertionMethod", key_for=key_for, at=at)


def verify_vp_jwt(
    token: str, *, key_for: KeyFor, at: datetime, challenge: str | None = None, domain: str | None = None
) -> OpenedJwt | Refused:
    """Open a ``vp+jwt``. The key must be the holder's own and published for authentication.

    ``challenge`` (claim ``nonce``) and ``domain`` (claim ``aud``) must be exactly those asked for. That stops a
    presentation given to one verifier from being shown to another, or to the same one twice.
    """
    opened = _open(token, typ=VP_JWT, actor="holder", purpose="authentication", key_for=key_for, at=at)
    if isinstance(opened, Refused):
        return opened
    if challenge is not None and opened.claims.get("nonce") != challenge:
        return Refused("challenge_mismatch", "The presentation does not answer the challenge that was asked.")
    audience = opened.claims.get("aud")
    if domain is not None and domain not in (audience if isinstance(audience, list) else [audience]):
        return Refused("domain_mismatch", "The presentation is meant for another verifier.")
    return opened


def envelop(token: str, *, typ: str = VC_JWT) -> dict[str, Any]:
    """A token as an object that may stand in a VCDM 2.0 presentation (VCDM 2.0 section 4.13)."""
    kind = "EnvelopedVerifiableCredential" if typ != VP_JWT else "EnvelopedVerifiablePresentation"
    context = "https://www.w3.org/ns/credentials/v2"
    return {"@context": context, "id": f"{ENVELOPED_PREFIX}{typ},{token}", "type": kind}


def enveloped_token(node: object) -> tuple[str, str] | None:
    """The media type (``vc+jwt``) and token inside an enveloped credential or presentation, None if it is none."""
    text = node.get("id") if isinstance(node, dict) else None
    if not isinstance(text, str) or not text.startswith(ENVELOPED_PREFIX):
        return None
    kind, comma, token = text.removeprefix(ENVELOPED_PREFIX).partition(",")
    return (kind, token) if comma and ";" not in kind else None


def _open(token: str, *, typ: str, actor: str, purpose: str, key_for: KeyFor, at: datetime) -> OpenedJwt | Refused:
    try:
        jws = parse_jws(token)
    except AttornError as error:
        return Refused(error.code, error.detail)
    if (sentence := header_refusal(jws, types=frozenset({typ}))) is not None:
        return Refused("jwt_header_refused", sentence)
    claims = {name: value for name, value in jws.payload.items() if name in REGISTERED_CLAIMS}
    document = {name: value for name, value in jws.payload.items() if name not in REGISTERED_CLAIMS}
    signatory = claims.get("iss", party(document.get(actor)))
    signed = signing_key(jws, signatory, purpose=purpose, key_for=key_for, at=at)
    if isinstance(signed, Refused):
        return signed
    method, key = signed
    contradiction = _contradiction(document, claims, actor=actor, signatory=key.controller) or dates_refusal(
        claims, at=at
    )
    return contradiction or OpenedJwt(document, claims, jws.header, method, key)


def _contradiction(document: dict[str, Any], claims: dict[str, Any], *, actor: str, signatory: str) -> Refused | None:
    """Where the JWT's claims and the document tell two stories. Software that reads the one would be told otherwise
    than software that reads the other."""
    if "vc" in document or "vp" in document:
        return Refused("malformed_credential", "The payload is the document itself, not a vc or vp claim around it.")
    stated = party(document.get(actor))
    if (actor == "issuer" or stated is not None) and stated != signatory:
        return Refused("issuer_mismatch", f"The {actor} is {str(stated)[:200]!r}, but {signatory} signed.")
    if claims.get("iss", signatory) != signatory:
        return Refused("issuer_mismatch", "The claim iss names another than the one who signed.")
    if "jti" in claims and claims["jti"] != document.get("id", claims["jti"]):
        return Refused("contradicting_claims", "The claim jti differs from the id of the document.")
    subject = document.get("credentialSubject")
    if "sub" in claims and actor == "issuer" and claims["sub"] != party(subject):
        return Refused("contradicting_claims", "The claim sub differs from the subject of the document.")
    return None
