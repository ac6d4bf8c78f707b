"""Questions to the DNS, with an end in time. *No such record* is an answer; *no answer* is ``Unreachable``."""

from __future__ import annotations

from typing import Any

import dns.exception
import dns.name
import dns.resolver
from django.conf import settings
from dns.nameserver import Do53Nameserver, Nameserver

LOOKUP_SECONDS = 3.0
TXT_RECORDS_MAX = 64


class Unreachable(Exception):
    """Somebody else's server could not be asked, or what it said could not be read; the text says why."""


def lookup_txt(name: str, seconds: float = LOOKUP_SECONDS) -> list[str]:
    """The TXT records of ``name``, none when there are none. Raises Unreachable when no server answers."""
    return [b"".join(record.strings).decode("utf-8", "replace") for record in _ask(name, "TXT", seconds)][
        :TXT_RECORDS_MAX
    ]


def resolve_host(host: str, seconds: float = LOOKUP_SECONDS) -> list[str]:
    """The addresses of ``host``, IPv4 first; only from the DNS, never from this machine's own hosts file. Raises
    Unreachable when no server answers."""
    return [record.address for kind in ("A", "AAAA") for record in _ask(host, kind, seconds / 2)]


def _ask(name: str, kind: str, seconds: float) -> list[Any]:
    try:
        answer = _resolver().resolve(dns.name.from_text(name), kind, lifetime=seconds, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.resolver.LifetimeTimeout as error:
        raise Unreachable("the name servers did not answer in time") from error
    except dns.exception.DNSException as error:
        raise Unreachable(f"the name servers failed: {type(error).__name__}") from error
    except OSError as error:
        raise Unreachable("the name servers cannot be reached") from error
    return list(answer)


def _resolver() -> dns.resolver.Resolver:
    """The servers of the setting DNS_SERVERS (``address`` or ``address:port``), or those of this machine."""
    if not settings.DNS_SERVERS:
        return dns.resolver.Resolver()
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [_server(text) for text in settings.DNS_SERVERS]
    return resolver


def _server(text: str) -> Nameserver:
    address, _, port = text.partition(":") if text.count(":") == 1 else (text, "", "")
    return Do53Nameserver(address, int(port or 53))
