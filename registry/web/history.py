"""An agent's public history: those kinds of journal event that concern whoever deals with it, and no others."""

from __future__ import annotations

from identity.journal.models import Event
from registry.web.event_words import Happening, happening

HISTORY_MAX = 20
# Members, service keys and who pressed the button stay inside the organization's own activity page.
PUBLIC_KINDS = frozenset(
    {
        "agent.registered",
        "agent.claimed",
        "agent.changed",
        "agent.suspended",
        "agent.reinstated",
        "agent.deactivated",
        "agent.held",
        "agent.hold_released",
        "agent.revoked",
        "agent.restored",
        "key.added",
        "key.rotated",
        "key.revoked",
    }
)


def history_of(agent_id: str) -> list[Happening]:
    """The latest public events of one agent, newest first, without saying which person acted."""
    events = Event.objects.filter(subject=agent_id, kind__in=PUBLIC_KINDS).order_by("-written_order")[:HISTORY_MAX]
    return [happening(event) for event in events]
