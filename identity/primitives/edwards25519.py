"""Which 32 bytes are an Ed25519 public key worth trusting (RFC 8032 section 5.1.3).

OpenSSL takes any 32 bytes as a public key. Two kinds must never enter a register of keys: bytes that are no point
of the curve, and the eight points of small order, under which one signature fits nearly every message.
"""

from __future__ import annotations

_PRIME = 2**255 - 19
_D = -121665 * pow(121666, -1, _PRIME) % _PRIME

# The y coordinates of the points whose order divides 8: 1, 2, 4, 4 and the two pairs of order 8.
_Y_ORDER_EIGHT = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER_Y = frozenset({0, 1, _PRIME - 1, _Y_ORDER_EIGHT, _PRIME - _Y_ORDER_EIGHT})


def is_trustworthy_point(encoded: bytes) -> bool:
    """Whether ``encoded`` is a canonical point of the curve and not of small order.

    Stops a key under which its holder can say of any signature "this was never mine" (small order), and two
    spellings of one key, which would slip past the rule that a key serves one agent only.
    """
    y = int.from_bytes(encoded, "little") & ((1 << 255) - 1)
    if len(encoded) != 32 or y >= _PRIME or y in _SMALL_ORDER_Y:
        return False
    x_squared = (y * y - 1) * pow(_D * y * y + 1, -1, _PRIME) % _PRIME
    return pow(x_squared, (_PRIME - 1) // 2, _PRIME) == 1
