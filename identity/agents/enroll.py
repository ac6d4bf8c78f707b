"""Putting a key under an agent, and the one lock every change of an agent takes first."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from identity.accounts.bars import refuse_barred
from identity.accounts.models import BarKind
from identity.agents.limits import KEYS_PER_AGENT_MAX
from identity.agents.models import Agent, AgentStatus, KeyPurpose, VerificationMethod
from identity.primitives.errors import Conflict, Gone
from identity.primitives.multikey import PublicKey


def lock_living(agent: Agent) -> Agent:
    """The agent's row as it stands now, locked until the transaction ends. Gone ``agent_deactivated`` or
    ``agent_revoked`` for an ended one.

    Rows are locked in the order organization, agent, challenge everywhere, so that no two changes wait in a ring.
    """
    locked = Agent.objects.select_for_update(no_key=True).get(pk=agent.pk)
    if locked.is_deactivated:
        raise Gone("agent_deactivated", "This agent was deactivated; that is for good, and nothing of it can change.")
    if locked.status == AgentStatus.REVOKED:
        raise Gone("agent_revoked", "The registry revoked this agent; nothing of it can change but by an appeal.")
    return locked


def lock_free(agent: Agent) -> Agent:
    """As ``lock_living``, for what an agent under the registry's hold may not do; Conflict ``registry_hold``."""
    locked = lock_living(agent)
    refuse_held(locked)
    return locked


def refuse_held(agent: Agent) -> None:
    """Conflict ``registry_hold``. Stops an agent that is looked into from leaving, from changing hands and from coming
    back under another key or name before anything is decided."""
    if agent.held_since is not None:
        raise Conflict(
            "registry_hold",
            "The registry holds this agent's entry until a case about it is decided: it cannot end, change hands, "
            "change its keys or be renamed meanwhile.",
        )


def enroll_key(*, agent: Agent, public_key: PublicKey, at: datetime) -> VerificationMethod:
    """Store a key whose control has been proven, under the locked ``agent``.

    Conflict ``too_many_keys`` or ``key_already_registered``: the thumbprint is unique over all agents and all
    time, which stops an agent from shedding its history under a new name, and others from taking over its key.
    """
    keys = list(agent.verification_methods.all())
    if sum(key.is_valid(at) for key in keys) >= KEYS_PER_AGENT_MAX:
        raise Conflict("too_many_keys", f"An agent has at most {KEYS_PER_AGENT_MAX} valid keys; revoke one first.")
    refuse_barred({BarKind.THUMBPRINT: [public_key.thumbprint()]}, at=at)
    refuse_known_key(public_key)
    try:
        with transaction.atomic():
            return VerificationMethod.objects.create(
                agent=agent,
                # Revoked keys keep their row, so a count never names two keys alike.
                fragment=f"key-{len(keys) + 1}",
                multikey=public_key.multikey,
                algorithm=public_key.algorithm.value,
                thumbprint=public_key.thumbprint(),
                purposes=list(KeyPurpose.values),
                valid_from=at,
            )
    except IntegrityError as error:  # another registration of the same key committed a moment ago
        raise _already_registered() from error


def refuse_known_key(public_key: PublicKey) -> None:
    """Conflict("key_already_registered") when any agent has or had this key."""
    if VerificationMethod.objects.filter(thumbprint=public_key.thumbprint()).exists():
        raise _already_registered()


def _already_registered() -> Conflict:
    return Conflict(
        "key_already_registered",
        "This key belongs or belonged to an agent in the register. A key serves one agent, for ever: make a new one.",
        field="public_key",
    )
