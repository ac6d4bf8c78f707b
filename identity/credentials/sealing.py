"""Private keys at rest: AES-256-GCM (NIST SP 800-38D) under the instance's master key."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.exceptions import ImproperlyConfigured

from identity.primitives.errors import Unavailable

MASTER_KEY_BYTES = 32
_FORM_VERSION = b"\x01"
_NONCE_BYTES = 12


def parse_master_key(text: str) -> bytes:
    """The 32 bytes written as base64 in ``MASTER_KEY``. Raises ImproperlyConfigured, without showing the value."""
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ImproperlyConfigured("MASTER_KEY is not base64") from error
    if len(key) != MASTER_KEY_BYTES:
        raise ImproperlyConfigured(f"MASTER_KEY holds {len(key)} bytes, it needs {MASTER_KEY_BYTES}")
    return key


def seal(plaintext: bytes, *, master_key: bytes, label: str) -> bytes:
    """Encrypt under a fresh random nonce. ``label`` is bound as associated data: it stops somebody who can write
    to the table from putting one key's ciphertext into the row of another."""
    nonce = os.urandom(_NONCE_BYTES)
    return _FORM_VERSION + nonce + AESGCM(master_key).encrypt(nonce, plaintext, label.encode())


def unseal(sealed: bytes, *, master_keys: Sequence[bytes], label: str) -> bytes:
    """Decrypt with the first of ``master_keys`` that fits. Raises Unavailable("registry_key_unreadable")."""
    version, nonce, body = sealed[:1], sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    if version == _FORM_VERSION and len(nonce) == _NONCE_BYTES:
        for master_key in master_keys:
            try:
                return AESGCM(master_key).decrypt(nonce, body, label.encode())
            except InvalidTag:
                continue
    raise Unavailable("registry_key_unreadable", "The registry cannot open its signing key; its operator must look.")
