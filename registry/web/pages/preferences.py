"""How somebody likes to read: the language switch at the foot of every page, and her preferences in the account."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path
from django.utils import timezone, translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from identity.accounts.clock_face import show_clock
from identity.accounts.models import Clock, Language, User
from identity.accounts.preferences import choose_preferences, is_zone, zones_to_choose
from identity.primitives.clock import now
from registry.web.access import signed_in_page

YEAR_SECONDS = 365 * 24 * 3600


class PreferencesForm(forms.Form):
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        required=False,
        choices=[("", gettext_lazy("As my browser asks")), *Language.choices],
    )
    time_zone = forms.CharField(
        label=gettext_lazy("Time zone"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("Such as Europe/Berlin. Leave it empty to follow the clock of your device."),
        widget=forms.TextInput(attrs={"list": "zones", "autocomplete": "off", "spellcheck": "false"}),
    )

    clock = forms.ChoiceField(label=gettext_lazy("Clock"), required=False, choices=Clock.choices)

    def clean_time_zone(self) -> str:
        name: str = self.cleaned_data["time_zone"].strip().replace(" ", "_")
        if name and not is_zone(name):
            raise forms.ValidationError(_("No time zone is called that. Write it as Europe/Berlin."), code="zone")
        return name


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
def preferences(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    chosen = {"language": user.language, "time_zone": user.time_zone, "clock": user.clock or Clock.TWENTY_FOUR}
    form = PreferencesForm(request.POST if request.method == "POST" else None, initial=chosen)
    if request.method == "POST" and form.is_valid():
        choose_preferences(user=user, **form.cleaned_data)
        translation.activate(user.language or translation.get_language_from_request(request))
        show_clock(user.clock)
        messages.success(request, _("Saved."))
        return _keep_language(request, redirect("account_preferences"), user.language)
    page: dict[str, Any] = {
        "form": form,
        "zones": zones_to_choose(),
        "now": now(),
        "zone": timezone.get_current_timezone_name(),
        "chosen": user.time_zone,
    }
    return render(request, "account/preferences.html", page)


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the choice in a cookie, and with the login if there is one, and go back. An address on another site is
    refused (open redirect)."""
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = "/"
    language = request.POST.get("language", "")
    if language not in Language.values:
        return HttpResponseRedirect(back)
    if isinstance(request.user, User):
        choose_preferences(user=request.user, language=language, time_zone=request.user.time_zone)
    return _keep_language(request, HttpResponseRedirect(back), language)


def _keep_language(request: HttpRequest, response: HttpResponse, language: str) -> HttpResponse:
    """In a cookie, so that the pages before signing in speak it too; empty forgets it."""
    if language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=YEAR_SECONDS,
            samesite="Lax",
            secure=request.is_secure(),
            httponly=True,
        )
    else:
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
    return response


urlpatterns = [
    path("language/", choose_language, name="language"),
    path("accounts/preferences/", preferences, name="account_preferences"),
]
