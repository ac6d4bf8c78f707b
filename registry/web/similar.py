"""Names that somebody who mistyped may have meant. Bounded: at most two short index scans, whatever the input."""

from __future__ import annotations

from datetime import datetime
from difflib import get_close_matches

from django.db.models import Q

from identity.primitives.errors import InvalidInput
from registry.directory.models import Name, NameStatus
from registry.directory.names import parse_name

CANDIDATES_MAX = 200
SIMILAR_MAX = 5
LIKENESS_MIN = 0.6
BEGINNING = 3
WITHHELD = [NameStatus.CLIENT_HOLD, NameStatus.SERVER_HOLD, NameStatus.PENDING_DELETE]


def similar_names(text: str, *, at: datetime) -> list[str]:
    """Up to five names that lead somewhere and look like ``text``, the likest first; none for a DID.

    A name that is withheld is never suggested: a hold must not be got round by a typing error.
    """
    try:
        form = parse_name(text)
    except InvalidInput:
        return []
    beginning = form.fqn[:BEGINNING]
    candidates: set[str] = set()
    for near in (Q(zone__label=form.zone), Q(fqn__startswith=beginning)):
        answering = Name.objects.filter(near, agent__isnull=False).exclude(statuses__overlap=WITHHELD)
        current = answering.filter(Q(expires_at=None) | Q(expires_at__gt=at))
        candidates.update(current.values_list("fqn", flat=True)[:CANDIDATES_MAX])
    return get_close_matches(form.fqn, candidates, n=SIMILAR_MAX, cutoff=LIKENESS_MIN)
