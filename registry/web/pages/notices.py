"""What somebody is told, on which of her devices, and when she is left in peace; and the worker that shows notices."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from pathlib import Path
from typing import Any, Concatenate, Final, ParamSpec, cast

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.templatetags.static import static
from django.urls import NoReverseMatch, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from identity.accounts.models import User
from identity.accounts.preferences import choose_preferences
from identity.journal.actor import Actor, ActorKind
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput, TooMany
from registry.notices.devices import add_device, remove_device, send_test
from registry.notices.models import PushDevice
from registry.notices.preferences import choose_notices, today_of, wish_of
from registry.notices.vapid import public_key
from registry.web.access import signed_in_page
from registry.web.device_names import device_name
from registry.web.forms.notices import NoticesForm, SubscriptionForm

P = ParamSpec("P")
_WORKER: Final = Path(__file__).resolve().parent.parent / "static" / "web" / "js" / "push_worker.js"


def _own_page(view: Callable[Concatenate[HttpRequest, P], HttpResponse]) -> Callable[..., HttpResponseBase]:
    """``signed_in_page``; whoever was signed out while she filled something in is told, and led back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.method == "POST" and not request.user.is_authenticated:
            messages.info(request, _("You were signed out, and nothing was saved. Sign in and try again."))
            return redirect_to_login(reverse("notice_preferences"))
        return cast(HttpResponseBase, signed_in_page(view)(request, *args, **kwargs))

    return guarded


@require_http_methods(["GET", "HEAD", "POST"])
@_own_page
def preferences(request: HttpRequest) -> HttpResponse:
    user, at = cast(User, request.user), now()
    wish = wish_of(user)
    form = NoticesForm(request.POST if request.method == "POST" else None, wish=wish)
    if request.method == "POST" and form.is_valid() and _keep(user, form):
        messages.success(request, _("Saved."))
        return redirect("notice_preferences")
    devices = [(device, sha256(device.endpoint.encode()).hexdigest()) for device in user.push_devices.order_by("id")]
    context: dict[str, Any] = {
        "form": form,
        "devices": devices,
        "subscription": SubscriptionForm(),
        "server_key": public_key(at=at),
        "today": today_of(user, wish, at=at),
        "zone": user.time_zone or timezone.get_current_timezone_name(),
        "list_url": _list_url(),
    }
    return render(request, "console/notices/preferences.html", context, status=422 if form.errors else 200)


@require_POST
@_own_page
def add(request: HttpRequest) -> HttpResponse:
    """The browser's own subscription. Handing the same in twice is once."""
    user, form = cast(User, request.user), SubscriptionForm(request.POST)
    try:
        if not form.is_valid():
            raise InvalidInput("device_refused", "")
        label = device_name(request.headers.get("User-Agent", ""))
        add_device(user=user, label=label, actor=_by(user), at=now(), **form.cleaned_data)
    except InvalidInput:
        messages.error(request, _("This browser gave no push subscription that we can send to. Try again."))
    except Conflict as problem:
        messages.error(request, problem.detail)
    else:
        messages.success(request, _("This device gets your notices now. Send it a test."))
    return redirect("notice_preferences")


@require_POST
@_own_page
def test(request: HttpRequest, device_id: str) -> HttpResponse:
    device = _own(request, device_id)
    try:
        send_test(device=device, at=now())
    except TooMany:
        messages.info(request, _("That is enough tests for today. Questions of your agents are sent all the same."))
    else:
        words = _("A test is on its way to “%(device)s”. It should be there within seconds.")
        messages.success(request, words % {"device": device.label})
    return redirect("notice_preferences")


@require_POST
@_own_page
def remove(request: HttpRequest, device_id: str) -> HttpResponse:
    """Removing what another window has removed already is no problem, and says the same."""
    user = cast(User, request.user)
    device = user.push_devices.filter(pk=device_id).first()
    if device is not None:
        remove_device(device=device, reason="by_person", actor=_by(user), at=now())
    messages.success(request, _("Removed. That device gets nothing any more."))
    return redirect("notice_preferences")


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, from the root so that it may show notices for every page (Service Workers, section 3.1.3).
    It takes nothing into its hands but notices: no page is kept, and none is loaded through it."""
    response = HttpResponse(_WORKER.read_bytes(), content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    response.headers["Service-Worker-Allowed"] = "/"
    return response


@require_safe
def manifest(request: HttpRequest) -> JsonResponse:
    """So that the console can be put on a phone's home screen, which iOS asks for before it shows notices (W3C Web
    Application Manifest)."""
    icons = [{"src": static(f"web/img/icon-{size}.png"), "sizes": f"{size}x{size}"} for size in (192, 512)]
    shown = {
        "name": "Attorn",
        "short_name": "Attorn",
        "id": "/console/",
        "start_url": "/console/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#fbfaf7",
        "theme_color": "#fbfaf7",
        "icons": [{**icon, "type": "image/png", "purpose": "any maskable"} for icon in icons],
    }
    response = JsonResponse(shown, content_type="application/manifest+json")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


def _keep(user: User, form: NoticesForm) -> bool:
    wish = form.wish()
    try:
        choose_notices(user=user, wish=wish)
    except InvalidInput as problem:
        form.add_error(problem.field if problem.field in form.fields else None, problem.detail)
        return False
    if wish.quiet_from is not None and not user.time_zone:  # quiet by the clock that she sees now, in any browser
        zone = timezone.get_current_timezone_name()
        choose_preferences(user=user, language=user.language, time_zone="" if zone == "UTC" else zone)
    return True


def _own(request: HttpRequest, device_id: str) -> PushDevice:
    device = cast(User, request.user).push_devices.filter(pk=device_id).first()
    if device is None:
        raise Http404
    return device


def _by(user: User) -> Actor:
    return Actor(ActorKind.USER, user.pk)


def _list_url() -> str:
    try:
        return reverse("alerts")
    except NoReverseMatch:
        return ""


urlpatterns = [
    path("console/notices/", preferences, name="notice_preferences"),
    path("console/notices/devices/", add, name="notice_device_add"),
    path("console/notices/devices/<str:device_id>/test", test, name="notice_device_test"),
    path("console/notices/devices/<str:device_id>/remove", remove, name="notice_device_remove"),
    path("sw.js", worker, name="push_worker"),
    path("manifest.webmanifest", manifest, name="manifest"),
]
