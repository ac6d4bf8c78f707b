"""The keys of an agent after its first: added, rotated with an overlap, revoked with a reason."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from django.db import transaction

from identity.agents import fence
from identity.agents.challenges import consume_challenge
from identity.agents.enroll import enroll_key, lock_living, refuse_held
from identity.agents.limits import OVERLAP_SECONDS_DEFAULT, OVERLAP_SECONDS_MAX
from identity.agents.models import Agent, AgentStatus, ChallengePurpose, VerificationMethod
from identity.journal.actor import Actor, ActorKind
from identity.journal.kinds import KeyAdded, KeyRevoked, KeyRotated
from identity.journal.record import record
from identity.primitives.clock import rfc3339
from identity.primitives.errors import Conflict, InvalidInput, NotFound, NotPermitted
from identity.primitives.multikey import PublicKey


class RevocationReason(StrEnum):
    """Why a key is no longer to be trusted; the names of RFC 5280 section 5.3.1."""

    SUPERSEDED = "superseded"
    COMPROMISED = "compromised"
    CESSATION_OF_OPERATION = "cessation_of_operation"
    UNSPECIFIED = "unspecified"


def add_key(*, agent: Agent, challenge_id: str, signature: bytes, actor: Actor, at: datetime) -> VerificationMethod:
    """A further key, valid at once beside the others. The challenge (purpose ``key``) is signed by the new key."""
    with transaction.atomic():
        agent = _lock_controlled(agent, actor)
        refuse_held(agent)
        method = enroll_key(agent=agent, public_key=_proven_key(agent, challenge_id, signature, at), at=at)
        event = KeyAdded(method.fragment, method.thumbprint)
        record(event, subject=agent.id, actor=actor, at=at, organization=agent.organization_id)
    return method


def rotate_key(
    *,
    agent: Agent,
    challenge_id: str,
    signature: bytes,
    retire_fragment: str,
    overlap_seconds: int = OVERLAP_SECONDS_DEFAULT,
    actor: Actor,
    at: datetime,
) -> VerificationMethod:
    """Put a new key in the place of ``retire_fragment``, which stays valid for ``overlap_seconds`` (0 to 30 days)
    so that verifiers holding an older DID document keep accepting it. Rotating a key that is already being retired
    can bring its end forward, never put it off. The one change of keys that an agent may make itself.

    Raises InvalidInput ``overlap_out_of_range``, NotFound ``key_not_found``, Conflict ``key_not_valid``.
    """
    if not 0 <= overlap_seconds <= OVERLAP_SECONDS_MAX:
        raise InvalidInput(
            "overlap_out_of_range", f"The overlap is 0 to {OVERLAP_SECONDS_MAX} seconds.", field="overlap_seconds"
        )
    with transaction.atomic():
        fence.exclusive(agent.pk)
        agent = _lock_for_rotation(agent, actor, at)
        refuse_held(agent)
        retired = _find_key(agent, retire_fragment)
        if not retired.is_valid(at):
            raise Conflict("key_not_valid", f"The key {retire_fragment} is not valid any more; add a key instead.")
        overlap_until = at + timedelta(seconds=overlap_seconds)
        retired.valid_until = min(overlap_until, retired.valid_until or overlap_until)
        retired.save(update_fields=["valid_until"])
        method = enroll_key(agent=agent, public_key=_proven_key(agent, challenge_id, signature, at), at=at)
        event = KeyRotated(retired.fragment, method.fragment, method.thumbprint, rfc3339(retired.valid_until))
        record(event, subject=agent.id, actor=actor, at=at, organization=agent.organization_id)
    return method


def revoke_key(
    *, agent: Agent, fragment: str, reason: RevocationReason, actor: Actor, at: datetime
) -> VerificationMethod:
    """End a key at once and for ever. The last current key of an active agent goes only when it is ``compromised``:
    then the agent has no valid key, and says so, until its organization adds one.

    Raises NotFound ``key_not_found``, Conflict ``key_already_revoked`` or ``last_key``.
    """
    with transaction.atomic():
        fence.exclusive(agent.pk)  # once the key has ended, nothing that it signed commits
        agent = _lock_controlled(agent, actor)
        if reason != RevocationReason.COMPROMISED:  # whoever lost a key may always say so, whatever else is going on
            refuse_held(agent)
        method = _find_key(agent, fragment)
        if method.revoked_at is not None:
            raise Conflict("key_already_revoked", f"The key {fragment} was revoked before.")
        if reason != RevocationReason.COMPROMISED and _is_last_current_key(agent, method, at):
            raise Conflict(
                "last_key",
                "This is the agent's last current key. Rotate it, or deactivate the agent, or give the reason "
                "compromised if somebody else may hold it.",
            )
        method.revoked_at, method.revoked_reason = at, reason.value
        method.save(update_fields=["revoked_at", "revoked_reason"])
        event = KeyRevoked(method.fragment, reason.value)
        record(event, subject=agent.id, actor=actor, at=at, organization=agent.organization_id)
    return method


def _lock_controlled(agent: Agent, actor: Actor) -> Agent:
    """The locked agent, if its organization is the one asking: stops a stolen agent key from adding keys beside
    itself, which would outlive the rotation that gets rid of the thief."""
    if actor.kind == ActorKind.AGENT:
        raise _agent_may_not("An agent may rotate its own key; adding and revoking is its organization's to do.")
    return _lock_answered_for(agent)


def _lock_for_rotation(agent: Agent, actor: Actor, at: datetime) -> Agent:
    """The locked agent, if ``actor`` may rotate its keys.

    For an agent acting on its own: not another agent (a fleet's weakest member must not own the fleet), not while
    suspended (it would renew the means to act), and not during an overlap (a key on its way out, perhaps because it
    was stolen, must not put itself back in charge).
    """
    locked = _lock_answered_for(agent)
    if actor.kind == ActorKind.AGENT:
        if actor.id != locked.id or locked.status != AgentStatus.ACTIVE:
            raise _agent_may_not("An agent may rotate its own key only, and only while it is active.")
        if any(key.is_valid(at) and key.valid_until for key in locked.verification_methods.all()):
            raise _agent_may_not("A key of this agent is being retired; until it has ended only its organization may.")
    return locked


def _lock_answered_for(agent: Agent) -> Agent:
    locked = lock_living(agent)
    if locked.status == AgentStatus.UNCLAIMED:
        raise Conflict("agent_unclaimed", "Nobody has claimed this agent; claim it first.")
    return locked


def _agent_may_not(detail: str) -> NotPermitted:
    return NotPermitted("agent_may_not", detail)


def _proven_key(agent: Agent, challenge_id: str, signature: bytes, at: datetime) -> PublicKey:
    assert agent.organization is not None
    return consume_challenge(
        organization=agent.organization,
        challenge_id=challenge_id,
        purpose=ChallengePurpose.KEY,
        agent=agent,
        signature=signature,
        at=at,
    )


def _find_key(agent: Agent, fragment: str) -> VerificationMethod:
    method = agent.verification_methods.filter(fragment=fragment).first()
    if method is None:
        raise NotFound("key_not_found", f"This agent has no key {fragment[:60]!r}.", field="fragment")
    return method


def _is_last_current_key(agent: Agent, method: VerificationMethod, at: datetime) -> bool:
    """Whether no key without an end would remain; one in its overlap window is on its way out and does not count."""
    if agent.status != AgentStatus.ACTIVE or not method.is_valid(at):
        return False
    others = agent.verification_methods.exclude(pk=method.pk)
    return not any(key.is_valid(at) and key.valid_until is None for key in others)
