"""What was spent on an organization's authority: by agent, vendor, category and day, line by line, with the reasons."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus

from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from identity.accounts.models import Organization
from identity.accounts.permissions import Permission
from identity.delegation.models import Delegation
from identity.primitives.clock import now
from identity.primitives.money import SANDBOX_CURRENCY
from identity.spending.disclosure import Tier, disclosed
from identity.spending.models import Approval, Authorization, Decision
from identity.spending.receipt import receipt_of
from identity.spending.statement import Selection
from registry.web.access import ConsoleRequest, console_page
from registry.web.agent_facts import Crumbs
from registry.web.evidence_words import links_of, names_needed, standing_words, vendor_words
from registry.web.forms.statement import StatementForm
from registry.web.statement_export import csv_of, json_of
from registry.web.statement_names import parties_of, unknown_party
from registry.web.statement_period import Period, month_called, month_of, nearby
from registry.web.statement_view import Line, address_with, asked_of, statement_of
from registry.web.statement_words import step_words

LINES_PER_PAGE = 50
MONTH_LINES_MAX = 150
"""More would be heavier than a page may be; the files have them all."""


@console_page(Permission.AUTHORIZATIONS_READ)
@require_safe
def statement(request: ConsoleRequest, organization: Organization) -> HttpResponse:
    """The statement of a period, this month unless ``?first=`` and ``?last=`` say otherwise; ``?before=`` is the last
    purchase of the page before."""
    form, period = _asked(request)
    shown = statement_of(organization.pk, period, form, here=request.path)
    found = shown.newest(LINES_PER_PAGE + 1, after=_cursor(organization, request.GET.get("before", "")))
    page, asked, here = found[:LINES_PER_PAGE], asked_of(form, period), f"{request.path}?"
    files = [
        (words, address_with(f"{reverse(name, args=[organization.pk])}?", asked))
        for words, name in (("CSV", "console_statement_csv"), ("JSON", "console_statement_json"))
    ]
    context = {
        "form": form,
        "shown": shown,
        "lines": shown.lines_of(page),
        "nearby": [(words, each == period, f"{here}{each.query}") for words, each in _nearby()],
        "currencies": [
            (one.currency, one == shown.drawn, address_with(here, asked, currency=one.currency)) for one in shown.totals
        ],
        "whole_url": f"{here}{period.query}",
        "files": files,
        "month_url": reverse("console_statement_month", args=[organization.pk, f"{period.first:%Y-%m}"]),
        "first_url": address_with(here, asked) if request.GET.get("before") else "",
        "next_url": address_with(here, asked, before=page[-1].pk) if len(found) > LINES_PER_PAGE else "",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "console/statement/statement.html", context, status=status)


@console_page(Permission.AUTHORIZATIONS_READ)
@require_safe
def month(request: ConsoleRequest, organization: Organization, month: str) -> HttpResponse:
    """One calendar month, to print or to keep."""
    period = month_called(month, get_current_timezone())
    if period is None:
        raise Http404
    shown = statement_of(organization.pk, period, None, here=reverse("console_statement", args=[organization.pk]))
    purchases = shown.newest(MONTH_LINES_MAX)
    context = {
        "shown": shown,
        "organization": organization,
        "made_at": now(),
        "lines": shown.lines_of(purchases),
        "more": max(0, sum(one.count for one in shown.totals) - MONTH_LINES_MAX),
        "crumbs": _crumbs(organization),
        "csv_url": f"{reverse('console_statement_csv', args=[organization.pk])}?{period.query}",
    }
    return render(request, "console/statement/month.html", context)


@console_page(Permission.AUTHORIZATIONS_READ)
@require_safe
def as_csv(request: ConsoleRequest, organization: Organization) -> HttpResponseBase:
    period, selection = _selected(request, organization)
    return _file(csv_of(selection, period), "text/csv; charset=utf-8", f"statement-{period.first}-{period.last}.csv")


@console_page(Permission.AUTHORIZATIONS_READ)
@require_safe
def as_json(request: ConsoleRequest, organization: Organization) -> HttpResponseBase:
    period, selection = _selected(request, organization)
    content = json_of(selection, period, organization=organization, at=now())
    return _file(content, "application/json", f"statement-{period.first}-{period.last}.json")


@console_page(Permission.AUTHORIZATIONS_READ)
@require_safe
def line(request: ConsoleRequest, organization: Organization, authorization_id: str) -> HttpResponse:
    """One purchase: why it was allowed, what became of it, and whom to tell when it was not all right."""
    purchase = get_object_or_404(Authorization, pk=authorization_id, principal=organization.pk)
    decision = get_object_or_404(Decision, pk=purchase.decision)
    record = decision.parsed_record()
    parties = parties_of([purchase.agent, purchase.vendor, *names_needed(record)])
    agent, vendor = (parties.get(each) or unknown_party(each) for each in (purchase.agent, purchase.vendor))
    approval = (
        Approval.objects.prefetch_related("votes__approver").filter(pk=decision.approval).first()
        if decision.approval
        else None
    )
    context = {
        "line": Line(purchase, agent, vendor),
        "record": record,
        "links": links_of(
            record, Delegation.objects.in_bulk(purchase.path), {each.id: each.name for each in parties.values()}
        ),
        "vendor_words": vendor_words(record),
        "standing_words": standing_words(record),
        "approval": approval,
        "steps": [step_words(each, purchase.currency) for each in purchase.settlements.order_by("at", "pk")],
        "reports": [
            (party.name, f"/a/{party.did}/report?authorization={purchase.pk}&kind=dispute")
            for party in dict.fromkeys((vendor, agent))
            if party.did and purchase.currency != SANDBOX_CURRENCY  # nobody stands behind the sandbox's parties
        ],
        "evidence": json.dumps(disclosed(record, receipt_of(decision), Tier.PRINCIPAL), indent=2, ensure_ascii=False),
        "crumbs": _crumbs(organization),
    }
    return render(request, "console/statement/line.html", context)


def _asked(request: ConsoleRequest) -> tuple[StatementForm, Period]:
    """The filter and the period; where they do not stand, this month and the reasons at the fields."""
    zone = get_current_timezone()
    this_month = month_of(now().astimezone(zone).date(), zone)
    dates = {"first": this_month.first.isoformat(), "last": this_month.last.isoformat()}
    form = StatementForm({**dates, **request.GET.dict()})
    form.full_clean()
    return form, form.period(this_month, zone)


def _selected(request: ConsoleRequest, organization: Organization) -> tuple[Period, Selection]:
    """What a file is asked for: the same as the page. A filter that does not stand has no file, so that nobody takes
    another period for the one asked for."""
    form, period = _asked(request)
    if form.errors:
        raise Http404
    return period, statement_of(organization.pk, period, form, here="").selection


def _cursor(organization: Organization, before: str) -> Authorization | None:
    """The last purchase of the page before; one that is not the organization's own is none."""
    return Authorization.objects.filter(pk=before[:32], principal=organization.pk).first() if before else None


def _file(content: Iterator[str], kind: str, name: str) -> StreamingHttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(content, content_type=kind, headers=headers)


def _nearby() -> list[tuple[str, Period]]:
    zone = get_current_timezone()
    return nearby(now().astimezone(zone).date(), zone)


def _crumbs(organization: Organization) -> Crumbs:
    return [(_("Statement"), reverse("console_statement", args=[organization.pk]))]


urlpatterns = [
    path("console/<str:organization_id>/statement/", statement, name="console_statement"),
    path("console/<str:organization_id>/statement/statement.csv", as_csv, name="console_statement_csv"),
    path("console/<str:organization_id>/statement/statement.json", as_json, name="console_statement_json"),
    path("console/<str:organization_id>/statement/months/<str:month>/", month, name="console_statement_month"),
    path(
        "console/<str:organization_id>/statement/purchases/<str:authorization_id>/", line, name="console_statement_line"
    ),
]
