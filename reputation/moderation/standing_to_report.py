"""Who may report what: a party of the purchase, or, for abuse that is no purchase, anyone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.delegation.models import Delegation
from identity.primitives.errors import Conflict, InvalidInput, NotFound, NotPermitted
from identity.spending.models import Authorization
from reputation.moderation.limits import REPORTABLE_FOR
from reputation.moderation.models import NON_PAYMENT_ABUSE, VISITOR_KINDS, Capacity, ReportKind


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reports: an ``organization`` (a person by the one of her own), through one of its ``agent`` or by itself;
    neither for a visitor, of whom ``visitor`` is a keyed digest of the address and ``contact`` what he left."""

    organization: Organization | None = None
    agent: Agent | None = None
    visitor: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Voice:
    """As what a report speaks. ``vendor`` is the selling agent when it speaks as one, else empty."""

    capacity: Capacity
    vendor: str = ""


def voice_of(*, by: Reporter, about: Agent, kind: ReportKind, authorization: str, at: datetime) -> Voice:
    """As what the reporter may say this about this agent.

    Raises InvalidInput ``report_needs_authorization``, ``report_takes_no_authorization``, ``report_about_another``,
    ``sandbox_only``;
    NotPermitted ``report_needs_login``; NotFound ``hold_not_found``; Conflict ``purchase_too_old``.
    """
    if about.organization is not None and about.organization.is_sandbox:
        raise InvalidInput("sandbox_only", "Nobody stands behind the sandbox's parties, so nobody can be reported.")
    if kind in NON_PAYMENT_ABUSE:
        return _voice_of_anyone(by, kind, authorization)
    if by.organization is None:
        raise NotPermitted("report_needs_login", "What happened in a purchase is reported by one of its parties.")
    if not authorization:
        raise InvalidInput(
            "report_needs_authorization",
            f"A report of {kind} names the authorization it is about.",
            field="authorization",
        )
    return _voice_of_party(by.organization, by.agent, about=about, authorization=authorization, at=at)


def _voice_of_anyone(by: Reporter, kind: ReportKind, authorization: str) -> Voice:
    if authorization:
        raise InvalidInput(
            "report_takes_no_authorization", f"A report of {kind} is not about a purchase.", field="authorization"
        )
    if by.organization is not None:
        return Voice(Capacity.ANYONE)
    if kind not in VISITOR_KINDS:
        raise NotPermitted("report_needs_login", "Sign in to report this.")
    return Voice(Capacity.VISITOR)


def _voice_of_party(
    organization: Organization, agent: Agent | None, *, about: Agent, authorization: str, at: datetime
) -> Voice:
    """Stops reports of purchases that never were, and of other people's: one that is not the reporter's is answered
    as one that does not exist, after the same statement, so that the time it takes tells nothing either. An agent by
    its own signature speaks as vendor only: its key must not speak for the rest of its organization."""
    mine = Agent.objects.filter(pk=agent.pk) if agent else Agent.objects.filter(organization=organization)
    as_principal = Q() if agent else Q(principal=organization.pk)
    as_vendor = Q(vendor__in=mine.values("pk"))
    purchase = Authorization.objects.filter(as_vendor | as_principal, pk=authorization).first()
    if purchase is None:
        raise NotFound("hold_not_found", "There is no such authorization, or it is not yours.")
    is_principal = agent is None and purchase.principal == organization.pk
    is_vendor = mine.filter(pk=purchase.vendor).exists()
    if purchase.created_at < at - REPORTABLE_FOR:
        days = REPORTABLE_FOR.days
        raise Conflict("purchase_too_old", f"A purchase can be reported for {days} days.", field="authorization")
    if is_vendor and about.pk == purchase.agent:
        return Voice(Capacity.VENDOR, purchase.vendor)
    if is_principal and about.pk in _parties_known_to_principal(purchase):
        return Voice(Capacity.PRINCIPAL)
    raise InvalidInput("report_about_another", "This agent had no part in that purchase.", field="about")


def _parties_known_to_principal(purchase: Authorization) -> set[str]:
    """The vendor, the spending agent and whoever passed the authority on. A vendor may name the spending agent only:
    by trying others it could read out who stands in the chain."""
    holders = Delegation.objects.filter(pk__in=purchase.path).values_list("agent_id", flat=True)
    return {purchase.vendor, purchase.agent, *holders}
