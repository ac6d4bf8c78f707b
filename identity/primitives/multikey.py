"""Public and private keys in the forms the standards use: Multikey, JWK, PEM.

Multikey: W3C Controlled Identifiers 1.0 section 2.2.2. JWK: RFC 7517, RFC 8037; thumbprint: RFC 7638.
Ed25519: RFC 8032. P-256 signatures are ECDSA with SHA-256 as raw r || s, 64 bytes (RFC 7518 section 3.4).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from identity.primitives import base58btc
from identity.primitives.canonical import canonicalize
from identity.primitives.edwards25519 import is_trustworthy_point
from identity.primitives.errors import InvalidInput

MULTIKEY_LENGTH_MAX = 140
SIGNATURE_BYTES = 64
PARSED_KEYS_MAX = 65_536  # about 60 MB when full; the keys of the busiest agents stay parsed

_ED25519_PREFIX = b"\xed\x01"  # multicodec ed25519-pub, 0xed as a varint
_P256_PREFIX = b"\x80\x24"  # multicodec p256-pub, 0x1200 as a varint
_P256_COORDINATE_BYTES = 32
_ECDSA_SHA256 = ec.ECDSA(hashes.SHA256())

_PublicCryptoKey = Ed25519PublicKey | ec.EllipticCurvePublicKey
_PrivateCryptoKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey


class KeyAlgorithm(StrEnum):
    """The two kinds of key the register takes, by their JWK curve names."""

    ED25519 = "Ed25519"
    P256 = "P-256"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key that has been checked: on its curve and, for Ed25519, not of small order."""

    algorithm: KeyAlgorithm
    multikey: str

    @classmethod
    def from_multikey(cls, text: str) -> PublicKey:
        """From ``z6Mk…`` or ``zDn…``. InvalidInput ``malformed_key`` or ``unsupported_key``."""
        return _public_key(_parsed(text))

    @classmethod
    def from_jwk(cls, jwk: dict[str, Any]) -> PublicKey:
        """From a public JWK; members besides the key itself (``kid``, ``use``, ``alg``) are passed over."""
        if not isinstance(jwk, dict):
            raise _malformed("A JWK is a JSON object.")
        if "d" in jwk:
            raise _malformed("This JWK holds a private key. Send the public half only, and replace this key now.")
        match jwk.get("kty"), jwk.get("crv"):
            case "OKP", "Ed25519":
                return cls.from_multikey(_multikey(_ED25519_PREFIX + _coordinate(jwk, "x")))
            case "EC", "P-256":
                return _public_key(_p256_from_point(b"\x04" + _coordinate(jwk, "x") + _coordinate(jwk, "y")))
            case kty, crv:
                raise _unsupported(f"kty {kty!r} with crv {crv!r}")

    @classmethod
    def from_pem(cls, text: str) -> PublicKey:
        """From a ``-----BEGIN PUBLIC KEY-----`` block (SubjectPublicKeyInfo)."""
        if "PRIVATE KEY-----" in text:
            raise _malformed("This is a private key. Send the public half only, and replace this key now.")
        try:
            key = serialization.load_pem_public_key(text.encode())
        except (ValueError, UnsupportedAlgorithm) as error:
            raise _malformed("This is not a PEM public key (-----BEGIN PUBLIC KEY-----).") from error
        return _public_key(key)

    def jwk(self) -> dict[str, str]:
        """The public JWK with exactly the members RFC 7638 asks for."""
        key = _parsed(self.multikey)
        if isinstance(key, Ed25519PublicKey):
            return {"crv": "Ed25519", "kty": "OKP", "x": _base64url(key.public_bytes_raw())}
        point = key.public_numbers()
        x, y = (_base64url(number.to_bytes(_P256_COORDINATE_BYTES)) for number in (point.x, point.y))
        return {"crv": "P-256", "kty": "EC", "x": x, "y": y}

    def thumbprint(self) -> str:
        """RFC 7638 SHA-256 thumbprint, base64url without padding: one text a key, whatever form it came in."""
        return _base64url(hashlib.sha256(canonicalize(self.jwk())).digest())

    def to_pem(self) -> str:
        """The key as SubjectPublicKeyInfo PEM."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return _parsed(self.multikey).public_bytes(serialization.Encoding.PEM, form).decode()

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether ``signature`` (64 bytes) is this key's over ``message``."""
        if len(signature) != SIGNATURE_BYTES:
            return False
        key = _parsed(self.multikey)
        try:
            if isinstance(key, Ed25519PublicKey):
                key.verify(signature, message)
            else:
                key.verify(_der_from_raw(signature), message, _ECDSA_SHA256)
        except InvalidSignature:
            return False
        return True


