"""Who may read how much of a decision: the vendor, the spending agent's side, the principal.

Stops a vendor from reading budgets, sanctions or limits out of refusals: it sees one public code. Stops an agent from
reading its ancestors' budgets: figures are shown of its own link only.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from identity.delegation.decline_codes import DECLINE_CODES
from identity.primitives.money import exponent_of
from identity.spending.evidence import public_code
from identity.spending.remedy import remedy


class Tier(StrEnum):
    """From least to most."""

    VENDOR = "vendor"
    AGENT = "agent"
    PRINCIPAL = "principal"


# The registry's own findings about a party are told neither to vendors nor to agents.
_MASKED = frozenset({"sanctions_match", "risk_hold", "exposure_ceiling_exceeded"})
# What may pass later. By the public code, so that it tells no more than that code does.
_RETRYABLE = frozenset({"agent_not_verified"})


def answer_for_vendor(record: dict[str, Any], receipt: str) -> dict[str, Any]:
    """The answer to an authorization, as its vendor gets it."""
    code, request = public_code(record), record["request"]
    answer: dict[str, Any] = {
        "decision": record["verdict"],
        "decision_id": record["id"],
        "binding": record["class"] != "D0",
        "receipt": receipt,
    }
    if record["verdict"] == "approved":
        held = _money(request["hold"], request["currency"])
        answer |= {"authorization_id": record["authorization"], "held": held, "obligations": []}
        answer |= {"expires_at": record["expires_at"], "capture_before": record["expires_at"]}
        answer |= {"assurance": record.get("assurance")}
    else:
        answer |= {"reasons": [{"code": code}], "retryable": code in _RETRYABLE}
    return answer


def disclosed(
    record: dict[str, Any], receipt: str, tier: Tier, *, own_limits: Sequence[dict[str, Any]] = ()
) -> dict[str, Any]:
    """The evidence of a decision as ``tier`` may read it; ``own_limits`` are those of the spending agent's link."""
    if tier is Tier.PRINCIPAL:
        return {**record, "receipt": receipt}
    common = {
        "id": record["id"],
        "at": record["at"],
        "verdict": record["verdict"],
        "binding": record["class"] != "D0",
        "authorization": record["authorization"],
        "agent": {"did": record["agent"]["did"]},
        "vendor": {"did": record["vendor"]["did"]},
        "request": {
            name: record["request"].get(name) for name in ("amount", "hold", "currency", "action", "order_hash")
        },
        "code": public_code(record),
        "receipt": receipt,
    }
    if tier is Tier.VENDOR:
        return common
    own = len(record["chain"]) - 1
    return {
        **common,
        "approval": record["approval"],
        "lifted": record["lifted"],
        "reasons": [_reason_for_agent(reason, own) for reason in record["reasons"]],
        "limits": [limit for limit in record["limits"] if limit["link"] == own],
        "remedy": remedy(record, own_limits),
    }


def _reason_for_agent(reason: dict[str, Any], own: int) -> dict[str, Any]:
    if reason["code"] in _MASKED:
        return {"code": "agent_not_eligible"}
    shown = {name: reason[name] for name in ("code", "link", "limit")}
    is_retryable = DECLINE_CODES[reason["code"]].is_retryable
    detail = {"detail": reason["detail"]} if reason["link"] == own else {}
    return {**shown, "retryable": is_retryable, **detail}


def _money(amount: int, currency: str) -> dict[str, Any]:
    return {"amount": amount, "currency": currency, "exponent": exponent_of(currency)}
