"""What the pages about approvals show: the purchase, what is left of the limits, and what became of the question."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from identity.accounts.models import Organization, User
from identity.agents.models import Agent
from identity.delegation.models import Delegation
from identity.primitives.clock import rfc3339
from identity.primitives.money import Money
from identity.spending.answers import reasons_of
from identity.spending.limits import (
    DECLINED_FOR,
    DECLINES_COUNTED_FOR,
    DECLINES_SUSPEND_AFTER,
    ELEVATION_LIFETIME,
    PENDING_PER_LINK_MAX,
    PROMPTS_PER_DAY_MAX,
)
from identity.spending.models import Approval, ApprovalState, Elevation, IssuerAnswer, Vote
from identity.spending.usage import usages_of
from registry.web.amount_words import amount_in_words
from registry.web.cards import Meter, meters_of
from registry.web.live import Shown

LEFT_SHOWN_MAX = 3
LIST_MARKED_MAX = 50
ASSURANCE_WORDS = (
    gettext_lazy("Nobody has verified this vendor"),
    gettext_lazy("Its domain is proven"),
    gettext_lazy("Its legal entity is verified"),
    gettext_lazy("Verified on site or by payment"),
)


@dataclass(frozen=True, slots=True)
class Left:
    """A limit that counts this purchase, with what would remain of it, or by how much it would be passed."""

    meter: Meter
    agent: str
    after: Money | None
    beyond: Money | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question: ``text`` in a sentence or two, ``tone`` of the notice that says it."""

    tone: str
    title: str
    text: str


def deal_of(approval: Approval) -> dict[str, Any]:
    """The purchase in words and digits, from what was registered when it was asked."""
    deal = approval.transaction
    amount, most = (Money(deal[name]["amount"], deal[name]["currency"]) for name in ("amount", "max_amount"))
    return {
        "deal": deal,
        "amount": amount,
        "words": amount_in_words(amount),
        "most": most if most != amount else None,
        "assurance": ASSURANCE_WORDS[deal["vendor_assurance"]],
        "is_verified": deal["vendor_assurance"] > 0,
        "delegation_url": reverse("console_delegation", args=[approval.principal_id, approval.leaf]),
    }


def why_of(approval: Approval) -> list[str]:
    return [reason[:1].upper() + reason[1:] for reason in reasons_of(approval)]


def left_of(approval: Approval, *, at: datetime) -> list[Left]:
    """The limits of the whole chain that this purchase uses up, the tightest first."""
    hold = approval.transaction["max_amount"]
    more = hold["amount"] - approval.transaction.get("held", {}).get("amount", 0)
    links = list(Delegation.objects.filter(pk__in=approval.path).select_related("agent").order_by("depth"))
    found: dict[str, tuple[int, Left]] = {}
    for link, usages in zip(links, usages_of(links, at).values(), strict=True):
        counted = [usage for usage in usages if usage.cap]
        for usage, meter in zip(counted, meters_of(link, counted), strict=True):
            if usage.currency == hold["currency"] and usage.remaining < found.get(meter.words, (math.inf,))[0]:
                after = usage.remaining - more
                left = Money(after, usage.currency) if after >= 0 else None
                beyond = Money(-after, usage.currency) if after < 0 else None
                found[meter.words] = (usage.remaining, Left(meter, link.agent.display_name, left, beyond))
    tightest = sorted(found.values(), key=lambda one: one[0])
    return [left for _remaining, left in tightest[:LEFT_SHOWN_MAX]]


def look_at(approval_id: str, *, at: datetime) -> Shown:
    """What the page of this question shows, as a mark; Approval.DoesNotExist when it is gone."""
    approval = Approval.objects.get(pk=approval_id)
    return Shown(
        mark_of(approval, at=at), {"state": str(approval.state_at(at).value), "left": seconds_left(approval, at)}
    )


def mark_of(approval: Approval, *, votes: int | None = None, at: datetime) -> str:
    """``votes``: how many were given, where that is known already."""
    state = approval.state_at(at)
    if state == ApprovalState.APPROVED:
        elevation = Elevation.objects.filter(approval=approval).first()
        return f"{state.value}.{_use_of(elevation, at)}"
    if state != ApprovalState.PENDING:
        return f"{state.value}.0"
    return f"{state.value}.{approval.votes.count() if votes is None else votes}"


def look_at_all(organization: Organization, *, at: datetime) -> Shown:
    """What the list of questions shows, as a mark, and how many wait."""
    latest = Approval.objects.filter(principal=organization).order_by("-created_at")[:LIST_MARKED_MAX]
    states = [(one.pk, str(one.state_at(at).value)) for one in latest]
    waiting = sum(1 for _id, state in states if state == ApprovalState.PENDING)
    return Shown(sha256(repr(states).encode()).hexdigest()[:24], {"waiting": waiting})


