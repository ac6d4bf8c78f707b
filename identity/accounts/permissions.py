"""Who may do what for an organization: a role is a fixed set of permissions, and only this table says which."""

from __future__ import annotations

from enum import StrEnum

from identity.accounts.models import Membership, Organization, Role, User
from identity.primitives.errors import NotFound, NotPermitted


class Permission(StrEnum):
    """What a member (or, for some of them, a service key) may do. The values are wire text and never change."""

    AGENTS_READ = "agents_read"
    AGENTS_WRITE = "agents_write"
    KEYS_WRITE = "keys_write"
    NAMES_WRITE = "names_write"
    DOMAINS_WRITE = "domains_write"
    CREDENTIALS_WRITE = "credentials_write"
    DELEGATIONS_READ = "delegations_read"
    DELEGATIONS_WRITE = "delegations_write"
    MEMBERS_WRITE = "members_write"
    SERVICE_KEYS_WRITE = "service_keys_write"
    ACTIVITY_READ = "activity_read"
    ORGANIZATION_WRITE = "organization_write"
    VENDORS_WRITE = "vendors_write"
    AUTHORIZATIONS_READ = "authorizations_read"
    AUTHORIZATIONS_WRITE = "authorizations_write"
    APPROVALS_WRITE = "approvals_write"
    APPROVERS_WRITE = "approvers_write"
    SUBSCRIPTIONS_WRITE = "subscriptions_write"
    STATUS_EVENTS_READ = "status_events_read"
    REPORTS_READ = "reports_read"
    REPORTS_WRITE = "reports_write"
    APPEALS_READ = "appeals_read"
    APPEALS_WRITE = "appeals_write"


EVERY_PERMISSION = frozenset(Permission)

ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    Role.OWNER: EVERY_PERMISSION,
    Role.ADMINISTRATOR: EVERY_PERMISSION - {Permission.ORGANIZATION_WRITE, Permission.APPROVERS_WRITE},
    # Within the limits that the organization sets for the role, see ``identity.delegation.lending_rules``. Without
    # approvals: whoever may answer a step-up lifts the very limits that bound her.
    Role.LENDER: frozenset(
        {
            Permission.AGENTS_READ,
            Permission.DELEGATIONS_READ,
            Permission.DELEGATIONS_WRITE,
            Permission.AUTHORIZATIONS_READ,
        }
    ),
    # Answers questions and sees what they are about. Without lending: whoever judges a use did not permit it.
    Role.APPROVER: frozenset(
        {
            Permission.AGENTS_READ,
            Permission.DELEGATIONS_READ,
            Permission.AUTHORIZATIONS_READ,
            Permission.APPROVALS_WRITE,
        }
    ),
    Role.REGISTRAR: frozenset(
        {Permission.AGENTS_READ, Permission.NAMES_WRITE, Permission.DOMAINS_WRITE, Permission.ACTIVITY_READ}
    ),
    Role.DEVELOPER: frozenset(
        {
            Permission.AGENTS_READ,
            Permission.AGENTS_WRITE,
            Permission.KEYS_WRITE,
            Permission.CREDENTIALS_WRITE,
            Permission.DELEGATIONS_READ,
            Permission.ACTIVITY_READ,
            Permission.SUBSCRIPTIONS_WRITE,
            Permission.STATUS_EVENTS_READ,
        }
    ),
    Role.AUDITOR: frozenset(
        {
            Permission.AGENTS_READ,
            Permission.DELEGATIONS_READ,
            Permission.AUTHORIZATIONS_READ,
            Permission.REPORTS_READ,
            Permission.APPEALS_READ,
            Permission.STATUS_EVENTS_READ,
            Permission.ACTIVITY_READ,
        }
    ),
    Role.MEMBER: frozenset({Permission.AGENTS_READ}),
}


def role_of(user: User, organization: Organization) -> str | None:
    """The user's role in the organization, or None for a stranger, somebody signed out or a closed login."""
    if not user.is_authenticated or not user.is_active:
        return None
    return Membership.objects.filter(organization=organization, user=user).values_list("role", flat=True).first()


def may(user: User, organization: Organization, permission: Permission) -> bool:
    """Whether the user's role in the organization carries the permission. Being staff of the registry carries none."""
    role = role_of(user, organization)
    return role is not None and permission in ROLE_PERMISSIONS[role]


def require(user: User, organization: Organization, permission: Permission) -> None:
    """Raise unless the user may.

    A stranger gets NotFound, word for word as for an organization that does not exist: this stops probing for
    who is a customer by telling "forbidden" from "unknown". A member already knows, and is told what is missing.
    """
    role = role_of(user, organization)
    if role is None:
        raise NotFound("not_found", "There is no such organization, or you are not a member of it.")
    require_in_role(role, permission)


def require_in_role(role: str, permission: Permission) -> None:
    """Raise NotPermitted unless the role of somebody who was just found to be a member carries the permission."""
    if permission not in ROLE_PERMISSIONS[role]:
        raise NotPermitted(
            "role_lacks_permission",
            f"Your role in this organization, {role}, does not include {permission}.",
            role=role,
            permission=permission.value,
        )
