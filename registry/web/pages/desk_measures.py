"""Measures on the desk: proposed with a look at how far they reach, signed by others, lifted, taken back."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from identity.accounts.models import Organization, User
from identity.agents.models import Agent
from identity.primitives.clock import now
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from registry.web.desk import desk_page, operator
from registry.web.desk_view import acts_for
from registry.web.desk_view_associations import association_rows
from registry.web.desk_view_measure import conflict_in, measure_rows, missing_words, to_be_signed, who_may_sign
from registry.web.desk_view_queue import name_of
from registry.web.desk_view_reach import reach_view
from registry.web.forms.desk_measures import EndForm, MeasureForm, likely
from registry.web.forms.desk_organizations import ASSOCIATION_WORDS
from registry.web.pages.desk_cases import case_crumbs
from registry.web.sanction_words import EFFECT_WORDS, MEASURE_WORDS, REASON_WORDS
from reputation.moderation.involvement import conflict_of_interest
from reputation.moderation.ladder import CONFIRM_WITHIN, PROPOSAL_OPEN_FOR, Level, length_of, missing_of, rung_of
from reputation.moderation.models import Case, Sanction, SanctionState
from reputation.moderation.reach import subject_of
from reputation.moderation.sanctions import (
    Proposal,
    check_proposal,
    impose_in_emergency,
    lift_sanction,
    propose_sanction,
    renew_sanction,
    sign_sanction,
    withdraw_proposal,
)

WAITING_SHOWN_MAX = 100
_CASES = Case.objects.select_related("agent__organization", "organization")
_SANCTIONS = Sanction.objects.select_related("agent__organization", "organization", "case__agent", "case__organization")
_Refused = (InvalidInput, Conflict, NotPermitted)


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def measure(request: HttpRequest, case_id: str) -> HttpResponse:
    """The form, then what it would reach, then the act: nothing happens before the operator has seen the reach."""
    case = get_object_or_404(_CASES, pk=case_id)
    form = MeasureForm(request.POST or None, case=case, initial=likely(case))
    conflict = conflict_of_interest(cast(User, request.user), case)
    context = {
        "case": case,
        "about": name_of(case),
        "form": form,
        "conflict": conflict,
        "crumbs": case_crumbs(case),
    }
    if request.method == "POST" and form.is_valid():
        at, proposal = now(), form.proposal()
        try:
            check_proposal(proposal)
            if conflict:
                raise NotPermitted("conflict_of_interest", conflict)
            if request.POST.get("understood"):
                sanction = _take(request, case, proposal, is_emergency=form.is_emergency, at=at)
                messages.success(request, _said(sanction))
                return redirect("desk_sanction", sanction.pk)
        except _Refused as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.detail)
        else:
            preview = _preview(case, proposal, is_emergency=form.is_emergency, at=at)
            return render(request, "desk/measure_preview.html", context | preview)
    return render(request, "desk/measure.html", context, status=422 if form.errors else 200)


@desk_page
@require_safe
def sanction(request: HttpRequest, sanction_id: str) -> HttpResponse:
    shown, at = get_object_or_404(_SANCTIONS, pk=sanction_id), now()
    row = measure_rows([shown])[0]
    user = cast(User, request.user)
    has_signed = any(signature.operator_id == user.pk for signature in row.signatures)
    conflict = conflict_in(user, shown)
    context = {
        "measure": row,
        "sanction": shown,
        "conflict": conflict,
        "has_signed": has_signed,
        "may_sign": row.waits and not has_signed and not conflict,
        "may_end": shown.is_open and not conflict,
        "may_renew": _may_renew(shown, at) and not conflict,
        "others": who_may_sign(row) if row.waits else [],
        "reach": reach_view(subject_of(shown), at=at) if shown.is_open else None,
        "appeal": shown.appeal,
        "associations": association_rows(shown),
        "decisions": ASSOCIATION_WORDS.items(),
        "acts": acts_for([shown.pk]),
        "crumbs": case_crumbs(shown.case) if shown.case else [],
    }
    return render(request, "desk/sanction.html", context)


@desk_page
@require_POST
def sign(request: HttpRequest, sanction_id: str) -> HttpResponse:
    signed = get_object_or_404(_SANCTIONS, pk=sanction_id)
    if not request.POST.get("understood"):
        messages.error(request, _("Say that you have looked at the facts and the reach: a signature means that."))
        return redirect("desk_sanction", signed.pk)
    try:
        messages.success(request, _said(sign_sanction(sanction=signed, actor=operator(request), at=now())))
    except _Refused as refusal:
        messages.error(request, refusal.detail)
    return redirect("desk_sanction", signed.pk)


@desk_page
@require_http_methods(["GET", "HEAD", "POST"])
def lift(request: HttpRequest, sanction_id: str) -> HttpResponse:
    """End a measure before its time, or take back a proposal, with a reason."""
    ending, form = get_object_or_404(_SANCTIONS, pk=sanction_id), EndForm(request.POST or None)
    is_proposal = ending.state == SanctionState.PROPOSED
    if request.method == "POST" and form.is_valid():
        act = withdraw_proposal if is_proposal else lift_sanction
        try:
            act(sanction=ending, reason=form.cleaned_data["why"], actor=operator(request), at=now())
        except _Refused as refusal:
            form.add_error("why" if refusal.field == "reason" else None, refusal.detail)
        else:
            messages.success(
                request, _("Taken back.") if is_proposal else _("Lifted. It stands as before the measure.")
            )
            return redirect("desk_sanction", ending.pk)
    context = {
        "measure": measure_rows([ending])[0],
        "is_proposal": is_proposal,
        "reach": reach_view(subject_of(ending), at=now()),
        "form": form,
        "crumbs": case_crumbs(ending.case) if ending.case else [],
    }
    return render(request, "desk/lift.html", context, status=422 if form.errors else 200)


@desk_page
@require_POST
def renew(request: HttpRequest, sanction_id: str) -> HttpResponse:
    renewed = get_object_or_404(_SANCTIONS, pk=sanction_id)
    try:
        renew_sanction(sanction=renewed, actor=operator(request), at=now())
        messages.success(request, _("It goes on for its length once more."))
    except _Refused as refusal:
        messages.error(request, refusal.detail)
    return redirect("desk_sanction", renewed.pk)


@desk_page
@require_safe
def signatures(request: HttpRequest) -> HttpResponse:
    """Whatever lapses unless somebody signs it."""
    rows = measure_rows(list(to_be_signed()[:WAITING_SHOWN_MAX]))
    user = cast(User, request.user)
    signed = {row.sanction.pk for row in rows if any(one.operator_id == user.pk for one in row.signatures)}
    context = {"rows": [(row, row.sanction.pk in signed) for row in rows]}
    return render(request, "desk/signatures.html", context)


def subject_for(case: Case, level: int) -> Agent | Organization:
    """Whom a measure in this case hits: a deplatforming the organization, anything else whom the case is about."""
    subject = case.organization if level == Level.DEPLATFORMED else case.agent or case.organization
    assert subject is not None  # case_is_about_somebody; the form offers level 5 only where somebody answers
    return subject


def _take(request: HttpRequest, case: Case, proposal: Proposal, *, is_emergency: bool, at: datetime) -> Sanction:
    act = impose_in_emergency if is_emergency else propose_sanction
    subject = subject_for(case, proposal.level)
    return act(case=case, subject=subject, proposal=proposal, actor=operator(request), at=at)


def _preview(case: Case, proposal: Proposal, *, is_emergency: bool, at: datetime) -> dict[str, object]:
    missing = missing_of(proposal.level, signatures=1, managers=0)
    at_once = is_emergency or (missing.signatures == 0 and missing.managers == 0)
    length = length_of(proposal.level, proposal.days)
    subject = subject_for(case, proposal.level)
    return {
        "words": MEASURE_WORDS[rung_of(proposal.level).measure],
        "effect": EFFECT_WORDS[proposal.level],
        "reason": REASON_WORDS[proposal.reason],
        "facts": proposal.facts,
        "evidence": proposal.evidence,
        "subject": subject,
        "is_emergency": is_emergency,
        "at_once": at_once,
        "missing_words": missing_words(missing),
        "confirm_by": at + (CONFIRM_WITHIN if is_emergency else PROPOSAL_OPEN_FOR),
        "ends_at": at + length if length and at_once else None,
        "days": length.days if length else None,
        "wind_down_days": proposal.wind_down_days,
        "holds_entry": rung_of(proposal.level).holds_entry,
        "reach": reach_view(subject, at=at),
    }


def _may_renew(sanction: Sanction, at: datetime) -> bool:
    return sanction.is_in_force(at) and sanction.ends_at is not None and sanction.renewals < sanction.rung.renewals_max


def _said(sanction: Sanction) -> str:
    if sanction.state == SanctionState.PROPOSED:
        return _("Signed. It comes into force when enough others have signed.")
    if sanction.confirm_by is not None:
        return _("In force at once. It is over in 72 hours unless a second operator signs.")
    return _("In force.")


urlpatterns = [
    path("desk/signatures/", signatures, name="desk_signatures"),
    path("desk/cases/<str:case_id>/measure/", measure, name="desk_measure"),
    path("desk/sanctions/<str:sanction_id>/", sanction, name="desk_sanction"),
    path("desk/sanctions/<str:sanction_id>/sign/", sign, name="desk_sanction_sign"),
    path("desk/sanctions/<str:sanction_id>/lift/", lift, name="desk_sanction_lift"),
    path("desk/sanctions/<str:sanction_id>/renew/", renew, name="desk_sanction_renew"),
]
