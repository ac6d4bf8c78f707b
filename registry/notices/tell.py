"""Telling one person one thing, once: it stands in her list, and goes out by mail and push as she chose.

What she chose is looked at when she is told: which ways a kind takes, her quiet hours, and how much she lets through
in a day. Nothing is ever dropped in silence: what is held back stands in the list, and the list says so.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, models, transaction

from identity.accounts.models import Organization, User
from registry.notices.kinds import FORMS, NoticeKind
from registry.notices.limits import BODY_LENGTH_MAX, DAILY_DEFAULT, TITLE_LENGTH_MAX
from registry.notices.models import (
    Channel,
    Delivery,
    DeliveryState,
    Notice,
    NoticeChoice,
    NoticeSettings,
    PushDevice,
    Way,
)
from registry.notices.people import zone_of
from registry.notices.quiet import day_start, quiet_end
from registry.notices.waking import wake_sender

_URGENT = tuple(kind for kind, form in FORMS.items() if form.is_urgent)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Which way a notice goes: ``due_at`` for its deliveries, if there are any."""

    way: Way
    due_at: datetime
    by_mail: bool
    devices: tuple[PushDevice, ...]


def tell(
    *,
    user: User,
    kind: NoticeKind,
    key: str,
    title: str,
    body: str,
    link: str,
    organization: Organization | None,
    at: datetime,
    until: datetime | None = None,
    only: PushDevice | None = None,
) -> Notice | None:
    """The notice, or None when she was told of this occasion (``key``) before: a reader may be replayed or killed.

    ``title`` and ``body`` are plain text in her language (``people.language_of``); ``link`` is a path of this
    registry. With ``until`` it stops to matter then: it comes through quiet hours that end later, and is not sent
    after it. ``only`` sends to that device alone. Runs in the caller's transaction, so that what is told and what it
    follows from stand or fall together.
    """
    if Notice.objects.filter(user=user, key=key).exists():
        return None
    plan = _Plan(Way.OUT, at, False, (only,)) if only else _plan(user, kind, until, at)
    notice = Notice(
        user=user,
        kind=kind.value,
        key=key,
        title=_one_line(title)[:TITLE_LENGTH_MAX],
        body=body.strip()[:BODY_LENGTH_MAX],
        link=link,
        organization=organization,
        way=plan.way,
        created_at=at,
        until=until,
    )
    try:
        with transaction.atomic():
            notice.save(force_insert=True)
            _queue(notice, plan)
    except IntegrityError:
        if Notice.objects.filter(user=user, key=key).exists():  # somebody told her at the same moment
            return None
        raise
    if plan.way == Way.OUT:
        wake_sender()
    return notice


def told_before(*, users: Collection[str], keys: Collection[str]) -> set[tuple[str, str]]:
    """Which of these people were told of which of these occasions: for a reader that would ask for each."""
    return set(Notice.objects.filter(user__in=users, key__in=keys).values_list("user_id", "key"))


def withdraw(*, key: str, at: datetime) -> int:
    """What ``key`` told of is over: nothing of it is sent any more, and nobody has it unread; how many people."""
    with transaction.atomic():
        waiting = Delivery.objects.filter(notice__key=key, state=DeliveryState.WAITING)
        waiting.update(state=DeliveryState.WITHDRAWN, ended_at=at)
        return Notice.objects.filter(key=key, read_at=None).update(read_at=at)


def ways_of(user: User, kind: NoticeKind) -> tuple[bool, bool]:
    """Whether this kind reaches her by mail, and by push."""
    form = FORMS[kind]
    chosen = NoticeChoice.objects.filter(user=user, kind=kind.value).first() if form.is_chosen else None
    return (chosen.by_mail, chosen.by_push) if chosen else (form.by_mail, form.by_push)


def settings_of(user: User) -> NoticeSettings:
    """Her quiet hours and daily limit; those of everybody where she chose none (unsaved)."""
    return NoticeSettings.objects.filter(user=user).first() or NoticeSettings(user=user, daily_max=DAILY_DEFAULT)


def sent_today(user: User, *, at: datetime) -> int:
    """How many notices that count went out, or will, since her midnight."""
    return _today(user, at).filter(way__in=(Way.OUT, Way.QUIET)).exclude(kind__in=_URGENT).count()


def held_back_today(user: User, *, at: datetime) -> int:
    """How many notices stand in her list only, because the day's limit was reached."""
    return _today(user, at).filter(way=Way.LIMIT).count()


def _plan(user: User, kind: NoticeKind, until: datetime | None, at: datetime) -> _Plan:
    by_mail, by_push = ways_of(user, kind)
    devices = tuple(PushDevice.objects.filter(user=user).order_by("id")) if by_push else ()
    if not by_mail and not devices:
        return _Plan(Way.LISTED, at, False, ())
    chosen, is_urgent = settings_of(user), FORMS[kind].is_urgent
    if not is_urgent and sent_today(user, at=at) >= chosen.daily_max:
        return _Plan(Way.LIMIT, at, False, ())
    ends_at = _quiet_end(chosen, user, at)
    waits = ends_at is not None and (until is None or ends_at < until) and not (is_urgent and until is None)
    if waits and ends_at is not None:
        return _Plan(Way.QUIET, ends_at, by_mail, devices)
    return _Plan(Way.OUT, at, by_mail, devices)


def _quiet_end(chosen: NoticeSettings, user: User, at: datetime) -> datetime | None:
    if chosen.quiet_from is None or chosen.quiet_until is None:
        return None
    return quiet_end(at, begins=chosen.quiet_from, ends=chosen.quiet_until, zone=zone_of(user))


def _queue(notice: Notice, plan: _Plan) -> None:
    rows = [Delivery(notice=notice, channel=Channel.MAIL, due_at=plan.due_at)] if plan.by_mail else []
    rows += [Delivery(notice=notice, channel=Channel.PUSH, device=one, due_at=plan.due_at) for one in plan.devices]
    Delivery.objects.bulk_create(rows)


def _today(user: User, at: datetime) -> models.QuerySet[Notice]:
    return Notice.objects.filter(user=user, created_at__gte=day_start(at, zone=zone_of(user)))


def _one_line(text: str) -> str:
    return " ".join(text.split())
