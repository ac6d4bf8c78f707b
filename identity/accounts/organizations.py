"""Organizations and who belongs to them: the use cases behind every change of either."""

from __future__ import annotations

import re
from datetime import datetime
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction

from identity.accounts.bars import refuse_barred, refuse_barred_owner
from identity.accounts.legal_ids import canonical_legal_id
from identity.accounts.models import BarKind, Membership, Organization, OrganizationKind, Role, User
from identity.journal.actor import Actor, ActorKind
from identity.journal.kinds import (
    MemberAdded,
    MemberRemoved,
    MemberRoleChanged,
    OrganizationChanged,
    OrganizationCreated,
)
from identity.journal.record import record
from identity.primitives.errors import Conflict, InvalidInput, NotFound, NotPermitted

NAME_LENGTH_MAX = 120
WEBSITE_LENGTH_MAX = 300
MEMBERS_PER_ORGANIZATION_MAX = 200
ORGANIZATIONS_PER_OWNER_MAX = 20
VERIFIED_ENTITY_LEVEL = 2  # from this assurance level on, an operator has verified the legal entity
_COUNTRY = re.compile(r"^[A-Z]{2}$")


def create_organization(
    *,
    name: str,
    kind: str,
    owner: User,
    country: str = "",
    website: str = "",
    legal_id: str = "",
    actor: Actor,
    at: datetime,
) -> Organization:
    """A new organization with its first owner. ``country`` is ISO 3166-1 alpha-2 or empty.

    Raises InvalidInput for a malformed field, Conflict when the owner has as many as one login may own, NotPermitted
    ``barred``. The organization of one's own person is made in any case: somebody who was thrown out still needs a
    place to appeal from, and no agent is registered in it.
    """
    if kind not in (OrganizationKind.PERSON, OrganizationKind.ORGANIZATION):
        raise InvalidInput("organization_kind_unknown", "An organization is a person or an organization.", field="kind")
    fields = _checked_fields(name=name, country=country, website=website, legal_id=legal_id)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=owner.pk)
        _refuse_too_many(owner)
        if kind == OrganizationKind.ORGANIZATION:
            refuse_barred_owner(owner.pk, at=at)
            refuse_barred({BarKind.LEGAL_ID: [fields["legal_id"]]}, at=at)
        person = owner if kind == OrganizationKind.PERSON else None
        try:
            with transaction.atomic():
                organization = Organization.objects.create(kind=kind, person=person, created_at=at, **fields)
        except IntegrityError as error:
            raise Conflict("already_has_personal", "You already act for yourself: one of these each.") from error
        record(
            OrganizationCreated(organization_kind=kind),
            subject=organization.pk,
            actor=actor,
            at=at,
            organization=organization.pk,
        )
        _join(organization=organization, user=owner, role=Role.OWNER, actor=actor, at=at)
    return organization


def personal_organization(user: User, at: datetime) -> Organization:
    """The organization of the user's own person, made on first need. Safe when two requests need it at once."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        standing = Organization.objects.filter(person=user).first()
        return standing or create_organization(
            name=personal_name(user),
            kind=OrganizationKind.PERSON,
            owner=user,
            actor=Actor(ActorKind.USER, user.pk),
            at=at,
        )


def personal_name(user: User) -> str:
    """What a person is called in public. Never the e-mail address: that would publish it."""
    return user.display_name.strip() or "A private person"


def update_organization(
    *,
    organization: Organization,
    name: str | None = None,
    country: str | None = None,
    website: str | None = None,
    legal_id: str | None = None,
    actor: Actor,
    at: datetime,
) -> Organization:
    """Change what is given; None leaves a field as it stands. Writes nothing when nothing differs.

    Raises InvalidInput for a malformed field, NotPermitted ``barred``, Conflict ``legal_id_verified``.
    """
    with transaction.atomic():
        locked = Organization.objects.select_for_update().get(pk=organization.pk)
        wanted = _checked_fields(
            name=locked.name if name is None else name,
            country=locked.country if country is None else country,
            website=locked.website if website is None else website,
            legal_id=locked.legal_id if legal_id is None else legal_id,
        )
        if wanted["legal_id"] != locked.legal_id:
            _refuse_legal_id(locked, wanted["legal_id"], at=at)
        changed = sorted(field for field, value in wanted.items() if getattr(locked, field) != value)
        if not changed:
            return locked
        for field in changed:
            setattr(locked, field, wanted[field])
        locked.save(update_fields=changed)
        record(OrganizationChanged(fields=changed), subject=locked.pk, actor=actor, at=at, organization=locked.pk)
    return locked


def add_member(*, organization: Organization, user: User, role: str, actor: Actor, at: datetime) -> Membership:
    """Make the user a member. Raises Conflict when she is one already, or the organization is full."""
    check_role(role)
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=organization.pk)
        if role == Role.OWNER:
            require_owner(organization, actor)
            refuse_barred_owner(user.pk, at=at)
        if organization.memberships.filter(user=user).exists():
            raise Conflict("already_member", "This person is already a member.", field="user")
        if organization.memberships.count() >= MEMBERS_PER_ORGANIZATION_MAX:
            raise Conflict("too_many_members", f"An organization has at most {MEMBERS_PER_ORGANIZATION_MAX} members.")
        return _join(organization=organization, user=user, role=role, actor=actor, at=at)


def change_role(*, membership: Membership, role: str, actor: Actor, at: datetime) -> Membership:
    """Give a member another role. The last owner keeps hers; only an owner makes or unmakes an owner."""
    check_role(role)
    with transaction.atomic():
        locked = _locked(membership)
        if locked.role == role:
            return locked
        if Role.OWNER in (locked.role, role):
            require_owner(locked.organization, actor)
        if locked.role == Role.OWNER:
            _refuse_last_owner(locked)
        else:
            _refuse_barred_promotion(locked, role, at=at)
        locked.role = role
        locked.save(update_fields=["role"])
        record(
            MemberRoleChanged(membership=locked.pk, role=role),
            subject=locked.pk,
            actor=actor,
            at=at,
            organization=locked.organization_id,
        )
    return locked


def remove_member(*, membership: Membership, actor: Actor, at: datetime) -> None:
    """End a membership, one's own or another's. The last owner can neither leave nor be removed."""
    with transaction.atomic():
        locked = _locked(membership)
        if locked.role == Role.OWNER:
            require_owner(locked.organization, actor)
            _refuse_last_owner(locked)
        record(
            MemberRemoved(membership=locked.pk),
            subject=locked.pk,
            actor=actor,
            at=at,
            organization=locked.organization_id,
        )
        locked.delete()


def _join(*, organization: Organization, user: User, role: str, actor: Actor, at: datetime) -> Membership:
    membership = Membership.objects.create(organization=organization, user=user, role=role, created_at=at)
    record(
        MemberAdded(membership=membership.pk, role=role),
        subject=membership.pk,
        actor=actor,
        at=at,
        organization=organization.pk,
    )
    return membership


def _locked(membership: Membership) -> Membership:
    """The membership as it stands, under the organization's lock, so that two owners cannot remove each other."""
    Organization.objects.select_for_update().get(pk=membership.organization_id)
    try:
        return Membership.objects.select_related("organization").get(pk=membership.pk)
    except Membership.DoesNotExist:
        raise NotFound("not_found", "There is no such membership.") from None


