"""Who may judge: an operator, and one whom the matter does not concern."""

from __future__ import annotations

from collections.abc import Collection

from identity.accounts.models import Membership, Organization, User
from identity.journal.actor import Actor, ActorKind
from identity.primitives.errors import NotPermitted
from reputation.moderation.clusters import cluster_of
from reputation.moderation.models import Case, Report


def operator_of(actor: Actor) -> User:
    """The operator behind ``actor``. NotPermitted ``operators_only`` for anybody else, and for one who is no longer:
    stops a rule from being reached by a door that forgot to ask."""
    operator = None
    if actor.kind is ActorKind.OPERATOR:
        operator = User.objects.filter(pk=actor.id, is_active=True, is_staff=True).first()
    if operator is None:
        raise NotPermitted("operators_only", "Only an operator of the registry may do this.")
    return operator


def conflict_of_interest(operator: User, case: Case) -> str:
    """Why this operator must not judge this case, in a sentence; "" when nothing stands against it."""
    if case.organization is not None and (tie := _tie(operator, cluster_of(case.organization).organizations)):
        return tie
    reporters = case.reports.exclude(organization=None).values_list("organization_id", flat=True)
    return _tie(operator, reporters, "You belong to an organization that made one of the reports.")


def require_uninvolved(operator: User, case: Case) -> None:
    """NotPermitted ``conflict_of_interest`` for an operator who belongs to the organization concerned or to one of
    the same owners, or to one that made a report in the case, her own person included. Stops an operator from judging
    her own case."""
    if reason := conflict_of_interest(operator, case):
        raise NotPermitted("conflict_of_interest", reason)


def require_no_tie(operator: User, organization: Organization | None) -> None:
    """NotPermitted ``conflict_of_interest`` for an operator who belongs to this organization or one of its owners'."""
    if organization is not None and (reason := _tie(operator, cluster_of(organization).organizations)):
        raise NotPermitted("conflict_of_interest", reason)


def conflict_in_report(operator: User, report: Report) -> str:
    """Why this operator must not judge the report, alone or in its case, in a sentence; "" when nothing stands against
    it."""
    try:
        require_uninvolved_in_report(operator, report)
    except NotPermitted as refusal:
        return refusal.detail
    return conflict_of_interest(operator, report.case) if report.case is not None else ""


def require_uninvolved_in_report(operator: User, report: Report) -> None:
    """As ``require_uninvolved``, for one report whether or not it is in a case."""
    require_no_tie(operator, report.about.organization)
    reporters = [report.organization_id, *report.repeats.values_list("organization_id", flat=True)]
    if reason := _tie(operator, reporters, "You belong to an organization that made this report."):
        raise NotPermitted("conflict_of_interest", reason)


def deciders_of(case: Case) -> set[str]:
    """Ids of the operators who opened the case, decided a report of it or closed it: none of them may decide an
    appeal against what came of it."""
    decided = case.reports.exclude(decided_by=None).values_list("decided_by_id", flat=True)
    acts = (Actor.parse(text) for text in (case.opened_by, case.closed_by) if text)
    return {user for user in decided if user} | {actor.id for actor in acts if actor.kind is ActorKind.OPERATOR}


def _tie(
    operator: User,
    organizations: Collection[str | None],
    reason: str = "You belong to the organization that this case is about.",
) -> str:
    named = [organization for organization in organizations if organization]
    return reason if Membership.objects.filter(user=operator, organization__in=named).exists() else ""
