"""A measure as the desk shows it: what it does, who signed it, who must still sign and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from identity.accounts.models import DeskRole, User
from identity.journal.actor import Actor, ActorKind
from identity.primitives.errors import NotPermitted
from registry.web.desk_view import OPERATOR_PREFIX, operators_named
from registry.web.sanction_words import EFFECT_WORDS, MEASURE_WORDS, REASON_WORDS
from reputation.moderation.confirm import deciding_operator
from reputation.moderation.ladder import GROUNDS, Missing, Reason, missing_of
from reputation.moderation.models import Sanction, SanctionState, Signature

ELIGIBLE_SHOWN_MAX = 20


@dataclass(frozen=True, slots=True)
class MeasureRow:
    sanction: Sanction
    signatures: list[Signature]
    proposed_by: str
    missing: Missing
    """Who must still sign; nobody when the measure stands or is over."""

    @property
    def words(self) -> Any:
        return MEASURE_WORDS[self.sanction.measure]

    @property
    def reason(self) -> Any:
        return REASON_WORDS[self.sanction.reason]

    @property
    def ground(self) -> str:
        return GROUNDS[Reason(self.sanction.reason)].clause

    @property
    def effect(self) -> Any:
        return EFFECT_WORDS[self.sanction.level]

    @property
    def badge(self) -> str:
        """The name of the badge in ``registry.web.states``."""
        state = self.sanction.state
        return "sanction.in_force" if state == SanctionState.EFFECTIVE else f"sanction.{state}"

    @property
    def waits(self) -> bool:
        return self.missing.signatures > 0 or self.missing.managers > 0

    @property
    def missing_words(self) -> str:
        return missing_words(self.missing)


def missing_words(missing: Missing) -> str:
    """``2 signatures, one of them a manager's``."""
    count = max(missing.signatures, missing.managers)
    words = ngettext("%(n)s signature", "%(n)s signatures", count) % {"n": count}
    if not missing.managers:
        return words
    return _("a manager's signature") if count == 1 else _("%s, one of them a manager's") % words


def measure_rows(sanctions: Sequence[Sanction]) -> list[MeasureRow]:
    """Signatures and names are looked up once for all."""
    signatures: dict[str, list[Signature]] = {}
    ids = [sanction.pk for sanction in sanctions]
    for signature in Signature.objects.filter(sanction__in=ids).select_related("operator").order_by("id"):
        signatures.setdefault(signature.sanction_id, []).append(signature)
    names = operators_named(sanction.proposed_by for sanction in sanctions)
    return [_row(sanction, signatures.get(sanction.pk, []), names) for sanction in sanctions]


def to_be_signed() -> QuerySet[Sanction]:
    """Proposals and emergency measures that lapse unless somebody signs them, the most urgent first."""
    waiting = Sanction.objects.is_open().filter(confirm_by__isnull=False)
    return waiting.select_related("agent", "organization", "case").order_by("confirm_by")


def who_may_sign(row: MeasureRow) -> list[User]:
    """The operators who have not signed: managers only, when nothing but a manager's signature is missing."""
    staff = User.objects.filter(is_staff=True, is_active=True)
    staff = staff.exclude(pk__in=[signature.operator_id for signature in row.signatures])
    if row.missing.managers >= max(row.missing.signatures, 1):
        staff = staff.filter(desk_role=DeskRole.MANAGER)
    return list(staff.order_by("display_name", "pk")[:ELIGIBLE_SHOWN_MAX])


def conflict_in(operator: User, sanction: Sanction) -> str:
    """Why this operator must not decide about the measure, in a sentence; "" when nothing stands against it."""
    try:
        by = Actor(ActorKind.OPERATOR, operator.pk)
        deciding_operator(by, case=sanction.case, organization_id=sanction.organization_id)
    except NotPermitted as refusal:
        return refusal.detail
    return ""


def _row(sanction: Sanction, signatures: list[Signature], names: dict[str, str]) -> MeasureRow:
    managers = sum(signature.role == DeskRole.MANAGER for signature in signatures)
    missing = Missing(0, 0)
    if sanction.is_open and sanction.confirm_by is not None:
        missing = missing_of(sanction.level, signatures=len(signatures), managers=managers)
    by = names.get(sanction.proposed_by, "") or _("the registry")
    if not names.get(sanction.proposed_by) and sanction.proposed_by.startswith(OPERATOR_PREFIX):
        by = _("a former operator")
    return MeasureRow(sanction, signatures, by, missing)
