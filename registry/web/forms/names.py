"""What people type about zones, names, records and transfers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from identity.accounts.models import Organization
from identity.agents.models import Agent, AgentStatus
from identity.primitives.ids import ID_LENGTH_MAX
from registry.directory.limits import (
    LABEL_OCTETS_MAX,
    RECORD_VALUE_BYTES_MAX,
    RECORDS_PER_NAME_MAX,
    TERM_YEARS_AHEAD_MAX,
    TTL_SECONDS_MAX,
    TTL_SECONDS_MIN,
)
from registry.directory.models import TTL_SECONDS_DEFAULT, RecordType, ZoneKind
from registry.directory.records import RecordForm as RecordValue

BLANK_ROWS = 3
_PLAIN = {"spellcheck": "false", "autocomplete": "off", "autocapitalize": "off"}


class ZoneForm(forms.Form):
    label = forms.CharField(
        label=_("Zone"),
        max_length=LABEL_OCTETS_MAX,
        widget=forms.TextInput(attrs=_PLAIN),
        help_text=_("One word for your organization, such as acme. Its names then read concierge.acme."),
    )


class RegisterForm(forms.Form):
    """A label in one of the organization's zones, and the agent it stands for."""

    label = forms.CharField(label=_("Name"), max_length=LABEL_OCTETS_MAX, widget=forms.TextInput(attrs=_PLAIN))
    zone: forms.ModelChoiceField[Any] = forms.ModelChoiceField(label=_("In the zone"), queryset=None, empty_label=None)
    agent: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        label=_("Stands for"), queryset=None, required=False, empty_label=_("Nobody yet"), to_field_name="id"
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        zones: Any = self.fields["zone"]
        zones.queryset = organization.zones.exclude(kind=ZoneKind.DIRECTORY).order_by("kind", "label")
        agents: Any = self.fields["agent"]
        agents.queryset = living_agents(organization)


class PointForm(forms.Form):
    agent: forms.ModelChoiceField[Any] = forms.ModelChoiceField(
        label=_("Stands for"), queryset=None, required=False, empty_label=_("Nobody"), to_field_name="id"
    )
    ttl_seconds = forms.IntegerField(
        label=_("TTL in seconds"),
        min_value=TTL_SECONDS_MIN,
        max_value=TTL_SECONDS_MAX,
        help_text=_("How long others may keep an answer before they ask again."),
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agents: Any = self.fields["agent"]
        agents.queryset = living_agents(organization)


class RenewForm(forms.Form):
    years = forms.TypedChoiceField(
        label=_("For"), coerce=int, choices=[(years, years) for years in range(1, TERM_YEARS_AHEAD_MAX + 1)]
    )


class TransferForm(forms.Form):
    to = forms.CharField(
        label=_("To the organization"),
        max_length=ID_LENGTH_MAX,
        widget=forms.TextInput(attrs={"placeholder": "org_…", **_PLAIN}),
        help_text=_("Its id; the other side finds it in its settings."),
    )


class AcceptForm(forms.Form):
    code = forms.CharField(label=_("Transfer code"), max_length=64, widget=forms.TextInput(attrs=_PLAIN))


class RecordForm(forms.Form):
    """One row of the editor; a row without a value is no record."""

    type = forms.ChoiceField(label=_("Type"), choices=[(kind, kind) for kind in RecordType.values])
    value = forms.CharField(
        label=_("Value"), max_length=RECORD_VALUE_BYTES_MAX, required=False, widget=forms.TextInput(attrs=_PLAIN)
    )
    ttl_seconds = forms.IntegerField(
        label=_("TTL"), min_value=TTL_SECONDS_MIN, max_value=TTL_SECONDS_MAX, initial=TTL_SECONDS_DEFAULT
    )


RecordFormSet = formset_factory(
    RecordForm,
    extra=BLANK_ROWS,
    max_num=RECORDS_PER_NAME_MAX,
    validate_max=True,
    absolute_max=RECORDS_PER_NAME_MAX + BLANK_ROWS,
)


def filled_rows(formset: BaseFormSet[RecordForm]) -> list[tuple[RecordForm, RecordValue]]:
    """The rows that hold a value, each with the record it asks for; the formset is valid."""
    return [
        (form, RecordValue(**{name: form.cleaned_data[name] for name in ("type", "value", "ttl_seconds")}))
        for form in formset.forms
        if form.cleaned_data.get("value")
    ]


def living_agents(organization: Organization) -> Any:
    return Agent.objects.filter(organization=organization).exclude(status=AgentStatus.DEACTIVATED).order_by("id")
