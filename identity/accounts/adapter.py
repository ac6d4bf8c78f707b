"""What django-allauth asks us about logins."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from identity.accounts.models import User


def display_of(user: User) -> str:
    """What a person is called on her own pages."""
    return str(user)


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Logins have no user name: an address and, if she likes, what she is called."""

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> Any:
        user = super().save_user(request, user, form, commit=False)
        user.display_name = form.cleaned_data.get("display_name", "")
        if commit:
            user.save()
        return user
