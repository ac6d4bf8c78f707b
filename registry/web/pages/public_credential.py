"""A credential's public page: what it says, what every check of it gives at this moment, and its bytes to take away."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from identity.credentials.models import Credential, Standing
from identity.credentials.verify import verify_credential
from identity.primitives.clock import now
from registry.web.credential_view import CredentialView, check_rows, is_public
from registry.web.pages.credentials import download
from registry.web.qr import qr_svg


@never_cache
@require_safe
def credential(request: HttpRequest, credential_id: str) -> HttpResponse:
    """Checked anew for every reader: a page that remembers a verdict would go on saying yes after a revocation."""
    view = _view(credential_id)
    verification = verify_credential(view.credential.text, at=now())
    context = {
        "shown": view,
        "agent": view.credential.agent,
        "organization": view.credential.organization,
        "counts": verification.is_verified and view.standing == Standing.ACTIVE,
        "checks": check_rows(verification),
        "qr": qr_svg(view.public_url, label=_("QR code of this page")),
    }
    return render(request, "public/credential.html", context)


@require_safe
def document(request: HttpRequest, credential_id: str) -> HttpResponse:
    return download(_view(credential_id))


def _view(credential_id: str) -> CredentialView:
    """One that is not for everybody is not there, word for word as an id that names nothing."""
    rows = Credential.objects.select_related("agent", "organization", "status_entry")
    found = rows.filter(pk=credential_id[:32]).first()
    if found is None or not is_public(found):
        raise Http404
    return CredentialView(found, now())


urlpatterns = [
    path("c/<str:credential_id>", credential, name="credential"),
    path("c/<str:credential_id>/document", document, name="credential_document"),
]
