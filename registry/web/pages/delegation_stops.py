"""Stopping a delegation, or everything, and going on: each page shows first what it will reach."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django import forms
from django.contrib import messages
from django.db.models import Count, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_http_methods, require_POST

from identity.accounts.amounts import amount_in_digits
from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.agents.models import Agent
from identity.delegation.capacity import capacities
from identity.delegation.freeze import freeze_principal, unfreeze_principal
from identity.delegation.lending_rules import refuse_resuming
from identity.delegation.models import Delegation, OnRevocation, PrincipalFreeze
from identity.delegation.revoke import RevocationReason, SuspensionReason, resume_delegation, suspend_delegation
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from identity.primitives.money import Money
from identity.primitives.webauthn import consent_challenge
from identity.spending import links
from identity.spending.expiry import open_holds_on
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import actor_of
from registry.web.consent import consent_context, consent_of
from registry.web.delegation_view import tree_of

REASONS = [
    (RevocationReason.NO_LONGER_NEEDED, gettext_lazy("It is no longer needed")),
    (RevocationReason.ISSUED_BY_MISTAKE, gettext_lazy("It was lent by mistake")),
    (RevocationReason.MISUSE, gettext_lazy("The agent misused it")),
    (RevocationReason.KEY_COMPROMISED, gettext_lazy("The agent's key is in other hands")),
]
HOLDS_SHOWN_MAX = 10
RESUME_WORDS = gettext_noop("Let every agent of mine spend again, within the limits I set before.")


@dataclass(frozen=True, slots=True)
class Hold:
    amount: str
    vendor: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Cut:
    """What a revocation ends: open holds, by the query that will run, and what their sums are."""

    holds: list[Hold]
    hold_count: int
    sums: list[str]
    is_honored: bool

    @property
    def more(self) -> int:
        return self.hold_count - len(self.holds)


class RevokeForm(forms.Form):
    reason = forms.ChoiceField(label=gettext_lazy("Why"), choices=REASONS)


@console_page(Permission.DELEGATIONS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: ConsoleRequest, organization: Organization, delegation_id: str) -> HttpResponse:
    delegation = _of(organization, delegation_id)
    form = RevokeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            links.revoke(
                delegation=delegation,
                reason=RevocationReason(form.cleaned_data["reason"]),
                capacities=capacities(delegation, organization=organization),
                actor=actor_of(request),
                at=now(),
            )
        except (Conflict, NotPermitted) as problem:
            if problem.code == "delegation_revoked":  # a second click, or a page from before
                messages.info(request, problem.detail)
                return redirect("console_delegation", organization.pk, delegation.pk)
            form.add_error(None, problem.detail)
        else:
            messages.success(request, _("Revoked. Nothing is authorized under it any more."))
            return redirect("console_delegation", organization.pk, delegation.pk)
    at = now()
    rows, more = tree_of(delegation, at=at)
    context = {
        "delegation": delegation,
        "form": form,
        "below": [row for row in rows[1:] if not row.delegation.is_revoked],
        "more": more,
        "cut": what_is_cut(delegation),
        "crumbs": [
            (_("Delegations"), reverse("console_delegations", args=[organization.pk])),
            (delegation.agent.display_name, reverse("console_delegation", args=[organization.pk, delegation.pk])),
        ],
    }
    return render(request, "console/delegations/revoke.html", context, status=422 if form.errors else 200)


@console_page(Permission.DELEGATIONS_WRITE)
@require_POST
def suspend(request: ConsoleRequest, organization: Organization, delegation_id: str) -> HttpResponse:
    delegation = _of(organization, delegation_id)
    mine = capacities(delegation, organization=organization)
    try:
        suspend_delegation(
            delegation=delegation, reason=SuspensionReason.PAUSED, capacities=mine, actor=actor_of(request), at=now()
        )
        messages.success(request, _("Paused, and with it everything below."))
    except (Conflict, NotPermitted) as problem:
        messages.error(request, problem.detail)
    return _back(request, delegation)


@console_page(Permission.DELEGATIONS_WRITE)
@require_POST
def resume(request: ConsoleRequest, organization: Organization, delegation_id: str) -> HttpResponse:
    delegation = _of(organization, delegation_id)
    mine = capacities(delegation, organization=organization)
    try:
        _refuse_resuming(request, organization, delegation)
        resume_delegation(delegation=delegation, capacities=mine, actor=actor_of(request), at=now())
        messages.success(request, _("Active again."))
    except (Conflict, NotPermitted) as problem:
        messages.error(request, problem.detail)
    return _back(request, delegation)


@console_page(Permission.DELEGATIONS_WRITE)
@require_POST
def pause_everything(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    """One tap, no question: in an emergency nothing stands between the person and the stop."""
    freeze_principal(principal=organization, actor=actor_of(request), at=now())
    messages.success(request, _("Everything is paused. No agent may spend anything on your authority."))
    return redirect("console_delegations", organization.pk)


@console_page(Permission.DELEGATIONS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def resume_everything(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    """Going on needs consent. The challenge names this one pause, so an old assertion does not lift a new one."""
    at = now()
    freeze = PrincipalFreeze.objects.filter(principal=organization).first()
    if freeze is None:
        return redirect("console_delegations", organization.pk)
    binding = f"resume:{organization.pk}:{freeze.frozen_at.isoformat()}".encode()
    challenge = consent_challenge(binding_digest=binding, displayed_text=RESUME_WORDS)
    error = ""
    if request.method == "POST":
        try:
            _refuse_resuming(request, organization, None)
            evidence = consent_of(request, challenge=challenge, displayed_text=RESUME_WORDS, at=at)
            unfreeze_principal(principal=organization, evidence=evidence, actor=actor_of(request), at=at)
        except (InvalidInput, NotPermitted, Conflict) as problem:
            error = problem.detail
        else:
            messages.success(request, _("Your agents may act again."))
            return redirect("console_delegations", organization.pk)
    context = {
        "words": RESUME_WORDS,
        "frozen": freeze,
        "error": error,
        "crumbs": [(_("Delegations"), reverse("console_delegations", args=[organization.pk]))],
        **consent_context(request, challenge=challenge, at=at),
    }
    return render(request, "console/delegations/resume.html", context, status=422 if error else 200)


def what_is_cut(delegation: Delegation) -> Cut:
    """Read with the very query that the revocation runs."""
    holds = open_holds_on(delegation.pk)
    shown = list(holds[:HOLDS_SHOWN_MAX])
    names = dict(Agent.objects.filter(pk__in={hold.vendor for hold in shown}).values_list("pk", "display_name"))
    sums = holds.order_by("currency").values_list("currency").annotate(Sum("open"), Count("pk"))
    rows = [(currency, amount, count) for currency, amount, count in sums]
    return Cut(
        holds=[
            Hold(
                amount_in_digits(Money(hold.open, hold.currency)), names.get(hold.vendor, hold.vendor), hold.expires_at
            )
            for hold in shown
        ],
        hold_count=sum(count for _currency, _amount, count in rows),
        sums=[amount_in_digits(Money(amount, currency)) for currency, amount, _count in rows],
        is_honored=delegation.on_revocation == OnRevocation.HONOR,
    )


def _refuse_resuming(request: ConsoleRequest, organization: Organization, delegation: Delegation | None) -> None:
    lender, role = request.user.pk, request.console.membership.role
    refuse_resuming(principal=organization, lender=lender, role=role, delegation=delegation)


def _back(request: ConsoleRequest, delegation: Delegation) -> HttpResponse:
    """To the card among the others, or to the delegation's own page: where the button stood."""
    if request.POST.get("back") == "list":
        return redirect(f"{reverse('console_delegations', args=[delegation.principal_id])}#{delegation.pk}")
    return redirect("console_delegation", delegation.principal_id, delegation.pk)


def _of(organization: Organization, delegation_id: str) -> Delegation:
    links = Delegation.objects.select_related("agent__organization")
    found = links.filter(pk=delegation_id, principal=organization).first()
    if found is None:
        raise Http404
    return found


_PLACE = "console/<str:organization_id>/delegations/"

urlpatterns = [
    path(f"{_PLACE}pause/", pause_everything, name="console_delegations_pause"),
    path(f"{_PLACE}resume/", resume_everything, name="console_delegations_resume"),
    path(f"{_PLACE}<str:delegation_id>/revoke/", revoke, name="console_delegation_revoke"),
    path(f"{_PLACE}<str:delegation_id>/suspend/", suspend, name="console_delegation_suspend"),
    path(f"{_PLACE}<str:delegation_id>/resume/", resume, name="console_delegation_resume"),
]
