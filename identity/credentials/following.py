"""Credentials follow their agent: its standing, its keys, its name. Called by the journal's reader, event by event.

Nothing that decides waits for this: an online answer reads the agent itself. What is done here is for those who look
at lists and documents: bits are set and a fresh identity credential is issued.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from identity.agents.limits import OVERLAP_SECONDS_DEFAULT
from identity.agents.models import Agent, AgentStatus
from identity.credentials.checks import CredentialFormat
from identity.credentials.issue import end_identity, issue_identity
from identity.credentials.lifecycle import follow_deactivation, follow_reinstatement, follow_suspension
from identity.credentials.models import Credential, CredentialKind, CredentialStatus
from identity.credentials.securing import securing
from identity.journal.actor import Actor, system
from identity.journal.kinds import (
    AgentChanged,
    AgentDeactivated,
    AgentReinstated,
    AgentSuspended,
    KeyAdded,
    KeyRevoked,
    KeyRotated,
)
from identity.journal.models import Event
from identity.journal.moderation_kinds import AgentRestored, AgentRevoked

FOLLOWER = system("credentials_follow")
_STANDING = {kind.kind for kind in (AgentSuspended, AgentReinstated, AgentDeactivated, AgentRevoked, AgentRestored)}
_IDENTITY = {KeyAdded.kind, KeyRotated.kind, KeyRevoked.kind, AgentChanged.kind}
FOLLOWED = frozenset(_STANDING | _IDENTITY)
# Of a profile, only what an identity credential says makes a new one necessary.
_SAID_OF_PROFILE = frozenset({"display_name"})


def follow(event: Event, *, at: datetime) -> None:
    """Bring the credentials of the event's agent to where the agent stands *now*. Reading the present instead of the
    event makes a replay harmless: done twice, the second time finds nothing to do."""
    if event.kind == AgentChanged.kind and not _SAID_OF_PROFILE & set(event.payload.get("fields", ())):
        return
    with transaction.atomic():
        agent = Agent.objects.select_for_update(no_key=True).filter(pk=event.subject).first()
        if agent is None:
            return
        if event.kind in _STANDING:
            follow_standing(agent, at=at)
        elif agent.status in (AgentStatus.ACTIVE, AgentStatus.SUSPENDED):
            follow_identity(agent, event, at=at)


def follow_standing(agent: Agent, *, at: datetime) -> None:
    """Suspend, reinstate or revoke as the agent stands now. For an agent that the registry revoked the bit is that of
    a suspension: revoked bits are for ever, and an appeal may restore the agent."""
    match agent.status:
        case AgentStatus.SUSPENDED | AgentStatus.REVOKED:
            follow_suspension(agent, actor=FOLLOWER, at=at)
        case AgentStatus.ACTIVE:
            follow_reinstatement(agent, actor=FOLLOWER, at=at)
        case AgentStatus.DEACTIVATED:
            follow_deactivation(agent, actor=FOLLOWER, at=at)


def follow_identity(agent: Agent, event: Event, *, at: datetime) -> None:
    """A fresh identity credential in each format that the agent holds, unless it was issued after the change. The
    former one ends at once when a key was revoked; else it lives on for a while, so that whoever shows it is not
    turned away before he could fetch the fresh one."""
    formats = [credential.format for credential in current_identities(agent) if credential.issued_at < event.at]
    if formats and not any(method.is_valid(at) for method in agent.verification_methods.all()):
        end_identity(agent, format=None, ends_at=None, actor=FOLLOWER, at=at)
        return
    for held in formats:
        reissue_identity(agent, held, former_ends_at=_former_end(event), actor=FOLLOWER, at=at)


def current_identities(agent: Agent) -> list[Credential]:
    """The identity credentials in force, one a format."""
    rows = Credential.objects.filter(agent=agent, kind=CredentialKind.IDENTITY, ends_at=None)
    return list(rows.exclude(status=CredentialStatus.REVOKED).order_by("id"))


def reissue_identity(
    agent: Agent, credential_format: str, *, former_ends_at: datetime | None, actor: Actor, at: datetime
) -> Credential:
    """The same kind of identity credential again, with what is true now."""
    return issue_identity(
        agent=agent,
        how=securing(CredentialFormat(credential_format)),
        former_ends_at=former_ends_at,
        follows_agent=True,
        actor=actor,
        at=at,
    )


def _former_end(event: Event) -> datetime | None:
    """Until when the former credential counts; None for an end at once."""
    match event.kind:
        case KeyRevoked.kind:
            return None
        case KeyRotated.kind:
            return datetime.fromisoformat(str(event.payload["overlap_until"]))
        case _:
            return event.at + timedelta(seconds=OVERLAP_SECONDS_DEFAULT)
