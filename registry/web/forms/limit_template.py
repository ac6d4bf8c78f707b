"""Limits with a name, asked as a delegation's are."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import gettext_lazy as _

from identity.accounts.models import Organization
from identity.delegation.constraints import parse_constraints
from identity.delegation.limits import TEMPLATE_NAME_LENGTH_MAX
from identity.delegation.models import LimitTemplate
from identity.delegation.templates import Offer
from registry.web.forms.delegation_change import GROUPS, opened_limits
from registry.web.forms.delegations import DAYS, DelegationForm
from registry.web.forms.offered import offer
from registry.web.lending_words import PEOPLE


class LimitTemplateForm(DelegationForm):
    """A valid one makes an ``offer``."""

    name = forms.CharField(
        label=_("Name"), max_length=TEMPLATE_NAME_LENGTH_MAX, help_text=_("Such as “Office supplies, 200 EUR a month”.")
    )
    roles = forms.MultipleChoiceField(
        label=_("Offered to"),
        required=False,
        choices=list(PEOPLE.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked: everybody who lends."),
    )
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, organization: Organization, template: LimitTemplate | None, **kwargs: Any) -> None:
        super().__init__(*args, organization=organization, initial=_initial(template), **kwargs)
        del self.fields["agent"], self.fields["preset"]
        self.fields["purpose"].help_text = _("Stands in what is signed; everybody who checks the delegation reads it.")
        if template is not None and str(template.days) not in dict(DAYS):
            offer(self, "days", [(str(template.days), str(template.days)), *DAYS])

    def offer(self) -> Offer:
        return Offer(
            name=self.cleaned_data["name"],
            roles=self.cleaned_data["roles"],
            constraints=self.cleaned_data["constraints"],
            days=int(self.cleaned_data["days"]),
            max_further_depth=int(self.cleaned_data["max_further_depth"]),
        )

    @property
    def groups(self) -> list[tuple[str, list[Any]]]:
        named = ("named", [self["name"], self["roles"], self["purpose"]])
        rest = [
            (key, [self[name] for name in names if name != "purpose" and name in self.fields]) for key, names in GROUPS
        ]
        return [named, *rest]


def _initial(template: LimitTemplate | None) -> dict[str, Any]:
    zone = get_current_timezone_name()
    if template is None:
        return {"timezone": zone, "currency": "EUR", "ask_new_vendor": True}
    opened, _kept = opened_limits(parse_constraints(template.constraints))
    return {
        "timezone": zone,
        **opened,
        "name": template.name,
        "roles": template.roles,
        "days": str(template.days),
        "max_further_depth": str(template.max_further_depth),
        "seen": template.version,
    }
