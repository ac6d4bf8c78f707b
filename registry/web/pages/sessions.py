"""The account at a glance: who is signed in, how the account is protected, where it is signed in."""

from __future__ import annotations

from typing import cast

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from identity.accounts.models import User
from identity.accounts.people import DISPLAY_NAME_LENGTH_MAX, rename_person
from identity.journal.actor import Actor, ActorKind
from identity.primitives.clock import now
from identity.primitives.errors import InvalidInput
from registry.web.access import signed_in_page


class NameForm(forms.Form):
    display_name = forms.CharField(
        label=gettext_lazy("Your name"),
        required=False,
        max_length=DISPLAY_NAME_LENGTH_MAX,
        help_text=gettext_lazy("Shown to the public where you answer for an agent yourself."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
def overview(request: HttpRequest) -> HttpResponse:
    user = cast(User, request.user)
    form = NameForm(request.POST if request.method == "POST" else None, initial={"display_name": user.display_name})
    if request.method == "POST" and form.is_valid() and _rename(user, form):
        messages.success(request, _("Saved."))
        return redirect("account_overview")
    factors = list(Authenticator.objects.filter(user_id=user.pk).values_list("type", flat=True))
    page = {
        "form": form,
        "email": EmailAddress.objects.filter(user_id=user.pk, primary=True).first(),
        "passkeys": factors.count(Authenticator.Type.WEBAUTHN),
        "has_totp": Authenticator.Type.TOTP in factors,
        "lacks_recovery": bool(factors) and Authenticator.Type.RECOVERY_CODES not in factors,
        "has_password": user.has_usable_password(),
        "sessions": len(UserSession.objects.purge_and_list(user)),
        "memberships": user.memberships.select_related("organization").order_by("id")[:100],
    }
    return render(request, "account/overview.html", page)


def _rename(user: User, form: NameForm) -> bool:
    try:
        rename_person(
            user=user,
            display_name=form.cleaned_data["display_name"],
            actor=Actor(ActorKind.USER, user.pk),
            at=now(),
        )
    except InvalidInput as problem:
        form.add_error("display_name", problem.detail)
        return False
    return True


urlpatterns = [path("accounts/", overview, name="account_overview")]
