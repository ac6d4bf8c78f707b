"""What people type about an agent. Each field is checked by the rule itself, so form and API never disagree."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from identity.accounts.models import Organization
from identity.agents import profile
from identity.agents.keys import RevocationReason
from identity.agents.lifecycle import DeactivationReason, SuspensionReason
from identity.agents.limits import DESCRIPTION_LENGTH_MAX, DISPLAY_NAME_LENGTH_MAX, HOMEPAGE_LENGTH_MAX
from identity.agents.proof_text import KEY_TEXT_LENGTH_MAX, read_public_key, read_signature
from identity.primitives.errors import AttornError
from registry.directory.models import NAME_LENGTH_MAX
from registry.directory.named_agent import refuse_unavailable_name

_MONO = {"class": "mono", "spellcheck": "false", "autocomplete": "off", "autocapitalize": "off"}


def checked(rule: Callable[..., Any], *values: Any) -> Any:
    """The rule's answer; its refusal becomes the field's error."""
    try:
        return rule(*values)
    except AttornError as refusal:
        raise ValidationError(refusal.detail, code=refusal.code) from refusal


class ProfileForm(forms.Form):
    """What an agent says of itself."""

    display_name = forms.CharField(label=_("Display name"), max_length=DISPLAY_NAME_LENGTH_MAX)
    description = forms.CharField(
        label=_("Description"),
        max_length=DESCRIPTION_LENGTH_MAX,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What it does, in a sentence or two. Everybody can read it."),
    )
    capabilities = forms.CharField(
        label=_("Capabilities"),
        required=False,
        max_length=2_200,
        help_text=_("Lower-case words joined by hyphens, such as book-flights; separate them by commas."),
    )
    homepage = forms.CharField(
        label=_("Home page"),
        max_length=HOMEPAGE_LENGTH_MAX,
        required=False,
        help_text=_("Starts with https://"),
        widget=forms.URLInput(),
    )

    def clean_display_name(self) -> str:
        return str(checked(profile.clean_display_name, self.cleaned_data["display_name"]))

    def clean_description(self) -> str:
        return str(checked(profile.clean_description, self.cleaned_data["description"]))

    def clean_capabilities(self) -> list[str]:
        words = [word for word in re.split(r"[,\s]+", self.cleaned_data["capabilities"]) if word]
        return list(checked(profile.clean_capabilities, words))

    def clean_homepage(self) -> str:
        return str(checked(profile.clean_homepage, self.cleaned_data["homepage"]))


class KeyForm(forms.Form):
    """A public key whose control is to be proven."""

    public_key = forms.CharField(
        label=_("Public key"),
        max_length=KEY_TEXT_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 4, **_MONO, "placeholder": "-----BEGIN PUBLIC KEY-----"}),
        help_text=_("PEM or Multikey, Ed25519 or P-256. Never the private key."),
    )

    def clean_public_key(self) -> Any:
        return checked(read_public_key, self.cleaned_data["public_key"])


class RegisterForm(ProfileForm, KeyForm):
    """A new agent: what it says of itself, a name if it should have one at once, and its first key."""

    name = forms.CharField(label=_("Name in the directory"), max_length=NAME_LENGTH_MAX, required=False)

    field_order = ["display_name", "name", "description", "capabilities", "homepage", "public_key"]

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organization = organization

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"]).strip()
        if name:
            checked(refuse_unavailable_name, self.organization, name)
        return name


class RotateForm(KeyForm):
    """A new key in the place of an old one."""

    overlap_seconds = forms.TypedChoiceField(
        label=_("The old key stays valid for"),
        coerce=int,
        initial=86_400,
        choices=[
            (0, _("no time: it ends at once")),
            (3_600, _("an hour")),
            (86_400, _("a day")),
            (604_800, _("a week")),
            (2_592_000, _("30 days")),
        ],
        help_text=_("Long enough for whoever keeps a copy of the old key to fetch the new one."),
    )


class SignatureForm(forms.Form):
    signature = forms.CharField(
        label=_("Signature"),
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 3, **_MONO}),
        help_text=_("What the command printed: base64, 64 bytes."),
    )

    def clean_signature(self) -> bytes:
        return bytes(checked(read_signature, self.cleaned_data["signature"]))


class RevokeForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Why"),
        choices=[
            (RevocationReason.SUPERSEDED.value, _("Replaced by another key")),
            (RevocationReason.COMPROMISED.value, _("Somebody else may hold it")),
            (RevocationReason.CESSATION_OF_OPERATION.value, _("No longer in use")),
            (RevocationReason.UNSPECIFIED.value, _("Another reason")),
        ],
    )


class SuspendForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Why"),
        choices=[
            (SuspensionReason.MAINTENANCE.value, _("Maintenance")),
            (SuspensionReason.KEY_COMPROMISED.value, _("Somebody else may hold its key")),
            (SuspensionReason.MISBEHAVIOUR.value, _("It does not behave as it should")),
            (SuspensionReason.UNSPECIFIED.value, _("Another reason")),
        ],
        help_text=_("Shown to everybody who resolves the agent."),
    )


class DeactivateForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Why"),
        choices=[
            (DeactivationReason.CESSATION_OF_OPERATION.value, _("It is no longer in use")),
            (DeactivationReason.REPLACED.value, _("Another agent replaces it")),
            (DeactivationReason.KEY_COMPROMISED.value, _("Somebody else may hold its key")),
            (DeactivationReason.REGISTERED_BY_MISTAKE.value, _("It was registered by mistake")),
            (DeactivationReason.UNSPECIFIED.value, _("Another reason")),
        ],
        help_text=_("Shown to everybody who resolves the agent."),
    )
    understood = forms.BooleanField(label=_("I understand that this cannot be undone"))
