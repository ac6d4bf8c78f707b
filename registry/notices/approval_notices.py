"""The mail about a question: a link to the page, and enough to know whether to hurry. It answers nothing itself."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from identity.accounts.models import Organization, User
from identity.accounts.permissions import ROLE_PERMISSIONS, Permission
from identity.primitives.money import Money
from identity.spending.models import Approval, ApprovalState


def mail_about(approval: Approval, *, at: datetime) -> int:
    """Mail whoever may answer; how many mails. None when no answer counts any more.

    The agent's own words are not in it, nor the vendor's: stops either from writing to people in the register's name.
    """
    if approval.state_at(at) != ApprovalState.PENDING:
        return 0
    subject, body = _words(approval, at)
    people = approvers_of(approval.principal)
    for person in people:
        EmailMessage(subject, body, to=[person.email]).send()
    return len(people)


def approvers_of(organization: Organization) -> list[User]:
    """Everybody whose role lets her answer for this principal."""
    roles = [role for role, allowed in ROLE_PERMISSIONS.items() if Permission.APPROVALS_WRITE in allowed]
    members = User.objects.filter(memberships__organization=organization, memberships__role__in=roles, is_active=True)
    return list(members.distinct().order_by("pk"))


def _words(approval: Approval, at: datetime) -> tuple[str, str]:
    deal = approval.transaction
    context = {
        "amount": Money(deal["max_amount"]["amount"], deal["max_amount"]["currency"]).digits(),
        "vendor": _one_line(deal["vendor_name"]),
        "agents": " → ".join(_one_line(name) for name in deal["agents"]),
        "organization": approval.principal,
        "minutes": max(1, int((approval.expires_at - at).total_seconds() // 60)),
        "address": f"{settings.PUBLIC_URL}/approve/{approval.pk}",
        "others": f"{settings.PUBLIC_URL}/console/{approval.principal_id}/approvals/",
    }
    subject = _one_line(render_to_string("notices/email/approval_subject.txt", context))
    return subject, render_to_string("notices/email/approval_message.txt", context)


def _one_line(text: str) -> str:
    return " ".join(text.split())
