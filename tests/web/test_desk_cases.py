"""Cases on the desk: the queue, one case with everything in it, and what an operator does with it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from identity.accounts.models import Organization, Role, User
from identity.accounts.organizations import add_member
from identity.journal.actor import system
from identity.journal.models import Event
from registry.directory.models import Name
from registry.web.pages import desk_queue
from reputation.moderation.models import Case, Finding, Report
from tests.desk_people import SignIn
from tests.desk_scene import *  # noqa: F403 - fixtures
from tests.desk_scene import Desk, by
from tests.web.pages import inline_code

pytestmark = pytest.mark.django_db


def test_the_queue_says_that_nobody_waits(olga: User, at_the_desk: SignIn) -> None:
    page = at_the_desk(olga).get("/desk/")
    assert page.status_code == 200
    assert "Nobody is waiting" in page.text
    assert inline_code(page.text) == []


def test_the_queue_shows_age_severity_and_parties(olga: User, desk: Desk, at_the_desk: SignIn) -> None:
    page = at_the_desk(olga).get("/desk/").text
    assert f"/desk/cases/{desk.case.pk}/" in page
    assert desk.agent.display_name in page
    assert "Acme" in page
    assert "by 3 parties" in page
    assert "level 1 proposed" in page
    assert "Minor" in page


@pytest.mark.parametrize("words", ["agent.pk", "agent.did", "case.pk", "agent.display_name", "organization", "report"])
def test_the_queue_finds_a_case_by_whom_it_is_about(olga: User, desk: Desk, at_the_desk: SignIn, words: str) -> None:
    asked = {
        "agent.pk": desk.agent.pk,
        "agent.did": desk.agent.did,
        "case.pk": desk.case.pk,
        "agent.display_name": desk.agent.display_name[:3].upper(),
        "organization": "acme",
        "report": desk.reports[1].pk,
    }[words]
    client = at_the_desk(olga)
    assert desk.case.pk in client.get("/desk/", {"q": asked}).text
    assert "No such case" in client.get("/desk/", {"q": "nobody is called this"}).text


def test_the_queue_has_tabs(olga: User, oskar: User, desk: Desk, at_the_desk: SignIn) -> None:
    client = at_the_desk(olga)
    case = f"/desk/cases/{desk.case.pk}/"
    client.post(case + "assign/", {"assignee": oskar.pk})
    shown = {tab: case in client.get(f"/desk/?show={tab}").text for tab in ("open", "mine", "unassigned", "closed")}
    assert shown == {"open": True, "mine": False, "unassigned": False, "closed": False}
    assert case in at_the_desk(oskar).get("/desk/?show=mine").text


def test_the_queue_comes_in_pages_gravest_first(
    olga: User,
    at_the_desk: SignIn,
    acme: Organization,
    make_agent: Callable[..., object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(desk_queue, "CASES_PER_PAGE", 2)
    for name, severity in (("Mild", 1), ("Grave", 15), ("Middle", 6), ("Also mild", 1)):
        case = Case(agent=make_agent(acme, name), organization=acme, detection="operator", opened_by="system:tests")
        case.severity = severity
        case.save()
    client = at_the_desk(olga)
    page, names = client.get("/desk/"), []
    while True:
        names += [row.about for row in page.context["rows"]]
        if not page.context["next_url"]:
            break
        page = client.get("/desk/" + page.context["next_url"])
    assert names == ["Grave", "Middle", "Mild", "Also mild"]
    for nonsense in ("x", "99999.cas_", "1.", ".", "²²"):
        assert client.get("/desk/", {"after": nonsense}).status_code == 200


def test_a_case_shows_what_was_reported_and_by_whom(olga: User, desk: Desk, at_the_desk: SignIn) -> None:
    page = at_the_desk(olga).get(f"/desk/cases/{desk.case.pk}/").text
    assert page.count("Ordered, received, disputed.") == 3
    for vendor in ("Nordlicht AG", "Suedlicht AG", "Ostlicht AG"):
        assert vendor in page
    assert "3.00 EUR held for Nordlicht" in page
    assert "receipt.txt" in page
    assert "asks for level 1" in page
    assert "Complaint opened" in page
    assert inline_code(page) == []


def test_an_operator_takes_a_case_and_gives_it_back(olga: User, desk: Desk, at_the_desk: SignIn) -> None:
    client, case = at_the_desk(olga), f"/desk/cases/{desk.case.pk}/"
    assert "Given to Olga" in client.post(case + "assign/", {"assignee": olga.pk}, follow=True).text
    desk.case.refresh_from_db()
    assert desk.case.assigned_to == olga
    assert "Put back" in client.post(case + "assign/", {"assignee": ""}, follow=True).text
    assert "no such operator" in client.post(case + "assign/", {"assignee": "usr_other"}, follow=True).text
    assert Event.objects.filter(kind="case.assigned", actor=f"operator:{olga.pk}").count() == 2


def test_an_operator_writes_a_note(olga: User, desk: Desk, at_the_desk: SignIn) -> None:
    client, case = at_the_desk(olga), f"/desk/cases/{desk.case.pk}/"
    page = client.post(case + "notes/", {"note": "Asked <b>Nordlicht</b> for the delivery note."}, follow=True).text
    assert "Asked &lt;b&gt;Nordlicht&lt;/b&gt; for the delivery note." in page
    assert client.post(case + "notes/", {"note": " "}, follow=True).status_code == 200
    assert desk.case.notes.count() == 1


def test_a_case_closes_once_each_report_is_decided(olga: User, desk: Desk, at_the_desk: SignIn) -> None:
    client, close = at_the_desk(olga), f"/desk/cases/{desk.case.pk}/close/"
    assert "Decide these first" in client.get(close).text
    asked = {"outcome": "no_measure", "closing_words": "Nothing that a measure would help."}
    assert client.post(close, asked).status_code == 422
    for each in desk.reports:
        client.post(f"/desk/reports/{each.pk}/", {"finding": "dismissed", "words": "Not proven."})
    assert "The case is closed" in client.post(close, asked, follow=True).text
    desk.case.refresh_from_db()
    assert not desk.case.is_open
    assert desk.case.pk in client.get("/desk/?show=closed").text


def test_an_operator_opens_a_case(olga: User, concierge_name: object, at_the_desk: SignIn) -> None:
    client = at_the_desk(olga)
    page = client.post("/desk/cases/new/", {"about": "concierge.acme", "summary": "Seen in the wild."}, follow=True)
    assert "Seen in the wild." in page.text
    assert Case.objects.get().detection == "operator"
    refused = client.post("/desk/cases/new/", {"about": "nobody.acme", "summary": "?"})
    assert refused.status_code == 422
    assert "is called this" in refused.text
    assert client.get("/desk/cases/new/?about=agt_x").status_code == 200


def test_a_case_may_be_about_an_organization_as_a_whole(olga: User, acme: Organization, at_the_desk: SignIn) -> None:
    client = at_the_desk(olga)
    page = client.post("/desk/cases/new/", {"about": acme.pk, "summary": "A pattern."}, follow=True).text
    assert "Nobody has reported this" in page
    case = Case.objects.get()
    assert (case.agent, case.organization) == (None, acme)
    assert "the organization as a whole" in client.get("/desk/").text
    assert "5 · Organization deplatformed" in client.get(f"/desk/cases/{case.pk}/measure/").text
    asked = {"level": "5", "how": "propose", "reason": "evasion", "facts": "It came back under another name."}
    assert "What it reaches now" in client.post(f"/desk/cases/{case.pk}/measure/", asked).text


def test_an_unclaimed_agent_can_only_be_labelled(olga: User, unclaimed: Name, at_the_desk: SignIn) -> None:
    client, agent = at_the_desk(olga), unclaimed.agent
    assert agent is not None
    assert "it is unclaimed" in client.get(f"/desk/agents/{agent.pk}/").text
    client.post("/desk/cases/new/", {"about": unclaimed.fqn, "summary": "Its card does harm."})
    measure = f"/desk/cases/{Case.objects.get().pk}/measure/"
    assert "Organization deplatformed" not in client.get(measure).text
    asked = {"level": "3", "how": "propose", "reason": "malicious_card", "facts": "It does harm.", "understood": "on"}
    assert client.post(measure, asked).status_code == 422
    assert client.post(measure, asked | {"level": "1"}, follow=True).status_code == 200
    assert agent.sanctions.get().state == "effective"


def test_the_queue_asks_as_much_for_one_case_as_for_many(
    olga: User, at_the_desk: SignIn, acme: Organization, make_agent: Callable[..., object]
) -> None:
    client = at_the_desk(olga)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/desk/").status_code == 200
        return len(queries)

    def open_about(name: str) -> None:
        Case.objects.create(
            agent=make_agent(acme, name), organization=acme, detection="operator", opened_by="system:tests"
        )

    open_about("One")
    asked()
    for_one = asked()
    for name in ("Two", "Three", "Four"):
        open_about(name)
    assert asked() == for_one


def test_an_operator_of_the_same_organization_may_only_look(
    olga: User, acme: Organization, desk: Desk, at_the_desk: SignIn, at: object
) -> None:
    add_member(organization=acme, user=olga, role=Role.MEMBER, actor=system("tests"), at=at)  # type: ignore[arg-type]
    client, case = at_the_desk(olga), f"/desk/cases/{desk.case.pk}/"
    page = client.get(case).text
    assert "You may not judge this case" in page
    for absent in ("Take a measure", "Take it", "Add the note"):
        assert absent not in page
    assert "You belong" in client.post(case + "notes/", {"note": "Harmless."}, follow=True).text
    client.post(f"/desk/reports/{desk.reports[0].pk}/", {"finding": "dismissed", "words": ""})
    assert not Report.objects.exclude(finding="").exists()
    assert desk.case.notes.count() == 0


def test_every_act_in_a_case_is_in_the_audit(olga: User, desk: Desk, at_the_desk: SignIn) -> None:
    client, case = at_the_desk(olga), f"/desk/cases/{desk.case.pk}/"
    client.post(case + "assign/", {"assignee": olga.pk})
    client.post(case + "notes/", {"note": "Looking into it."})
    client.post(f"/desk/reports/{desk.reports[0].pk}/", {"finding": "upheld", "severity": "dispute", "words": ""})
    acts = client.get("/desk/audit/").context["acts"]
    kinds = {event.kind for event in Event.objects.filter(actor=str(by(olga)))}
    assert kinds >= {"case.assigned", "case.noted", "report.decided"}
    assert len(acts) == Event.objects.filter(actor=str(by(olga))).count()
    assert Report.objects.get(pk=desk.reports[0].pk).finding == Finding.UPHELD