def require_owner(organization: Organization, actor: Actor) -> None:
    """Only an owner, or the registry itself, makes or unmakes owners.

    Stops an administrator, or a program with a key, from making itself owner and taking the organization over.
    """
    if actor.kind in (ActorKind.SYSTEM, ActorKind.OPERATOR):
        return
    is_owner = (
        actor.kind is ActorKind.USER
        and organization.memberships.filter(user_id=actor.id, role=Role.OWNER, user__is_active=True).exists()
    )
    if not is_owner:
        raise NotPermitted("owner_only", "Only an owner can make, change or remove an owner.")


def _refuse_last_owner(membership: Membership) -> None:
    others = membership.organization.memberships.filter(role=Role.OWNER).exclude(pk=membership.pk)
    if not others.exists():
        raise Conflict("last_owner", "An organization always has an owner: make somebody else an owner first.")


def _refuse_too_many(owner: User) -> None:
    if owner.memberships.filter(role=Role.OWNER).count() >= ORGANIZATIONS_PER_OWNER_MAX:
        raise Conflict("too_many_organizations", f"One login owns at most {ORGANIZATIONS_PER_OWNER_MAX} organizations.")


def _refuse_barred_promotion(membership: Membership, role: str, *, at: datetime) -> None:
    if role == Role.OWNER:
        refuse_barred_owner(membership.user_id, at=at)


def _refuse_legal_id(organization: Organization, wanted: str, *, at: datetime) -> None:
    """Stops an organization from being verified as one legal entity and then calling itself another."""
    if organization.assurance_level >= VERIFIED_ENTITY_LEVEL:
        raise Conflict(
            "legal_id_verified", "The registry verified this legal id; ask an operator to change it.", field="legal_id"
        )
    refuse_barred({BarKind.LEGAL_ID: [wanted] if wanted else []}, at=at)


def check_role(role: str) -> None:
    if role not in Role.values:
        raise InvalidInput("role_unknown", f"A role is one of {', '.join(Role.values)}.", field="role")


def _checked_fields(*, name: str, country: str, website: str, legal_id: str) -> dict[str, str]:
    name = " ".join(name.split())
    if not name or len(name) > NAME_LENGTH_MAX or not name.isprintable() or "://" in name:
        raise InvalidInput(
            "organization_name_invalid",
            f"A name has 1 to {NAME_LENGTH_MAX} visible characters and holds no link.",
            field="name",
        )
    country = country.strip().upper()
    if country and not _COUNTRY.match(country):
        raise InvalidInput("country_invalid", "A country is two letters as in ISO 3166-1, such as DE.", field="country")
    website = website.strip()
    if website and not _is_website(website):
        raise InvalidInput("website_invalid", "A website is a full https:// or http:// address.", field="website")
    return {"name": name, "country": country, "website": website, "legal_id": canonical_legal_id(legal_id)}


def _is_website(text: str) -> bool:
    """Whether the text is a plain web address. Anything else, such as ``javascript:``, would run as a link."""
    if len(text) > WEBSITE_LENGTH_MAX or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and bool(parts.hostname) and parts.username is None
