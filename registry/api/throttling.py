"""Named rate limits, kept by GCRA (the generic cell rate algorithm of ITU-T I.371) in one Redis script.

One timestamp per caller and limit says when the next request conforms: no windows that reset for everybody at once,
no counters to sweep, and no race, since the script runs alone. Limits protect capacity. None guards money or
authority, so when Redis is down they stand open; replayed signatures are refused all the same (``nonces``).

Headers: ``RateLimit-Policy`` and ``RateLimit`` as in draft-ietf-httpapi-ratelimit-headers, ``Retry-After`` on a 429.
"""

from __future__ import annotations

import ipaddress
import logging
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from math import ceil
from typing import Final

import redis
from django.conf import settings
from django.http import HttpRequest
from redis.commands.core import Script

from registry.api.shared_memory import connection, key

logger = logging.getLogger(__name__)

REDIS_PAUSE_SECONDS: Final = 2.0
_POLICY: Final = re.compile(r"([1-9][0-9]{0,8})/([1-9][0-9]{0,4})?(s|m|h|d)")
_UNIT_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}

# KEYS the callers' times of arrival; ARGV: microseconds a request costs, microseconds of burst, then how many requests
# each caller makes. Returns for each request, in one text since a client takes long to read many numbers: whether it
# conforms, the microseconds of burst that are left, the microseconds to wait.
_GCRA: Final = """
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local cost, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local told = {}
for place, key in ipairs(KEYS) do
  local arrival = math.max(tonumber(redis.call('GET', key) or now), now)
  local before = arrival
  for _ = 1, tonumber(ARGV[2 + place]) do
    local left = burst - (arrival + cost - now)
    if left < 0 then
      table.insert(told, string.format('0 %.0f %.0f', burst - (arrival - now), -left))
    else
      arrival = arrival + cost
      table.insert(told, string.format('1 %.0f 0', left))
    end
  end
  if arrival > before then
    redis.call('SET', key, string.format('%.0f', arrival), 'PX', math.ceil((arrival - now) / 1000) + 1000)
  end
end
return table.concat(told, ' ')
"""


@dataclass(frozen=True, slots=True)
class Policy:
    """``quota`` requests in ``seconds``; all of them may come at once, then they refill evenly."""

    name: str
    quota: int
    seconds: int

    @property
    def cost_us(self) -> int:
        return max(1, self.seconds * 1_000_000 // self.quota)

    @property
    def header(self) -> str:
        return f'"{self.name}";q={self.quota};w={self.seconds}'


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one request was told: may it go on, how many are left, when the next one may come."""

    policy: Policy
    allowed: bool
    remaining: int
    reset_seconds: int

    @property
    def header(self) -> str:
        return f'"{self.policy.name}";r={self.remaining};t={self.reset_seconds}'


class _Pause:
    """When Redis failed last: for a moment it is not asked again, so that its failing costs each request nothing."""

    until = 0.0


def parse_policy(name: str, text: str) -> Policy:
    """``600/m``, ``20/10s``. ValueError otherwise: a limit that cannot be read must stop the start."""
    match = _POLICY.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"The limit {name} must read like 600/m or 20/10s, not {text!r}.")
    return Policy(name=name, quota=int(match[1]), seconds=int(match[2] or 1) * _UNIT_SECONDS[match[3]])


@lru_cache(maxsize=64)
def _policy(name: str, text: str) -> Policy:
    return parse_policy(name, text)


def take(name: str, *, who: str) -> Allowance | None:
    """Count one request of ``who`` against the limit ``name``; None when Redis cannot say (the limit stands open)."""
    return take_each(name, [who])[0]


def take_each(name: str, callers: Sequence[str]) -> list[Allowance | None]:
    """Count one request of each of ``callers``, in their order, as ``take`` would: asked at once."""
    policy = _policy(name, settings.API_THROTTLES[name])
    if not callers or time.monotonic() < _Pause.until:
        return [None] * len(callers)
    counts = Counter(callers)
    entries = [key("limit", name, f"{policy.quota}/{policy.seconds}", who) for who in counts]
    arguments = [policy.cost_us, policy.cost_us * policy.quota, *counts.values()]
    try:
        told = _script(connection())(keys=entries, args=arguments)
    except redis.RedisError:
        _Pause.until = time.monotonic() + REDIS_PAUSE_SECONDS
        logger.warning("Rate limits stand open: Redis does not answer", extra={"limit": name})
        return [None] * len(callers)
    numbers = map(int, told.split())
    allowances = iter([_allowance(policy, *one) for one in zip(numbers, numbers, numbers, strict=True)])
    of_each = {who: iter(list(islice(allowances, count))) for who, count in counts.items()}
    return [next(of_each[who]) for who in callers]


@lru_cache(maxsize=4)
def _script(client: redis.Redis) -> Script:
    return client.register_script(_GCRA)


def _allowance(policy: Policy, conforms: int, left: int, wait: int) -> Allowance:
    remaining = max(0, left) // policy.cost_us
    reset = wait if not conforms else policy.cost_us * policy.quota - left
    return Allowance(policy, bool(conforms), remaining, ceil(reset / 1_000_000))


def client_address(request: HttpRequest) -> str:
    """Whom to count an anonymous request against: an IPv4 address, or the /64 of an IPv6 one.

    Stops a client that owns a whole IPv6 network from being a fresh caller each time, and one that writes its own
    ``X-Forwarded-For``: the field counts only when settings.TRUST_PROXY says a proxy of ours is in front, and then
    only its last entry, which that proxy wrote.
    """
    text = str(request.META.get("REMOTE_ADDR", ""))
    if settings.TRUST_PROXY:
        text = request.headers.get("X-Forwarded-For", text).rsplit(",", 1)[-1].strip()
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)
