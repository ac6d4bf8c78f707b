"""What time alone asks for: replaced credentials end, identity credentials are renewed before they do."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from identity.agents.models import Agent, AgentStatus, VerificationMethod
from identity.credentials.following import reissue_identity
from identity.credentials.issue import issue_identity
from identity.credentials.lifecycle import end_replaced
from identity.credentials.limits import RENEWED_BEFORE_END
from identity.credentials.models import Credential, CredentialKind, CredentialStatus
from identity.journal.actor import system

BATCH = 500
RENEWER = system("credentials_renew")


def end_due(*, at: datetime) -> int:
    """Set the bits of credentials whose replacement has taken over; how many. Safe to run twice."""
    due = Credential.objects.filter(ends_at__lte=at).exclude(status=CredentialStatus.REVOKED)
    return end_replaced(due.order_by("ends_at")[:BATCH], actor=RENEWER, at=at)


def renew_due(*, at: datetime) -> int:
    """Issue identity credentials anew that end within 30 days; how many. The former one lives to its own end, so
    nobody who shows it is turned away."""
    renewed = 0
    for agent_id, held, ends in _ending(at):
        with transaction.atomic():
            agent = Agent.objects.select_for_update(no_key=True).get(pk=agent_id)
            if _is_fit(agent, at) and _still_ends(agent, held, ends):
                reissue_identity(agent, held, former_ends_at=ends, actor=RENEWER, at=at)
                renewed += 1
    return renewed


def issue_missing(*, at: datetime) -> int:
    """Give an identity credential to the next active agents that never had one, and hold a key; how many. 0 when
    there is none left."""
    valid = VerificationMethod.objects.filter(agent=OuterRef("pk"), revoked_at=None, valid_until=None)
    had = Credential.objects.filter(agent=OuterRef("pk"), kind=CredentialKind.IDENTITY)
    lacking = Agent.objects.filter(Exists(valid), ~Exists(had), status=AgentStatus.ACTIVE).order_by("id")
    issued = 0
    for agent_id in list(lacking.values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            agent = Agent.objects.select_for_update(no_key=True).get(pk=agent_id)
            is_due = agent.status == AgentStatus.ACTIVE and _is_fit(agent, at)
            if is_due and not agent.credentials.filter(kind=CredentialKind.IDENTITY).exists():
                issue_identity(agent=agent, actor=RENEWER, at=at)
                issued += 1
    return issued


def _is_fit(agent: Agent, at: datetime) -> bool:
    has_key = any(method.is_valid(at) for method in agent.verification_methods.all())
    return has_key and agent.status in (AgentStatus.ACTIVE, AgentStatus.SUSPENDED)


def _still_ends(agent: Agent, held: str, ends: datetime) -> bool:
    """Asked again under the agent's lock: another worker may have renewed it a moment ago."""
    rows = Credential.objects.filter(agent=agent, kind=CredentialKind.IDENTITY, format=held, ends_at=None)
    return rows.filter(valid_until=ends).exclude(status=CredentialStatus.REVOKED).exists()


def _ending(at: datetime) -> list[tuple[str, str, datetime]]:
    rows = Credential.objects.filter(
        kind=CredentialKind.IDENTITY, ends_at=None, valid_until__gt=at, valid_until__lte=at + RENEWED_BEFORE_END
    ).exclude(status=CredentialStatus.REVOKED)
    due = rows.order_by("valid_until").values_list("agent_id", "format", "valid_until")[:BATCH]
    return [(agent_id, held, ends) for agent_id, held, ends in due if agent_id is not None and ends is not None]
