"""Agents associated with a sanctioned one: a list for review, where each gets a decision of its own.

Mandatory from level 3 on, and never more than a list: association alone carries a label at most (level 1), which the
ladder and the database both say.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from identity.agents.models import ENDED_STATUSES, Agent, Vendor
from identity.journal.actor import Actor
from identity.journal.moderation_kinds import AssociationDecided, AssociationListed
from identity.journal.record import record
from identity.primitives.errors import Conflict, InvalidInput
from reputation.moderation.clusters import cluster_of
from reputation.moderation.confirm import deciding_operator
from reputation.moderation.limits import ASSOCIATED_MAX, ASSOCIATION_WORDS_LENGTH_MAX
from reputation.moderation.models import Association, AssociationDecision, Sanction
from reputation.moderation.reach import agents_of, links_below, subject_of

SAME_ORGANIZATION = "organization"
SAME_OWNERS = "owners_or_domain"
LINEAGE = "lineage"
VENDOR_CLUSTER = "vendor_cluster"


def list_associated(sanction: Sanction, *, actor: Actor, at: datetime) -> int:
    """Note every agent that shares something with those the sanction hits, for review; how many are new."""
    found = associated_with(sanction)
    rows = [
        Association(sanction=sanction, agent_id=agent, because=sorted(because), listed_at=at)
        for agent, because in sorted(found.items())
    ]
    Association.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        event = AssociationListed(about=sanction.about_id, level=sanction.level, case=sanction.case_id, count=len(rows))
        record(event, subject=sanction.pk, actor=actor, at=at)
    return len(rows)


def associated_with(sanction: Sanction) -> dict[str, set[str]]:
    """Agents by id, with what they share: the organization, its owners or domains, a chain of delegation, a cluster
    of vendors. The sanctioned ones themselves are left out."""
    hit = agents_of(subject_of(sanction))
    living = Agent.objects.exclude(pk__in=hit.values("pk")).exclude(status__in=ENDED_STATUSES)
    found: dict[str, set[str]] = {}
    for because, agents in _shared(sanction, hit, living).items():
        for agent in agents.order_by("pk").values_list("pk", flat=True)[:ASSOCIATED_MAX]:
            found.setdefault(agent, set()).add(because)
    return dict(sorted(found.items())[:ASSOCIATED_MAX])


def decide_association(
    *, association: Association, decision: AssociationDecision, words: str, actor: Actor, at: datetime
) -> Association:
    """Say what follows for one associated agent. A label or a case is put on it by its own use case; this notes that
    somebody looked and why. Raises InvalidInput ``association_words_invalid``, Conflict ``association_decided``,
    NotPermitted ``operators_only`` or ``conflict_of_interest``."""
    said = words.strip()
    if not 0 < len(said) <= ASSOCIATION_WORDS_LENGTH_MAX:
        raise InvalidInput(
            "association_words_invalid", f"Say why in 1 to {ASSOCIATION_WORDS_LENGTH_MAX} characters.", field="words"
        )
    with transaction.atomic():
        rows = Association.objects.select_for_update(of=("self",)).select_related("agent", "sanction")
        locked = rows.get(pk=association.pk)
        operator = deciding_operator(actor, case=None, organization_id=locked.agent.organization_id)
        if locked.decision:
            raise Conflict("association_decided", "Somebody has decided about this agent.")
        locked.decision, locked.words = decision.value, said
        locked.decided_by, locked.decided_at = operator, at
        locked.save(update_fields=["decision", "words", "decided_by", "decided_at"])
        event = AssociationDecided(
            about=locked.sanction.about_id,
            level=locked.sanction.level,
            case=locked.sanction.case_id,
            agent=locked.agent_id,
            decision=decision.value,
        )
        record(event, subject=locked.sanction_id, actor=actor, at=at)
    return locked


def _shared(sanction: Sanction, hit: QuerySet[Agent], living: QuerySet[Agent]) -> dict[str, QuerySet[Agent]]:
    shared: dict[str, QuerySet[Agent]] = {}
    if sanction.organization is not None:
        related = cluster_of(sanction.organization).organizations
        shared[SAME_ORGANIZATION] = living.filter(organization_id=sanction.organization_id)
        shared[SAME_OWNERS] = living.filter(organization_id__in=related - {sanction.organization_id})
    links = links_below(hit)
    above = {link for path in links.values_list("path", flat=True)[:ASSOCIATED_MAX] for link in path}
    shared[LINEAGE] = living.filter(Q(delegations__in=links.values("pk")) | Q(delegations__in=above)).distinct()
    clusters = set(Vendor.objects.filter(agent__in=hit).exclude(cluster="").values_list("cluster", flat=True))
    shared[VENDOR_CLUSTER] = living.filter(vendor__cluster__in=clusters)
    return shared
