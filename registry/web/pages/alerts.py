"""What a person was told, in one list for all of her organizations: read marks, filters, what was held back."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from identity.accounts.models import User
from identity.primitives.clock import now
from identity.primitives.ids import ID_LENGTH_MAX
from registry.notices.kinds import FORMS, NoticeKind
from registry.notices.listing import mark_all_read, mark_read, notices_of
from registry.notices.models import Notice, Way
from registry.notices.tell import held_back_today, sent_today, settings_of
from registry.web.access import signed_in_page

NOTICES_PER_PAGE = 50
UNREAD = "unread"
_KINDS = {
    NoticeKind.APPROVAL: gettext_lazy("Questions"),
    NoticeKind.ESCALATION: gettext_lazy("Waiting groups"),
    NoticeKind.NEW_VENDOR: gettext_lazy("New vendors"),
    NoticeKind.CAP_NEAR: gettext_lazy("Limits"),
    NoticeKind.RAISE: gettext_lazy("Wider limits"),
    NoticeKind.DECLINES: gettext_lazy("Refusals"),
    NoticeKind.AGENT_STANDING: gettext_lazy("Agents"),
    NoticeKind.VENDOR_STANDING: gettext_lazy("Vendors"),
}
_WAYS = {
    Way.QUIET: gettext_lazy("sent after your quiet hours"),
    Way.LIMIT: gettext_lazy("not sent: enough for that day"),
}


@signed_in_page
@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    """``?show=`` is ``unread`` or a kind; ``?before=`` the last notice of the page before."""
    user, at = cast(User, request.user), now()
    show, before = request.GET.get("show", ""), request.GET.get("before", "")
    show = show if show == UNREAD or show in _KINDS else ""
    mine = notices_of(user)
    unread = mine.filter(read_at=None).count()
    found = list(_older(_chosen(mine, show), before).select_related("organization")[: NOTICES_PER_PAGE + 1])
    shown, here = found[:NOTICES_PER_PAGE], _address(show)
    context = {
        "rows": [_row(notice) for notice in shown],
        "unread": unread,
        "show": show,
        "newest": shown[0].pk if shown and not before else "",
        "shows_unread": any(notice.read_at is None for notice in shown),
        "filters": _filters(show, unread),
        "today": _today(user, at=at),
        "first_url": here if before else "",
        "next_url": _address(show, before=shown[-1].pk) if len(found) > NOTICES_PER_PAGE else "",
    }
    return render(request, "console/alerts/list.html", context)


@require_POST
def read(request: HttpRequest) -> HttpResponseBase:
    """Mark one as read, or all that she was shown. Pressed twice, or in two tabs, it changes nothing more."""
    if not request.user.is_authenticated:  # the session ended while she read
        messages.info(request, _("You were signed out, and nothing was changed."))
        return redirect_to_login(reverse("alerts"))
    user, at, show = request.user, now(), request.POST.get("show", "")
    one, until = (request.POST.get(name, "").replace("\0", "")[:ID_LENGTH_MAX] for name in ("notice", "until"))
    if one:
        mark_read(user=user, notice_id=one, at=at)
    elif until:
        count = mark_all_read(user=user, until=until, kind=show if show in _KINDS else "", at=at)
        words = ngettext("%(n)s alert marked as read.", "%(n)s alerts marked as read.", count)
        messages.success(request, words % {"n": count})
    return redirect(_address(show if show == UNREAD or show in _KINDS else ""))


def _chosen(mine: Any, show: str) -> Any:
    if show == UNREAD:
        return mine.filter(read_at=None)
    return mine.filter(kind=show) if show else mine


def _older(notices: Any, before: str) -> Any:
    return notices.filter(pk__lt=before.replace("\0", "")[:ID_LENGTH_MAX]) if before else notices


def _row(notice: Notice) -> dict[str, Any]:
    form = FORMS.get(NoticeKind(notice.kind)) if notice.kind in FORMS else None
    return {"notice": notice, "symbol": form.symbol if form else "bell", "way": _WAYS.get(Way(notice.way), "")}


def _filters(show: str, unread: int) -> list[tuple[str, str, bool]]:
    words = [("", _("All")), (UNREAD, _("Not read (%s)") % unread), *_KINDS.items()]
    return [(str(label), _address(str(name)), str(name) == show) for name, label in words]


def _today(user: User, *, at: Any) -> dict[str, int]:
    """How much came through today, of how much she lets through, and what is in this list only."""
    return {
        "sent": sent_today(user, at=at),
        "most": settings_of(user).daily_max,
        "held": held_back_today(user, at=at),
    }


def _address(show: str, *, before: str = "") -> str:
    asked = "&".join(f"{name}={value}" for name, value in (("show", show), ("before", before)) if value)
    return f"{reverse('alerts')}?{asked}" if asked else reverse("alerts")


urlpatterns = [
    path("console/alerts/", alerts, name="alerts"),
    path("console/alerts/read", read, name="alerts_read"),
]
