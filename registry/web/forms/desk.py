"""What operators fill in about reports and cases. The rules behind check again; limits here only save a round trip."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from identity.accounts.models import Organization, User
from identity.agents.models import Agent
from registry.directory.models import Name
from reputation.moderation.limits import CASE_NOTE_LENGTH_MAX, CASE_WORDS_LENGTH_MAX
from reputation.moderation.models import CaseOutcome, Finding
from reputation.scoring.formula import SEVERITY, SeverityKind

SEVERITY_WORDS: dict[str, Any] = {
    SeverityKind.SERVICE_FAILURE: _("Service failure"),
    SeverityKind.REFUND_FOR_CAUSE: _("Refund for cause"),
    SeverityKind.DISPUTE: _("Dispute upheld"),
    SeverityKind.MANDATE_VIOLATION: _("Attempt to go beyond its authority"),
    SeverityKind.FRAUD: _("Confirmed fraud"),
}
FINDING_WORDS: dict[str, Any] = {
    Finding.UPHELD: _("Upheld: it happened as reported"),
    Finding.DISMISSED: _("Not proven: nobody is harmed by it"),
    Finding.UNFOUNDED: _("Unfounded: reported without any ground"),
}
OUTCOME_WORDS: dict[str, Any] = {
    CaseOutcome.MEASURES_TAKEN: _("Measures were taken"),
    CaseOutcome.NO_MEASURE: _("No measure was needed"),
    CaseOutcome.UNFOUNDED: _("Nothing was found"),
}
_PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


def words_field(label: Any, *, required: bool = False, help_text: Any = "") -> forms.CharField:
    """A sentence or two of an operator."""
    return forms.CharField(
        label=label,
        max_length=CASE_WORDS_LENGTH_MAX,
        required=required,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=help_text,
    )


class OpenCaseForm(forms.Form):
    about = forms.CharField(
        label=_("Agent or organization"),
        max_length=300,
        widget=forms.TextInput(attrs={"class": "mono", **_PLAIN}),
        help_text=_("A name such as concierge.acme, a DID, or an id that begins with agt_ or org_."),
    )
    summary = words_field(
        _("What it is about"),
        required=True,
        help_text=_("For the operators who read the case. The organization learns that there is a case, not this."),
    )

    def clean_about(self) -> tuple[Agent | None, Organization | None]:
        """Operators may know what exists, so what names nothing is told."""
        words = str(self.cleaned_data["about"]).strip()
        organization = Organization.objects.filter(pk=words).first() if words.startswith("org_") else None
        agent = None if organization else _agent_called(words)
        if agent is None and organization is None:
            raise ValidationError(_("No agent and no organization is called this."))
        return agent, organization


def _agent_called(words: str) -> Agent | None:
    agent = Agent.objects.filter(Q(pk=words) | Q(did=words)).first()
    if agent is not None:
        return agent
    name = Name.objects.select_related("agent").filter(fqn=words.lower()).first()
    return name.agent if name else None


class AssignForm(forms.Form):
    assignee = forms.ModelChoiceField(
        label=_("Operator"), queryset=User.objects.none(), required=False, empty_label=_("nobody: put it back")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["assignee"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = User.objects.filter(is_staff=True, is_active=True).order_by("display_name", "pk")


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Note"), max_length=CASE_NOTE_LENGTH_MAX, widget=forms.Textarea(attrs={"rows": 3}), strip=True
    )


class CloseCaseForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Outcome"), choices=list(OUTCOME_WORDS.items()), widget=forms.RadioSelect)
    closing_words = words_field(_("In a sentence"), required=True, help_text=_("Only operators read it."))


class FindingForm(forms.Form):
    """``in_case`` says whether the report may be upheld: only a case can do that."""

    finding = forms.ChoiceField(label=_("Finding"), widget=forms.RadioSelect)
    severity = forms.ChoiceField(label=_("If upheld: what it was"), required=False)
    words = words_field(_("Why"), help_text=_("For the file. The reporter is told the finding, not these words."))

    def __init__(self, *args: Any, in_case: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = [(value, words) for value, words in FINDING_WORDS.items() if in_case or value != Finding.UPHELD]
        self.fields["finding"] = forms.ChoiceField(label=_("Finding"), choices=found, widget=forms.RadioSelect)
        if in_case:
            self.fields["severity"] = forms.ChoiceField(
                label=_("If upheld: what it was"),
                required=False,
                choices=[("", _("does not apply")), *severity_choices()],
                help_text=_("The weight is what the score counts, times the reporter's own weight."),
            )
        else:
            del self.fields["severity"]


def severity_choices() -> list[tuple[str, str]]:
    """Each with its weight in the score."""
    return [
        (kind.value, gettext("%(words)s (weight %(n)g)") % {"words": SEVERITY_WORDS[kind], "n": SEVERITY[kind]})
        for kind in SeverityKind
    ]


class LeaveOutForm(forms.Form):
    why_left_out = words_field(_("Why it is left out"), required=True)
