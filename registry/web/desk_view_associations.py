"""What follows from the decision about an associated agent: nothing, a label, or a case of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from identity.journal.actor import Actor
from registry.web.forms.desk_organizations import ASSOCIATION_WORDS
from reputation.moderation.associated import (
    LINEAGE,
    SAME_ORGANIZATION,
    SAME_OWNERS,
    VENDOR_CLUSTER,
    decide_association,
)
from reputation.moderation.ladder import Level, Reason
from reputation.moderation.limits import ASSOCIATED_MAX
from reputation.moderation.models import Association, AssociationDecision, Case, Detection, Sanction
from reputation.moderation.opening import open_case
from reputation.moderation.sanctions import Proposal, propose_sanction

TIE_WORDS: dict[str, Any] = {
    SAME_ORGANIZATION: gettext_lazy("the organization that answers for it"),
    SAME_OWNERS: gettext_lazy("owners or a domain"),
    LINEAGE: gettext_lazy("a chain of delegation"),
    VENDOR_CLUSTER: gettext_lazy("a group of vendors"),
}


@dataclass(frozen=True, slots=True)
class AssociationRow:
    association: Association

    @property
    def ties(self) -> str:
        return ties_in_words(self.association)

    @property
    def decision(self) -> Any:
        return ASSOCIATION_WORDS[self.association.decision] if self.association.decision else ""


def association_rows(sanction: Sanction) -> list[AssociationRow]:
    """Those that wait first."""
    found = sanction.associations.select_related("agent", "decided_by").order_by("-decided_at", "id")
    return [AssociationRow(one) for one in found[:ASSOCIATED_MAX]]


def ties_in_words(association: Association) -> str:
    return ", ".join(str(TIE_WORDS.get(tie, tie)) for tie in association.because)


def decide(
    association: Association, decision: AssociationDecision, *, words: str, actor: Actor, at: datetime
) -> Association:
    """Do what the decision says and note it. What it puts on the agent comes first: a decision that says *labeled*
    stands beside a label. Raises as the use cases behind it; a decided one is told so before anything is done."""
    if not association.decision and decision is not AssociationDecision.NOTHING:
        case = open_case(agent=association.agent, detection=Detection.OPERATOR, summary=words, actor=actor, at=at)
        if decision is AssociationDecision.LABELED:
            _label(association, case, actor=actor, at=at)
    return decide_association(association=association, decision=decision, words=words, actor=actor, at=at)


def _label(association: Association, case: Case, *, actor: Actor, at: datetime) -> None:
    if Sanction.objects.is_open().filter(agent=association.agent, level__gte=Level.UNDER_REVIEW).exists():
        return
    shared, level = ties_in_words(association), association.sanction.level
    facts = _("It shares %(shared)s with a party against whom a measure of level %(level)s stands.")
    proposal = Proposal(
        level=Level.UNDER_REVIEW,
        reason=Reason.ASSOCIATION,
        facts=facts % {"shared": shared, "level": level},
        evidence=(association.sanction_id,),
    )
    propose_sanction(case=case, subject=association.agent, proposal=proposal, actor=actor, at=at)
