"""What the member whose page it is may lend: asked once a page, shown before she tries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.delegation.constraints import parse_constraints
from identity.delegation.lending_bounds import Bounds, beyond
from identity.delegation.lending_rules import bounds_of, open_delegations
from identity.delegation.link import Terms
from identity.delegation.models import Delegation, DelegationDraft, DelegationStatus, LimitTemplate
from identity.delegation.templates import templates_for
from identity.delegation.widening import widenings
from identity.primitives.clock import now
from registry.web.access import ConsoleRequest
from registry.web.agent_facts import allowed
from registry.web.forms.delegation_change import opened_limits
from registry.web.lending_words import beyond_words, bounds_lines, in_force_words
from registry.web.limit_words import plain_sentence, purpose_of
from registry.web.presets import PRESETS, Preset

LENT_COUNTED_MAX = 500


@dataclass(frozen=True, slots=True)
class Lending:
    """``is_full``: she has as many delegations in force as one person may."""

    bounds: Bounds
    is_full: bool = False
    asks_others: bool = False
    """Whether somebody else answers what her agents must ask first."""

    @property
    def lines(self) -> list[str]:
        """Empty where nothing bounds her."""
        return [] if self.bounds.is_free else bounds_lines(self.bounds)


def lending_of(request: ConsoleRequest, *, replaces: Delegation | None = None) -> Lending:
    """One query without a rule, three at most. ``replaces`` is not counted among what she has in force."""
    organization, role = request.console.organization, request.console.membership.role
    bounds, asks_others = bounds_of(organization, role), not allowed(request, Permission.APPROVALS_WRITE)
    if bounds.open_max is None:
        return Lending(bounds, asks_others=asks_others)
    count = open_delegations(organization, request.user.pk, replaces, now())
    return Lending(bounds, is_full=count >= bounds.open_max, asks_others=asks_others)


def not_hers(request: ConsoleRequest, draft: DelegationDraft, terms: Terms, replaced: Terms | None) -> list[str]:
    """Why whoever looks may not sign the draft, each reason a line; somebody else may. As at the consent itself:
    narrower limits are anybody's to set."""
    if replaced is not None and not widenings(replaced, terms):
        return []
    lending = lending_of(request, replaces=draft.replaces)
    found = [beyond_words(each, lending.bounds) for each in beyond(lending.bounds, terms)]
    return [*found, in_force_words(lending.bounds.open_max or 0)] if lending.is_full else found


def presets_of(request: ConsoleRequest, bounds: Bounds) -> dict[str, Preset]:
    """What the guided flow begins with: the organization's templates for her role that her bounds allow, then what
    people lend most often. One query."""
    organization = request.console.organization
    offered = templates_for(organization, request.console.membership.role)
    own = {each.pk: _preset(each, organization.name) for each in offered if not beyond(bounds, terms_of(each))}
    return {**own, **PRESETS}


def terms_of(template: LimitTemplate) -> Terms:
    """What would be lent with the template as it stands."""
    at = now()
    return Terms(
        constraints=parse_constraints(template.constraints),
        valid_from=at,
        valid_until=at + template.lifetime,
        max_further_depth=template.max_further_depth,
    )


def lent_beyond(organization: Organization, role: str, bounds: Bounds, *, at: datetime) -> int:
    """How many delegations in force, of people who have the role now, allow more than it may lend now: a rule reaches
    none of them. Of the latest LENT_COUNTED_MAX."""
    people = organization.memberships.filter(role=role).values("user_id")
    lent = Delegation.objects.filter(principal=organization, depth=0, lent_by__in=people, valid_until__gt=at)
    rows = lent.exclude(status=DelegationStatus.REVOKED).order_by("-id")
    found = rows.values_list("constraints", "valid_from", "valid_until")[:LENT_COUNTED_MAX]
    return sum(
        bool(beyond(bounds, Terms(constraints=parse_constraints(claims), valid_from=begins, valid_until=ends)))
        for claims, begins, ends in found
    )


def _preset(template: LimitTemplate, organization: str) -> Preset:
    limits = parse_constraints(template.constraints)
    opened, _kept = opened_limits(limits)
    values = {name: value if isinstance(value, list) else str(value) for name, value in opened.items()}
    values |= {name: "on" for name, value in opened.items() if value is True}
    values = {name: value for name, value in values.items() if value != "False"}
    values |= {"days": str(template.days), "max_further_depth": str(template.max_further_depth)}
    return Preset(template.name, plain_sentence(limits), purpose_of(limits), values, organization)
