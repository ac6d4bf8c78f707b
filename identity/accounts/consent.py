"""A human's consent by passkey: the assertion is asked for over exactly what she is shown, and kept as evidence."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.models import Authenticator
from django.conf import settings
from fido2.cose import CoseKey
from fido2.webauthn import AttestedCredentialData, AuthenticationResponse

from identity.accounts.models import User
from identity.primitives.errors import InvalidInput, NotPermitted
from identity.primitives.webauthn import EVIDENCE_TYPE, digest_text, encoded, text_digest, verify_assertion

CONSENT_TIMEOUT_MILLISECONDS = 120_000
# An assertion is about 1 kB; no key or signature that WebAuthn knows makes it much larger.
RESPONSE_CHARACTERS_MAX = 16_384

Evidence = dict[str, Any]


def has_passkey(user: User) -> bool:
    return bool(_passkeys(user))


def consent_options(user: User, *, challenge: bytes) -> dict[str, Any]:
    """What the page hands to ``navigator.credentials.get`` (WebAuthn ``PublicKeyCredentialRequestOptionsJSON``)."""
    return {
        "challenge": encoded(challenge),
        "rpId": relying_party_id(),
        "timeout": CONSENT_TIMEOUT_MILLISECONDS,
        "userVerification": "required",
        "allowCredentials": [
            {"type": "public-key", "id": encoded(credential.credential_id)} for _, credential in _passkeys(user)
        ],
    }


def take_consent(user: User, *, challenge: bytes, displayed_text: str, response: str) -> Evidence:
    """The evidence that ``user`` agreed to ``displayed_text`` and what stands behind it.

    Raises InvalidInput ``consent_malformed`` for anything but an assertion, NotPermitted ``consent_not_given`` for one
    that is not hers, not of this challenge or made without finger, face or PIN. Stops whoever holds a stolen session
    from lending authority or approving a purchase: the session alone signs nothing.
    """
    assertion = _parse(response)
    hers = next((pair for pair in _passkeys(user) if pair[1].credential_id == assertion.raw_id), None)
    if hers is None:
        raise NotPermitted("consent_not_given", "This passkey is not one of yours.")
    authenticator, credential = hers
    evidence: Evidence = {
        "type": EVIDENCE_TYPE,
        "challengeDigest": digest_text(challenge),
        "displayedTextDigest": digest_text(text_digest(displayed_text)),
        "credentialPublicKeyJwk": _jwk(credential.public_key),
        "authenticatorData": encoded(assertion.response.authenticator_data),
        "clientDataJSON": encoded(assertion.response.client_data),
        "signature": encoded(assertion.response.signature),
    }
    refusal = verify_assertion(
        evidence,
        challenge=challenge,
        displayed_text=displayed_text,
        rp_id=relying_party_id(),
        origins=(relying_party_origin(),),
    )
    if refusal is not None:
        raise NotPermitted("consent_not_given", "The passkey did not confirm what was shown.", reason=refusal)
    authenticator.record_usage()
    return evidence


def relying_party_id() -> str:
    """The host passkeys are bound to (WebAuthn section 5.1.2): the instance's own, whatever a request claims."""
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"


def relying_party_origin() -> str:
    parts = urlsplit(settings.PUBLIC_URL)
    return f"{parts.scheme}://{parts.netloc}"


def _passkeys(user: User) -> list[tuple[Authenticator, AttestedCredentialData]]:
    rows = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.WEBAUTHN).order_by("pk")
    pairs = ((row, row.wrap().authenticator_data.credential_data) for row in rows)
    return [(row, credential) for row, credential in pairs if credential is not None]


def _parse(response: str) -> AuthenticationResponse:
    if len(response) > RESPONSE_CHARACTERS_MAX:
        raise InvalidInput("consent_malformed", "This is not a passkey's answer: it is too long.")
    try:
        assertion = AuthenticationResponse.from_dict(json.loads(response))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise InvalidInput("consent_malformed", "This is not a passkey's answer.") from error
    if not isinstance(assertion, AuthenticationResponse):
        raise InvalidInput("consent_malformed", "This is not a passkey's answer.")
    return assertion


def _jwk(key: CoseKey) -> dict[str, str]:
    """A COSE key (RFC 9053 section 7) as a JWK (RFC 7517)."""
    match key.get(1):
        case 1:
            return {"kty": "OKP", "crv": "Ed25519", "x": encoded(key[-2])}
        case 2 if key.get(-1) == 1:
            return {"kty": "EC", "crv": "P-256", "x": encoded(key[-2]), "y": encoded(key[-3])}
        case 3:
            return {"kty": "RSA", "n": encoded(key[-1]), "e": encoded(key[-2])}
    raise NotPermitted("consent_not_given", "This passkey's kind of key cannot be kept as evidence; add another one.")
