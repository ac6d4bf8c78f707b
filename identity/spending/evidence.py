"""The record of a decision. Pure.

The record holds everything the decision rested on: the chain with its digests, every standing seen, every limit with
what was used before, what this takes and the cap. Who may read how much of it is said in ``disclosure``.
"""

from __future__ import annotations

import secrets
from typing import Any

import orjson

from identity.delegation.decline_codes import DECLINE_CODES
from identity.primitives.clock import rfc3339
from identity.primitives.money import EXPONENTS
from identity.spending.attempt import Attempt
from identity.spending.chain import Chain
from identity.spending.reference_rates import CEILING_CURRENCY
from identity.spending.seen import Charge, Outcome, SpendRequest
from identity.spending.sight import Sight
from identity.spending.underwriting import NOTHING_KNOWN, Terms

_CANONICAL = orjson.OPT_SORT_KEYS


def build_record(
    attempt: Attempt,
    outcome: Outcome,
    sight: Sight,
    *,
    decision: str,
    decision_class: str,
    authorization: str | None,
    approval: str | None,
) -> dict[str, Any]:
    """The evidence of one decision as a JSON object. Whole numbers and ASCII names only, so that its sorted form is
    the canonical one (RFC 8785)."""
    request, vendor = attempt.request, sight.vendors.get(attempt.request.vendor)
    terms = sight.terms.get(attempt.agent, NOTHING_KNOWN)
    return {
        "id": decision,
        "at": request.at.isoformat(),
        "salt": new_salt(),
        "class": decision_class,
        "verdict": outcome.verdict,
        "authorization": authorization,
        "approval": approval,
        "actor": attempt.actor,
        "agent": {"id": attempt.agent, "did": attempt.chain.agent_dids[-1]},
        "vendor": {
            "id": request.vendor,
            "did": vendor.did if vendor else None,
            "status": vendor.status if vendor else None,
            "assurance_level": vendor.assurance_level if vendor else None,
            "mcc": vendor.mcc if vendor else None,
            "country": vendor.country if vendor else None,
        },
        "principal": {"id": attempt.chain.principal, "frozen": attempt.chain.principal in sight.frozen},
        "chain": _chain_seen(attempt.chain, sight),
        "terms": _terms(terms),
        "assurance": _assurance(terms, request),
        "request": {
            **attempt.described,
            "amount": request.amount,
            "hold": request.hold,
            "currency": request.currency,
            "action": request.action,
            "order_hash": request.order_hash,
            "nonce": request.nonce,
            "key": request.key_thumbprint,
            "binding_digest": request.binding_digest,
            "increments": attempt.increments,
        },
        "expires_at": rfc3339(request.expires_at),
        "limits": [_limit(charge) for charge in outcome.charges],
        "lifted": list(outcome.lifted),
        "reasons": [
            {"code": one.code, "link": one.link_depth, "limit": one.constraint_id, "detail": one.detail}
            for one in outcome.reasons
        ],
    }


def new_salt() -> str:
    """Stops whoever holds a receipt from trying amounts until its digest fits: what was used before a decision is one
    of few numbers, and its digest alone would tell which."""
    return secrets.token_hex(16)


def canonical(record: dict[str, Any]) -> bytes:
    return orjson.dumps(record, option=_CANONICAL)


def public_code(record: dict[str, Any]) -> str | None:
    """The one code that vendors see: that of the first reason, so that an ancestor's budget, a sanction and a risk
    hold look alike from outside."""
    if record["verdict"] == "step_up_required":
        return "approval_required"
    reasons = record["reasons"]
    return DECLINE_CODES[reasons[0]["code"]].public if reasons else None


def _chain_seen(chain: Chain, sight: Sight) -> list[dict[str, Any]]:
    return [
        {
            "id": link.id,
            "digest": link.digest,
            "status": sight.links.get(link.id),
            "agent": link.agent,
            "agent_status": sight.agents.get(link.agent),
        }
        for link in chain.links
    ]


def _terms(terms: Terms) -> dict[str, Any]:
    """What the registry's own limits rested on."""
    return {
        "assurance_level": terms.assurance_level,
        "band": terms.band,
        "score": terms.score,
        "throttled": terms.is_throttled,
    }


def _assurance(terms: Terms, request: SpendRequest) -> dict[str, Any] | None:
    """Who answers for this purchase besides the agent's side, so that a vendor can ask for it."""
    if not terms.insures(request.action, request.at):
        return None
    insured = {"amount": terms.insured_up_to, "currency": CEILING_CURRENCY, "exponent": EXPONENTS[CEILING_CURRENCY]}
    return {"insured_up_to": insured, "insurer": terms.insurer, "certificate": terms.certificate}


def _limit(charge: Charge) -> dict[str, Any]:
    return {
        "link": charge.counted.depth,
        "limit": charge.counted.rule.id,
        "type": charge.counted.rule.kind,
        "budget": charge.budget,
        "before": charge.before,
        "delta": charge.amount or charge.uses,
        "cap": charge.cap,
        "elevated": charge.is_elevated,
    }
