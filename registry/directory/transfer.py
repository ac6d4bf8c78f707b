"""Moving a name to another organization: one side asks and passes on a code, the other side accepts with it."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from hashlib import sha256

from django.db import transaction

from identity.accounts.bars import refuse_barred_organization
from identity.accounts.models import Organization
from identity.journal.actor import Actor
from identity.journal.kinds import NameTransferCancelled, NameTransferred, NameTransferRequested
from identity.journal.record import record
from identity.primitives.errors import Conflict, Gone, InvalidInput, NotFound, NotPermitted
from registry.directory.limits import TRANSFER_LIFETIME
from registry.directory.models import Name, NameTransfer, TransferState, ZoneKind
from registry.directory.register import refuse_full
from registry.directory.status import (
    CLIENT_STATUSES,
    TRANSFER_PROHIBITED,
    lock_name,
    refuse_held_agent,
    refuse_pending_transfer,
    refuse_status,
)

_CODE_BYTES = 20


def request_transfer(*, name: Name, to: Organization, actor: Actor, at: datetime) -> tuple[NameTransfer, str]:
    """Offer the name to ``to``; the second value is the code, shown this once and stored as its hash only.

    Raises Conflict (``name_status_prohibits``, ``name_transfer_pending``, ``transfer_not_possible``,
    ``registry_hold``) or InvalidInput
    ``transfer_to_self``.
    """
    code = secrets.token_urlsafe(_CODE_BYTES)
    with transaction.atomic():
        locked = lock_name(name, at=at)
        refuse_held_agent(locked)
        origin = _transferable_from(locked, to)
        refuse_pending_transfer(locked, at=at)
        NameTransfer.objects.filter(name=locked, state=TransferState.PENDING).update(state=TransferState.EXPIRED)
        transfer = NameTransfer.objects.create(
            name=locked,
            origin=origin,
            to=to,
            code_digest=_digest(code),
            created_at=at,
            expires_at=at + TRANSFER_LIFETIME,
        )
        record(
            NameTransferRequested(name=locked.fqn, to=to.pk),
            subject=locked.pk,
            actor=actor,
            at=at,
            organization=locked.organization_id,
        )
    return transfer, code


def accept_transfer(*, transfer_id: str, code: str, organization: Organization, actor: Actor, at: datetime) -> Name:
    """Take the name over. It then points at nobody and carries no records: the old agent and its endpoints stay with
    the old organization, and its client statuses end.

    Raises NotFound for a stranger to the transfer, NotPermitted ``transfer_code_wrong``, Gone ``transfer_ended``,
    ``barred``, and Conflict when the name or the new holder cannot take part now.
    """
    transfer = NameTransfer.objects.filter(pk=transfer_id, to=organization).select_related("name").first()
    if transfer is None:
        raise NotFound("not_found", "There is no such transfer to your organization.")
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        locked = lock_name(transfer.name, at=at)
        transfer = _lock_pending(transfer, at=at)
        if not hmac.compare_digest(transfer.code_digest, _digest(code)):
            raise NotPermitted("transfer_code_wrong", "The transfer code is not right.", field="code")
        refuse_status(locked, TRANSFER_PROHIBITED)
        refuse_held_agent(locked)
        refuse_barred_organization(organization, actor=actor, at=at)
        refuse_full(organization)
        _move(locked, to=organization)
        _finish(transfer, TransferState.ACCEPTED)
        record(
            NameTransferred(name=locked.fqn, origin=transfer.origin_id, to=organization.pk),
            subject=locked.pk,
            actor=actor,
            at=at,
            organization=organization.pk,
        )
    return locked


def cancel_transfer(*, transfer_id: str, organization: Organization, actor: Actor, at: datetime) -> NameTransfer:
    """Either side calls it off. Raises NotFound for a stranger and Gone ``transfer_ended`` when it is over."""
    transfer = NameTransfer.objects.filter(pk=transfer_id).select_related("name").first()
    if transfer is None or organization.pk not in (transfer.origin_id, transfer.to_id):
        raise NotFound("not_found", "There is no such transfer of your organization.")
    with transaction.atomic():
        locked = lock_name(transfer.name, at=at)
        transfer = _lock_pending(transfer, at=at)
        _finish(transfer, TransferState.CANCELLED)
        record(
            NameTransferCancelled(name=locked.fqn),
            subject=locked.pk,
            actor=actor,
            at=at,
            organization=organization.pk,
        )
    return transfer


def _transferable_from(name: Name, to: Organization) -> Organization:
    """The holder, when the name may leave it for ``to``."""
    if name.organization is None or name.zone.kind != ZoneKind.REGISTERED:
        raise Conflict("transfer_not_possible", "Only a name in a zone under the root zone can change hands.")
    if to.pk == name.organization_id:
        raise InvalidInput("transfer_to_self", "The name is already this organization's.", field="to")
    refuse_status(name, TRANSFER_PROHIBITED)
    return name.organization


def _lock_pending(transfer: NameTransfer, *, at: datetime) -> NameTransfer:
    locked = NameTransfer.objects.select_for_update().get(pk=transfer.pk)
    if locked.state != TransferState.PENDING or locked.expires_at <= at:
        raise Gone("transfer_ended", "This transfer is over; the other side can start a new one.")
    return locked


def _move(name: Name, *, to: Organization) -> None:
    name.records.all().delete()
    name.agent = None
    name.organization = to
    name.statuses = [status for status in name.statuses if status not in CLIENT_STATUSES]
    name.save(update_fields=["agent", "organization", "statuses"])


def _finish(transfer: NameTransfer, state: TransferState) -> None:
    transfer.state = state
    transfer.save(update_fields=["state"])


def _digest(code: str) -> str:
    return sha256(code.encode()).hexdigest()
