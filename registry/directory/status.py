"""EPP statuses (RFC 5731 section 2.3): what they forbid, and who may set them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from identity.agents.enroll import refuse_held
from identity.agents.models import Agent
from identity.journal.actor import Actor
from identity.journal.kinds import NameStatusChanged
from identity.journal.record import record
from identity.primitives.errors import Conflict, Gone, InvalidInput, NotFound
from registry.directory.models import Name, NameStatus, NameTransfer, TransferState

CLIENT_STATUSES = frozenset(
    {NameStatus.CLIENT_HOLD, NameStatus.CLIENT_TRANSFER_PROHIBITED, NameStatus.CLIENT_UPDATE_PROHIBITED}
)
SERVER_STATUSES = frozenset(
    {NameStatus.SERVER_HOLD, NameStatus.SERVER_TRANSFER_PROHIBITED, NameStatus.SERVER_UPDATE_PROHIBITED}
)
TRANSFER_PROHIBITED = frozenset({NameStatus.CLIENT_TRANSFER_PROHIBITED, NameStatus.SERVER_TRANSFER_PROHIBITED})
UPDATE_PROHIBITED = frozenset({NameStatus.CLIENT_UPDATE_PROHIBITED, NameStatus.SERVER_UPDATE_PROHIBITED})


def statuses_at(name: Name, at: datetime, *, is_transferring: bool | None = None) -> list[str]:
    """Every status of the name at that instant, those that follow from time and transfers included; ``ok`` stands
    alone (RFC 5731). ``is_transferring`` spares the query when the caller knows."""
    found = {str(status) for status in name.statuses}
    if pending_transfer(name, at=at) is not None if is_transferring is None else is_transferring:
        found.add(NameStatus.PENDING_TRANSFER)
    if name.is_pending_delete(at) or name.has_ended(at):
        found.add(NameStatus.PENDING_DELETE)
    return sorted(found) or [str(NameStatus.OK)]


def set_client_status(*, name: Name, status: str, actor: Actor, at: datetime) -> Name:
    """The holder sets one of the client statuses. Raises InvalidInput ``status_not_yours`` for any other, and Conflict
    ``name_status_prohibits`` while the registry has frozen the name."""
    return _change_statuses(name, add={_client_status(status)}, by_holder=True, actor=actor, at=at)


def clear_client_status(*, name: Name, status: str, actor: Actor, at: datetime) -> Name:
    """The holder clears one of the client statuses. Raises as ``set_client_status``."""
    return _change_statuses(name, remove={_client_status(status)}, by_holder=True, actor=actor, at=at)


def set_server_status(*, name: Name, status: NameStatus, actor: Actor, at: datetime) -> Name:
    """The registry withholds or freezes a name; only its own rules and operators call this."""
    return _change_statuses(name, add={status}, actor=actor, at=at)


def clear_server_status(*, name: Name, status: NameStatus, actor: Actor, at: datetime) -> Name:
    """The opposite of ``set_server_status``."""
    return _change_statuses(name, remove={status}, actor=actor, at=at)


def hold(*, name: Name, actor: Actor, at: datetime) -> Name:
    """Withhold the name: it exists but is not answered (clientHold)."""
    return set_client_status(name=name, status=NameStatus.CLIENT_HOLD, actor=actor, at=at)


def unhold(*, name: Name, actor: Actor, at: datetime) -> Name:
    """Answer it again, as far as the holder decides."""
    return clear_client_status(name=name, status=NameStatus.CLIENT_HOLD, actor=actor, at=at)


def lock_name(name: Name, *, at: datetime) -> Name:
    """The row as it is now, locked. Raises NotFound when it is gone and Gone ``name_expired`` after its grace."""
    locked = (
        Name.objects.select_for_update(of=["self"], no_key=True)
        .select_related("zone", "agent")
        .filter(pk=name.pk)
        .first()
    )
    if locked is None:
        raise NotFound("not_found", "There is no such name.")
    if locked.has_ended(at):
        raise Gone("name_expired", f"The term of {locked.fqn} and the 30 days after it are over.")
    return locked


def lock_name_for_update(name: Name, *, at: datetime) -> Name:
    """As ``lock_name``, for a change of what the name says. Raises Conflict ``name_status_prohibits`` under an
    updateProhibited status, ``name_transfer_pending`` during a transfer, ``registry_hold``."""
    locked = lock_name(name, at=at)
    refuse_held_agent(locked)
    refuse_status(locked, UPDATE_PROHIBITED)
    refuse_pending_transfer(locked, at=at)
    return locked


def refuse_held_agent(name: Name) -> None:
    """Conflict ``registry_hold`` while the registry holds the entry of the agent that the locked name stands for: it
    would leave under another name, and take the name's good standing along. Locks the agent's row after the name's."""
    if name.agent_id is not None:
        refuse_held(Agent.objects.select_for_update(no_key=True).get(pk=name.agent_id))


def refuse_status(name: Name, forbidding: frozenset[NameStatus]) -> None:
    found = sorted(forbidding.intersection(name.statuses))
    if found:
        raise Conflict("name_status_prohibits", f"The status {found[0]} of {name.fqn} forbids this.")


def pending_transfer(name: Name, *, at: datetime) -> NameTransfer | None:
    """The transfer under way, if any; one past its time no longer counts, whether swept or not."""
    return NameTransfer.objects.filter(name=name, state=TransferState.PENDING, expires_at__gt=at).first()


def refuse_pending_transfer(name: Name, *, at: datetime) -> None:
    if pending_transfer(name, at=at) is not None:
        raise Conflict("name_transfer_pending", f"{name.fqn} is on its way to another organization; cancel that first.")


def _client_status(text: str) -> NameStatus:
    if text not in {str(status) for status in CLIENT_STATUSES}:
        raise InvalidInput(
            "status_not_yours",
            "A holder may set and clear " + ", ".join(sorted(CLIENT_STATUSES)) + ".",
            field="status",
        )
    return NameStatus(text)


def _change_statuses(
    name: Name,
    *,
    actor: Actor,
    at: datetime,
    add: set[NameStatus] | None = None,
    remove: set[NameStatus] | None = None,
    by_holder: bool = False,
) -> Name:
    with transaction.atomic():
        locked = lock_name(name, at=at)
        if by_holder:
            refuse_status(locked, frozenset({NameStatus.SERVER_UPDATE_PROHIBITED}))
        before = {str(status) for status in locked.statuses}
        after = sorted((before | {str(one) for one in add or ()}) - {str(one) for one in remove or ()})
        if after != sorted(before):
            locked.statuses = after
            locked.save(update_fields=["statuses"])
            record(
                NameStatusChanged(name=locked.fqn, statuses=after),
                subject=locked.pk,
                actor=actor,
                at=at,
                organization=locked.holder_id,
            )
    return locked
