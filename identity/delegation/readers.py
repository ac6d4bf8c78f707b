"""What follows a change of standing: the status bits of every link it reaches."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from identity.delegation.models import Delegation
from identity.delegation.status_bits import publish_standing
from identity.journal.delegation_kinds import (
    DelegationResumed,
    DelegationRevoked,
    DelegationSuspended,
    PrincipalFrozen,
    PrincipalUnfrozen,
)
from identity.journal.drain import reader
from identity.journal.kinds import AgentDeactivated, AgentReinstated, AgentSuspended
from identity.journal.models import Event
from identity.journal.moderation_kinds import AgentRestored, AgentRevoked
from identity.primitives.clock import now

_OF_LINK = {DelegationRevoked.kind, DelegationSuspended.kind, DelegationResumed.kind}
_OF_PRINCIPAL = {PrincipalFrozen.kind, PrincipalUnfrozen.kind}
_OF_AGENT = {kind.kind for kind in (AgentSuspended, AgentReinstated, AgentDeactivated, AgentRevoked, AgentRestored)}


@reader("delegation_status_bits", kinds=_OF_LINK | _OF_PRINCIPAL | _OF_AGENT)
def publish_what_follows(events: Sequence[Event]) -> None:
    """Judge every link below what changed, as it stands now: replaying an old event does no harm."""
    links = {event.subject for event in events if event.kind in _OF_LINK}
    agents = {event.subject for event in events if event.kind in _OF_AGENT}
    principals = {event.subject for event in events if event.kind in _OF_PRINCIPAL}
    links |= set(Delegation.objects.filter(agent_id__in=agents).values_list("pk", flat=True))
    reached = Delegation.objects.filter(Q(path__overlap=list(links)) | Q(principal_id__in=principals))
    publish_standing(reached.select_related("status_entry").order_by("id").iterator(), at=now())
