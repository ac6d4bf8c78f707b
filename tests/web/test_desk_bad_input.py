"""Whatever is sent to the desk, it answers as a page does: found or not, taken or refused, and never with a fault."""

from __future__ import annotations

import pytest

from identity.accounts.models import Organization, User
from identity.journal.models import Event
from tests.desk_people import SignIn
from tests.desk_scene import *  # noqa: F403 - fixtures
from tests.desk_scene import Desk
from tests.web.pages import fill, routes

pytestmark = pytest.mark.django_db
# fmt: off
FIELDS = (
    "about", "summary", "assignee", "note", "outcome", "closing_words", "finding", "severity", "words", "into",
    "why_left_out", "level", "how", "reason", "facts", "evidence", "days", "wind_down_days", "understood", "why",
    "decision", "decision_words", "take", "verdict", "contest_answer", "vendor_level", "assurance_level",
    "assurance_reason", "legal_id", "kind", "amount", "by", "certificate", "until", "actions", "operator", "subject",
    "q", "show", "after", "before",
)
# fmt: on
VALUES = ("", "\x00", "9" * 40, "²", "\u202e<script>' OR 1=1 --", "x" * 1_000, "cas_" + "0" * 26)


# Words are words: a note and a reason to leave a report out may say anything.
HARMLESS = ("report.evidence_read", "case.noted", "case.report_left_out")


def acts_that_change_something() -> int:
    return Event.objects.exclude(kind__in=HARMLESS).count()


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_it_takes_nonsense_without_a_fault(
    olga: User, desk: Desk, acme: Organization, at_the_desk: SignIn, value: str
) -> None:
    client = at_the_desk(olga)
    client.raise_request_exception = False
    known = {
        "case_id": desk.case.pk,
        "report_id": desk.reports[0].pk,
        "attachment_id": desk.attachment.pk,
        "agent_id": desk.agent.pk,
        "organization_id": acme.pk,
    }
    sent = dict.fromkeys(FIELDS, value)
    before = acts_that_change_something()
    for route, name in routes("desk/"):
        if name in ("desk_sweep_start", "desk_report_take"):
            continue  # they take no input: what they do, they do
        address = fill(route, known)
        for answer in (client.get(address, sent), client.post(address, sent)):
            assert answer.status_code in {200, 302, 404, 405, 422}, f"{address} {answer.status_code}"
    assert acts_that_change_something() == before
