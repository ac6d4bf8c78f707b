"""Limits are about to become wider: whoever lent hears of it at once, and has until then to say no.

Stops whoever got hold of a signed-in phone, or of a program's key, from widening limits unseen: the hours of cooling
are worth what is told in them. So it is told to her who agreed to it too, and nobody can choose not to hear it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from identity.accounts.clock_face import is_twelve_hours
from identity.accounts.models import Membership
from identity.accounts.permissions import ROLE_PERMISSIONS, Permission
from identity.accounts.reading import in_the_words_of
from identity.delegation.models import PendingRaise, RaiseState
from identity.journal.models import Event
from identity.journal.raise_kinds import RaiseAsked, RaiseCancelled, RaiseFailed
from registry.notices.kinds import NoticeKind
from registry.notices.tell import tell, withdraw

RAISE_KINDS = frozenset({RaiseAsked.kind, RaiseCancelled.kind, RaiseFailed.kind})
_MAY_CANCEL = [role for role, allowed in ROLE_PERMISSIONS.items() if Permission.DELEGATIONS_WRITE in allowed]


def tell_of_raises(events: Sequence[Event], *, at: datetime) -> int:
    """How many people were told. What has begun, was cancelled or could not begin meanwhile is told to nobody."""
    drafts = {str(event.payload["draft"]) for event in events}
    related = ("delegation__agent", "delegation__principal")
    raises = PendingRaise.objects.filter(draft__in=drafts).select_related(*related).order_by("pk")
    for over in (one for one in raises if one.state != RaiseState.PENDING):
        withdraw(key=_key(over), at=at)
    return sum(_tell(one, at) for one in raises if one.state == RaiseState.PENDING)


def _tell(pending: PendingRaise, at: datetime) -> int:
    delegation = pending.delegation
    told = 0
    for membership in _concerned(pending):
        with in_the_words_of(membership.user):
            title, body = _words(pending)
        notice = tell(
            user=membership.user,
            kind=NoticeKind.RAISE,
            key=_key(pending),
            title=title,
            body=body,
            link=f"/console/{delegation.principal_id}/delegations/{delegation.pk}/",
            organization=delegation.principal,
            at=at,
            until=pending.ripe_at,
        )
        told += notice is not None
    return told


def _concerned(pending: PendingRaise) -> Sequence[Membership]:
    """Whoever lent it and whoever agreed to the change; where neither belongs to the principal any more, or a program
    asked, everybody who can cancel it."""
    members = list(
        Membership.objects.filter(
            organization=pending.delegation.principal_id, role__in=_MAY_CANCEL, user__is_active=True
        )
        .select_related("user")
        .order_by("user_id")
    )
    own = {pending.delegation.lent_by, pending.asked_by} - {""}
    return [one for one in members if one.user_id in own] or members


def _words(pending: PendingRaise) -> tuple[str, str]:
    ripe_at = timezone.localtime(pending.ripe_at)
    said = {
        "agent": " ".join(pending.delegation.agent.display_name.split()),
        "day": date_format(ripe_at, "DATE_FORMAT"),
        "time": date_format(ripe_at, "g:i A" if is_twelve_hours() else "H:i"),
    }
    title = _("%(agent)s is about to get wider limits") % said
    body = _("They begin on %(day)s at %(time)s. If you did not agree to that, cancel the change on the card.") % said
    return title, body


def _key(pending: PendingRaise) -> str:
    return f"raise:{pending.pk}"
