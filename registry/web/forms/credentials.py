"""Forms about credentials: issue one, pause or end one with a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from identity.agents.limits import DESCRIPTION_LENGTH_MAX
from identity.credentials.checks import CredentialFormat
from identity.credentials.lifecycle import CredentialReason
from identity.credentials.models import CredentialKind
from identity.primitives.multikey import KeyAlgorithm
from registry.web.credential_words import FORMAT_WORDS, REASON_WORDS

_REVOKING = (
    CredentialReason.KEY_COMPROMISED,
    CredentialReason.AFFILIATION_CHANGED,
    CredentialReason.PRIVILEGE_WITHDRAWN,
    CredentialReason.ISSUED_BY_MISTAKE,
    CredentialReason.CESSATION_OF_OPERATION,
)
_SUSPENDING = (CredentialReason.UNDER_REVIEW, CredentialReason.KEY_COMPROMISED, CredentialReason.AFFILIATION_CHANGED)


def _reasons(chosen: tuple[CredentialReason, ...]) -> list[tuple[str, Any]]:
    words = [(str(reason), _first_letter_large(str(REASON_WORDS[reason]))) for reason in chosen]
    return [*words, (str(CredentialReason.UNSPECIFIED), _("Another reason"))]


def _first_letter_large(words: str) -> str:
    return words[:1].upper() + words[1:]


class IssueForm(forms.Form):
    """A credential about an agent: what it says, in which form, for how long."""

    kind = forms.ChoiceField(
        label=_("What it says"),
        initial=CredentialKind.IDENTITY.value,
        widget=forms.RadioSelect,
        choices=[
            (CredentialKind.IDENTITY.value, _("Who the agent is, signed by the registry")),
            (CredentialKind.STATEMENT.value, _("A statement about the agent, signed by your organization")),
        ],
    )
    statement = forms.CharField(
        label=_("Statement"),
        required=False,
        max_length=DESCRIPTION_LENGTH_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only for a statement. Everybody can read it, such as: It may book travel for our staff."),
    )
    format = forms.ChoiceField(
        label=_("Form"),
        initial=CredentialFormat.DATA_INTEGRITY.value,
        choices=[(form.value, words) for form, words in FORMAT_WORDS.items()],
        help_text=_(
            "Take the first unless a verifier asks for another: it carries two proofs, for old and new verifiers."
        ),
    )
    algorithm = forms.ChoiceField(
        label=_("Kind of signature"),
        initial=KeyAlgorithm.ED25519.value,
        choices=[(KeyAlgorithm.ED25519.value, "Ed25519"), (KeyAlgorithm.P256.value, "P-256")],
    )
    days = forms.TypedChoiceField(
        label=_("It counts for"),
        coerce=int,
        initial=365,
        choices=[(1, _("a day")), (7, _("a week")), (30, _("30 days")), (90, _("90 days")), (365, _("a year"))],
        help_text=_("You can revoke it at any time."),
    )

    def choice(self) -> dict[str, Any]:
        """What ``issue_credential`` takes."""
        chosen = self.cleaned_data
        return {
            "kind": CredentialKind(chosen["kind"]),
            "statement": chosen["statement"] if chosen["kind"] == CredentialKind.STATEMENT else "",
            "format": CredentialFormat(chosen["format"]),
            "algorithm": KeyAlgorithm(chosen["algorithm"]),
            "valid_for": timedelta(days=chosen["days"]),
        }


class SuspendCredentialForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why"), choices=lambda: _reasons(_SUSPENDING))


class RevokeCredentialForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why"), choices=lambda: _reasons(_REVOKING))
    understood = forms.BooleanField(label=_("I understand that this cannot be undone"))
