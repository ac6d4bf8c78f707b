"""The standing of an issued credential: suspended and reinstated, or revoked for good."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from django.db import transaction

from identity.agents.models import Agent, AgentStatus
from identity.credentials.issue import SUPERSEDED, end_credential, subject_of
from identity.credentials.models import Credential, CredentialStatus, Standing, StatusSetter
from identity.credentials.status_lists import clear_suspended, set_suspended
from identity.journal.actor import Actor, ActorKind
from identity.journal.kinds import CredentialReinstated, CredentialSuspended
from identity.journal.record import record
from identity.primitives.errors import Conflict, Gone, InvalidInput, NotPermitted

AGENT_SUSPENDED = "agent_suspended"
AGENT_DEACTIVATED = "agent_deactivated"


class CredentialReason(StrEnum):
    """Why a credential is suspended or revoked; the names of RFC 5280 section 5.3.1 where it has one."""

    KEY_COMPROMISED = "key_compromised"
    AFFILIATION_CHANGED = "affiliation_changed"
    CESSATION_OF_OPERATION = "cessation_of_operation"
    PRIVILEGE_WITHDRAWN = "privilege_withdrawn"
    ISSUED_BY_MISTAKE = "issued_by_mistake"
    SUPERSEDED = SUPERSEDED
    UNDER_REVIEW = "under_review"
    UNSPECIFIED = "unspecified"


def suspend_credential(*, credential: Credential, reason: str, actor: Actor, at: datetime) -> Credential:
    """Pause a credential. The registry may take over what the organization suspended, never the other way round.

    Raises Gone ``credential_revoked``, Conflict ``credential_already_suspended``, InvalidInput
    ``credential_reason_unknown``, NotPermitted ``not_permitted`` for an agent by its own key.
    """
    setter, reason = _setter_of(actor), _checked_reason(reason)
    with transaction.atomic():
        credential = lock_credential(credential, at=at)
        taken_over = setter == StatusSetter.REGISTRY and credential.status_set_by != StatusSetter.REGISTRY
        follows = credential.status_set_by == StatusSetter.AGENT
        if credential.status == CredentialStatus.SUSPENDED and not taken_over and not follows:
            raise Conflict("credential_already_suspended", "This credential is suspended already.")
        _suspend(credential, reason=reason, by=setter, actor=actor, at=at)
    return credential


def reinstate_credential(*, credential: Credential, actor: Actor, at: datetime) -> Credential:
    """Lift a suspension. Raises Conflict ``credential_not_suspended`` or ``agent_suspended``, NotPermitted
    ``credential_suspended_by_registry``, Gone ``credential_revoked``."""
    setter = _setter_of(actor)
    with transaction.atomic():
        credential = lock_credential(credential, at=at)
        if credential.status != CredentialStatus.SUSPENDED:
            raise Conflict("credential_not_suspended", "This credential is not suspended.")
        if credential.status_set_by == StatusSetter.REGISTRY and setter != StatusSetter.REGISTRY:
            raise NotPermitted(
                "credential_suspended_by_registry", "The registry suspended this credential; only it can reinstate it."
            )
        if credential.agent is not None and credential.agent.status == AgentStatus.SUSPENDED:
            raise Conflict("agent_suspended", "The agent itself is suspended; reinstate it, and this follows.")
        _reinstate(credential, actor=actor, at=at)
    return credential


def revoke_credential(*, credential: Credential, reason: str, actor: Actor, at: datetime) -> Credential:
    """End a credential for good. Raises Gone ``credential_revoked`` the second time, InvalidInput
    ``credential_reason_unknown``."""
    setter, reason = _setter_of(actor), _checked_reason(reason)
    with transaction.atomic():
        credential = lock_credential(credential, at=at)
        end_credential(credential, reason=reason, by=setter, actor=actor, at=at)
    return credential


def lock_credential(credential: Credential, *, at: datetime) -> Credential:
    """The row as it stands, locked after its agent's; Gone ``credential_revoked`` for one that has ended."""
    if credential.agent_id is not None:
        Agent.objects.select_for_update(no_key=True).get(pk=credential.agent_id)
    rows = Credential.objects.select_for_update(of=("self",), no_key=True).select_related("agent", "status_entry")
    locked = rows.get(pk=credential.pk)
    if locked.status == CredentialStatus.REVOKED or locked.standing(at) == Standing.REVOKED:
        raise Gone("credential_revoked", "This credential was revoked; that is for good.")
    return locked


