"""What an alert says, in the language and on the clock that are active. The title stands alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from identity.accounts.amounts import amount_in_digits
from identity.primitives.money import Money
from registry.notices.alert_rules import Alert
from registry.notices.kinds import NoticeKind

Said = dict[str, Any]
Words = tuple[str, str]

_CAPS: Final = {
    "total": gettext_lazy("%(agent)s has used %(percent)s %% of its total"),
    "day": gettext_lazy("%(agent)s has used %(percent)s %% of its limit for the day"),
    "week": gettext_lazy("%(agent)s has used %(percent)s %% of its limit for the week"),
    "month": gettext_lazy("%(agent)s has used %(percent)s %% of its limit for the month"),
    "year": gettext_lazy("%(agent)s has used %(percent)s %% of its limit for the year"),
    "count": gettext_lazy("%(agent)s has made %(percent)s %% of its purchases"),
}

_AGENTS: Final[dict[str, tuple[Any, Any]]] = {
    "suspended": (
        gettext_lazy("%(agent)s is suspended"),
        gettext_lazy("It can spend nothing under your delegation until that ends. You need not do anything."),
    ),
    "active": (
        gettext_lazy("%(agent)s goes on"),
        gettext_lazy(
            "It is in good standing again and can spend within your limits. Pause it if you do not want that."
        ),
    ),
    "deactivated": (
        gettext_lazy("%(agent)s was deactivated for good"),
        gettext_lazy("Whoever runs it has ended it. What you delegated to it can no longer be used."),
    ),
    "revoked": (
        gettext_lazy("The registry removed %(agent)s for good"),
        gettext_lazy("What you delegated to it can no longer be used, and what it held is released."),
    ),
    "winds_down": (
        gettext_lazy("The organization behind %(agent)s is being removed"),
        gettext_lazy("The agent stops on %(day)s. Move to another one until then what you still need."),
    ),
    "under_review": (
        gettext_lazy("%(agent)s is under review"),
        gettext_lazy("The registry looks into reports about it. It can still spend within your limits."),
    ),
    "under_review_ended": (
        gettext_lazy("%(agent)s is no longer under review"),
        gettext_lazy("It can spend within your limits as before."),
    ),
    "throttled": (
        gettext_lazy("The registry limits %(agent)s"),
        gettext_lazy("It can have less outstanding at once, and you are asked about every purchase."),
    ),
    "throttled_ended": (
        gettext_lazy("The registry limits %(agent)s no longer"),
        gettext_lazy("It can spend within your limits as before."),
    ),
}
_VENDOR_STOPS: Final = gettext_lazy(
    "Nothing more can be bought there for now. Your agents bought there in the last month."
)
_VENDOR_GOES_ON: Final = gettext_lazy("Your agents can buy there as before.")
_VENDORS: Final[dict[str, tuple[Any, Any]]] = {
    "suspended": (gettext_lazy("The vendor %(vendor)s is suspended"), _VENDOR_STOPS),
    "active": (gettext_lazy("The vendor %(vendor)s goes on"), _VENDOR_GOES_ON),
    "deactivated": (
        gettext_lazy("The vendor %(vendor)s has closed"),
        gettext_lazy("Nothing more can be bought there. Your agents bought there in the last month."),
    ),
    "revoked": (
        gettext_lazy("The registry removed the vendor %(vendor)s"),
        gettext_lazy("Nothing more can be bought there. Look through what your agents bought there lately."),
    ),
    "winds_down": (
        gettext_lazy("The organization behind %(vendor)s is being removed"),
        gettext_lazy("The vendor stops on %(day)s. Your agents bought there in the last month."),
    ),
    "under_review": (
        gettext_lazy("The vendor %(vendor)s is under review"),
        gettext_lazy("The registry looks into reports about it. Your agents bought there in the last month."),
    ),
    "under_review_ended": (gettext_lazy("The vendor %(vendor)s is no longer under review"), _VENDOR_GOES_ON),
    "throttled": (
        gettext_lazy("The registry limits the vendor %(vendor)s"),
        gettext_lazy("Your agents bought there in the last month. You can say no to its purchases."),
    ),
    "throttled_ended": (gettext_lazy("The registry limits the vendor %(vendor)s no longer"), _VENDOR_GOES_ON),
}
STANDINGS: Final = frozenset(_AGENTS) & frozenset(_VENDORS)


def words_of(alert: Alert) -> Words:
    """Title and body. Names of agents and vendors are the only words in them that others chose."""
    return _WORDS[alert.kind]({name: _shown(value) for name, value in alert.said.items()})


def _new_vendor(said: Said) -> Words:
    title = _("%(agent)s buys at %(vendor)s for the first time") % said
    return title, _(
        "%(amount)s is held there, within the limits you set. If you did not expect it, pause the agent."
    ) % said


def _cap_near(said: Said) -> Words:
    if said["window"] == "rolling":
        days = -(-said["seconds"] // 86_400)
        title = ngettext(
            "%(agent)s has used %(percent)s %% of its limit for any %(days)s day",
            "%(agent)s has used %(percent)s %% of its limit for any %(days)s days",
            days,
        ) % {**said, "days": days}
    else:
        title = str(_CAPS[said["window"]]) % said
    if said["window"] == "count":
        return title, _("%(used)s of %(cap)s purchases are made, %(left)s are left.") % said
    if said["resets_at"]:
        said = {**said, "day": _day(said["resets_at"])}
        return title, _("%(used)s of %(cap)s are used, %(left)s are left until it begins anew on %(day)s.") % said
    return title, _("%(used)s of %(cap)s are used, %(left)s are left.") % said


def _declines(said: Said) -> Words:
    title = _("%(agent)s was refused %(count)s times within %(minutes)s minutes") % said
    why = _(said["sentence"]) if said["sentence"] else ""
    return title, " ".join(filter(None, (_("The last time at %(vendor)s.") % said, why)))


def _agent_standing(said: Said) -> Words:
    return _standing(_AGENTS, said)


def _vendor_standing(said: Said) -> Words:
    return _standing(_VENDORS, said)


def _standing(table: dict[str, tuple[Any, Any]], said: Said) -> Words:
    title, body = table[said["what"]]
    if said["stops_at"]:
        said = {**said, "day": _day(said["stops_at"])}
    return str(title) % said, str(body) % said


def _day(instant: datetime) -> str:
    return date_format(timezone.localtime(instant), "DATE_FORMAT")


def _shown(value: Any) -> Any:
    """Amounts as the reader writes them; what others chose stays on one line."""
    if isinstance(value, Money):
        return amount_in_digits(value)
    return " ".join(value.split()) if isinstance(value, str) else value


_WORDS: Final[dict[NoticeKind, Callable[[Said], Words]]] = {
    NoticeKind.NEW_VENDOR: _new_vendor,
    NoticeKind.CAP_NEAR: _cap_near,
    NoticeKind.DECLINES: _declines,
    NoticeKind.AGENT_STANDING: _agent_standing,
    NoticeKind.VENDOR_STANDING: _vendor_standing,
}
