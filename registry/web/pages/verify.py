"""The public page that verifies what somebody was shown: paste it, choose a file, or scan its code."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from identity.credentials.asking import Asking
from identity.credentials.key_resolution import key_resolver
from identity.credentials.kind_of import is_presentation
from identity.credentials.verify import verify_credential
from identity.credentials.verify_presentation import verify_presentation
from identity.primitives.clock import now
from registry.web.forms.verify import VerifyForm
from registry.web.verdict_view import Verdict
from registry.web.visitors import count_visit

VISITS_PER_MINUTE = 30
HOSTS_MAX = 3  # a page without a sign-in asks fewer strangers' hosts than the API
# The one page that may use the camera, and only itself: no frame inside it.
_PERMISSIONS = "camera=(self), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def verify_page(request: HttpRequest) -> HttpResponse:
    """The form, and under it the verdict on what was sent. Nothing is kept: neither the text nor the verdict."""
    if request.method != "POST":
        return _page(request, VerifyForm())
    count_visit(request, to="verify", per_minute=VISITS_PER_MINUTE)
    form = VerifyForm(request.POST, request.FILES, file_too_large=getattr(request, "file_too_large", False))
    if not form.is_valid():
        return _page(request, form, status=400)
    values = form.cleaned_data
    return _page(
        request,
        form,
        verdict=_verdict(values["credential"], challenge=values["challenge"] or None, domain=values["domain"] or None),
    )


def _verdict(text: str, *, challenge: str | None, domain: str | None) -> Verdict:
    at = now()
    questions = Asking(at=at, key_for=key_resolver(at=at, hosts_max=HOSTS_MAX))
    if is_presentation(text):
        verification = verify_presentation(text, challenge=challenge, domain=domain, at=at, questions=questions)
        was_asked_for = challenge is not None and domain is not None
        return Verdict(verification, is_presentation=bool(verification.credentials), was_asked_for=was_asked_for)
    return Verdict(verify_credential(text, at=at, questions=questions))


def _page(request: HttpRequest, form: VerifyForm, *, verdict: Verdict | None = None, status: int = 200) -> HttpResponse:
    response = render(request, "public/verify/page.html", {"form": form, "verdict": verdict}, status=status)
    response.headers["Permissions-Policy"] = _PERMISSIONS
    return response


urlpatterns = [path("verify", verify_page, name="verify")]
