"""What operators fill in about organizations and vendors: how well they were verified, and by what."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from identity.accounts.assurance import REASON_LENGTH_MAX
from identity.accounts.legal_ids import LEGAL_ID_LENGTH_MAX
from reputation.moderation.limits import CASE_WORDS_LENGTH_MAX
from reputation.moderation.models import AssociationDecision

LEVEL_WORDS: tuple[tuple[int, Any], ...] = (
    (0, _("0: its own word")),
    (1, _("1: a domain is proven")),
    (2, _("2: the legal entity was verified")),
    (3, _("3: verified on site or by payment")),
)
ASSOCIATION_WORDS: dict[str, Any] = {
    AssociationDecision.NOTHING: _("Nothing to do"),
    AssociationDecision.LABELED: _("Public label: under review"),
    AssociationDecision.CASE: _("A case of its own"),
}


class AssuranceForm(forms.Form):
    assurance_level = forms.TypedChoiceField(label=_("Assurance level"), coerce=int, choices=LEVEL_WORDS)
    legal_id = forms.CharField(
        label=_("Legal id"),
        max_length=LEGAL_ID_LENGTH_MAX * 2,
        required=False,
        help_text=_("As its commercial register knows it, such as an LEI or DE-HRB-12345. Needed from level 2 on."),
        widget=forms.TextInput(attrs={"class": "mono", "autocomplete": "off", "spellcheck": "false"}),
    )
    assurance_reason = forms.CharField(
        label=_("What was looked at"),
        max_length=REASON_LENGTH_MAX,
        help_text=_("Without personal data: it stands in the journal for ever."),
    )


class VendorAssuranceForm(forms.Form):
    vendor_level = forms.TypedChoiceField(label=_("Verified as a vendor"), coerce=int, choices=LEVEL_WORDS)


class AssociationForm(forms.Form):
    """Each associated agent gets a decision of its own."""

    decision = forms.ChoiceField(label=_("Decision"), choices=list(ASSOCIATION_WORDS.items()))
    words = forms.CharField(label=_("Why"), max_length=CASE_WORDS_LENGTH_MAX)
