"""What visitors left of themselves is forgotten once nobody needs to ask them any more."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from reputation.moderation.limits import VISITORS_REMEMBERED_FOR
from reputation.moderation.models import Report


def forget_visitors(*, at: datetime) -> int:
    """Empty the address and the digest of visitors 90 days after the finding on what they reported; how many reports.
    The reports themselves stay: they are evidence."""
    decided_before = at - VISITORS_REMEMBERED_FOR
    old = Report.objects.filter(Q(decided_at__lte=decided_before) | Q(joined_to__decided_at__lte=decided_before))
    known = old.exclude(contact="", visitor="")
    ids = list(known.values_list("pk", flat=True))
    return Report.objects.filter(pk__in=ids).update(contact="", visitor="")
