"""What an agent whose authority was too narrow may ask for: ``insufficient_delegation``.

A decline that only a wider link would have changed says which limits were in the way and how they would have to read
for this purchase. The agent may carry that proposal to whoever issued the link; nothing follows it by itself
(spec/delegation.md, "Step-up").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

CODE = "insufficient_delegation"

_Record = dict[str, Any]
_Limit = dict[str, Any]


def _used_and_asked(member: str) -> Callable[[_Limit, _Record], _Limit]:
    """As wide as what was used and what was asked for now."""

    def widen(limit: _Limit, record: _Record) -> _Limit:
        own = len(record["chain"]) - 1
        found = (one for one in record["limits"] if (one["link"], one["limit"]) == (own, limit["id"]))
        needed = max((one["before"] + one["delta"] for one in found), default=0)
        return {member: max(needed, limit[member])}

    return widen


def _one_purchase(limit: _Limit, record: _Record) -> _Limit:
    request = record["request"]
    least = {"min": min(limit["min"], request["amount"])} if "min" in limit else {}
    return {"max": max(limit["max"], request["hold"]), **least}


def _also(*path: str) -> Callable[[_Limit, _Record], _Limit]:
    """With one more on the list."""

    def widen(limit: _Limit, record: _Record) -> _Limit:
        value: Any = record
        for name in path:
            value = value[name]
        return {"allow": [*limit.get("allow", ()), value]}

    return widen


# Of each refusal that a wider link would remove: how the limit would have to read. What passes by waiting alone (hours,
# spacing), what lies with the vendor or the registry, and lists of what is denied are not among them.
_WIDER: dict[str, Callable[[_Limit, _Record], _Limit]] = {
    "total_exceeded": _used_and_asked("amount"),
    "period_limit_exceeded": _used_and_asked("amount"),
    "rolling_limit_exceeded": _used_and_asked("amount"),
    "count_exceeded": _used_and_asked("max"),
    "velocity_exceeded": _used_and_asked("max"),
    "per_transaction_exceeded": _one_purchase,
    "payee_not_allowed": _also("vendor", "did"),
    "category_not_allowed": _also("vendor", "mcc"),
    "country_not_allowed": _also("vendor", "country"),
    "currency_not_allowed": _also("request", "currency"),
    "action_not_allowed": _also("request", "action"),
}


def remedy(record: _Record, own_limits: Iterable[_Limit]) -> dict[str, Any] | None:
    """What the spending agent is told; ``own_limits`` are those of its link. None when a wider link alone would not
    have helped.

    Stops an agent from reading its ancestors' budgets out of a proposal: above its own link a limit is only named.
    """
    reasons = record["reasons"]
    if record["verdict"] != "declined" or not reasons or any(reason["code"] not in _WIDER for reason in reasons):
        return None
    own, known = len(record["chain"]) - 1, {limit["id"]: limit for limit in own_limits}
    suggested = []
    for reason in reasons:
        limit = known.get(reason["limit"]) if reason["link"] == own else None
        wider = {"limit": {**limit, **_WIDER[reason["code"]](limit, record)}} if limit is not None else {}
        suggested.append({"link": reason["link"], "id": reason["limit"], **wider})
    return {"code": CODE, "suggested_limits": suggested}
