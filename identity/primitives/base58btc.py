"""Base58 with the Bitcoin alphabet, as multibase ``z`` uses it (W3C Controlled Identifiers 1.0, section 2.4).

Written out because a signature is encoded for every signed answer: the usual digit-by-digit division of a
512-bit number costs as much as the signature itself. Here ten digits come off at a time, and are read all together.
"""

from __future__ import annotations

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
TEXT_LENGTH_MAX = 140  # above a key of P-384 (69) and its signature (132)

_PAIRS = [high + low for high in ALPHABET for low in ALPHABET]
_PAIR = 58**2
_CHUNK = 58**10
_FOREIGN = 255
_DIGITS = bytes(ALPHABET.find(chr(byte)) & 255 for byte in range(256))  # what is not found, -1, becomes 255

# Reading puts a digit into each byte of one large number and merges neighbours: pairs into 16 bits, fours into 32 and
# so on, all at once. A row: the width of a field, what the upper one of two weighs, and the mask of the lower ones.
_MERGES = [
    (width, 58 ** (width // 8), sum(((1 << width) - 1) << start for start in range(0, 8 * TEXT_LENGTH_MAX, 2 * width)))
    for width in (8 << power for power in range(8))
]


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
    number = int.from_bytes(digits)
    for width, weight, low in _MERGES:
        if number >> width == 0:
            break
        number = (number & low) + ((number >> width) & low) * weight
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)
