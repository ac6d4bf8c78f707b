"""Reports on the desk: what waits, what is found, and evidence that is a download and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from identity.accounts.models import User
from identity.agents.models import Agent
from identity.journal.models import Event
from identity.spending.models import Authorization
from registry.web.pages import desk_reports
from reputation.moderation.models import Case, Finding, Report
from reputation.scoring.models import CaseEvidence
from tests.desk_people import SignIn
from tests.desk_scene import *  # noqa: F403 - fixtures
from tests.desk_scene import Desk
from tests.web.pages import inline_code

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting(
    vendors: list[Agent], make_purchase: Callable[..., Authorization], report: Callable[..., Report]
) -> list[Report]:
    """Two reports: one too few for a case."""
    return [report(make_purchase(vendor), text=f"<script>{vendor.display_name}</script>") for vendor in vendors[:2]]


def test_it_lists_what_is_in_no_case(olga: User, waiting: list[Report], at_the_desk: SignIn) -> None:
    page = at_the_desk(olga).get("/desk/reports/").text
    assert "&lt;script&gt;Nordlicht&lt;/script&gt;" in page
    assert page.index(waiting[0].pk) < page.index(waiting[1].pk)
    assert inline_code(page) == []


def test_it_comes_in_pages(
    olga: User, waiting: list[Report], at_the_desk: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_reports, "REPORTS_PER_PAGE", 1)
    client = at_the_desk(olga)
    first = client.get("/desk/reports/")
    second = client.get(first.context["next_url"])
    assert [page.context["rows"][0].report for page in (first, second)] == waiting
    assert second.context["next_url"] == ""


def test_it_says_that_no_report_waits(olga: User, at_the_desk: SignIn) -> None:
    assert "No report waits" in at_the_desk(olga).get("/desk/reports/").text


def test_a_report_is_taken_into_a_case(olga: User, waiting: list[Report], at_the_desk: SignIn) -> None:
    client = at_the_desk(olga)
    page = client.get(f"/desk/reports/{waiting[0].pk}/").text
    assert "Upheld: it happened" not in page, "only a case can uphold a report"
    client.post(f"/desk/reports/{waiting[0].pk}/take/", {"into": "new"})
    case = Case.objects.get()
    assert set(case.reports.all()) == set(waiting), "what waits about the same agent comes along"
    again = client.post(f"/desk/reports/{waiting[1].pk}/take/", {"into": "new"}, follow=True)
    assert again.status_code == 200
    assert Case.objects.count() == 1


def test_a_report_without_ground_is_decided_without_a_case(
    olga: User, waiting: list[Report], at_the_desk: SignIn
) -> None:
    client, first = at_the_desk(olga), waiting[0]
    asked = {"finding": "unfounded", "words": "The delivery was signed for."}
    assert "Decided: unfounded." in client.post(f"/desk/reports/{first.pk}/", asked, follow=True).text
    first.refresh_from_db()
    assert (first.finding, first.decided_by) == (Finding.UNFOUNDED, olga)
    assert "Open again" in client.post(f"/desk/reports/{first.pk}/reopen/", follow=True).text
    first.refresh_from_db()
    assert first.finding == ""


def test_an_upheld_report_needs_its_severity_and_becomes_evidence(olga: User, desk: Desk, at_the_desk: SignIn) -> None:
    client, first = at_the_desk(olga), desk.reports[0]
    refused = client.post(f"/desk/reports/{first.pk}/", {"finding": "upheld", "severity": "", "words": ""})
    assert refused.status_code == 422
    assert "Say how grave it was." in refused.text
    client.post(f"/desk/reports/{first.pk}/", {"finding": "upheld", "severity": "fraud", "words": "Seen."})
    assert CaseEvidence.objects.get().severity == "fraud"
    page = client.get(f"/desk/reports/{first.pk}/").text
    assert "Decide the report" not in page
    assert "Seen." in page


def test_a_report_is_left_out_of_its_case(olga: User, desk: Desk, at_the_desk: SignIn) -> None:
    client, first = at_the_desk(olga), desk.reports[0]
    leave = f"/desk/reports/{first.pk}/leave-out/"
    assert "Say in a sentence" in client.post(leave, {"why_left_out": ""}, follow=True).text
    assert "counts for nothing" in client.post(leave, {"why_left_out": "About another order."}, follow=True).text
    first.refresh_from_db()
    assert first.is_left_out
    assert "left out" in client.get(f"/desk/cases/{desk.case.pk}/").text


def test_evidence_is_a_download_and_nothing_else(olga: User, desk: Desk, at_the_desk: SignIn) -> None:
    client, address = at_the_desk(olga), f"/desk/reports/{desk.reports[0].pk}/evidence/{desk.attachment.pk}/"
    answer = client.get(address)
    assert answer.content == b"Delivered, signed for, disputed."
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "receipt" not in answer.headers["Content-Disposition"]
    assert Event.objects.get(kind="report.evidence_read").actor == f"operator:{olga.pk}"
    other = f"/desk/reports/{desk.reports[1].pk}/evidence/{desk.attachment.pk}/"
    assert client.get(other).status_code == 404
