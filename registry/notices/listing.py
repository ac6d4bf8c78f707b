"""A person's list of what she was told, and what of it she has not read."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from identity.accounts.models import Membership, User
from registry.notices.models import Notice


def notices_of(user: User) -> QuerySet[Notice]:
    """Newest first. What concerns an organization she does not belong to any more is hidden: stops somebody who left
    from reading on what it buys."""
    hers = Membership.objects.filter(user=user).values("organization")
    return Notice.objects.filter(Q(organization=None) | Q(organization__in=hers), user=user).order_by("-pk")


def unread_count() -> Coalesce:
    """For a query over memberships: how much the member has not read, of all that is hers, without another query."""
    hers = Membership.objects.filter(user=OuterRef("user")).values("organization")
    unread = Notice.objects.filter(
        Q(organization=None) | Q(organization__in=hers), user=OuterRef("user_id"), read_at=None
    )
    return Coalesce(Subquery(unread.order_by().values("user").annotate(unread=Count("pk")).values("unread")), 0)


def mark_read(*, user: User, notice_id: str, at: datetime) -> int:
    """One of hers. Somebody else's, and one that is read already, change nothing: how many did."""
    return notices_of(user).filter(pk=notice_id, read_at=None).update(read_at=at)


def mark_all_read(*, user: User, until: str, kind: str, at: datetime) -> int:
    """Everything up to the notice ``until``, the newest that she was shown: what came since then stays unread. Of one
    ``kind``, or of every kind where that is empty."""
    shown = notices_of(user).filter(pk__lte=until, read_at=None)
    return (shown.filter(kind=kind) if kind else shown).update(read_at=at)
