"""Delegations in the console: lend authority, and see the tree that grew from it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.delegation.drafts import signed_terms, terms_of_draft
from identity.delegation.models import Delegation, DelegationDraft, DelegationStatus, PendingRaise, PrincipalFreeze
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from identity.primitives.webauthn import consent_challenge
from identity.spending.replacing import consent_to
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import Crumbs, actor_of, allowed
from registry.web.cards import cards_of
from registry.web.consent import consent_context, consent_of
from registry.web.delegation_examples import examples_of
from registry.web.delegation_tree import chain_tree
from registry.web.delegation_view import limits_of
from registry.web.lending import not_hers
from registry.web.limit_words import plain_limits
from registry.web.pages import delegation_change, delegation_create, delegation_stops

CARDS_SHOWN_MAX = 24


@console_page(Permission.DELEGATIONS_READ)
@require_safe
def delegations(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    """The roots as cards, those in force or with ``?show=ended`` the others, the newest first; ``?before=`` is the
    last id of the page before."""
    before, at, ended = request.GET.get("before", ""), now(), request.GET.get("show") == "ended"
    over = Q(status=DelegationStatus.REVOKED) | Q(valid_until__lte=at)
    roots = Delegation.objects.filter(over if ended else ~over, principal=organization, depth=0)
    if before:
        roots = roots.filter(id__lt=before[:32])
    found = list(roots.select_related("agent__organization").order_by("-id")[: CARDS_SHOWN_MAX + 1])
    shown = found[:CARDS_SHOWN_MAX]
    kept = "show=ended&" if ended else ""
    context = {
        "cards": cards_of(shown, at=at),
        "ended": ended,
        "first_url": f"{request.path}?{kept}".rstrip("?&") if before else "",
        "next_url": f"{request.path}?{kept}before={shown[-1].pk}" if len(found) > CARDS_SHOWN_MAX else "",
        "frozen": PrincipalFreeze.objects.filter(principal=organization).first(),
        "may_write": allowed(request, Permission.DELEGATIONS_WRITE),
    }
    return render(request, "console/delegations/list.html", context)


@console_page(Permission.DELEGATIONS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: ConsoleRequest, organization: Organization, draft_id: str) -> HttpResponse:
    """The words to sign. A draft that was signed already leads to its delegation, so a second click issues nothing."""
    at = now()
    drafts = DelegationDraft.objects.select_related("agent__organization", "organization", "replaces")
    draft = get_object_or_404(drafts, pk=draft_id, organization=organization, parent=None)
    if draft.consumed_at is not None:
        return redirect("console_delegation", organization.pk, draft.pk)
    if PendingRaise.objects.filter(draft=draft).exists():
        return redirect("console_delegation", organization.pk, draft.replaces_id)
    if not draft.is_open(at):
        messages.error(request, _("You took more than an hour: the draft is gone, and nothing was lent."))
        return redirect("console_delegation_create", organization.pk)
    terms, replaced = terms_of_draft(draft), draft.replaces
    challenge = consent_challenge(binding_digest=draft.binding_digest, displayed_text=draft.displayed_text)
    error = ""
    if request.method == "POST":
        try:
            evidence = consent_of(request, challenge=challenge, displayed_text=draft.displayed_text, at=at)
            return redirect("console_delegation", organization.pk, _begin(request, draft, evidence, at))
        except (InvalidInput, NotPermitted, Conflict) as problem:
            error = problem.detail
    old = signed_terms(replaced) if replaced else None
    context = {
        "draft": draft,
        "not_hers": not_hers(request, draft, terms, old),
        "limits": plain_limits(terms.constraints),
        "examples": examples_of(terms, agent=draft.agent, at=max(at, terms.valid_from)),
        "difference": delegation_change.difference_of(replaced, old, terms, at=at) if replaced and old else None,
        "error": error,
        "crumbs": crumbs(organization),
        **consent_context(request, challenge=challenge, at=at),
    }
    return render(request, "console/delegations/confirm.html", context, status=422 if error else 200)


@console_page(Permission.DELEGATIONS_READ)
@require_safe
def delegation(request: ConsoleRequest, organization: Organization, delegation_id: str) -> HttpResponse:
    shown, at = delegation_of(organization, delegation_id), now()
    chain = chain_tree(shown, organization=organization, at=at)
    context = {
        "delegation": shown,
        "card": chain.shown,
        "chain": chain,
        "limits": limits_of(shown),
        "raises": delegation_change.pending_raises(shown),
        "replaced_by": getattr(shown, "replaced_by", None),
        "may_write": allowed(request, Permission.DELEGATIONS_WRITE),
        "crumbs": crumbs(organization),
    }
    return render(request, "console/delegations/delegation.html", context)


def delegation_of(organization: Organization, delegation_id: str) -> Delegation:
    """A link of one of the organization's own chains; 404 for all others."""
    links = Delegation.objects.select_related("agent__organization", "replaced_by")
    found = links.filter(pk=delegation_id, principal=organization).first()
    if found is None:
        raise Http404
    return found


def _begin(request: ConsoleRequest, draft: DelegationDraft, evidence: dict[str, Any], at: datetime) -> str:
    """Put the draft into force, or let it wait when it widens what it replaces; the delegation to look at next."""
    begun = consent_to(draft=draft, evidence=evidence, actor=actor_of(request), at=at)
    if isinstance(begun, PendingRaise):
        messages.success(request, _("Agreed. The wider limits begin when their waiting time is over."))
        return begun.delegation_id
    messages.success(request, _("Done. The agent may act within these limits from now on."))
    return begun.pk


def crumbs(organization: Organization) -> Crumbs:
    return [(_("Delegations"), reverse("console_delegations", args=[organization.pk]))]


urlpatterns = [
    path("console/<str:organization_id>/delegations/", delegations, name="console_delegations"),
    *delegation_create.urlpatterns,
    *delegation_change.urlpatterns,
    path(
        "console/<str:organization_id>/delegations/drafts/<str:draft_id>/", confirm, name="console_delegation_confirm"
    ),
    *delegation_stops.urlpatterns,
    path("console/<str:organization_id>/delegations/<str:delegation_id>/", delegation, name="console_delegation"),
]
