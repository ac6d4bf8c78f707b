"""What django-allauth asks us about second factors: their secrets at rest, and the name passkeys are bound to."""

from __future__ import annotations

import base64
import os
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils.translation import gettext

from identity.primitives.errors import Unavailable

_NONCE_BYTES = 12
_FORM = "v1."
# What django-allauth keeps of an authenticator that it has us encrypt.
_SEALED = frozenset({"secret", "seed", "migrated_codes"})


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """TOTP secrets and recovery seeds are stored encrypted: a stolen database dump alone yields no codes."""

    def encrypt(self, text: str) -> str:
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(_key(settings.MASTER_KEY)).encrypt(nonce, text.encode(), None)
        return _FORM + base64.urlsafe_b64encode(nonce + sealed).decode()

    def decrypt(self, encrypted_text: str) -> str:
        raw = base64.urlsafe_b64decode(encrypted_text.removeprefix(_FORM))
        for master_key in filter(None, (settings.MASTER_KEY, settings.MASTER_KEY_PREVIOUS)):
            try:
                return AESGCM(_key(master_key)).decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], None).decode()
            except InvalidTag:
                continue
        raise Unavailable("second_factor_unreadable", "The registry cannot open this second factor; tell its operator.")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys are bound to the instance's own host name, not to whatever Host a request claims."""
        return {"id": urlsplit(settings.PUBLIC_URL).hostname or "localhost", "name": settings.MFA_TOTP_ISSUER}

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return gettext("My passkey") if count == 0 else gettext("Passkey {number}").format(number=count + 1)


def reseal_second_factors() -> int:
    """Encrypt every second factor anew under the current master key; how many. All or none.

    Raises Unavailable ``second_factor_unreadable`` when neither master key opens one. Passkeys hold no secret of ours.
    """
    secrets = SecondFactors()
    kinds = [Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES]
    with transaction.atomic():
        factors = list(Authenticator.objects.select_for_update().filter(type__in=kinds).order_by("pk"))
        for factor in factors:
            for name in _SEALED.intersection(factor.data):
                old = factor.data[name]
                again = [secrets.encrypt(secrets.decrypt(one)) for one in ([old] if isinstance(old, str) else old)]
                factor.data[name] = again[0] if isinstance(old, str) else again
            factor.save(update_fields=["data"])
    return len(factors)


def _key(master_key: str) -> bytes:
    """A key of this use alone, derived from the master key (HKDF, RFC 5869)."""
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"attorn second factors v1")
    return derive.derive(base64.b64decode(master_key))
