"""Alerts: what people want to hear without being asked anything. From the journal's events to whoever is told.

Told is the person whose delegation it is, while she belongs to the principal; else everybody who may answer for the
principal. Nobody else: an alert says what somebody's agents buy, and where.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from identity.accounts.models import Membership, Organization
from identity.accounts.permissions import ROLE_PERMISSIONS, Permission
from identity.accounts.reading import in_the_words_of
from identity.delegation.models import Delegation
from identity.journal.models import Event
from identity.journal.spending_kinds import SpendApproved, SpendDeclined, SpendIncremented
from registry.notices.alert_rules import NEWS_FOR, Alert
from registry.notices.alert_words import words_of
from registry.notices.alerts_spending import spending_alerts
from registry.notices.alerts_standing import STANDING_KINDS, standing_alerts
from registry.notices.tell import tell, told_before

SPENDING_KINDS = frozenset({SpendApproved.kind, SpendIncremented.kind, SpendDeclined.kind})
ALERTING = SPENDING_KINDS | STANDING_KINDS

_SEES_CARDS = tuple(role for role, allowed in ROLE_PERMISSIONS.items() if Permission.DELEGATIONS_READ in allowed)
_ANSWERS = frozenset(role for role, allowed in ROLE_PERMISSIONS.items() if Permission.APPROVALS_WRITE in allowed)


@dataclass(frozen=True, slots=True)
class Told:
    """One member and the roots that concern her."""

    membership: Membership
    roots: tuple[str, ...]


def alert_people(events: Sequence[Event], *, at: datetime) -> int:
    """Tell everybody concerned; how many notices. Old events are no news: a replay tells nothing of them."""
    fresh = [event for event in events if event.recorded_at > at - NEWS_FOR]
    alerts = [
        *spending_alerts([event for event in fresh if event.kind in SPENDING_KINDS], at=at),
        *standing_alerts([event for event in fresh if event.kind in STANDING_KINDS], at=at),
    ]
    roots = Delegation.objects.in_bulk({root for alert in alerts for root in alert.roots})
    members = _members({root.principal_id for root in roots.values()})
    concerned = [
        (alert, told) for alert in alerts for told in _told_of(alert, roots, members) if not _knows(alert, told)
    ]
    # A limit that is nearly used up, or an agent that is refused, is found again with every batch of events.
    before = told_before(
        users={told.membership.user_id for _, told in concerned}, keys={alert.key for alert, _ in concerned}
    )
    new = [(alert, told) for alert, told in concerned if (told.membership.user_id, alert.key) not in before]
    return sum(_tell(alert, told, at) for alert, told in new)


def _told_of(
    alert: Alert, roots: Mapping[str, Delegation], members: Mapping[str, Sequence[Membership]]
) -> Iterable[Told]:
    """Each person once, however many of her delegations the alert is about."""
    hers: dict[str, tuple[Membership, list[str]]] = {}
    for root in (roots[pk] for pk in alert.roots if pk in roots):
        for membership in _concerned(root, members.get(root.principal_id, ())):
            hers.setdefault(membership.user_id, (membership, []))[1].append(root.pk)
    return [Told(membership, tuple(found)) for membership, found in hers.values()]


def _concerned(root: Delegation, members: Sequence[Membership]) -> list[Membership]:
    own = [one for one in members if root.lent_by and one.user_id == root.lent_by]
    return own or [one for one in members if one.role in _ANSWERS]


def _members(organizations: Iterable[str]) -> dict[str, list[Membership]]:
    """Of these organizations, whoever may see delegations at all, in order."""
    found: dict[str, list[Membership]] = {}
    rows = Membership.objects.filter(
        organization__in=set(organizations), role__in=_SEES_CARDS, user__is_active=True
    ).select_related("user", "organization")
    for membership in rows.order_by("user_id"):
        found.setdefault(membership.organization_id, []).append(membership)
    return found


def _knows(alert: Alert, told: Told) -> bool:
    return bool(alert.by_user) and alert.by_user == told.membership.user_id


def _tell(alert: Alert, told: Told, at: datetime) -> bool:
    user = told.membership.user
    with in_the_words_of(user):
        title, body = words_of(alert)
    notice = tell(
        user=user,
        kind=alert.kind,
        key=alert.key,
        title=title,
        body=body,
        link=_link(alert, told),
        organization=told.membership.organization,
        at=at,
    )
    return notice is not None


def _link(alert: Alert, told: Told) -> str:
    """Where she sees more, and can act: the purchase's line, her card, or her cards where it is about several."""
    organization: Organization = told.membership.organization
    console = f"/console/{organization.pk}"
    if alert.purchase and Permission.AUTHORIZATIONS_READ in ROLE_PERMISSIONS[told.membership.role]:
        return f"{console}/statement/purchases/{alert.purchase}/"
    return f"{console}/delegations/{told.roots[0]}/" if len(told.roots) == 1 else f"{console}/delegations/"
