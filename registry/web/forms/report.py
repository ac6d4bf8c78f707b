"""What somebody reports about an agent, and what she adds as evidence."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from identity.primitives.ids import ID_LENGTH_MAX
from registry.web.forms.agents import checked
from registry.web.forms.offered import offer
from reputation.moderation.attachments import check_attachment
from reputation.moderation.limits import ATTACHMENT_BYTES_MAX, ATTACHMENTS_PER_REPORT_MAX, REPORT_TEXT_LENGTH_MAX
from reputation.moderation.models import NON_PAYMENT_ABUSE, PURCHASE_KINDS, VISITOR_KINDS, ReportKind

_MEBIBYTE = 1_048_576
_KIND_WORDS = {
    ReportKind.NON_PAYMENT: _("It did not pay for what it ordered"),
    ReportKind.GOODS_MISUSE: _("It misused goods or services"),
    ReportKind.MANDATE_VIOLATION: _("It went beyond its authority, or tried to"),
    ReportKind.FRAUD: _("It deceived"),
    ReportKind.DISPUTE: _("A purchase is disputed"),
    ReportKind.REFUND_FOR_CAUSE: _("A refund was due for a reason"),
    ReportKind.SERVICE_FAILURE: _("It did not do what it promised"),
    ReportKind.IMPERSONATION: _("It passes itself off as somebody else"),
    ReportKind.SPAM: _("It sends what nobody asked for"),
    ReportKind.MALICIOUS_CARD: _("Its card or endpoint does harm"),
}


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class SeveralFilesField(forms.FileField):
    """``cleaned_data`` is a list of uploaded files, empty when none was chosen."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        chosen = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(SeveralFilesField, self).clean(each, initial) for each in chosen]


class ReportForm(forms.Form):
    """``reporters`` are those the signed-in person may speak for, as (value, name); none for a visitor, who may report
    what needs neither a purchase nor a sign-in. ``evidence`` in ``cleaned_data`` is a list of (name, bytes)."""

    kind = forms.ChoiceField(label=_("What happened"), choices=[])
    reporter = forms.ChoiceField(label=_("You speak for"), choices=[])
    authorization = forms.CharField(
        label=_("Which purchase"),
        required=False,
        max_length=ID_LENGTH_MAX,
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false", "autocomplete": "off"}),
        help_text=_("Its id begins with aut_ and stands on your receipt. Not needed for what is no purchase."),
    )
    text = forms.CharField(
        label=_("What you saw"),
        max_length=REPORT_TEXT_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("What was agreed, what the agent did, when. Operators read it; it is not published."),
    )
    contact = forms.EmailField(
        label=_("Your e-mail address"),
        required=False,
        help_text=_("If you want to be asked back. Nobody but operators sees it."),
    )
    evidence = SeveralFilesField(
        label=_("Evidence"),
        required=False,
        help_text=_("At most 5 files of 1 MiB: pictures (PNG, JPEG), PDF, plain text, JSON, e-mails (EML)."),
    )

    def __init__(
        self, *args: Any, reporters: list[tuple[str, str]], file_too_large: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.file_too_large = file_too_large
        self.is_visitor = not reporters
        self._offer_kinds()
        if reporters:
            offer(self, "reporter", reporters)
            del self.fields["contact"]
        else:
            del self.fields["reporter"], self.fields["authorization"], self.fields["evidence"]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if self.file_too_large:
            most = {"size": ATTACHMENT_BYTES_MAX // _MEBIBYTE, "count": ATTACHMENTS_PER_REPORT_MAX}
            said = _("A file is larger than %(size)s MiB, or there are more than %(count)s.") % most
            raise ValidationError({"evidence": said} if "evidence" in self.fields else said)
        if values.get("kind") in PURCHASE_KINDS and not values.get("authorization", "").strip():
            raise ValidationError({"authorization": _("A report about a purchase says which one it was.")})
        return values

    def clean_evidence(self) -> list[tuple[str, bytes]]:
        """Name and bytes of each file; what a file is, its own bytes say."""
        files: list[tuple[str, bytes]] = []
        for each in self.cleaned_data["evidence"]:
            content = each.read()
            checked(check_attachment, content)
            files.append((each.name or "", content))
        return files

    def _offer_kinds(self) -> None:
        other = VISITOR_KINDS if self.is_visitor else NON_PAYMENT_ABUSE
        groups = [(_("Without a purchase"), other)]
        if not self.is_visitor:
            groups.insert(0, (_("About a purchase of yours"), PURCHASE_KINDS))
        kinds_by_title = [
            (title, [(kind.value, words) for kind, words in _KIND_WORDS.items() if kind in kinds])
            for title, kinds in groups
        ]
        offer(self, "kind", kinds_by_title)
