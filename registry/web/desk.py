"""Who may see the operators' pages. To everybody else they do not exist."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from identity.accounts.models import User
from identity.journal.actor import Actor, ActorKind
from registry.web.access import sign_in_first

P = ParamSpec("P")
_SECOND_FACTORS = frozenset({Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN})


def desk_page(view: Callable[Concatenate[HttpRequest, P], HttpResponseBase]) -> Callable[..., Any]:
    """Guard a page at ``/desk/…``: for staff whose session was begun or confirmed with a second factor.

    A stranger gets 404, as for a page that is not there; somebody not signed in is sent to sign in. Staff without a
    second factor are sent to set one up, or to give it: a stolen password alone opens nothing of the registry.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return sign_in_first(request)
        user = request.user
        if not user.is_staff or not user.is_active:
            raise Http404
        if not has_second_factor(request):
            return _ask_for_second_factor(request, user)
        if "%00" in request.META.get("QUERY_STRING", ""):  # PostgreSQL cannot hold it, and no page asks for it
            raise Http404
        response = view(request, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return login_not_required(guarded)


def has_second_factor(request: HttpRequest) -> bool:
    """Whether a passkey or a code was given in this session."""
    records = get_authentication_records(request, request.user)
    return any(record.get("method") == "mfa" and record.get("type") in _SECOND_FACTORS for record in records)


def operator(request: HttpRequest) -> Actor:
    return Actor(ActorKind.OPERATOR, cast(User, request.user).pk)


def _ask_for_second_factor(request: HttpRequest, user: User) -> HttpResponseBase:
    if not Authenticator.objects.filter(user_id=user.pk, type__in=_SECOND_FACTORS).exists():
        messages.warning(request, _("Operators need a second factor. Set one up, then come back."))
        return redirect("mfa_index")
    return redirect(f"{reverse('mfa_reauthenticate')}?{urlencode({'next': request.path})}")
