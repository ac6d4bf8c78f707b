"""Forms for passkeys that differ from django-allauth's own in their words and first values."""

from __future__ import annotations

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm, SignupWebAuthnForm
from django.utils.translation import gettext_lazy as _


class AddPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A further passkey: one that signs in alone, unless its owner wants it as a second factor only."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word_name(self)
        self.fields["passwordless"].initial = True
        self.fields["passwordless"].label = _("Sign in with this key alone, without a password")
        self.fields["passwordless"].help_text = _("The key must then ask for your finger, face or PIN.")


class FirstPasskeyForm(SignupWebAuthnForm):  # type: ignore[misc]
    """The passkey somebody signs up with."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _word_name(self)


def _word_name(form: Any) -> None:
    form.fields["name"].label = _("Name of this passkey")
    form.fields["name"].help_text = _("So that you can tell your keys apart later.")
