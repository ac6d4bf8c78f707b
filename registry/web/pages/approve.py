"""A human answers for one purchase: made for a phone, from verified facts, the agent's own words marked as such."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from identity.accounts.models import Organization, User
from identity.accounts.permissions import Permission, may
from identity.journal.actor import Actor, ActorKind
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from identity.primitives.money import SANDBOX_CURRENCY
from identity.primitives.webauthn import consent_challenge
from identity.spending.answers import approve, decline, decline_and_pause, displayed_text
from identity.spending.limits import ELEVATION_LIFETIME
from identity.spending.models import Approval, ApprovalState
from registry.web import approval_view
from registry.web.access import ConsoleRequest, console_page, signed_in_page
from registry.web.approver_view import round_of
from registry.web.consent import consent_context, consent_of
from registry.web.live import follow

APPROVALS_SHOWN_MAX = 25


@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, approval_id: str) -> HttpResponseBase:
    """The question and its three answers. Whoever may not answer it is told nothing: 404, as for no question at all."""
    if request.method == "POST" and not request.user.is_authenticated:  # the session ended while she read
        messages.info(request, _("You were signed out, and nothing was sent. Sign in and answer again."))
        return redirect_to_login(request.path)
    return cast(HttpResponseBase, _answer(request, approval_id))


@signed_in_page
def _answer(request: HttpRequest, approval_id: str) -> HttpResponse:
    user = cast(User, request.user)
    approval = _asked_of(user, approval_id)
    problem, status = _take(request, approval, user) if request.method == "POST" else ("", 200)
    if request.method == "POST" and not problem:
        return redirect("approve", approval.pk)
    if problem:
        approval.refresh_from_db()
    return render(request, "approvals/answer.html", _context(request, approval, problem, status), status=status)


@signed_in_page
@require_safe
def answer_live(request: HttpRequest, approval_id: str) -> HttpResponse:
    """What the page of this question shows, as an event when it changes (``registry.web.live``)."""
    approval = _asked_of(cast(User, request.user), approval_id)
    return follow(request, lambda: approval_view.look_at(approval.pk, at=now()))


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
        "mark": approval_view.look_at_all(organization, at=at).mark,  # read first: what comes after shows as a change
        "waiting": approval_view.rows_of(list(waiting[:APPROVALS_SHOWN_MAX]), at),
        "past": approval_view.rows_of(shown, at),
        "patience": approval_view.patience_of(organization, at=at),
        "first_url": request.path if before else "",
        "next_url": f"{request.path}?before={shown[-1].pk}" if len(found) > APPROVALS_SHOWN_MAX else "",
    }
    return render(request, "console/approvals/list.html", context)


@console_page(Permission.APPROVALS_WRITE)
@require_safe
def approvals_live(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    """What the list shows, as an event when it changes (``registry.web.live``)."""
    return follow(request, lambda: approval_view.look_at_all(organization, at=now()))


def _asked_of(user: User, approval_id: str) -> Approval:
    approval = Approval.objects.select_related("principal").filter(pk=approval_id).first()
    if approval is None or not may(user, approval.principal, Permission.APPROVALS_WRITE):
        raise Http404
    return approval


def _context(request: HttpRequest, approval: Approval, problem: str, status: int) -> dict[str, Any]:
    at, user = now(), cast(User, request.user)
    text = displayed_text(approval)
    is_pending = approval.state_at(at) == ApprovalState.PENDING
    voting = round_of(approval, user, at=at) if is_pending else None
    mark = approval_view.mark_of(approval, votes=voting.given if voting else None, at=at)
    context = {
        "approval": approval,
        "mark": mark,
        "state": approval.state_at(at),
        "is_pending": is_pending,
        "round": voting,
        "has_voted": voting is not None and voting.has_voted,
        "text": text,
        "why": approval_view.why_of(approval),
        "outcome": approval_view.outcome_of(approval, user, at=at),
        "countdown": approval_view.countdown_of(approval, at),
        "error": problem,
        "is_late": status == 409,
        "minutes": int(ELEVATION_LIFETIME.total_seconds() // 60),
        "is_sandbox": _is_sandboxs(approval),
        **approval_view.deal_of(approval),
    }
    if is_pending:
        context["left"] = approval_view.left_of(approval, at=at)
        challenge = _challenge(approval, text)
        context.update(consent_context(request, challenge=challenge, at=at, is_sandbox=_is_sandboxs(approval)))
    return context


def _take(request: HttpRequest, approval: Approval, user: User) -> tuple[str, int]:
    """Act on what was pressed; what stood in the way, in a sentence, and its status. Nothing is done twice."""
    at, actor = now(), Actor(ActorKind.USER, user.pk)
    try:
        if "decline" in request.POST:
            decline(approval=approval, approver=user, actor=actor, at=at)
            messages.success(request, _("Declined. The agent cannot ask for the same purchase again today."))
        elif "pause" in request.POST:
            decline_and_pause(approval=approval, approver=user, actor=actor, at=at)
            messages.success(request, _("Declined, and the agent is paused."))
        else:
            _approve(request, approval, user)
            messages.success(request, _("Approved, this once."))
    except Conflict as conflict:
        if conflict.code not in ("approval_ended", "already_voted"):
            return conflict.detail, 409
        approval.refresh_from_db()
        return approval_view.late_words(approval, user, at=at), 409
    except (InvalidInput, NotPermitted) as problem:
        return problem.detail, 422
    return "", 200


def _approve(request: HttpRequest, approval: Approval, user: User) -> None:
    at, text = now(), displayed_text(approval)
    if approval.state_at(at) != ApprovalState.PENDING:  # told of before the passkey is looked at
        raise Conflict("approval_ended", "This question has ended.")
    evidence = consent_of(
        request,
        challenge=_challenge(approval, text),
        displayed_text=text,
        at=at,
        is_sandbox=_is_sandboxs(approval),
    )
    approve(approval=approval, approver=user, evidence=evidence, actor=Actor(ActorKind.USER, user.pk), at=at)


def _is_sandboxs(approval: Approval) -> bool:
    """Whether it is about play money. The ledger lets that be spent at the sandbox's shop only."""
    return bool(approval.transaction["amount"]["currency"] == SANDBOX_CURRENCY)


def _challenge(approval: Approval, text: str) -> bytes:
    return consent_challenge(binding_digest=bytes.fromhex(approval.binding_digest), displayed_text=text)


urlpatterns = [
    path("approve/<str:approval_id>", answer, name="approve"),
    path("approve/<str:approval_id>/live", answer_live, name="approve_live"),
    path("console/<str:organization_id>/approvals/", approvals, name="console_approvals"),
    path("console/<str:organization_id>/approvals/live", approvals_live, name="console_approvals_live"),
]
