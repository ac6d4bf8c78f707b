"""What people type about subscriptions to status events."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from registry.push.limits import ENDPOINT_LENGTH_MAX, FOLLOWED_MAX
from registry.push.models import Delivery, Subscription
from registry.push.subscriptions import Wish
from registry.web.push_words import TYPE_WORDS

_PLAIN = {"spellcheck": "false", "autocomplete": "off", "autocapitalize": "off"}
_NAMES_LENGTH_MAX = FOLLOWED_MAX * 80
OVERLAPS: list[tuple[str, Any]] = [
    ("3600", _("1 hour")),
    ("86400", _("1 day")),
    ("604800", _("7 days")),
    ("0", _("None: the old secret ends now")),
]


class ChangeForm(forms.Form):
    """What a subscription carries, and where to."""

    endpoint = forms.CharField(
        label=_("Endpoint"),
        max_length=ENDPOINT_LENGTH_MAX,
        required=False,
        widget=forms.TextInput(attrs={**_PLAIN, "placeholder": "https://shop.example/attorn", "inputmode": "url"}),
        help_text=_("An https address of yours that answers 2xx to a POST. Leave it empty if you poll."),
    )
    has_dealings = forms.BooleanField(
        label=_("Agents that your vendors dealt with in the last 30 days"), required=False, initial=True
    )
    followed = forms.CharField(
        label=_("Agents and organizations you follow besides"),
        max_length=_NAMES_LENGTH_MAX,
        required=False,
        widget=forms.Textarea(attrs={**_PLAIN, "rows": 3}),
        help_text=_("Ids or DIDs, one a line: agt_…, did:web:…, org_…"),
    )
    event_types = forms.MultipleChoiceField(
        label=_("Only these events"),
        choices=list(TYPE_WORDS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("With none ticked you get every type."),
    )

    def wish(self, delivery: str, *, audience: str = "") -> Wish:
        values = self.cleaned_data
        names = values["followed"].split()
        return Wish(
            delivery=delivery,
            endpoint=values["endpoint"].strip(),
            audience=audience,
            event_types=values["event_types"],
            agents=[name for name in names if not name.startswith("org_")],
            organizations=[name for name in names if name.startswith("org_")],
            has_dealings=values["has_dealings"],
        )


class CreateForm(ChangeForm):
    delivery = forms.ChoiceField(
        label=_("How"),
        choices=[
            (Delivery.WEBHOOK, _("Webhook: we send to your endpoint within seconds")),
            (Delivery.POLL, _("Poll: your program reads, or listens to a stream")),
        ],
        initial=Delivery.WEBHOOK,
        widget=forms.RadioSelect,
    )
    field_order = ("delivery", "endpoint", "has_dealings", "followed", "event_types")


class RotateForm(forms.Form):
    overlap = forms.ChoiceField(label=_("How long deliveries carry both signatures"), choices=OVERLAPS, initial="86400")


def initial_of(subscription: Subscription) -> dict[str, Any]:
    """The form as the subscription stands."""
    return {
        "endpoint": subscription.endpoint,
        "has_dealings": subscription.has_dealings,
        "followed": "\n".join([*subscription.agents, *subscription.organizations]),
        "event_types": subscription.event_types,
    }