def follow_suspension(agent: Agent, *, actor: Actor, at: datetime) -> int:
    """Suspend what still counts of an agent that was suspended; how many. What somebody suspended by hand stays his."""
    active = [each for each in _living(agent) if each.status == CredentialStatus.ACTIVE]
    for credential in active:
        _suspend(credential, reason=AGENT_SUSPENDED, by=StatusSetter.AGENT, actor=actor, at=at)
    return len(active)


def follow_reinstatement(agent: Agent, *, actor: Actor, at: datetime) -> int:
    """Lift what ``follow_suspension`` imposed, and nothing else; how many."""
    followed = [
        each
        for each in _living(agent)
        if each.status == CredentialStatus.SUSPENDED and each.status_set_by == StatusSetter.AGENT
    ]
    for credential in followed:
        _reinstate(credential, actor=actor, at=at)
    return len(followed)


def follow_deactivation(agent: Agent, *, actor: Actor, at: datetime) -> int:
    """Revoke everything that an ended agent still held; how many."""
    living = _living(agent)
    for credential in living:
        end_credential(credential, reason=AGENT_DEACTIVATED, by=StatusSetter.AGENT, actor=actor, at=at)
    return len(living)


def end_replaced(credentials: Iterable[Credential], *, actor: Actor, at: datetime) -> int:
    """Set the bits of credentials whose end has come; how many. Online answers have counted them out already."""
    done = 0
    for credential in credentials:
        with transaction.atomic():
            rows = Credential.objects.select_for_update(of=("self",), no_key=True).select_related("status_entry")
            locked = rows.get(pk=credential.pk)
            if locked.status != CredentialStatus.REVOKED and locked.ends_at is not None and locked.ends_at <= at:
                end_credential(locked, reason=SUPERSEDED, by=StatusSetter.AGENT, actor=actor, at=at)
                done += 1
    return done


def _living(agent: Agent) -> list[Credential]:
    rows = Credential.objects.select_for_update(of=("self",), no_key=True).select_related("status_entry")
    return list(rows.filter(agent=agent).exclude(status=CredentialStatus.REVOKED).order_by("id"))


def _suspend(credential: Credential, *, reason: str, by: StatusSetter, actor: Actor, at: datetime) -> None:
    _set(credential, CredentialStatus.SUSPENDED, reason=reason, by=by, at=at)
    if credential.status_entry is not None:
        set_suspended(credential.status_entry, at=at)
    event = CredentialSuspended(credential=credential.pk, reason=reason)
    record(event, subject=subject_of(credential), actor=actor, at=at, organization=credential.organization_id)


def _reinstate(credential: Credential, *, actor: Actor, at: datetime) -> None:
    _set(credential, CredentialStatus.ACTIVE, reason="", by=None, at=at)
    if credential.status_entry is not None:
        clear_suspended(credential.status_entry, at=at)
    event = CredentialReinstated(credential=credential.pk)
    record(event, subject=subject_of(credential), actor=actor, at=at, organization=credential.organization_id)


def _set(
    credential: Credential, status: CredentialStatus, *, reason: str, by: StatusSetter | None, at: datetime
) -> None:
    credential.status, credential.status_reason = status, reason
    credential.status_set_by, credential.status_changed_at = by or "", at
    credential.save(update_fields=["status", "status_reason", "status_set_by", "status_changed_at"])


def _setter_of(actor: Actor) -> StatusSetter:
    """In whose name ``actor`` speaks. An agent has no say over its own papers: a stolen key could lift what its
    organization imposed, or end what others rely on."""
    match actor.kind:
        case ActorKind.OPERATOR | ActorKind.SYSTEM:
            return StatusSetter.REGISTRY
        case ActorKind.USER | ActorKind.SERVICE_KEY:
            return StatusSetter.CONTROLLER
        case _:
            raise NotPermitted("not_permitted", "An agent has no say over its own credentials.")


def _checked_reason(reason: str) -> str:
    if reason not in set(CredentialReason):
        raise InvalidInput("credential_reason_unknown", f"Give one of {', '.join(CredentialReason)}.", field="reason")
    return str(reason)