class PrivateKey:
    """A private key in memory. Its repr never shows it, and it compares by identity."""

    __slots__ = ("__dict__", "_key")

    def __init__(self, key: _PrivateCryptoKey) -> None:
        self._key = key

    def __repr__(self) -> str:
        return f"<PrivateKey of {self.public_key.multikey}>"

    @classmethod
    def generate(cls, algorithm: KeyAlgorithm = KeyAlgorithm.ED25519) -> PrivateKey:
        """A fresh key from the operating system's randomness."""
        if algorithm is KeyAlgorithm.ED25519:
            return cls(Ed25519PrivateKey.generate())
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_pem(cls, text: str) -> PrivateKey:
        """From an unencrypted PKCS #8 block (-----BEGIN PRIVATE KEY-----)."""
        try:
            key = serialization.load_pem_private_key(text.encode(), password=None)
        except TypeError as error:
            raise _malformed("This private key is encrypted; decrypt it first (openssl pkcs8).") from error
        except (ValueError, UnsupportedAlgorithm) as error:
            raise _malformed("This is not a PEM private key (-----BEGIN PRIVATE KEY-----).") from error
        if isinstance(key, Ed25519PrivateKey):
            return cls(key)
        if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
            return cls(key)
        raise _unsupported("this kind of private key")

    def to_pem(self) -> str:
        """Unencrypted PKCS #8 PEM: whoever reads it is this key. Store it with mode 0600 or encrypted."""
        form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        return self._key.private_bytes(serialization.Encoding.PEM, form, plain).decode()

    @cached_property
    def public_key(self) -> PublicKey:
        """The public half."""
        return _public_key(self._key.public_key())

    def sign(self, message: bytes) -> bytes:
        """64 bytes over ``message``: Ed25519, or ECDSA-SHA256 as raw r || s."""
        if isinstance(self._key, Ed25519PrivateKey):
            return self._key.sign(message)
        r, s = decode_dss_signature(self._key.sign(message, _ECDSA_SHA256))
        return r.to_bytes(_P256_COORDINATE_BYTES) + s.to_bytes(_P256_COORDINATE_BYTES)


@lru_cache(maxsize=PARSED_KEYS_MAX)
def _parsed(multikey: str) -> _PublicCryptoKey:
    if not isinstance(multikey, str) or not multikey.startswith("z") or len(multikey) > MULTIKEY_LENGTH_MAX:
        raise _malformed("A public key is a Multikey in base58: it starts with z6Mk (Ed25519) or zDn (P-256).")
    try:
        data = base58btc.decode(multikey[1:])
    except ValueError as error:
        raise _malformed(f"This is not a Multikey: {error}") from error
    prefix, body = data[:2], data[2:]
    if prefix == _ED25519_PREFIX:
        return _ed25519_from_bytes(body)
    if prefix == _P256_PREFIX:
        if len(body) != 1 + _P256_COORDINATE_BYTES or body[0] not in (2, 3):
            raise _malformed("A P-256 Multikey holds a compressed point of 33 bytes.")
        return _p256_from_point(body)
    raise _unsupported("the kind of key in this Multikey")


def _ed25519_from_bytes(body: bytes) -> Ed25519PublicKey:
    if not is_trustworthy_point(body):
        raise _malformed("These bytes are no Ed25519 public key that can be trusted: not a point of full order.")
    return Ed25519PublicKey.from_public_bytes(body)


def _p256_from_point(point: bytes) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise _malformed("These bytes are no point of the curve P-256.") from error


def _public_key(key: object) -> PublicKey:
    if isinstance(key, Ed25519PublicKey):
        multikey = _multikey(_ED25519_PREFIX + key.public_bytes_raw())
        _parsed(multikey)  # a PEM or a library may hand over a point that must be refused
        return PublicKey(KeyAlgorithm.ED25519, multikey)
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        form = serialization.PublicFormat.CompressedPoint
        point = key.public_bytes(serialization.Encoding.X962, form)
        return PublicKey(KeyAlgorithm.P256, _multikey(_P256_PREFIX + point))
    raise _unsupported("this kind of public key")


def _multikey(data: bytes) -> str:
    return "z" + base58btc.encode(data)


def _coordinate(jwk: dict[str, Any], name: str) -> bytes:
    text = jwk.get(name)
    try:
        if not isinstance(text, str) or len(text) != 43:
            raise ValueError
        data = base64.b64decode(text + "=", altchars=b"-_", validate=True)
        if _base64url(data) != text:
            raise ValueError
    except (ValueError, binascii.Error) as error:
        raise _malformed(f"The JWK member {name!r} is not 32 bytes in base64url without padding.") from error
    return data


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _der_from_raw(signature: bytes) -> bytes:
    r, s = signature[:_P256_COORDINATE_BYTES], signature[_P256_COORDINATE_BYTES:]
    return encode_dss_signature(int.from_bytes(r), int.from_bytes(s))


def _malformed(sentence: str) -> InvalidInput:
    return InvalidInput("malformed_key", sentence, field="public_key")


def _unsupported(what: str) -> InvalidInput:
    return InvalidInput(
        "unsupported_key", f"The register takes Ed25519 and P-256 keys, not {what}.", field="public_key"
    )
