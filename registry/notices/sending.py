"""Sending what waits: claimed for a minute, sent, noted. A killed worker loses nothing: what it had claimed is due
again, so a mail may come twice; it never comes not at all.

What waits for one person at one moment, and is no question, comes as one message: nobody's phone rings five times at
the end of quiet hours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db import transaction
from django.db.models import F

from identity.accounts.models import Membership
from identity.journal.actor import system
from registry.notices.devices import remove_device
from registry.notices.limits import ATTEMPTS_MAX, DEVICE_FAILURES_MAX, LEASE, RETRY_FIRST, SENDERS, SENT_AT_ONCE
from registry.notices.models import Delivery, DeliveryState, PushDevice
from registry.notices.post import Letter, letter_of, mail, message_of
from registry.notices.push_service import Answer, Message, send
from registry.notices.vapid import Vapid, vapid

_BY_SENDER = system("notices")


@dataclass(frozen=True, slots=True)
class _Parcel:
    """What one message carries: its deliveries share a person, a channel and a device."""

    deliveries: tuple[Delivery, ...]
    letter: Letter

    @property
    def device(self) -> PushDevice | None:
        return self.deliveries[0].device


def send_due(*, clock: Callable[[], datetime]) -> int:
    """Send everything that is due; how many deliveries were taken."""
    taken = 0
    while claimed := _claim(clock()):
        taken += _send_all(claimed, clock)
        if len(claimed) < SENT_AT_ONCE:
            break
    return taken


def _claim(at: datetime) -> list[Delivery]:
    """The next deliveries, nobody else's for a minute."""
    with transaction.atomic():
        due = Delivery.objects.select_for_update(skip_locked=True, of=("self",)).select_related(
            "notice__user", "notice__organization", "device"
        )
        rows = list(due.filter(state=DeliveryState.WAITING, due_at__lte=at).order_by("due_at", "id")[:SENT_AT_ONCE])
        claimed = Delivery.objects.filter(pk__in=[row.pk for row in rows])
        claimed.update(due_at=at + LEASE, attempts=F("attempts") + 1)
    for row in rows:
        row.attempts += 1
    return rows


def _send_all(claimed: Sequence[Delivery], clock: Callable[[], datetime]) -> int:
    at = clock()
    current = _still_current(claimed, at)
    _end([one for one in claimed if one not in current], DeliveryState.WITHDRAWN, at)
    parcels = _parcels(current)
    answers = _push([one for one in parcels if one.device is not None], at)
    answers += [(one, _mail(one)) for one in parcels if one.device is None]
    for parcel, answer in answers:
        _note(parcel, answer, clock())
    return sum(len(parcel.deliveries) for parcel, answer in answers if not answer.failure)


def _still_current(claimed: Sequence[Delivery], at: datetime) -> list[Delivery]:
    """Without what is over, and without what somebody may not see any more: stops mail about an organization from
    reaching a person who left it while her quiet hours lasted."""
    whose = {(one.notice.user_id, one.notice.organization_id) for one in claimed if one.notice.organization_id}
    members = Membership.objects.filter(user__in=[user for user, _ in whose])
    held = set(members.values_list("user_id", "organization_id"))
    return [
        one
        for one in claimed
        if one.notice.user.is_active
        and (one.notice.until is None or one.notice.until > at)
        and (not one.notice.organization_id or (one.notice.user_id, one.notice.organization_id) in held)
    ]


def _parcels(deliveries: Sequence[Delivery]) -> list[_Parcel]:
    def address(one: Delivery) -> tuple[str, str, str, str]:
        alone = one.notice_id if one.notice.is_urgent else ""
        return one.notice.user_id, one.channel, one.device_id or "", alone

    grouped = groupby(sorted(deliveries, key=address), key=address)
    together = [tuple(sorted(group, key=lambda one: one.notice_id)) for _, group in grouped]
    return [_Parcel(group, letter_of([one.notice for one in group])) for group in together]


def _push(parcels: Sequence[_Parcel], at: datetime) -> list[tuple[_Parcel, Answer]]:
    """All at once, as far as there are senders; the database stays with this thread."""
    if not parcels:
        return []
    key = vapid(at=at)
    messages = [message_of(one.letter, one.device, at=at) for one in parcels if one.device is not None]
    with ThreadPoolExecutor(max_workers=min(SENDERS, len(messages)), thread_name_prefix="notices") as senders:
        answers = list(senders.map(lambda message: _sent(message, key, at), messages))
    return list(zip(parcels, answers, strict=True))


def _sent(message: Message, key: Vapid, at: datetime) -> Answer:
    return send(message, key=key, at=at)


def _mail(parcel: _Parcel) -> Answer:
    try:
        mail(parcel.letter)
    except OSError as error:  # the mail server is away, or refused
        return Answer(0, f"the mail server did not take it: {type(error).__name__}")
    return Answer(200)


def _note(parcel: _Parcel, answer: Answer, at: datetime) -> None:
    with transaction.atomic():
        if parcel.device is not None:
            _note_device(parcel.device, answer, at)
        if not answer.failure:
            return _end(parcel.deliveries, DeliveryState.TAKEN, at)
        over = [one for one in parcel.deliveries if answer.is_refused or one.attempts >= ATTEMPTS_MAX]
        _end(over, DeliveryState.GIVEN_UP, at)
        for one in parcel.deliveries:
            if one not in over:
                waits = RETRY_FIRST * 2 ** (one.attempts - 1)
                Delivery.objects.filter(pk=one.pk, state=DeliveryState.WAITING).update(due_at=at + waits)
    return None


def _note_device(device: PushDevice, answer: Answer, at: datetime) -> None:
    """A device that its push service says is gone is removed at once; one that never answers, in the end."""
    rows = PushDevice.objects.filter(pk=device.pk)
    if not answer.failure:
        rows.update(last_success_at=at, failures=0, last_failure="")
    elif answer.is_gone or device.failures + 1 >= DEVICE_FAILURES_MAX:
        remove_device(device=device, reason="gone" if answer.is_gone else "unreachable", actor=_BY_SENDER, at=at)
    else:
        rows.update(failures=F("failures") + 1, last_failure=answer.failure[:200])


def _end(deliveries: Sequence[Delivery], state: DeliveryState, at: datetime) -> None:
    rows = Delivery.objects.filter(pk__in=[one.pk for one in deliveries], state=DeliveryState.WAITING)
    rows.update(state=state, ended_at=at)
