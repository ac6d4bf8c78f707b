"""A person's devices: browsers that she lets the registry send notices to."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from identity.accounts.models import User
from identity.accounts.reading import in_the_words_of
from identity.credentials.dns import Unreachable
from identity.journal.actor import Actor
from identity.journal.notice_kinds import DeviceAdded, DeviceRemoved
from identity.journal.record import record
from identity.primitives.errors import Conflict, InvalidInput, TooMany
from registry.notices.kinds import NoticeKind
from registry.notices.limits import (
    DEVICES_PER_PERSON_MAX,
    ENDPOINT_LENGTH_MAX,
    LABEL_LENGTH_MAX,
    TESTS_PER_DAY_MAX,
)
from registry.notices.models import Notice, PushDevice
from registry.notices.people import zone_of
from registry.notices.push_service import check_endpoint
from registry.notices.quiet import day_start
from registry.notices.tell import tell
from registry.notices.web_push import receiver_of

PREFERENCES_PATH = "/console/notices/"


def add_device(
    *, user: User, endpoint: str, p256dh: str, auth: str, label: str, actor: Actor, at: datetime
) -> PushDevice:
    """The device, new or known already with fresh keys. A browser in which somebody else signed in is hers from then
    on: it must not go on showing what belongs to the person before.

    She is told by mail: stops a device added in a hijacked session from listening unnoticed. InvalidInput
    ``device_refused``; Conflict ``too_many_devices``.
    """
    _check(endpoint, p256dh, auth)
    label = " ".join(label.split())[:LABEL_LENGTH_MAX] or "?"
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        known = PushDevice.objects.select_for_update().filter(endpoint=endpoint).first()
        if known is not None and known.user_id == user.pk:
            return _renew(known, p256dh=p256dh, auth=auth)
        if known is not None:
            _remove(known, reason="taken_over", actor=actor, at=at)
        if PushDevice.objects.filter(user=user).count() >= DEVICES_PER_PERSON_MAX:
            sentence = f"You have {DEVICES_PER_PERSON_MAX} devices. Remove one first."
            raise Conflict("too_many_devices", sentence)
        device = PushDevice.objects.create(
            user=user, endpoint=endpoint, p256dh=p256dh, auth=auth, label=label, created_at=at
        )
        record(DeviceAdded(), subject=device.pk, actor=actor, at=at)
        _tell_of(device, at)
    return device


def remove_device(*, device: PushDevice, reason: str, actor: Actor, at: datetime) -> None:
    """End it; what waits for it goes with it. ``reason`` is by_person, gone or unreachable. Safe to run again."""
    with transaction.atomic():
        locked = PushDevice.objects.select_for_update().filter(pk=device.pk).first()
        if locked is not None:
            _remove(locked, reason=reason, actor=actor, at=at)


def send_test(*, device: PushDevice, at: datetime) -> Notice | None:
    """A notice to this device alone, on the very way that questions take. TooMany ``too_many_tests``."""
    user = device.user
    today = Notice.objects.filter(
        user=user, kind=NoticeKind.TEST.value, created_at__gte=day_start(at, zone=zone_of(user))
    )
    if today.count() >= TESTS_PER_DAY_MAX:
        raise TooMany("too_many_tests", f"{TESTS_PER_DAY_MAX} tests a day are enough.", retry_after_seconds=86_400)
    with in_the_words_of(user):
        return tell(
            user=user,
            kind=NoticeKind.TEST,
            key=f"test:{device.pk}:{at.timestamp():.0f}",
            title=_("Notices reach this device"),
            body=_("You asked for this test. A question of an agent would look the same; a tap opens it."),
            link=PREFERENCES_PATH,
            organization=None,
            at=at,
            only=device,
        )


def _check(endpoint: str, p256dh: str, auth: str) -> None:
    """Stops the registry from being made to send to its own network (SSRF), and keys that are none."""
    try:
        if len(endpoint) > ENDPOINT_LENGTH_MAX:
            raise ValueError("too long")
        check_endpoint(endpoint)
        receiver_of(p256dh, auth)
    except (Unreachable, ValueError):
        raise InvalidInput(
            "device_refused", "This browser gave no push subscription that the registry can send to."
        ) from None


def _renew(device: PushDevice, *, p256dh: str, auth: str) -> PushDevice:
    device.p256dh, device.auth, device.failures, device.last_failure = p256dh, auth, 0, ""
    device.save(update_fields=["p256dh", "auth", "failures", "last_failure"])
    return device


def _remove(device: PushDevice, *, reason: str, actor: Actor, at: datetime) -> None:
    record(DeviceRemoved(reason), subject=device.pk, actor=actor, at=at)
    device.delete()


def _tell_of(device: PushDevice, at: datetime) -> None:
    with in_the_words_of(device.user):
        tell(
            user=device.user,
            kind=NoticeKind.ACCOUNT,
            key=f"device:{device.pk}",
            title=_("A device gets your notices now"),
            body=_(
                "%(device)s was added. Was that not you? Remove it, sign every other session out, and change your "
                "password."
            )
            % {"device": device.label},
            link=PREFERENCES_PATH,
            organization=None,
            at=at,
        )