def seconds_left(approval: Approval, at: datetime) -> int:
    return max(0, math.ceil((approval.expires_at - at).total_seconds()))


def countdown_of(approval: Approval, at: datetime) -> dict[str, Any]:
    """The time that is left: ``stamp`` for programs, ``words`` for whoever has no script."""
    left = seconds_left(approval, at)
    minutes = math.ceil(left / 60)
    words = ngettext("%(minutes)d minute left", "%(minutes)d minutes left", minutes) % {"minutes": minutes}
    return {"seconds": left, "stamp": rfc3339(approval.expires_at), "words": words}


def outcome_of(approval: Approval, viewer: User, *, at: datetime) -> Outcome | None:
    """What became of the question; None while it waits."""
    state = approval.state_at(at)
    if state == ApprovalState.APPROVED:
        return _approved(approval, _answered_by(approval, viewer), at)
    if state == ApprovalState.DENIED:
        who = _answered_by(approval, viewer)
        words = _("%s declined. Nothing was bought, and the same purchase is not asked about again for a day.") % who
        return Outcome("info", _("Declined"), words)
    if state == ApprovalState.EXPIRED:
        words = _("Nobody answered in time, so nothing was bought. The agent may ask again.")
        return Outcome("wait", _("Too late"), words)
    if state == ApprovalState.CANCELLED:
        words = _("The agent's side took its question back before anybody answered. Nothing was bought.")
        return Outcome("info", _("Withdrawn"), words)
    return None


def late_words(approval: Approval, viewer: User, *, at: datetime) -> str:
    """To somebody whose answer came after the question had ended, or who answers twice."""
    state = approval.state_at(at)
    if approval.votes.filter(approver=viewer).exists():
        return _("You have answered this already, perhaps in another window. This second answer changed nothing.")
    if state == ApprovalState.EXPIRED:
        return _("Your answer came too late: the question had run out. It changed nothing.")
    if state == ApprovalState.CANCELLED:
        return _("Your answer came too late: the question had been withdrawn. It changed nothing.")
    return _("Somebody else answered first. Your answer changed nothing.")


def patience_of(organization: Organization, *, at: datetime) -> dict[str, int]:
    """How often agents may ask, and how often they did: what keeps them from wearing their human down."""
    today = Approval.objects.filter(principal=organization, created_at__gt=at - timedelta(days=1))
    asked = today.filter(asked_agent="").count()
    return {
        "asked": asked,
        "a_day": PROMPTS_PER_DAY_MAX,
        "at_once": PENDING_PER_LINK_MAX,
        "hours": int(DECLINED_FOR.total_seconds() // 3600),
        "declines": DECLINES_SUSPEND_AFTER,
        "days": DECLINES_COUNTED_FOR.days,
    }


def rows_of(approvals: Sequence[Approval], at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "approval": one,
            "state": str(one.state_at(at).value),
            "countdown": countdown_of(one, at),
            **deal_of(one),
        }
        for one in approvals
    ]


def _approved(approval: Approval, who: str, at: datetime) -> Outcome:
    elevation = Elevation.objects.filter(approval=approval).first()
    use = _use_of(elevation, at)
    if use == "used":
        return Outcome("good", _("Approved"), _("%s approved, and the agent has used it: the amount is held.") % who)
    if use == "lapsed":
        words = _("%s approved, but the agent did not come back in time. The approval is over; nothing was bought.")
        return Outcome("wait", _("Approved, not used"), words % who)
    minutes = int(ELEVATION_LIFETIME.total_seconds() // 60)
    words = _("%(who)s approved. The agent may make this one purchase within %(minutes)d minutes.")
    return Outcome("good", _("Approved"), words % {"who": who, "minutes": minutes})


def _use_of(elevation: Elevation | None, at: datetime) -> str:
    if elevation is None or elevation.consumed_by:
        return "used"
    return "open" if at < elevation.valid_until else "lapsed"


def _answered_by(approval: Approval, viewer: User) -> str:
    """Who gave the answer that counts, by name: the principal's own people only see this page."""
    wanted = Vote.APPROVE if approval.state == ApprovalState.APPROVED else Vote.DENY
    if IssuerAnswer.objects.filter(approval=approval).exists():
        return Agent.objects.get(pk=approval.asked_agent).display_name
    votes = approval.votes.filter(vote=wanted).select_related("approver").order_by("at")
    names = [_("You") if vote.approver_id == viewer.pk else str(vote.approver) for vote in votes]
    return ", ".join(names) or _("Somebody")
