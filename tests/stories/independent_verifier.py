"""A vendor's own verifier: it shares no line and no library with the product.

JSON canonicalisation by sorting, base58 by long division, Ed25519 from the text of RFC 8032 section 5.1 in plain
integers. Slow and simple on purpose: when it and the product agree, they agree on the standard.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
SQRT_MINUS_1 = pow(2, (P - 1) // 4, P)
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

Point = tuple[int, int, int, int]


def verify_answer(answer: dict[str, Any], did_document: dict[str, Any]) -> bool:
    """Data Integrity eddsa-jcs-2022 (W3C VC-DI-EdDSA section 3.3.2) against the key in the issuer's DID document."""
    proof = dict(answer["proof"])
    document = {name: value for name, value in answer.items() if name != "proof"}
    signature = base58_decode(proof.pop("proofValue"))
    assert (proof["type"], proof["cryptosuite"]) == ("DataIntegrityProof", "eddsa-jcs-2022")
    assert proof["verificationMethod"] in did_document["assertionMethod"]
    method = next(m for m in did_document["verificationMethod"] if m["id"] == proof["verificationMethod"])
    key = base58_decode(method["publicKeyMultibase"])
    assert key[:2] == b"\xed\x01", "an Ed25519 multikey"
    return ed25519_verify(key[2:], signature, sha256(canonical(proof)) + sha256(canonical(document)))


def canonical(value: Any) -> bytes:
    """RFC 8785 for documents without fractions: members sorted by UTF-16 code units, no white space."""
    return _text(value).encode()


def _text(value: Any) -> str:
    if isinstance(value, dict):
        members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{_text(v)}" for k, v in members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_text, value)) + "]"
    assert not isinstance(value, float)
    return json.dumps(value, ensure_ascii=False)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def base58_decode(multibase: str) -> bytes:
    assert multibase[0] == "z"
    number = 0
    for character in multibase[1:]:
        number = number * 58 + BASE58.index(character)
    leading = len(multibase[1:]) - len(multibase[1:].lstrip("1"))
    return b"\0" * leading + number.to_bytes((number.bit_length() + 7) // 8, "big")


def ed25519_verify(public: bytes, signature: bytes, message: bytes) -> bool:
    """RFC 8032 section 5.1.7, as its appendix writes it."""
    a, r = _decompress(public), _decompress(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L or len(signature) != 64:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    base_y = 4 * pow(5, P - 2, P) % P
    base_x = _recover_x(base_y, 0)
    assert base_x is not None
    left = _multiply(s, (base_x, base_y, 1, base_x * base_y % P))
    return _equal(left, _add(r, _multiply(h, a)))


def _add(p: Point, q: Point) -> Point:
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f, g * h, f * g, e * h


def _multiply(scalar: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


def _equal(p: Point, q: Point) -> bool:
    return (p[0] * q[2] - q[0] * p[2]) % P == 0 and (p[1] * q[2] - q[1] * p[2]) % P == 0


def _recover_x(y: int, sign: int) -> int | None:
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * SQRT_MINUS_1 % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


def _decompress(data: bytes) -> Point | None:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = _recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)
