"""Operators: the registry's own staff, who they are and what they may sign."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from identity.accounts.models import DeskRole, Membership, Organization, User
from identity.journal.actor import Actor, ActorKind
from identity.journal.moderation_kinds import OperatorAdded, OperatorRemoved
from identity.journal.record import record
from identity.primitives.errors import NotFound, NotPermitted


def require_operator(actor: Actor, *, uninvolved_in: Iterable[Organization] = ()) -> User:
    """The operator behind ``actor``. NotPermitted ``operators_only`` for everybody else, ``own_organization`` when she
    belongs to one of these organizations: stops an operator from deciding about herself or her competitors' rival."""
    user = User.objects.filter(pk=actor.id).first() if actor.kind == ActorKind.OPERATOR else None
    if user is None or user.desk_duty is None:
        raise NotPermitted("operators_only", "Only an operator of the registry may do this.")
    concerned = [organization.pk for organization in uninvolved_in]
    if is_involved(user, concerned):
        raise NotPermitted("own_organization", "You belong to an organization that this concerns; leave it to others.")
    return user


def is_involved(user: User, organizations: Iterable[str]) -> bool:
    """Whether she is a member of one of these organizations, given by id."""
    return Membership.objects.filter(user=user, organization_id__in=list(organizations)).exists()


def require_manager(user: User) -> None:
    """NotPermitted ``manager_only`` for an analyst."""
    if user.desk_duty != DeskRole.MANAGER:
        raise NotPermitted("manager_only", "This needs a manager of the operators' desk.")


def add_operator(*, email: str, desk_role: DeskRole, actor: Actor, at: datetime) -> User:
    """Make the login an operator with this role, or give an operator another role. NotFound ``user_unknown``."""
    with transaction.atomic():
        user = _locked_user(email)
        if user.is_staff and user.desk_duty == desk_role:
            return user
        user.is_staff, user.desk_role = True, desk_role
        user.save(update_fields=["is_staff", "desk_role"])
        record(OperatorAdded(desk_role.value), subject=user.pk, actor=actor, at=at)
    return user


def remove_operator(*, email: str, actor: Actor, at: datetime) -> User:
    """Make an operator an ordinary login; what she signed stays signed. NotFound ``user_unknown``."""
    with transaction.atomic():
        user = _locked_user(email)
        if user.is_staff:
            user.is_staff, user.desk_role = False, ""
            user.save(update_fields=["is_staff", "desk_role"])
            record(OperatorRemoved(), subject=user.pk, actor=actor, at=at)
    return user


def _locked_user(email: str) -> User:
    try:
        return User.objects.select_for_update().get(email=email.strip().lower())
    except User.DoesNotExist:
        raise NotFound("user_unknown", "Nobody signs in with this address.", field="email") from None
