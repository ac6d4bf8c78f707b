"""Who is told of a measure, when, and what the statement of reasons says and does not say."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.db import transaction

from identity.accounts.organizations import personal_organization
from identity.journal.drain import drain
from identity.journal.sequence import sequence
from reputation.moderation.appeals import decide_appeal, open_appeal
from reputation.moderation.ladder import Reason
from reputation.moderation.models import AppealOutcome, Detection, Notice, NoticeKind
from reputation.moderation.notices import send_waiting
from reputation.moderation.opening import open_case
from reputation.moderation.reach import reach_of
from reputation.moderation.sanctions import Proposal, lift_sanction, propose_sanction, sign_sanction
from reputation.moderation.statement import public_statement, statement_text
from tests.moderation.conftest import CLERK, by
from tests.spending.conftest import TOTAL_500, Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(buyer, olga, at):
    return open_case(agent=buyer.agent, detection=Detection.OPERATOR, summary="Fraud", actor=by(olga), at=at)


@pytest.fixture
def anna(make_person, at):
    """A principal of the agent who does not run it."""
    return personal_organization(make_person("Anna"), at)


@pytest.fixture
def impose(case, olga, oskar, at):
    def make(level: int, **more):
        proposal = Proposal(level=level, reason=Reason.CONFIRMED_FRAUD, facts="Three were deceived.", **more)
        sanction = propose_sanction(case=case, subject=case.agent, proposal=proposal, actor=by(olga), at=at)
        return sanction if sanction.confirm_by is None else sign_sanction(sanction=sanction, actor=by(oskar), at=at)

    return make


def told(kind: NoticeKind) -> set[str]:
    return set(Notice.objects.filter(kind=kind).values_list("recipient_id", flat=True))


def test_it_tells_the_organization_the_principals_and_the_vendors_of_30_days(
    impose, buyer, acme, anna, grant, make_purchase, make_vendor, at
):
    lately, long_ago, stranger = make_vendor("Lately"), make_vendor("Before"), make_vendor("Stranger")
    root = grant(buyer, TOTAL_500, principal=anna)
    assert Shop(lately, at).spend(buyer, root, 300).authorization
    old = make_purchase(long_ago, principal=anna)
    type(old).objects.filter(pk=old.pk).update(
        created_at=at - timedelta(days=31), state="closed", open=0, close_reason="expired", closed_at=at
    )
    impose(4)
    assert told(NoticeKind.IMPOSED) == {acme.pk}
    assert told(NoticeKind.CONCERNED_PRINCIPAL) == {anna.pk}
    assert told(NoticeKind.CONCERNED_VENDOR) == {lately.organization_id}
    assert stranger.organization_id not in set(Notice.objects.values_list("recipient_id", flat=True))


@pytest.mark.parametrize(("level", "principals", "vendors"), [(1, 0, 0), (2, 1, 0), (3, 1, 1)])
def test_it_bothers_nobody_whom_a_light_measure_does_not_touch(
    level, principals, vendors, impose, buyer, anna, grant, make_vendor, at
):
    assert Shop(make_vendor("Laden"), at).spend(buyer, grant(buyer, TOTAL_500, principal=anna), 300).authorization
    impose(level)
    assert len(told(NoticeKind.CONCERNED_PRINCIPAL)) == principals
    assert len(told(NoticeKind.CONCERNED_VENDOR)) == vendors


def test_it_shows_before_deciding_what_the_same_queries_will_touch(
    buyer, planner, anna, acme, grant, pass_on, make_vendor, at
):
    vendor = make_vendor("Laden")
    root = grant(planner, TOTAL_500, max_further_depth=1, principal=anna)
    child = pass_on(root, planner, buyer, TOTAL_500)
    assert Shop(vendor, at).spend(buyer, child, 300).authorization
    reach = reach_of(planner.agent, at=at)
    assert (reach.agents, reach.sub_agents, reach.delegations, reach.open_holds) == (1, 1, 2, 1)
    assert [(held.currency, held.count, held.amount) for held in reach.held] == [("EUR", 1, 300)]
    assert [party.id for party in reach.first_sub_agents] == [buyer.agent.pk]
    assert [party.id for party in reach.first_principals] == [anna.pk]
    assert [party.id for party in reach.first_vendors] == [vendor.pk]
    assert reach_of(acme, at=at).agents == 2


def test_it_queues_the_statement_in_the_transaction_of_the_effect(case, olga, at):
    proposal = Proposal(level=2, reason=Reason.DISPUTE_RATIO, facts="x")
    with transaction.atomic():
        propose_sanction(case=case, subject=case.agent, proposal=proposal, actor=by(olga), at=at)
        assert Notice.objects.exists()
        transaction.set_rollback(True)
    assert not Notice.objects.exists()


def test_it_sends_each_notice_once_to_the_owners_only(impose, alice, at):
    sanction = impose(3)
    assert send_waiting(at=at) == 1
    assert send_waiting(at=at) == 0
    sent = mail.outbox[0]
    assert sent.to == [alice.email]
    assert sanction.pk in sent.body
    assert f"/sanctions/{sanction.pk}/appeal" in sent.body
    assert "Olga" not in sent.body


def test_it_tries_again_later_when_the_mail_server_is_away(impose, settings, at, monkeypatch):
    impose(3)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9  # the discard port: nobody listens
    assert send_waiting(at=at) == 0
    notice = Notice.objects.get()
    assert (notice.attempts, notice.sent_at) == (1, None)
    assert notice.not_before > at
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert send_waiting(at=at) == 0, "not before its pause is over"
    assert send_waiting(at=at + timedelta(minutes=2)) == 1


def test_it_tells_everybody_who_was_told_that_it_is_over(impose, olga, anna, buyer, grant, at):
    grant(buyer, TOTAL_500, principal=anna)
    sanction = impose(2)
    lift_sanction(sanction=sanction, reason="Settled.", actor=by(olga), at=at)
    assert told(NoticeKind.ENDED) == told(NoticeKind.IMPOSED) | told(NoticeKind.CONCERNED_PRINCIPAL)
    send_waiting(at=at)
    assert any("Settled." in message.body for message in mail.outbox)


def test_it_confirms_an_appeal_and_sends_its_decision(impose, acme, make_person, at):
    appeal = open_appeal(sanction=impose(2), appellant=acme, words="No.", actor=CLERK, at=at)
    otto = make_person("Otto", is_staff=True)
    decide_appeal(appeal=appeal, outcome=AppealOutcome.UPHELD, words="It stands.", actor=by(otto), at=at)
    send_waiting(at=at)
    subjects = [message.subject for message in mail.outbox]
    assert sum(subject.startswith("Your appeal was received") for subject in subjects) == 1
    assert [message.body for message in mail.outbox if "It stands." in message.body]


def test_it_notes_the_opening_of_a_case_to_the_organization_and_never_who_reported(
    make_purchase, vendors, report, buyer, olga, alice, at
):
    report(make_purchase(vendors[0]))
    open_case(agent=buyer.agent, detection=Detection.OPERATOR, actor=by(olga), at=at)
    sequence()
    drain("moderation_notes", at=at)
    note = mail.outbox[0]
    assert note.to == [alice.email]
    assert "Nordlicht" not in note.body
    assert "rpt_" not in note.body


def test_it_states_measure_ground_duration_and_redress_and_names_nobody(impose, olga, oskar, alice):
    sanction = impose(3, evidence=("rpt_1", "aut_1"))
    statement = public_statement(sanction)
    assert statement["measure"] == "suspension"
    assert statement["decided_by_role"] == "analyst + analyst"
    assert statement["holds_set"] == ["registryHold", "updateProhibited", "transferProhibited", "deleteProhibited"]
    assert statement["evidence"] == ["rpt_1", "aut_1"]
    assert statement["redress"]["deadline"] > statement["effective_at"]
    text = statement_text(statement) + str(statement)
    for person in (olga, oskar, alice):
        assert person.display_name not in text
        assert person.email not in text
    assert not re.search(r"usr_|org_", text)


def test_it_keeps_the_statement_as_it_was_sent(impose, at):
    sanction = impose(4)
    sanction.refresh_from_db()
    assert sanction.statement["level"] == 4
    assert sanction.statement["effective_at"] == at.strftime("%Y-%m-%dT%H:%M:%SZ")
