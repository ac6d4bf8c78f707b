"""Scoring's readers of the journal: what ended may become evidence, what changed may weigh something else."""

from __future__ import annotations

from collections.abc import Sequence

from identity.agents.models import Agent
from identity.journal.drain import reader
from identity.journal.kinds import AgentClaimed, AgentRegistered
from identity.journal.models import Event
from identity.journal.spending_kinds import SpendCaptured, SpendExpired, SpendVoided, VendorChanged, VendorRegistered
from identity.primitives.clock import now
from reputation.scoring.models import CaseEvidence
from reputation.scoring.receipts import note_ended
from reputation.scoring.refresh import refresh_scores
from reputation.scoring.vendor_review import note_vendors_changed


@reader("scoring_receipts", kinds={SpendCaptured.kind, SpendVoided.kind, SpendExpired.kind})
def note_receipts(events: Sequence[Event]) -> None:
    """Each purchase that ended waits for its fourteen days."""
    note_ended({event.subject for event in events})


@reader("scoring_vendors", kinds={VendorRegistered.kind, VendorChanged.kind})
def note_vendors(events: Sequence[Event]) -> None:
    """Receipts of a vendor whose level changed weigh something else."""
    note_vendors_changed(sorted({event.subject for event in events}), at=now())


@reader("scoring_newcomers", kinds={AgentRegistered.kind, AgentClaimed.kind})
def score_newcomers(events: Sequence[Event]) -> None:
    """A new agent carries half of what its organization's others did. Stops a bad name from being shed by registering
    again; where there is none, the agent needs no row."""
    troubled = CaseEvidence.objects.filter(withdrawn_at=None).values("agent__organization_id")
    newcomers = Agent.objects.filter(pk__in={event.subject for event in events}, organization_id__in=troubled)
    refresh_scores(list(newcomers.values_list("pk", flat=True)), at=now())
