"""The first run: from nothing to a purchase that was asked about, in the sandbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from identity.accounts.models import Organization, User
from identity.accounts.organizations import personal_organization
from identity.accounts.permissions import Permission
from identity.delegation.constraints import parse_constraints
from identity.delegation.models import DelegationDraft
from identity.journal.actor import Actor, ActorKind
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput, NotFound, NotPermitted
from identity.primitives.webauthn import consent_challenge
from identity.spending.attempt import Decided
from identity.spending.models import Verdict
from registry.sandbox import runs, story
from registry.sandbox.progress import Step
from registry.web.access import ConsoleRequest, console_page, signed_in_page
from registry.web.agent_facts import actor_of
from registry.web.consent import consent_context, consent_of
from registry.web.first_run_view import first_run_of
from registry.web.limit_words import plain_limits

# What stops a click without being anybody's fault: said on the page, and nothing was done.
REFUSALS = (Conflict, InvalidInput, NotFound, NotPermitted)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in_page
def welcome(request: HttpRequest) -> HttpResponse:
    """For whoever has no organization yet: beginning makes her own."""
    if request.method != "POST":
        return render(request, "console/first_run/welcome.html")
    user, at = cast(User, request.user), now()
    organization = personal_organization(user, at)
    try:
        runs.start(organization=organization, actor=Actor(ActorKind.USER, user.pk), at=at)
    except REFUSALS as problem:
        messages.error(request, problem.detail)
    return redirect("console_first_run", organization.pk)


@console_page(Permission.APPROVALS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def first_run(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    """Where she is in the story, and the one thing to do next. A click on what is done already does nothing. For
    whoever may answer questions, and so may lend: the story is hers from end to end."""
    problem = ""
    if request.method == "POST":
        try:
            _act(request, organization, now())
            if request.POST.get("act") == "skip":
                return redirect("console_organization", organization.pk)
            return redirect(f"{reverse('console_first_run', args=[organization.pk])}#now")
        except REFUSALS as refusal:
            problem = refusal.detail
    context = _context(request, organization, now())
    return render(request, "console/first_run/page.html", {**context, "error": problem}, status=409 if problem else 200)


def _act(request: ConsoleRequest, organization: Organization, at: datetime) -> None:
    actor, act = actor_of(request), request.POST.get("act", "")
    match act:
        case "start":
            runs.start(organization=organization, actor=actor, at=at)
        case "again":
            runs.remove(organization=organization, actor=actor, at=at)
            runs.start(organization=organization, actor=actor, at=at)
        case "remove":
            if runs.remove(organization=organization, actor=actor, at=at):
                messages.success(request, _("The sandbox is gone: what you lent in it is revoked."))
        case "skip":
            runs.skip(organization=organization, actor=actor, at=at)
        case "go_on":
            _go_on(request, organization, at)
        case _:
            _lend(request, organization, at)


def _go_on(request: ConsoleRequest, organization: Organization, at: datetime) -> None:
    run, step = runs.open_run(organization), request.POST.get("step", "")
    if run is None or step not in list(Step):
        return
    decided = story.go_on(run=run, step=Step(step), at=at)
    if decided is not None and decided.verdict == Verdict.DECLINED:
        messages.error(request, _("Declined: %s") % _why(decided))


def _why(decided: Decided) -> str:
    reasons = decided.record["reasons"]
    return str(reasons[0].get("detail") or reasons[0]["code"]) if reasons else ""


def _lend(request: ConsoleRequest, organization: Organization, at: datetime) -> None:
    run = runs.open_run(organization)
    draft = runs.draft_of(run, at=at) if run is not None else None
    if run is None or draft is None:
        return
    evidence = consent_of(
        request, challenge=_challenge(draft), displayed_text=draft.displayed_text, at=at, is_sandbox=True
    )
    runs.lend(run=run, evidence=evidence, actor=actor_of(request), at=at)


def _context(request: ConsoleRequest, organization: Organization, at: datetime) -> dict[str, Any]:
    run = runs.open_run(organization)
    if run is None:
        return {"shown": None}
    shown = first_run_of(run, at=at)
    context: dict[str, Any] = {"shown": shown, "run": run}
    if shown.step == Step.LEND:
        draft = runs.draft_of(run, at=at)
        context["draft"] = draft
        if draft is not None:
            context["limits"] = plain_limits(parse_constraints(draft.document["credentialSubject"]["limits"]))
            context |= consent_context(request, challenge=_challenge(draft), at=at, is_sandbox=True)
    return context


def _challenge(draft: DelegationDraft) -> bytes:
    return consent_challenge(binding_digest=draft.binding_digest, displayed_text=draft.displayed_text)


urlpatterns = [
    path("console/first-run/", welcome, name="console_welcome"),
    path("console/<str:organization_id>/first-run/", first_run, name="console_first_run"),
]
