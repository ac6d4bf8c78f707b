"""Forms of who answers: a group of approvers, and an absence with its stand-in."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils.timezone import get_current_timezone, localdate
from django.utils.translation import gettext_lazy as _

from identity.accounts.models import Membership
from identity.delegation.limits import ABSENCE_DAYS_MAX, GROUP_NAME_LENGTH_MAX
from identity.delegation.models import ApproverGroup
from registry.web.forms.offered import offer


class ApproverGroupForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=GROUP_NAME_LENGTH_MAX, help_text=_("Such as Finance. Only your own people see it.")
    )
    people = forms.MultipleChoiceField(
        label=_("Who is in it"),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Those whose role answers questions: owners, administrators and approvers."),
        error_messages={"required": _("Tick at least one person.")},
    )
    needed = forms.IntegerField(
        label=_("How many of them have to agree"),
        min_value=1,
        initial=2,
        help_text=_("Whoever lent the authority does not count: others judge its use."),
    )

    def __init__(self, *args: Any, members: list[Membership], group: ApproverGroup | None = None, **more: Any) -> None:
        if group is not None:
            seats = list(group.seats.values_list("membership_id", flat=True))
            more["initial"] = {"name": group.name, "needed": group.needed, "people": seats}
        super().__init__(*args, **more)
        offer(self, "people", [(member.pk, str(member.user)) for member in members])

    def given(self) -> dict[str, Any]:
        """As the use cases take it."""
        return {name: self.cleaned_data[name] for name in ("name", "needed", "people")}


class AbsenceForm(forms.Form):
    """Whole days on the reader's own clock: the first from its beginning, the last to its end."""

    person = forms.ChoiceField(label=_("Who is away"))
    stand_in = forms.ChoiceField(label=_("Who stands in"), help_text=_("Somebody whose role answers questions."))
    first_day = forms.DateField(label=_("First day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))
    last_day = forms.DateField(label=_("Last day"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"))

    def __init__(
        self, *args: Any, mine: Membership, may_set_others: bool, members: list[Membership], **more: Any
    ) -> None:
        today, others = localdate(), [member for member in members if member.pk != mine.pk]
        week = {"first_day": today, "last_day": today + timedelta(days=6)}
        more.setdefault("initial", {"person": mine.pk, "stand_in": others[0].pk if others else "", **week})
        super().__init__(*args, **more)
        self._members = {member.pk: member for member in members}
        away = [member for member in members if may_set_others or member.pk == mine.pk]
        offer(self, "person", [(member.pk, str(member.user)) for member in away])
        offered = members if may_set_others else others
        offer(self, "stand_in", [(member.pk, str(member.user)) for member in offered])
        for name in ("first_day", "last_day"):
            self.fields[name].widget.attrs |= {"min": f"{today}", "max": f"{today + timedelta(days=ABSENCE_DAYS_MAX)}"}
        if len(away) == 1:
            self.fields["person"].widget = forms.HiddenInput()

    def given(self, at: datetime) -> dict[str, Any]:
        """As the use case takes it. An absence that begins today begins now."""
        zone, cleaned = get_current_timezone(), self.cleaned_data
        begins = datetime.combine(cleaned["first_day"], time.min, zone)
        ends = datetime.combine(cleaned["last_day"] + timedelta(days=1), time.min, zone)
        return {
            "membership": self._members[cleaned["person"]],
            "stand_in": self._members[cleaned["stand_in"]],
            "begins_at": max(begins, at),
            "ends_at": ends,
        }
