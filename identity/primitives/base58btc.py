"""Base58 with the Bitcoin alphabet, as multibase ``z`` uses it (W3C Controlled Identifiers 1.0, section 2.4).

Written out because a signature is encoded for every signed answer: the usual digit-by-digit division of a
512-bit number costs as much as the signature itself. Here ten digits come off at a time, and go on eight at a time.
"""

from __future__ import annotations

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
TEXT_LENGTH_MAX = 256  # far above a key (48) or a signature (88); decoding is quadratic

_PAIRS = [high + low for high in ALPHABET for low in ALPHABET]
_PAIR = 58**2
_CHUNK = 58**10
_EIGHT = 58**8
_FOREIGN = 255
_DIGITS = bytes(ALPHABET.find(chr(byte)) & 255 for byte in range(256))  # what is not found, -1, becomes 255


def encode(data: bytes) -> str:
    """``data`` in base58; each leading zero byte is a ``1``."""
    zeros = len(data) - len(data.lstrip(b"\0"))
    number = int.from_bytes(data)
    chunks: list[str] = []
    while number:
        number, chunk = divmod(number, _CHUNK)
        chunks.append(_ten_digits(chunk))
    chunks.reverse()
    return "1" * zeros + "".join(chunks).lstrip("1")


def _ten_digits(chunk: int) -> str:
    chunk, e = divmod(chunk, _PAIR)
    chunk, d = divmod(chunk, _PAIR)
    chunk, c = divmod(chunk, _PAIR)
    a, b = divmod(chunk, _PAIR)
    return _PAIRS[a] + _PAIRS[b] + _PAIRS[c] + _PAIRS[d] + _PAIRS[e]


def decode(text: str) -> bytes:
    """The bytes ``text`` spells. ValueError for a foreign character or too long a text."""
    if len(text) > TEXT_LENGTH_MAX:
        raise ValueError(f"A base58 text may have at most {TEXT_LENGTH_MAX} characters.")
    digits = text.encode().translate(_DIGITS)
    if _FOREIGN in digits:
        foreign = next(character for character in text if character not in ALPHABET)
        raise ValueError(f"{foreign!r} is not a base58 character.")
    number, first = 0, len(digits) % 8
    for digit in digits[:first]:
        number = number * 58 + digit
    for a, b, c, d, e, f, g, h in zip(*[iter(digits[first:])] * 8, strict=True):
        chunk = ((((((a * 58 + b) * 58 + c) * 58 + d) * 58 + e) * 58 + f) * 58 + g) * 58 + h
        number = number * _EIGHT + chunk
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)
