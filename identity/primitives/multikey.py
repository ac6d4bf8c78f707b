"""Public and private keys in the forms the standards use: Multikey, JWK, PEM.

Multikey: W3C Controlled Identifiers 1.0 section 2.2.2. JWK: RFC 7517, RFC 8037; thumbprint: RFC 7638.
Ed25519: RFC 8032. P-256 and P-384 signatures are ECDSA with SHA-256 and SHA-384 as raw r || s, 64 and 96 bytes
(RFC 7518 section 3.4).
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

from identity.primitives import base58btc, sodium
from identity.primitives.canonical import canonicalize
from identity.primitives.edwards25519 import is_trustworthy_point
from identity.primitives.errors import InvalidInput

MULTIKEY_LENGTH_MAX = 140
SIGNATURE_BYTES = 64  # of Ed25519 and P-256, the two kinds of key an agent may have
PARSED_KEYS_MAX = 65_536  # about 60 MB when full; the keys of the busiest agents stay parsed

_ED25519_PREFIX = b"\xed\x01"  # multicodec ed25519-pub, 0xed as a varint

_PublicCryptoKey = Ed25519PublicKey | ec.EllipticCurvePublicKey
_PrivateCryptoKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey


class KeyAlgorithm(StrEnum):
    """The kinds of key the register can check, by their JWK curve names. P-384 is for issuers of credentials."""

    ED25519 = "Ed25519"
    P256 = "P-256"
    P384 = "P-384"

    @property
    def signature_bytes(self) -> int:
        """How long a signature of this kind is."""
        return 96 if self is KeyAlgorithm.P384 else SIGNATURE_BYTES


AGENT_KEY_ALGORITHMS = (KeyAlgorithm.ED25519, KeyAlgorithm.P256)


@dataclass(frozen=True, slots=True)
class _Curve:
    """A NIST curve: how its keys are written and which hash its signatures use."""

    algorithm: KeyAlgorithm
    curve: ec.EllipticCurve
    prefix: bytes
    coordinate_bytes: int
    ecdsa: ec.ECDSA


_P256 = _Curve(KeyAlgorithm.P256, ec.SECP256R1(), b"\x80\x24", 32, ec.ECDSA(hashes.SHA256()))  # p256-pub, 0x1200
_P384 = _Curve(KeyAlgorithm.P384, ec.SECP384R1(), b"\x81\x24", 48, ec.ECDSA(hashes.SHA384()))  # p384-pub, 0x1201
_CURVES = (_P256, _P384)


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
                return cls.from_multikey(_multikey(_ED25519_PREFIX + _coordinate(jwk, "x", 32)))
            case "EC", "P-256" | "P-384" as crv:
                curve = _P256 if crv == "P-256" else _P384
                x, y = (_coordinate(jwk, name, curve.coordinate_bytes) for name in ("x", "y"))
                return _public_key(_ec_from_point(curve, b"\x04" + x + y))
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
        point, curve = key.public_numbers(), _curve_of(key)
        x, y = (_base64url(number.to_bytes(curve.coordinate_bytes)) for number in (point.x, point.y))
        return {"crv": self.algorithm.value, "kty": "EC", "x": x, "y": y}

    def thumbprint(self) -> str:
        """RFC 7638 SHA-256 thumbprint, base64url without padding: one text a key, whatever form it came in."""
        return _thumbprint(self)

    def to_pem(self) -> str:
        """The key as SubjectPublicKeyInfo PEM."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return _parsed(self.multikey).public_bytes(serialization.Encoding.PEM, form).decode()

    def verify(self, signature: bytes, message: bytes) -> bool:
        """Whether ``signature`` (64 bytes, 96 for P-384) is this key's over ``message``."""
        if len(signature) != self.algorithm.signature_bytes:
            return False
        key = _parsed(self.multikey)
        try:
            if isinstance(key, Ed25519PublicKey):
                key.verify(signature, message)
            else:
                key.verify(_der_from_raw(signature), message, _curve_of(key).ecdsa)
        except InvalidSignature:
            return False
        return True

    def verify_fast(self, signature: bytes, message: bytes) -> bool:
        """As ``verify``, at half the cost for Ed25519: for what is judged here alone, while somebody waits for it. What
        others judge too is judged by ``verify``, as everyone does."""
        if self.algorithm is not KeyAlgorithm.ED25519:
            return self.verify(signature, message)
        return sodium.signature_holds(signature, message, _ed25519_bytes(self.multikey))


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
        return cls(ec.generate_private_key((_P256 if algorithm is KeyAlgorithm.P256 else _P384).curve))

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
        if isinstance(key, ec.EllipticCurvePrivateKey):
            _curve_of(key)
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
        """The signature over ``message``: Ed25519, or ECDSA as raw r || s."""
        if isinstance(self._key, Ed25519PrivateKey):
            return sodium.sign(message, self._ed25519_secret)
        curve = _curve_of(self._key)
        r, s = decode_dss_signature(self._key.sign(message, curve.ecdsa))
        return r.to_bytes(curve.coordinate_bytes) + s.to_bytes(curve.coordinate_bytes)

    @cached_property
    def _ed25519_secret(self) -> bytes:
        """Of an Ed25519 key: the seed and the public half, as libsodium takes them."""
        key: Any = self._key
        seed: bytes = key.private_bytes_raw()
        public: bytes = key.public_key().public_bytes_raw()
        return seed + public


