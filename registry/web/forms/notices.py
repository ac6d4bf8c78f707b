"""The form of what somebody is told, and the subscription that a browser hands in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.notices.kinds import CHOSEN, FORMS, NoticeKind
from registry.notices.limits import DAILY_CHOICES, DAILY_DEFAULT, ENDPOINT_LENGTH_MAX
from registry.notices.preferences import Ways, Wish

_CLOCK = {"type": "time", "step": "300"}


class NoticesForm(forms.Form):
    """Two boxes a kind (``mail_…`` and ``push_…``), quiet hours, and how much gets through in a day."""

    quiet_from = forms.TimeField(
        label=_("Quiet from"), required=False, widget=forms.TimeInput(attrs=_CLOCK, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        label=_("until"), required=False, widget=forms.TimeInput(attrs=_CLOCK, format="%H:%M")
    )
    daily_max = forms.TypedChoiceField(
        label=_("At most, in a day"),
        coerce=int,
        choices=[(number, str(number)) for number in DAILY_CHOICES],
        initial=DAILY_DEFAULT,
    )

    def __init__(self, *args: Any, wish: Wish, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["quiet_from"].initial = wish.quiet_from
        self.fields["quiet_until"].initial = wish.quiet_until
        self.fields["daily_max"].initial = wish.daily_max
        for kind in CHOSEN:
            for way, is_on in (("mail", wish.ways[kind].by_mail), ("push", wish.ways[kind].by_push)):
                self.fields[f"{way}_{kind}"] = forms.BooleanField(required=False, initial=is_on)

    def rows(self) -> list[dict[str, Any]]:
        """One line a kind, for the table."""
        return [
            {"form": FORMS[kind], "kind": kind, "mail": self[f"mail_{kind}"], "push": self[f"push_{kind}"]}
            for kind in CHOSEN
        ]

    def wish(self) -> Wish:
        given = self.cleaned_data
        ways: dict[NoticeKind, Ways] = {kind: Ways(given[f"mail_{kind}"], given[f"push_{kind}"]) for kind in CHOSEN}
        return Wish(ways, given["quiet_from"], given["quiet_until"], given["daily_max"])


class SubscriptionForm(forms.Form):
    """What ``PushSubscription.toJSON()`` holds (Push API, section 8)."""

    endpoint = forms.CharField(max_length=ENDPOINT_LENGTH_MAX, widget=forms.HiddenInput)
    p256dh = forms.CharField(max_length=200, widget=forms.HiddenInput)
    auth = forms.CharField(max_length=100, widget=forms.HiddenInput)
