"""Compact signed tokens (JWS, RFC 7515; algorithms of RFC 7518, RFC 8037, RFC 9864), read strictly. No Django here.

Refused, whoever signed: an algorithm that is not the key's own, ``crit``, unencoded payloads, base64 with padding or
spare bits, headers with names twice.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from identity.credentials.limits import CREDENTIAL_BYTES_MAX
from identity.primitives.canonical import canonicalize, parse_json
from identity.primitives.errors import InvalidInput, TooLarge
from identity.primitives.multikey import KeyAlgorithm, PublicKey
from identity.primitives.signing import Signer

HEADER_BYTES_MAX = 4_096
# A key writes the same header over each of its tokens, so short ones that were read are kept, about 10 MB when full.
HEADERS_KEPT_MAX = 8_192
HEADER_KEPT_LENGTH_MAX = 320
SIGNATURE_LENGTH_MAX = 256

# What a key of each kind may be called in ``alg``: the first is what we write. RFC 9864 renames EdDSA to Ed25519.
_NAMES = {
    KeyAlgorithm.ED25519: ("EdDSA", "Ed25519"),
    KeyAlgorithm.P256: ("ES256",),
    KeyAlgorithm.P384: ("ES384",),
}
# Between the two alphabets of base64 (RFC 4648 sections 4 and 5); what the other one has besides becomes no sign.
_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/!!!")
_FROM_STANDARD = bytes.maketrans(b"+/", b"-_")


@dataclass(frozen=True, slots=True)
class Jws:
    """A compact token taken apart; nothing about it is believed yet."""

    header: dict[str, Any]
    payload: dict[str, Any]
    signature: bytes
    signing_input: bytes


def algorithm_name(public_key: PublicKey) -> str:
    """The ``alg`` we write for a key."""
    return _NAMES[public_key.algorithm][0]


def sign_jws(header: dict[str, Any], payload: dict[str, Any], *, signer: Signer) -> str:
    """The compact token over ``payload``. ``alg`` follows from the signer's key."""
    header = {"alg": algorithm_name(signer.public_key), **header}
    signing_input = f"{base64url(canonicalize(header))}.{base64url(canonicalize(payload))}"
    return f"{signing_input}.{base64url(signer.sign(signing_input.encode()))}"


def parse_jws(token: str, *, bytes_max: int = CREDENTIAL_BYTES_MAX) -> Jws:
    """``token`` taken apart; its payload may have ``bytes_max``. InvalidInput ``malformed_jwt``, ``malformed_json``,
    ``duplicate_key``; TooLarge ``body_too_large``."""
    length_max = (bytes_max + HEADER_BYTES_MAX) * 4 // 3 + SIGNATURE_LENGTH_MAX
    if not isinstance(token, str) or len(token) > length_max:
        raise TooLarge("body_too_large", f"A token may have at most {length_max} characters.")
    if not token.isascii():
        raise _malformed("A compact token is ASCII text.")
    signing_input, _, signature = token.encode("ascii").rpartition(b".")
    header, _, payload = signing_input.partition(b".")
    if not (header and payload and signature):
        raise _malformed("A compact token is three parts of base64url text with dots between them.")
    return Jws(
        header=_header(header),
        payload=_object(payload, bytes_max=bytes_max),
        signature=_decode(signature),
        signing_input=signing_input,
    )


def parse_typed(token: Any, *, kind: str, length_max: int) -> tuple[Jws, str]:
    """A token of this type taken apart, and the key its header names: a hint, not believed yet. InvalidInput
    ``malformed_jwt``, ``malformed_json``, ``duplicate_key``."""
    if not isinstance(token, str) or len(token) > length_max:
        raise _malformed(f"A token of this kind has at most {length_max} characters.")
    jws = parse_jws(token)
    sentence = header_refusal(jws, types=frozenset({kind}))
    if sentence is not None:
        raise _malformed(sentence)
    key_id = jws.header.get("kid")
    if not isinstance(key_id, str):
        raise _malformed("The token names no key.")
    return jws, key_id


def header_refusal(jws: Jws, *, types: frozenset[str]) -> str | None:
    """Why this header may not be believed whoever signed it, as a sentence, or None.

    The type must be the expected one: that stops a token signed for another use (a login, a status list) from being
    taken for a credential. ``crit`` names extensions that must be understood, and none are.
    """
    kind = jws.header.get("typ")
    if not isinstance(kind, str) or kind.lower().removeprefix("application/") not in types:
        return f"The token's typ must be {' or '.join(sorted(types))}."
    if "crit" in jws.header or "b64" in jws.header:
        return "The token demands extensions (crit) that are not understood here."
    return None


def signature_holds(jws: Jws, *, public_key: PublicKey) -> bool:
    """Whether ``public_key`` signed this token, under the key's own algorithm.

    The algorithm is the key's; the header only has to agree. That stops ``none``, a public key used as an HMAC
    secret, and any other algorithm a forger would rather have.
    """
    return algorithm_fits(jws, public_key=public_key) and public_key.verify(jws.signature, jws.signing_input)


def algorithm_fits(jws: Jws, *, public_key: PublicKey) -> bool:
    """Whether the header names the algorithm of this key."""
    return jws.header.get("alg") in _NAMES[public_key.algorithm]


def base64url(data: bytes) -> str:
    """base64url without padding (RFC 7515 section 2)."""
    return binascii.b2a_base64(data, newline=False).translate(_FROM_STANDARD).rstrip(b"=").decode("ascii")


def decode_base64url(text: str) -> bytes:
    """The bytes ``text`` spells in the one right way. InvalidInput ``malformed_jwt``.

    Spare bits that decoders pass over would give one signature several spellings, and a cache or a revocation keyed
    by the text could be walked around.
    """
    if not text.isascii():
        raise _malformed("A part of the token is not base64url.")
    return _decode(text.encode("ascii"))


def _decode(text: bytes) -> bytes:
    standard = text.translate(_TO_STANDARD) + b"=" * (-len(text) % 4)
    try:
        data = binascii.a2b_base64(standard)
    except binascii.Error as error:
        raise _malformed("A part of the token is not base64url.") from error
    # The decoder passes over what it does not know; written again, that is missing.
    if binascii.b2a_base64(data, newline=False) != standard:
        raise _malformed("A part of the token is not base64url in its one right spelling.")
    return data


def _header(text: bytes) -> dict[str, Any]:
    header = _kept_header(text) if len(text) <= HEADER_KEPT_LENGTH_MAX else None
    return _object(text, bytes_max=HEADER_BYTES_MAX) if header is None else dict(header)


@lru_cache(maxsize=HEADERS_KEPT_MAX)
def _kept_header(text: bytes) -> dict[str, str] | None:
    """None for one whose copy would share something that can be changed."""
    header = _object(text, bytes_max=HEADER_BYTES_MAX)
    return header if all(type(value) is str for value in header.values()) else None


def _object(text: bytes, *, bytes_max: int) -> dict[str, Any]:
    value = parse_json(_decode(text), bytes_max=bytes_max)
    if not isinstance(value, dict):
        raise _malformed("The header and the payload of a token are JSON objects.")
    return value


def _malformed(sentence: str) -> InvalidInput:
    return InvalidInput("malformed_jwt", sentence, field="jwt")