@lru_cache(maxsize=PARSED_KEYS_MAX)
def _thumbprint(key: PublicKey) -> str:
    return _base64url(hashlib.sha256(canonicalize(key.jwk())).digest())


@lru_cache(maxsize=PARSED_KEYS_MAX)
def _parsed(multikey: str) -> _PublicCryptoKey:
    if not isinstance(multikey, str) or not multikey.startswith("z") or len(multikey) > MULTIKEY_LENGTH_MAX:
        raise _malformed("A public key is a Multikey in base58: z6Mk… (Ed25519), zDn… (P-256), z82… (P-384).")
    try:
        data = base58btc.decode(multikey[1:])
    except ValueError as error:
        raise _malformed(f"This is not a Multikey: {error}") from error
    prefix, body = data[:2], data[2:]
    if prefix == _ED25519_PREFIX:
        return _ed25519_from_bytes(body)
    for curve in _CURVES:
        if prefix == curve.prefix:
            if len(body) != 1 + curve.coordinate_bytes or body[0] not in (2, 3):
                length = 1 + curve.coordinate_bytes
                raise _malformed(f"A {curve.algorithm} Multikey holds a compressed point of {length} bytes.")
            return _ec_from_point(curve, body)
    raise _unsupported("the kind of key in this Multikey")


@lru_cache(maxsize=PARSED_KEYS_MAX)
def _ed25519_bytes(multikey: str) -> bytes:
    _parsed(multikey)  # it refuses what is no key, or none to be trusted
    return base58btc.decode(multikey[1:])[2:]


def _ed25519_from_bytes(body: bytes) -> Ed25519PublicKey:
    if not is_trustworthy_point(body):
        raise _malformed("These bytes are no Ed25519 public key that can be trusted: not a point of full order.")
    return Ed25519PublicKey.from_public_bytes(body)


def _ec_from_point(curve: _Curve, point: bytes) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(curve.curve, point)
    except ValueError as error:
        raise _malformed(f"These bytes are no point of the curve {curve.algorithm}.") from error


def _curve_of(key: ec.EllipticCurvePublicKey | ec.EllipticCurvePrivateKey) -> _Curve:
    for curve in _CURVES:
        if key.curve.name == curve.curve.name:
            return curve
    raise _unsupported(f"a key on the curve {key.curve.name}")


def _public_key(key: object) -> PublicKey:
    if isinstance(key, Ed25519PublicKey):
        multikey = _multikey(_ED25519_PREFIX + key.public_bytes_raw())
        _parsed(multikey)  # a PEM or a library may hand over a point that must be refused
        return PublicKey(KeyAlgorithm.ED25519, multikey)
    if isinstance(key, ec.EllipticCurvePublicKey):
        curve = _curve_of(key)
        point = key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.CompressedPoint)
        return PublicKey(curve.algorithm, _multikey(curve.prefix + point))
    raise _unsupported("this kind of public key")


def _multikey(data: bytes) -> str:
    return "z" + base58btc.encode(data)


def _coordinate(jwk: dict[str, Any], name: str, length: int) -> bytes:
    text = jwk.get(name)
    try:
        if not isinstance(text, str) or len(text) > 64:
            raise ValueError
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        if len(data) != length or _base64url(data) != text:
            raise ValueError
    except (ValueError, binascii.Error) as error:
        raise _malformed(f"The JWK member {name!r} is not {length} bytes in base64url without padding.") from error
    return data


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _der_from_raw(signature: bytes) -> bytes:
    half = len(signature) // 2
    r, s = signature[:half], signature[half:]
    return encode_dss_signature(int.from_bytes(r), int.from_bytes(s))


def _malformed(sentence: str) -> InvalidInput:
    return InvalidInput("malformed_key", sentence, field="public_key")


def _unsupported(what: str) -> InvalidInput:
    return InvalidInput(
        "unsupported_key", f"The register takes Ed25519, P-256 and P-384 keys, not {what}.", field="public_key"
    )
