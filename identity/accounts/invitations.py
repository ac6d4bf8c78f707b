"""Invitations: how somebody becomes a member without anybody learning whether her address has an account."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from identity.accounts.models import Invitation, Membership, Organization, Role, User
from identity.accounts.organizations import add_member, check_role, require_owner
from identity.accounts.permissions import Permission, may
from identity.journal.actor import Actor, ActorKind
from identity.journal.kinds import InvitationRevoked, MemberInvited
from identity.journal.record import record
from identity.primitives.errors import Conflict, Gone, InvalidInput, NotFound, NotPermitted, TooMany

LIFETIME_DAYS = 7
OPEN_PER_ORGANIZATION_MAX = 50
SENT_PER_DAY_MAX = 100
EMAIL_LENGTH_MAX = 254


def invite(
    *, organization: Organization, email: str, role: str, invited_by: User | None, actor: Actor, at: datetime
) -> tuple[Invitation, str]:
    """An open invitation and its token, which only the mail to that address may carry. A new one ends the old one.

    Raises InvalidInput for the fields, Conflict for a member, NotPermitted when anybody but an owner offers
    ownership, TooMany when the organization invites more than a named limit: each costs a stranger a mail.
    """
    email = _checked_email(email)
    check_role(role)
    with transaction.atomic():
        Organization.objects.select_for_update().get(pk=organization.pk)
        if role == Role.OWNER:
            require_owner(organization, actor)
        if organization.memberships.filter(user__email=email).exists():
            raise Conflict("already_member", "This person is a member already.", field="email")
        _end_earlier(organization, email, at)
        _refuse_too_many(organization, at)
        token = secrets.token_urlsafe(32)
        invitation = Invitation.objects.create(
            organization=organization,
            email=email,
            role=role,
            digest=_digest(token),
            invited_by=invited_by,
            created_at=at,
            expires_at=at + timedelta(days=LIFETIME_DAYS),
        )
        record(
            MemberInvited(invitation=invitation.pk, role=role),
            subject=invitation.pk,
            actor=actor,
            at=at,
            organization=organization.pk,
        )
    return invitation, token


def invitation_of(token: str, *, at: datetime) -> Invitation:
    """The open invitation this token belongs to. Raises NotFound, or Gone once it was used, revoked or too old."""
    invitation = (
        Invitation.objects.select_related("organization", "invited_by").filter(digest=_digest(token[:100])).first()
    )
    if invitation is None:
        raise NotFound("not_found", "There is no such invitation.")
    if not invitation.is_open(at):
        raise Gone("invitation_ended", "This invitation was used or revoked, or is too old. Ask for a new one.")
    return invitation


def accept(*, token: str, user: User, at: datetime) -> Membership:
    """Become a member. Raises NotPermitted when the signed-in address is not the invited one.

    That check stops whoever finds the link, in a forwarded mail or a log, from walking in under another account.
    """
    with transaction.atomic():
        invitation = invitation_of(token, at=at)
        Organization.objects.select_for_update().get(pk=invitation.organization_id)
        invitation = Invitation.objects.select_for_update(of=("self",)).get(pk=invitation.pk)
        if not invitation.is_open(at):
            raise Gone("invitation_ended", "This invitation was used or revoked, or is too old. Ask for a new one.")
        if invitation.email != user.email.lower():
            raise NotPermitted("invitation_for_another", "This invitation is for another e-mail address.")
        _refuse_spent_authority(invitation)
        invitation.accepted_at = at
        invitation.save(update_fields=["accepted_at"])
        return add_member(
            organization=invitation.organization,
            user=user,
            role=invitation.role,
            actor=_inviter(invitation),
            at=at,
        )


def revoke_invitation(*, invitation: Invitation, actor: Actor, at: datetime) -> None:
    """Take an invitation back. One that has ended already stays as it is."""
    with transaction.atomic():
        locked = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if locked.accepted_at is not None or locked.revoked_at is not None:
            return
        locked.revoked_at = at
        locked.save(update_fields=["revoked_at"])
        record(
            InvitationRevoked(invitation=locked.pk),
            subject=locked.pk,
            actor=actor,
            at=at,
            organization=locked.organization_id,
        )


def _inviter(invitation: Invitation) -> Actor:
    inviter = invitation.invited_by_id
    return Actor(ActorKind.USER, inviter) if inviter else Actor(ActorKind.SYSTEM, "invitations")


def _refuse_spent_authority(invitation: Invitation) -> None:
    """An invitation is only as good as the inviter's role today: stops one who was removed from leaving a door open."""
    inviter = invitation.invited_by
    if inviter is not None and not may(inviter, invitation.organization, Permission.MEMBERS_WRITE):
        raise Gone("invitation_ended", "Whoever invited you may no longer do so. Ask for a new invitation.")


def _end_earlier(organization: Organization, email: str, at: datetime) -> None:
    earlier = organization.invitations.filter(email=email, accepted_at__isnull=True, revoked_at__isnull=True)
    earlier.update(revoked_at=at)


def _refuse_too_many(organization: Organization, at: datetime) -> None:
    waiting = organization.invitations.filter(accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=at)
    if waiting.count() >= OPEN_PER_ORGANIZATION_MAX:
        raise Conflict("too_many_invitations", f"At most {OPEN_PER_ORGANIZATION_MAX} invitations can be open at once.")
    day = timedelta(days=1)
    if organization.invitations.filter(created_at__gt=at - day).count() >= SENT_PER_DAY_MAX:
        raise TooMany(
            "invitations_per_day", f"At most {SENT_PER_DAY_MAX} invitations a day.", retry_after_seconds=86_400
        )


def _checked_email(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidInput("email_invalid", "This is not an e-mail address.", field="email") from None
    if len(email) > EMAIL_LENGTH_MAX:
        raise InvalidInput("email_invalid", "This e-mail address is too long.", field="email")
    return email


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8")).hexdigest()
