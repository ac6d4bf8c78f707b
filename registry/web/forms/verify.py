"""What a visitor wants verified: a text, a file, or a link to a credential of this registry."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from identity.credentials.limits import CREDENTIAL_BYTES_MAX
from identity.credentials.models import Credential
from registry.web.credential_view import is_public

_ASKED_LENGTH_MAX = 500


class VerifyForm(forms.Form):
    """``cleaned_data["credential"]`` is the text to verify, wherever it came from."""

    text = forms.CharField(
        label=_("Credential or presentation"),
        required=False,
        max_length=CREDENTIAL_BYTES_MAX,
        widget=forms.Textarea(
            attrs={"rows": 9, "class": "mono", "spellcheck": "false", "autocomplete": "off", "autocapitalize": "off"}
        ),
        help_text=_("JSON, a token that begins with ey, or the link to a credential of this registry."),
    )
    file = forms.FileField(label=_("Or a file"), required=False, help_text=_("At most 256 KiB."))
    challenge = forms.CharField(
        label=_("Challenge you asked with"),
        required=False,
        max_length=_ASKED_LENGTH_MAX,
        help_text=_("For a presentation: it must answer exactly this, or it may be an old one shown again."),
    )
    domain = forms.CharField(
        label=_("Domain you asked for"),
        required=False,
        max_length=_ASKED_LENGTH_MAX,
        help_text=_("For a presentation: it must be meant for you and nobody else."),
    )

    def __init__(self, *args: Any, file_too_large: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.file_too_large = file_too_large

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.file_too_large:
            raise ValidationError({"file": _("The file is larger than 256 KiB; no credential is.")})
        text = _decoded(values["file"].read()) if values.get("file") else values.get("text", "").strip()
        if not text:
            raise ValidationError({"text": _("Paste something, or choose a file.")})
        values["credential"] = _linked(text) or text
        return values


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        raise ValidationError({"file": _("The file is no text. A credential is JSON or a token.")}) from error


def _linked(text: str) -> str | None:
    """The credential that a link to this registry means, as its QR code says it; None for anything else. No other
    address is ever opened: a link is the visitor's word, and would be a request in our name."""
    link = re.fullmatch(rf"{re.escape(settings.PUBLIC_URL)}/c/([a-z0-9_]{{1,32}})/?", text)
    if link is None:
        if re.fullmatch(r"https?://\S+", text):
            raise ValidationError({"text": _("Only links to credentials of this registry are opened.")})
        return None
    credential = Credential.objects.filter(pk=link[1]).first()
    if credential is None or not is_public(credential):
        raise ValidationError({"text": _("This registry shows no credential at this address.")})
    return credential.text
