"""Groups of approvers: some of an organization's people, of whom so many have to agree before a purchase goes through.

A group narrows who answers: only people whose role answers questions anyway have a seat, so that no group gives anybody
more than the role does. A delegation names it where it says who is asked, in its root alone: what an agent passes on
cannot choose other people.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from identity.accounts.models import Membership, Organization
from identity.accounts.permissions import ROLE_PERMISSIONS, Permission
from identity.delegation.constraints import Constraint, StepUp
from identity.delegation.limits import APPROVER_GROUPS_MAX, GROUP_NAME_LENGTH_MAX, GROUP_PEOPLE_MAX
from identity.delegation.models import ApproverGroup, Delegation, DelegationDraft, DelegationStatus, GroupSeat
from identity.journal.actor import Actor
from identity.journal.record import record
from identity.journal.team_kinds import ApproverGroupChanged, ApproverGroupMade, ApproverGroupRemoved
from identity.primitives.errors import Conflict, InvalidInput, NotFound

ANSWERING_ROLES = [role for role, found in ROLE_PERMISSIONS.items() if Permission.APPROVALS_WRITE in found]


def make_group(
    *, organization: Organization, name: str, needed: int, people: Iterable[str], actor: Actor, at: datetime
) -> ApproverGroup:
    """A group of the members whose membership ids are ``people``. InvalidInput ``approver_group_invalid``, Conflict
    ``too_many_approver_groups``."""
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=organization.pk)
        if organization.approver_groups.count() >= APPROVER_GROUPS_MAX:
            raise Conflict("too_many_approver_groups", f"An organization has at most {APPROVER_GROUPS_MAX} groups.")
        name, members = _checked(organization, name, needed, people, None)
        group = ApproverGroup.objects.create(organization=organization, name=name, needed=needed, created_at=at)
        GroupSeat.objects.bulk_create([GroupSeat(group=group, membership_id=member) for member in members])
        event = ApproverGroupMade(needed=needed, people=members)
        record(event, subject=group.pk, actor=actor, at=at, organization=organization.pk)
    return group


def change_group(
    *, group: ApproverGroup, name: str, needed: int, people: Iterable[str], actor: Actor, at: datetime
) -> ApproverGroup:
    """The group as given from now on. A question that waits keeps the number it was put with, and counts the yeses of
    those who have a seat when it is decided: nobody is voted out of a yes, and a yes of somebody put out is void."""
    with transaction.atomic():
        organization = Organization.objects.select_for_update().get(pk=group.organization_id)
        locked = _locked(group)
        name, members = _checked(organization, name, needed, people, locked)
        seated = set(locked.seats.values_list("membership_id", flat=True))
        differs = {"name": name != locked.name, "needed": needed != locked.needed, "people": set(members) != seated}
        if not any(differs.values()):
            return locked
        locked.name, locked.needed = name, needed
        locked.save(update_fields=["name", "needed"])
        locked.seats.exclude(membership__in=members).delete()
        added = [GroupSeat(group=locked, membership_id=member) for member in members if member not in seated]
        GroupSeat.objects.bulk_create(added)
        fields = [field for field, is_other in differs.items() if is_other]
        event = ApproverGroupChanged(needed=needed, people=members, fields=fields)
        record(event, subject=locked.pk, actor=actor, at=at, organization=organization.pk)
    return locked


def remove_group(*, group: ApproverGroup, actor: Actor, at: datetime) -> None:
    """Conflict ``approver_group_in_use`` while a delegation that lives, or one that waits for a signature, names it."""
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=group.organization_id)
        locked = _locked(group)
        if delegations_naming(locked).exists() or _drafts_naming(locked, at):
            raise Conflict(
                "approver_group_in_use", "A delegation asks this group; change or revoke that delegation first."
            )
        record(ApproverGroupRemoved(), subject=locked.pk, actor=actor, at=at, organization=locked.organization_id)
        locked.delete()


def delegations_naming(group: ApproverGroup) -> QuerySet[Delegation]:
    """The living roots that ask this group."""
    named = Q(constraints__contains=[{"type": StepUp.kind, "approvers": group.pk}])
    roots = Delegation.objects.filter(named, principal_id=group.organization_id, depth=0)
    return roots.exclude(status=DelegationStatus.REVOKED)


def refuse_unknown_group(constraints: Iterable[Constraint], *, principal: Organization) -> None:
    """InvalidInput ``approver_group_unknown`` unless a root that names approvers names one group of its principal.
    Stops authority from being lent that nobody could ever be asked about."""
    named = {limit.group for limit in constraints if isinstance(limit, StepUp) and limit.group}
    if len(named) > 1:
        raise InvalidInput("approver_group_unknown", "A delegation asks one group of approvers.", field="constraints")
    if named and not ApproverGroup.objects.filter(pk__in=named, organization=principal).exists():
        raise InvalidInput(
            "approver_group_unknown", "The principal has no such group of approvers.", field="constraints"
        )


def people_who_answer(organization: Organization) -> list[Membership]:
    """Whoever may have a seat, by name."""
    members = organization.memberships.filter(role__in=ANSWERING_ROLES, user__is_active=True).select_related("user")
    return sorted(members, key=lambda member: (str(member.user).lower(), member.pk))


def _checked(
    organization: Organization, name: str, needed: int, people: Iterable[str], group: ApproverGroup | None
) -> tuple[str, list[str]]:
    name, members = " ".join(name.split()), sorted(set(people))
    if not name or len(name) > GROUP_NAME_LENGTH_MAX or not name.isprintable():
        raise _invalid(f"A name has 1 to {GROUP_NAME_LENGTH_MAX} visible characters.", "name")
    others = organization.approver_groups.exclude(pk=group.pk if group else "")
    if others.filter(name__iexact=name).exists():
        raise _invalid("Another group has this name.", "name")
    known = {member.pk for member in people_who_answer(organization)}
    if not members or len(members) > GROUP_PEOPLE_MAX or not known.issuperset(members):
        raise _invalid(f"A group has 1 to {GROUP_PEOPLE_MAX} members whose role answers questions.", "people")
    if type(needed) is not int or not 1 <= needed <= len(members):
        raise _invalid("Between one and all of its people have to agree.", "needed")
    return name, members


def _drafts_naming(group: ApproverGroup, at: datetime) -> bool:
    named = Q(document__credentialSubject__limits__contains=[{"type": StepUp.kind, "approvers": group.pk}])
    drafts = DelegationDraft.objects.filter(named, organization_id=group.organization_id, consumed_at=None)
    return drafts.filter(expires_at__gt=at).exists()


def _locked(group: ApproverGroup) -> ApproverGroup:
    found = ApproverGroup.objects.filter(pk=group.pk).first()
    if found is None:
        raise NotFound("not_found", "There is no such group of approvers.")
    return found


def _invalid(sentence: str, field: str) -> InvalidInput:
    return InvalidInput("approver_group_invalid", sentence, field=field)
