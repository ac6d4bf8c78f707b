"""A human answers for one purchase: made for a phone, from verified facts, the agent's own words marked as such."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from identity.accounts.models import Organization, User
from identity.accounts.permissions import Permission, may
from identity.journal.actor import Actor, ActorKind
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from identity.primitives.money import Money
from identity.primitives.webauthn import consent_challenge
from identity.spending.answers import approve, decline, decline_and_pause, displayed_text, reasons_of
from identity.spending.limits import ELEVATION_LIFETIME
from identity.spending.models import Approval, ApprovalState
from registry.web.access import ConsoleRequest, console_page, signed_in_page
from registry.web.consent import consent_context, consent_of

APPROVALS_SHOWN_MAX = 25
ASSURANCE_WORDS = (
    gettext_lazy("Nobody has verified this vendor"),
    gettext_lazy("Its domain is proven"),
    gettext_lazy("Its legal entity is verified"),
    gettext_lazy("Verified on site or by payment"),
)


@signed_in_page
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, approval_id: str) -> HttpResponse:
    """The question and its three answers. Whoever may not answer it is told nothing: 404, as for no question at all."""
    user = cast(User, request.user)
    approval = Approval.objects.select_related("principal").filter(pk=approval_id).first()
    if approval is None or not may(user, approval.principal, Permission.APPROVALS_WRITE):
        raise Http404
    problem = _take(request, approval, user) if request.method == "POST" else ""
    if request.method == "POST" and not problem:
        return redirect("approve", approval.pk)
    at = now()
    text = displayed_text(approval)
    context = {
        "approval": approval,
        "state": approval.state_at(at),
        "is_pending": approval.state_at(at) == ApprovalState.PENDING,
        "has_voted": approval.votes.filter(approver=user).exists(),
        "text": text,
        "why": [reason[:1].upper() + reason[1:] for reason in reasons_of(approval)],
        "error": problem,
        "minutes": int(ELEVATION_LIFETIME.total_seconds() // 60),
        **_deal(approval),
        **consent_context(request, challenge=_challenge(approval, text), at=at),
    }
    return render(request, "approvals/answer.html", context, status=422 if problem else 200)


@console_page(Permission.APPROVALS_WRITE)
@require_safe
def approvals(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    """What waits for an answer first, then what was answered; ``?before=`` is the last id of the page before."""
    at, before = now(), request.GET.get("before", "")
    asked = Approval.objects.filter(principal=organization)
    waiting = asked.filter(state=ApprovalState.PENDING, expires_at__gt=at).order_by("expires_at")
    past = asked.exclude(state=ApprovalState.PENDING, expires_at__gt=at).order_by("-id")
    if before:
        past = past.filter(id__lt=before[:32])
    found = list(past[: APPROVALS_SHOWN_MAX + 1])
    shown = found[:APPROVALS_SHOWN_MAX]
    context = {
        "waiting": [_row(one, at) for one in waiting[:APPROVALS_SHOWN_MAX]],
        "past": [_row(one, at) for one in shown],
        "first_url": request.path if before else "",
        "next_url": f"{request.path}?before={shown[-1].pk}" if len(found) > APPROVALS_SHOWN_MAX else "",
    }
    return render(request, "console/approvals/list.html", context)


def _take(request: HttpRequest, approval: Approval, user: User) -> str:
    """Act on what was pressed; what stood in the way, in a sentence, or nothing."""
    at, actor = now(), Actor(ActorKind.USER, user.pk)
    try:
        if "decline" in request.POST:
            decline(approval=approval, approver=user, actor=actor, at=at)
            messages.success(request, _("Declined. The agent cannot ask for the same purchase again today."))
        elif "pause" in request.POST:
            decline_and_pause(approval=approval, approver=user, actor=actor, at=at)
            messages.success(request, _("Declined, and the agent is paused."))
        else:
            text = displayed_text(approval)
            evidence = consent_of(request, challenge=_challenge(approval, text), displayed_text=text, at=at)
            approve(approval=approval, approver=user, evidence=evidence, actor=actor, at=at)
            messages.success(request, _("Approved, this once."))
    except (InvalidInput, NotPermitted, Conflict) as problem:
        return problem.detail
    return ""


def _challenge(approval: Approval, text: str) -> bytes:
    return consent_challenge(binding_digest=bytes.fromhex(approval.binding_digest), displayed_text=text)


def _deal(approval: Approval) -> dict[str, Any]:
    deal = approval.transaction
    amount, most = (Money(deal[name]["amount"], deal[name]["currency"]) for name in ("amount", "max_amount"))
    return {
        "deal": deal,
        "amount": amount,
        "most": most if most != amount else None,
        "assurance": ASSURANCE_WORDS[deal["vendor_assurance"]],
        "delegation_url": reverse("console_delegation", args=[approval.principal_id, approval.leaf]),
    }


def _row(approval: Approval, at: Any) -> dict[str, Any]:
    return {"approval": approval, "state": str(approval.state_at(at).value), **_deal(approval)}


urlpatterns = [
    path("approve/<str:approval_id>", answer, name="approve"),
    path("console/<str:organization_id>/approvals/", approvals, name="console_approvals"),
]
