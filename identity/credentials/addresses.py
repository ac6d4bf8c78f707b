"""Which network addresses the registry may reach, and may send others to."""

from __future__ import annotations

import ipaddress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

# Beyond what ``ipaddress`` calls global: ranges that lead inside, or to an IPv4 address written as IPv6.
_REFUSED: tuple[IPv4Network | IPv6Network, ...] = (
    IPv4Network("0.0.0.0/8"),  # "this network" (RFC 791): Linux takes 0.0.0.0 for loopback
    IPv4Network("100.64.0.0/10"),  # shared address space of carriers (RFC 6598)
    IPv4Network("169.254.0.0/16"),  # link local, and every cloud's metadata service
    IPv4Network("192.0.0.0/24"),  # IETF protocol assignments (RFC 6890)
    IPv4Network("192.88.99.0/24"),  # 6to4 relay anycast (RFC 7526)
    IPv4Network("198.18.0.0/15"),  # benchmarks (RFC 2544)
    IPv4Network("240.0.0.0/4"),  # reserved, broadcast
    IPv6Network("::/96"),  # IPv4-compatible, unspecified, loopback
    IPv6Network("100::/64"),  # discard (RFC 6666)
    IPv6Network("fec0::/10"),  # site local (RFC 3879)
)
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: the IPv4 address stands in the last 32 bits
_NAT64_LOCAL = IPv6Network("64:ff9b:1::/48")  # RFC 8215: local use, the place of the IPv4 address varies


def is_public(address: Address) -> bool:
    """Whether the address lies on the public internet, also after undoing IPv4-mapped, NAT64, 6to4 and Teredo forms.

    Stops requests forged through us into loopback, private networks and metadata services (SSRF).
    """
    if isinstance(address, IPv6Address):
        if address in _NAT64_LOCAL or address.scope_id is not None:
            return False
        inner = embedded_ipv4(address)
        if inner is not None:
            return is_public(inner)
    if any(address in network for network in _REFUSED if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast


def embedded_ipv4(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that packets to ``address`` end up at, if it is such a form."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return None


def parse_address(text: str) -> Address:
    """The address in ``text``; ValueError when it is none."""
    return ipaddress.ip_address(text)
