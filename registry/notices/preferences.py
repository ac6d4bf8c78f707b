"""What somebody wants to be told, how, and when not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time

from django.db import transaction

from identity.accounts.models import User
from identity.primitives.errors import InvalidInput
from registry.notices.kinds import CHOSEN, FORMS, NoticeKind
from registry.notices.limits import DAILY_CHOICES
from registry.notices.models import NoticeChoice, NoticeSettings
from registry.notices.people import zone_of
from registry.notices.quiet import quiet_end
from registry.notices.tell import held_back_today, sent_today, settings_of


@dataclass(frozen=True, slots=True)
class Ways:
    """How a kind reaches her besides the list."""

    by_mail: bool
    by_push: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """Everything the preferences page asks. ``quiet_from`` and ``quiet_until`` are both given, or neither."""

    ways: Mapping[NoticeKind, Ways]
    quiet_from: time | None
    quiet_until: time | None
    daily_max: int


@dataclass(frozen=True, slots=True)
class Today:
    """Where her day stands: what went out of what she lets through, what was held back, and until when it is quiet."""

    sent: int
    most: int
    held_back: int
    quiet_until: datetime | None


def wish_of(user: User) -> Wish:
    """What she chose, and what holds where she chose nothing."""
    chosen = {row.kind: Ways(row.by_mail, row.by_push) for row in NoticeChoice.objects.filter(user=user)}
    ways = {kind: chosen.get(kind.value, Ways(FORMS[kind].by_mail, FORMS[kind].by_push)) for kind in CHOSEN}
    settings = settings_of(user)
    return Wish(ways, settings.quiet_from, settings.quiet_until, settings.daily_max)


def choose_notices(*, user: User, wish: Wish) -> None:
    """Keep her choice. Nothing is recorded: it changes nobody's rights. InvalidInput ``notice_choice_invalid``."""
    if (wish.quiet_from is None) != (wish.quiet_until is None):
        field = "quiet_from" if wish.quiet_from is None else "quiet_until"
        raise InvalidInput("notice_choice_invalid", "Quiet hours need a beginning and an end.", field=field)
    if wish.quiet_from is not None and wish.quiet_from == wish.quiet_until:
        sentence = "Quiet hours end at another time than they begin."
        raise InvalidInput("notice_choice_invalid", sentence, field="quiet_until")
    if wish.daily_max not in DAILY_CHOICES or not set(wish.ways) <= set(CHOSEN):
        raise InvalidInput("notice_choice_invalid", "That is not one of the choices.", field="daily_max")
    rows = [
        NoticeChoice(user=user, kind=kind.value, by_mail=w.by_mail, by_push=w.by_push) for kind, w in wish.ways.items()
    ]
    with transaction.atomic():
        NoticeChoice.objects.bulk_create(
            rows, update_conflicts=True, unique_fields=["user", "kind"], update_fields=["by_mail", "by_push"]
        )
        NoticeSettings.objects.bulk_create(
            [
                NoticeSettings(
                    user=user,
                    quiet_from=wish.quiet_from,
                    quiet_until=wish.quiet_until,
                    daily_max=wish.daily_max,
                )
            ],
            update_conflicts=True,
            unique_fields=["user"],
            update_fields=["quiet_from", "quiet_until", "daily_max"],
        )


def today_of(user: User, wish: Wish, *, at: datetime) -> Today:
    ends_at = None
    if wish.quiet_from is not None and wish.quiet_until is not None:
        ends_at = quiet_end(at, begins=wish.quiet_from, ends=wish.quiet_until, zone=zone_of(user))
    return Today(sent_today(user, at=at), wish.daily_max, held_back_today(user, at=at), ends_at)
