"""Changing the limits of a delegation: narrower at once, wider after a cooling period, what was used counts on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.delegation.constraints import parse_constraints
from identity.delegation.delegate import draft_root
from identity.delegation.drafts import signed_terms
from identity.delegation.link import Terms
from identity.delegation.models import Delegation, DelegationDraft, DelegationStatus, PendingRaise, RaiseState
from identity.delegation.widening import widenings
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from identity.spending.raises import cancel_raise, cooling_period
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import actor_of
from registry.web.delegation_preview import NOTHING_YET, preview_of
from registry.web.forms.delegation_change import ChangeForm
from registry.web.lending import lending_of
from registry.web.limit_words import plain_limits


@dataclass(frozen=True, slots=True)
class Difference:
    """What a change takes away and brings; ``begins_at`` is None when it begins at once."""

    gone: list[str]
    new: list[str]
    begins_at: datetime | None
    cut: int
    """How many sub-agents stop with the old limits."""


@console_page(Permission.DELEGATIONS_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: ConsoleRequest, organization: Organization, delegation_id: str) -> HttpResponse:
    """The limits as they stand, to be changed. It leads to the page where the new words are signed."""
    delegation, at = _changeable(organization, delegation_id), now()
    place = ("console_delegation", organization.pk, delegation.pk)
    waits = PendingRaise.objects.filter(delegation=delegation, state=RaiseState.PENDING).exists()
    if waits or delegation.status != DelegationStatus.ACTIVE or delegation.has_ended(at):
        messages.error(request, _waiting() if waits else _not_active())
        return redirect(*place)
    old = signed_terms(delegation)
    lending = lending_of(request)
    form = ChangeForm(request.POST or None, organization=organization, bounds=lending.bounds, terms=old)
    if request.method == "POST" and form.is_valid():
        try:
            new = _new_terms(form, old, at)
            if _says_the_same(old, new):
                messages.info(request, _("Nothing was changed."))
                return redirect(*place)
            draft = draft_root(
                principal=organization,
                agent=delegation.agent,
                terms=new,
                replaces=delegation,
                actor=actor_of(request),
                at=at,
            )
        except (InvalidInput, Conflict, NotPermitted) as problem:
            form.add_error(problem.field if problem.field in form.fields else None, problem.detail)
        else:
            return redirect("console_delegation_confirm", organization.pk, draft.pk)
    context = {
        "form": form,
        "delegation": delegation,
        "kept": plain_limits(form.kept),
        "lending": lending,
        "preview": preview_of(form, agent=delegation.agent, at=at) if form.is_bound else NOTHING_YET,
        "crumbs": [
            (_("Delegations"), reverse("console_delegations", args=[organization.pk])),
            (delegation.agent.display_name, reverse(place[0], args=place[1:])),
        ],
    }
    return render(request, "console/delegations/change.html", context, status=422 if form.errors else 200)


@console_page(Permission.DELEGATIONS_WRITE)
@require_safe
def preview(request: ConsoleRequest, organization: Organization, delegation_id: str) -> HttpResponse:
    """What the answers so far would mean and when they would begin: asked for while somebody types."""
    delegation, at = _changeable(organization, delegation_id), now()
    old = signed_terms(delegation)
    form = ChangeForm(request.GET, organization=organization, terms=old)
    shown = preview_of(form, agent=delegation.agent, at=at)
    try:
        difference = difference_of(delegation, old, _new_terms(form, old, at), at=at) if form.is_valid() else None
    except InvalidInput:
        difference = None
    return render(request, "console/delegations/preview.html", {"preview": shown, "difference": difference})


@console_page(Permission.DELEGATIONS_WRITE)
@require_POST
def cancel(request: ConsoleRequest, organization: Organization, raise_id: str) -> HttpResponse:
    """Leave the limits as they are."""
    raises = PendingRaise.objects.select_related("delegation")
    pending = get_object_or_404(raises, pk=raise_id, delegation__principal=organization)
    try:
        cancel_raise(pending=pending, actor=actor_of(request), at=now())
        messages.success(request, _("Cancelled. The limits stay as they are."))
    except Conflict as problem:
        messages.error(request, problem.detail)
    return redirect("console_delegation", organization.pk, pending.delegation_id)


def difference_of(delegation: Delegation, old: Terms, new: Terms, *, at: datetime) -> Difference:
    before, after = plain_limits(old.constraints), plain_limits(new.constraints)
    below = Delegation.objects.subtree_of(delegation).exclude(pk=delegation.pk)
    return Difference(
        gone=[line for line in before if line not in after],
        new=[line for line in after if line not in before],
        begins_at=at + cooling_period() if widenings(old, new) else None,
        cut=below.exclude(status=DelegationStatus.REVOKED).count(),
    )


def _changeable(organization: Organization, delegation_id: str) -> Delegation:
    """A root of the organization's own; what agents passed on is theirs to change."""
    roots = Delegation.objects.select_related("agent__organization").filter(principal=organization, depth=0)
    found = roots.filter(pk=delegation_id).first()
    if found is None:
        raise Http404
    return found


def _new_terms(form: ChangeForm, old: Terms, at: datetime) -> Terms:
    """The old terms with the form's limits. Wider ones begin when their cooling period is over."""
    new = replace(
        old,
        constraints=parse_constraints(form.cleaned_data["constraints"]),
        valid_from=at,
        valid_until=form.ends_at(at),
        max_further_depth=int(form.cleaned_data["max_further_depth"]),
    )
    return replace(new, valid_from=at + cooling_period()) if widenings(old, new) else new


def _says_the_same(old: Terms, new: Terms) -> bool:
    kept = (old.valid_until, old.max_further_depth) == (new.valid_until, new.max_further_depth)
    return kept and sorted(plain_limits(old.constraints)) == sorted(plain_limits(new.constraints))


def _waiting() -> str:
    return _("A change waits already. Cancel it first, then change the limits again.")


def _not_active() -> str:
    return _("Only limits in force can be changed. Resume the delegation first.")


def pending_raises(delegation: Delegation) -> list[dict[str, object]]:
    """Wider limits that wait, as the delegation's page shows them."""
    waiting = PendingRaise.objects.filter(delegation=delegation, state=RaiseState.PENDING).select_related("draft")
    before = plain_limits(parse_constraints(delegation.constraints))
    return [
        {"id": one.pk, "ripe_at": one.ripe_at, "lines": [line for line in _lines(one.draft) if line not in before]}
        for one in waiting
    ]


def _lines(draft: DelegationDraft) -> list[str]:
    return plain_limits(parse_constraints(draft.document["credentialSubject"]["limits"]))


_PLACE = "console/<str:organization_id>/delegations/"

urlpatterns = [
    path(f"{_PLACE}raises/<str:raise_id>/cancel/", cancel, name="console_delegation_raise_cancel"),
    path(f"{_PLACE}<str:delegation_id>/change/", change, name="console_delegation_change"),
    path(f"{_PLACE}<str:delegation_id>/change/preview/", preview, name="console_delegation_change_preview"),
]
