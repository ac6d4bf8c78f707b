"""Reporting an agent in the browser: who may say what, what becomes of files, and who can read a report again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from identity.accounts.models import Organization, User
from identity.agents.models import Agent
from identity.delegation.models import Delegation
from identity.spending.models import Authorization
from registry.directory.models import Name
from reputation.moderation.models import Attachment, Capacity, Report
from tests.spending.conftest import TOTAL_500, Holder, Shop, buyer, grant, make_holder, nordlicht, shop
from tests.web.pages import inline_code

pytestmark = pytest.mark.django_db
__all__ = ["buyer", "grant", "make_holder", "nordlicht", "shop"]
PAGE = "/a/concierge.acme/report"
SAID = {"kind": "spam", "text": "It wrote to me forty times since Monday."}
SignIn = Callable[[User], Client]


@pytest.fixture
def purchase(shop: Shop, buyer: Holder, grant: Callable[..., Delegation]) -> Authorization:
    """Acme's buyer has bought at Charlie's shop."""
    decided = shop.spend(buyer, grant(buyer, TOTAL_500), 4_000)
    return Authorization.objects.get(pk=decided.authorization)


def test_a_visitor_reports_spam(client: Client, concierge_name: Name, concierge: Agent) -> None:
    page = client.get(PAGE)
    assert "Report concierge.acme" in page.text
    assert "mandate_violation" not in page.text
    assert inline_code(page.text) == []
    done = client.post(PAGE, SAID | {"contact": "me@example.org"}, follow=True)
    report = Report.objects.get()
    assert done.redirect_chain == [(f"/reports/{report.pk}", 302)]
    assert report.pk in done.text
    assert (report.about, report.capacity, report.quality_percent) == (concierge, Capacity.VISITOR, 0)
    assert report.visitor
    assert "127.0.0.1" not in report.visitor


def test_it_hides_a_visitors_report_from_everybody_else(client: Client, concierge_name: Name) -> None:
    client.post(PAGE, SAID)
    address = f"/reports/{Report.objects.get().pk}"
    assert client.get(address).status_code == 200
    stranger = Client()
    assert stranger.get(address).status_code == 404
    assert stranger.get("/reports/rpt_nothing").status_code == 404


def test_it_offers_a_visitor_no_purchase_and_takes_none(client: Client, concierge_name: Name) -> None:
    answer = client.post(PAGE, {"kind": "fraud", "text": "It deceived me.", "authorization": "aut_x"})
    assert answer.status_code == 422
    assert not Report.objects.exists()


def test_a_vendor_reports_a_purchase_with_evidence(
    charlie: User, signed_in: SignIn, purchase: Authorization, buyer: Holder
) -> None:
    client = signed_in(charlie)
    picture = SimpleUploadedFile("mail.txt", b"Ordered for nobody.", content_type="image/png")
    said = {"kind": "fraud", "text": "It ordered for nobody.", "reporter": "myself", "authorization": purchase.pk}
    page = client.post(f"/a/{buyer.agent.did}/report", said | {"evidence": [picture]}, follow=True)
    assert page.status_code == 200, page.text
    report = Report.objects.get()
    assert (report.capacity, report.vendor, report.quality_percent) == (Capacity.VENDOR, purchase.vendor, 60)
    attachment = Attachment.objects.get()
    assert (attachment.name, attachment.media_type) == ("mail.txt", "text/plain"), "its bytes say what it is"
    assert "mail.txt" in page.text


def test_it_refuses_a_purchase_of_others_and_one_that_never_was_alike(
    mallory: User, signed_in: SignIn, purchase: Authorization, buyer: Holder
) -> None:
    client = signed_in(mallory)
    said = {"kind": "fraud", "text": "It deceived me.", "reporter": "myself"}
    answers = [
        client.post(f"/a/{buyer.agent.did}/report", said | {"authorization": authorization})
        for authorization in (purchase.pk, "aut_00000000000000000000000000")
    ]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert all("There is no such authorization, or it is not yours." in answer.text for answer in answers)
    assert not Report.objects.exists()


def test_it_takes_back_the_report_when_a_file_is_none_of_those_taken(
    alice: User, signed_in: SignIn, concierge_name: Name
) -> None:
    program = SimpleUploadedFile("photo.png", b"MZ\x00\x01\x02 this is a program", content_type="image/png")
    answer = signed_in(alice).post(PAGE, SAID | {"reporter": "myself", "evidence": [program]})
    assert answer.status_code == 422
    assert "The file is none of PNG" in answer.text
    assert not Report.objects.exists()


@pytest.mark.parametrize("sizes", [[1_048_577], [10] * 6])
def test_it_stops_reading_files_that_are_too_large_or_too_many(
    charlie: User, signed_in: SignIn, concierge_name: Name, sizes: list[int]
) -> None:
    """Stops an evidence bomb: not a byte more than the limit is kept."""
    files = [SimpleUploadedFile(f"{place}.txt", b"a" * size) for place, size in enumerate(sizes)]
    answer = signed_in(charlie).post(PAGE, SAID | {"reporter": "myself", "evidence": files})
    assert answer.status_code == 422
    assert "larger than 1 MiB, or there are more than 5" in answer.text
    assert not Report.objects.exists()


def test_it_lets_nobody_speak_for_an_organization_that_is_not_hers(
    charlie: User, signed_in: SignIn, acme: Organization, concierge_name: Name
) -> None:
    answer = signed_in(charlie).post(PAGE, SAID | {"reporter": acme.pk})
    assert answer.status_code == 422
    assert not Report.objects.exists()


def test_it_says_once_what_a_side_says_twice(charlie: User, signed_in: SignIn, concierge_name: Name) -> None:
    client = signed_in(charlie)
    client.post(PAGE, SAID | {"reporter": "myself"})
    again = client.post(PAGE, SAID | {"reporter": "myself"}, follow=True)
    assert "Your side has reported this already" in again.text
    assert Report.objects.firsts().count() == 1


def test_it_needs_the_token_of_the_form(charlie: User, signed_in: SignIn, concierge_name: Name) -> None:
    """Stops another site from reporting in a visitor's name."""
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in(charlie).cookies
    assert strict.post(PAGE, SAID | {"reporter": "myself"}).status_code == 403
    assert not Report.objects.exists()


def test_it_knows_no_report_of_what_is_not_there(client: Client, concierge_name: Name) -> None:
    assert client.get("/a/nobody.acme/report").status_code == 404
    assert client.post("/a/nobody.acme/report", SAID).status_code in {404, 405}


def test_it_leads_to_the_agent_whose_name_ends_in_report(client: Client, unclaimed: Name) -> None:
    Name.objects.filter(pk=unclaimed.pk).update(fqn="io.github.someone/report")
    page: Any = client.get("/a/io.github.someone/report")
    assert page.status_code == 200
    assert "AI agent, imported from another directory" in page.text


def test_the_agents_page_leads_to_it(client: Client, concierge_name: Name) -> None:
    assert 'href="/a/concierge.acme/report"' in client.get("/a/concierge.acme").text
