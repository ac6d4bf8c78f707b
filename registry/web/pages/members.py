"""Who belongs to an organization, and who is invited."""

from __future__ import annotations

import logging
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.mail import send_mail
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from identity.accounts.invitations import LIFETIME_DAYS, accept, invitation_of, invite, revoke_invitation
from identity.accounts.models import Invitation, Organization, Role, User
from identity.accounts.organizations import change_role
from identity.accounts.permissions import ROLE_PERMISSIONS, Permission, require
from identity.journal.actor import Actor, ActorKind
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from registry.web.access import ConsoleRequest, console_page, signed_in_page

logger = logging.getLogger(__name__)

ROLE_WORDS: dict[str, Any] = {
    Role.OWNER: gettext_lazy("Everything, and may make other owners"),
    Role.ADMINISTRATOR: gettext_lazy("Everything but the organization itself and its owners"),
    Role.LENDER: gettext_lazy("Lends authority to agents, as far as the organization's lending rule goes"),
    Role.APPROVER: gettext_lazy("Answers agents' questions, and lends nothing"),
    Role.REGISTRAR: gettext_lazy("Names and domains"),
    Role.DEVELOPER: gettext_lazy("Agents and their keys"),
    Role.AUDITOR: gettext_lazy("Reads agents and activity"),
    Role.MEMBER: gettext_lazy("Reads agents"),
}
ROLE_CHOICES = [(role.value, role.label) for role in Role]


class InviteForm(forms.Form):
    email = forms.EmailField(label=gettext_lazy("E-mail address"), max_length=254)
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=ROLE_CHOICES, initial=Role.DEVELOPER)


class RoleForm(forms.Form):
    role = forms.ChoiceField(choices=ROLE_CHOICES)


@console_page(Permission.AGENTS_READ)
@require_http_methods(["GET", "HEAD", "POST"])
def members(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    """Everybody who belongs here sees who else does; inviting takes the permission to change members."""
    may_change = Permission.MEMBERS_WRITE in ROLE_PERMISSIONS[request.console.membership.role]
    form = InviteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        require(request.user, organization, Permission.MEMBERS_WRITE)
        if form.is_valid() and _invite(request, organization, form):
            return redirect("console_members", organization.pk)
    open_invitations = organization.invitations.filter(
        accepted_at__isnull=True, revoked_at__isnull=True, expires_at__gt=now()
    )
    page = {
        "organization": organization,
        "memberships": organization.memberships.select_related("user").order_by("id"),
        "invitations": open_invitations.order_by("-id") if may_change else [],
        "form": form,
        "may_change": may_change,
        "roles": [(role.value, role.label, ROLE_WORDS[role]) for role in Role],
        "mine": request.console.membership,
    }
    return render(request, "console/members.html", page)


@console_page(Permission.MEMBERS_WRITE)
@require_POST
def change(request: ConsoleRequest, organization: Organization, membership_id: str) -> HttpResponse:
    membership = get_object_or_404(organization.memberships, pk=membership_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise InvalidInput("role_unknown", _("There is no such role."), field="role")
    try:
        change_role(membership=membership, role=form.cleaned_data["role"], actor=_actor(request.user), at=now())
        messages.success(request, _("The role was changed."))
    except (Conflict, NotPermitted) as refusal:
        messages.error(request, refusal.detail)
    return redirect("console_members", organization.pk)


@console_page(Permission.MEMBERS_WRITE)
@require_POST
def withdraw(request: ConsoleRequest, organization: Organization, invitation_id: str) -> HttpResponse:
    invitation = get_object_or_404(organization.invitations, pk=invitation_id)
    revoke_invitation(invitation=invitation, actor=_actor(request.user), at=now())
    messages.success(request, _("The invitation was withdrawn."))
    return redirect("console_members", organization.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
@sensitive_variables("token")
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The page that an invitation's mail points to; the link alone lets nobody in."""
    user = cast(User, request.user)
    offer = invitation_of(token, at=now())
    if request.method == "POST":
        membership = accept(token=token, user=user, at=now())
        messages.success(request, _("You are now a member of %s.") % offer.organization.name)
        return redirect("console_organization", membership.organization_id)
    page = {"offer": offer, "is_for_me": offer.email == user.email.lower(), "words": ROLE_WORDS[offer.role]}
    response = render(request, "console/invitation.html", page)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@sensitive_variables("token", "address")
def _invite(request: ConsoleRequest, organization: Organization, form: InviteForm) -> bool:
    try:
        offer, token = invite(
            organization=organization,
            email=form.cleaned_data["email"],
            role=form.cleaned_data["role"],
            invited_by=request.user,
            actor=_actor(request.user),
            at=now(),
        )
    except (InvalidInput, Conflict, NotPermitted) as refusal:
        form.add_error(refusal.field if refusal.field in form.fields else None, refusal.detail)
        return False
    address = settings.PUBLIC_URL + reverse("invitation", args=[token])
    try:
        _mail(offer, address, request.user)
    except OSError:
        logger.exception("invitation mail failed", extra={"invitation": offer.pk})
        messages.error(request, _("The mail could not be sent. Invite again later: that makes a new link."))
    else:
        messages.success(request, _("Invitation sent to %s.") % offer.email)
    return True


def _mail(offer: Invitation, address: str, inviter: User) -> None:
    words = {"offer": offer, "address": address, "inviter": inviter, "days": LIFETIME_DAYS}
    send_mail(
        " ".join(render_to_string("account/email/invitation_subject.txt", words).split()),
        render_to_string("account/email/invitation_message.txt", words),
        None,
        [offer.email],
    )


def _actor(user: User) -> Actor:
    return Actor(ActorKind.USER, user.pk)


urlpatterns = [
    path("console/<str:organization_id>/members/", members, name="console_members"),
    path("console/<str:organization_id>/members/<str:membership_id>/role/", change, name="console_member_role"),
    path(
        "console/<str:organization_id>/invitations/<str:invitation_id>/withdraw/",
        withdraw,
        name="console_member_withdraw",
    ),
    path("invitations/<str:token>/", invitation, name="invitation"),
]
