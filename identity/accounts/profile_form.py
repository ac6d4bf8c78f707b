"""What every way of signing up asks besides the address: allauth builds its sign-up forms on this one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from identity.accounts.people import DISPLAY_NAME_LENGTH_MAX, checked_display_name
from identity.primitives.errors import InvalidInput


class ProfileForm(forms.Form):
    display_name = forms.CharField(
        label=_("Your name"),
        max_length=DISPLAY_NAME_LENGTH_MAX,
        required=False,
        help_text=_("Shown to the public where you answer for an agent yourself. Your e-mail address never is."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )

    field_order = ("email", "display_name", "password1")

    def clean_display_name(self) -> str:
        try:
            return checked_display_name(self.cleaned_data["display_name"])
        except InvalidInput as problem:
            raise forms.ValidationError(problem.detail) from problem

    def signup(self, request: Any, user: Any) -> None:
        """allauth calls this after saving; ``AccountAdapter.save_user`` has kept the name already."""
