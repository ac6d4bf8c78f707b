"""A passkey in software: what a phone's authenticator does, without the phone."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from os import urandom
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class SoftPasskey:
    """One ES256 credential of one site."""

    def __init__(self, *, rp_id: str = "localhost", origin: str = "http://localhost:8000") -> None:
        self.rp_id, self.origin = rp_id, origin
        self.private_key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = urandom(32)

    def registration(self) -> dict[str, Any]:
        """What ``navigator.credentials.create`` would have returned."""
        credential = AttestedCredentialData.create(
            Aaguid.NONE, self.credential_id, ES256.from_cryptography_key(self.private_key.public_key())
        )
        data = AuthenticatorData.create(self._rp_hash(), PRESENT | VERIFIED | ATTESTED, 0, credential)
        attestation = AttestationObject.create("none", data, {})
        client = json.dumps({"type": "webauthn.create", "challenge": "AA", "origin": self.origin}).encode()
        return {
            "id": text(self.credential_id),
            "rawId": text(self.credential_id),
            "type": "public-key",
            "clientExtensionResults": {"credProps": {"rk": True}},
            "response": {"attestationObject": text(attestation), "clientDataJSON": text(client)},
        }

    def add_to(self, user: Any) -> SoftPasskey:
        from allauth.mfa.models import Authenticator

        data = {"name": "Phone", "credential": self.registration()}
        Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)
        return self

    def answer(self, challenge: str, *, flags: int = PRESENT | VERIFIED, **client: Any) -> str:
        """What ``navigator.credentials.get`` would return for ``challenge`` (base64url), as JSON."""
        said = {"type": "webauthn.get", "challenge": challenge, "origin": self.origin, "crossOrigin": False, **client}
        client_data = json.dumps(said).encode()
        data = bytes(AuthenticatorData.create(self._rp_hash(), flags, 1))
        signature = self.private_key.sign(data + sha256(client_data).digest(), ec.ECDSA(SHA256()))
        response = {
            "authenticatorData": text(data),
            "clientDataJSON": text(client_data),
            "signature": text(signature),
            "userHandle": None,
        }
        credential_id = text(self.credential_id)
        assertion = {"id": credential_id, "rawId": credential_id, "type": "public-key", "response": response}
        return json.dumps({**assertion, "clientExtensionResults": {}, "authenticatorAttachment": "platform"})

    def _rp_hash(self) -> bytes:
        return sha256(self.rp_id.encode()).digest()
