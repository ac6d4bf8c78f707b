"""Lists of bits as status lists carry them: first index in the highest bit or in the lowest, packed small. No Django.

Both standards index the same places; they differ in bit order and envelope. The W3C's Bitstring Status List v1.0
(section 3.3) counts from the most significant bit and wraps gzip in multibase ``u``; the IETF's Token Status List
(section 4.1) counts from the least significant bit and wraps zlib in base64url.
"""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterable

from identity.primitives.errors import InvalidInput, TooLarge

# What a foreign list may expand to: 134 million entries of one bit.
EXPANDED_BYTES_MAX = 16 * 1024 * 1024
_LEVEL = 6
_GZIP = 16 + zlib.MAX_WBITS
_ZLIB = zlib.MAX_WBITS


def bits_of(indexes: Iterable[int], *, size: int) -> bytes:
    """``size`` bits with these set, the first index in the most significant bit. IndexError beyond ``size``."""
    bits = bytearray((size + 7) // 8)
    for index in indexes:
        bits[index >> 3] |= 0x80 >> (index & 7)
    return bytes(bits)


def bit_at(bits: bytes, index: int) -> bool:
    """The bit of ``index``, counted from the most significant bit. InvalidInput ``status_index_out_of_range``."""
    if not 0 <= index < len(bits) * 8:
        raise _out_of_range(index, len(bits) * 8)
    return bool(bits[index >> 3] & (0x80 >> (index & 7)))


def pairs_of(ones: Iterable[int], twos: Iterable[int], *, size: int) -> bytes:
    """``size`` statuses of two bits, lowest bits first: 1 at ``ones``, 2 at ``twos``; where both claim, 1 stands."""
    packed = bytearray((size + 3) // 4)
    for index in twos:
        packed[index >> 2] |= 2 << ((index & 3) * 2)
    for index in ones:
        shift = (index & 3) * 2
        packed[index >> 2] = packed[index >> 2] & ~(3 << shift) | 1 << shift
    return bytes(packed)


def status_at(packed: bytes, index: int, *, width: int) -> int:
    """The status of ``index`` in a Token Status List of ``width`` 1, 2, 4 or 8 bits an entry."""
    per_byte = 8 // width
    if not 0 <= index < len(packed) * per_byte:
        raise _out_of_range(index, len(packed) * per_byte)
    return packed[index // per_byte] >> (index % per_byte * width) & (1 << width) - 1


def encode_bitstring(bits: bytes) -> str:
    """An ``encodedList`` of the W3C: the same bits always give the same text."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return "u" + _base64url(packer.compress(bits) + packer.flush())


def decode_bitstring(encoded: str, *, bytes_max: int = EXPANDED_BYTES_MAX) -> bytes:
    """The bits of an ``encodedList``: multibase ``u`` (v1.0), or bare base64url as StatusList2021 wrote it.

    Raises InvalidInput ``malformed_status_list``, TooLarge ``status_list_too_large``.
    """
    # gzip begins 1f 8b, which base64url writes as H4s: bare text can never begin with the multibase letter.
    return _inflate(_from_base64url(encoded.removeprefix("u")), _GZIP, bytes_max)


def encode_token_list(packed: bytes) -> str:
    """The ``lst`` of a Token Status List."""
    return _base64url(zlib.compress(packed, _LEVEL))


def decode_token_list(encoded: str, *, bytes_max: int = EXPANDED_BYTES_MAX) -> bytes:
    """The statuses of an ``lst``, still packed. Raises as ``decode_bitstring`` does."""
    return _inflate(_from_base64url(encoded), _ZLIB, bytes_max)


def _inflate(data: bytes, wbits: int, bytes_max: int) -> bytes:
    """Expand with a cap on the output. Stops a list of a few kilobytes from filling the memory of whoever asks for
    one bit of it: the expansion ends one byte beyond the cap, whatever the stream still holds."""
    unpacker = zlib.decompressobj(wbits)
    try:
        expanded = unpacker.decompress(data, bytes_max + 1)
    except zlib.error as error:
        raise InvalidInput("malformed_status_list", f"The status list does not unpack: {error}.") from error
    if len(expanded) > bytes_max:
        raise TooLarge("status_list_too_large", f"The status list expands beyond {bytes_max} bytes.")
    if not unpacker.eof or unpacker.unused_data:
        raise InvalidInput("malformed_status_list", "The packed status list is cut off, or something follows it.")
    return expanded


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _from_base64url(text: str) -> bytes:
    unpadded = text.rstrip("=")
    try:
        return base64.b64decode(unpadded + "=" * (-len(unpadded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("malformed_status_list", f"The status list is not base64url: {error}.") from error


def _out_of_range(index: int, size: int) -> InvalidInput:
    return InvalidInput("status_index_out_of_range", f"The list has {size} entries; {index} is none of them.")
