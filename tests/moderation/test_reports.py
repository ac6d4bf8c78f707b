"""Filing a report: who may, what it weighs, what it is joined to, how often."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from identity.accounts.models import Role
from identity.accounts.organizations import add_member, personal_organization
from identity.agents.lifecycle import DeactivationReason, deactivate
from identity.agents.models import Agent, Vendor
from identity.journal.models import Event
from identity.primitives.errors import AttornError, Conflict, InvalidInput, NotFound, NotPermitted, TooMany
from reputation.moderation.findings import decide_report
from reputation.moderation.forgetting import forget_visitors
from reputation.moderation.limits import REPORT_TEXT_LENGTH_MAX, REPORTABLE_FOR, VISITORS_REMEMBERED_FOR
from reputation.moderation.models import Finding, Report, ReportKind
from reputation.moderation.reports import file_report
from reputation.moderation.standing_to_report import Reporter
from reputation.scoring.models import OpenDispute
from tests.moderation.conftest import CLERK, by

pytestmark = pytest.mark.django_db


def visitor(address: str = "a", **more) -> Reporter:
    return Reporter(visitor=address * 64, **more)


def abuse(about: Agent, at, reporter: Reporter, kind: str = "spam") -> Report:
    return file_report(about=about, kind=kind, text="Writes to me at night.", by=reporter, actor=CLERK, at=at)


def test_it_takes_a_vendors_word_on_its_own_purchase_and_weighs_it_by_assurance(make_vendor, make_purchase, report):
    shop = make_vendor("Nordlicht", level=2)
    filed = report(make_purchase(shop), "fraud")
    assert (filed.capacity, filed.vendor, filed.quality_percent, filed.state) == ("vendor", shop.pk, 60, "received")
    assert OpenDispute.objects.get(report=filed.pk).authorization == filed.authorization
    event = Event.objects.get(kind="report.filed")
    assert (event.subject, event.organization) == (filed.pk, shop.organization_id), "never the subject's organization"
    assert "Ordered" not in str(event.payload)


def test_it_takes_a_principals_word_on_the_agent_or_the_vendor(make_vendor, make_purchase, charlie, at, report):
    shop, principal = make_vendor("Nordlicht"), personal_organization(charlie, at)
    purchase = make_purchase(shop, principal)
    against_agent = report(purchase, "mandate_violation", by=Reporter(principal))
    against_shop = report(purchase, "goods_misuse", by=Reporter(principal), about=shop)
    assert (against_agent.capacity, against_agent.vendor) == ("principal", "")
    assert against_shop.about_id == shop.pk
    assert against_shop.joined_to is None


def test_it_answers_for_a_purchase_of_others_as_for_one_that_never_was(make_vendor, make_purchase, report):
    purchase = make_purchase(make_vendor("Nordlicht"))
    stranger = make_vendor("Ostlicht").organization
    refusals = []
    for authorization in (purchase.pk, "aut_00000000000000000000000000"):
        with pytest.raises(NotFound) as refused:
            report(purchase, authorization=authorization, by=Reporter(stranger))
        refusals.append((refused.value.code, refused.value.detail))
    assert refusals[0] == refusals[1]
    assert refusals[0][0] == "hold_not_found"


@pytest.mark.parametrize("kind", sorted(set(ReportKind) - {"spam", "impersonation", "malicious_card"}))
def test_it_asks_for_the_purchase_that_something_happened_in(kind, make_vendor, make_purchase, report):
    purchase = make_purchase(make_vendor("Nordlicht"))
    with pytest.raises(InvalidInput) as refused:
        report(purchase, kind, authorization="")
    assert refused.value.code == "report_needs_authorization"
    with pytest.raises(NotPermitted) as refused:
        report(purchase, kind, by=visitor())
    assert refused.value.code == "report_needs_login"


def test_it_does_not_tell_a_vendor_who_stands_in_the_chain(make_vendor, make_purchase, report, planner):
    purchase = make_purchase(make_vendor("Nordlicht"))
    with pytest.raises(InvalidInput) as refused:
        report(purchase, about=planner.agent)
    assert refused.value.code == "report_about_another"


def test_it_hears_an_agent_by_its_own_key_as_the_vendor_it_is_only(make_vendor, make_purchase, report):
    shop = make_vendor("Nordlicht")
    sibling = make_vendor("Nordlicht2", shop.organization)
    purchase = make_purchase(shop)
    assert report(purchase, by=Reporter(shop.organization, shop)).capacity == "vendor"
    with pytest.raises(NotFound):
        report(purchase, by=Reporter(sibling.organization, sibling))


def test_it_takes_reports_of_a_purchase_for_540_days(make_vendor, make_purchase, report, at):
    purchase = make_purchase(make_vendor("Nordlicht"))
    with pytest.raises(Conflict) as refused:
        report(purchase, at=at + REPORTABLE_FOR + timedelta(seconds=1))
    assert refused.value.code == "purchase_too_old"
    assert report(purchase, at=at + REPORTABLE_FOR)


@pytest.mark.parametrize("text", ["", "  \n ", "x" * (REPORT_TEXT_LENGTH_MAX + 1), "bell \x07", "turned \u202e round"])
def test_it_asks_for_words_that_can_be_read(text, make_vendor, make_purchase, report):
    with pytest.raises(InvalidInput) as refused:
        report(make_purchase(make_vendor("Nordlicht")), text=text)
    assert refused.value.code == "report_text_invalid"


def test_it_refuses_an_unknown_kind(make_vendor, make_purchase, report):
    with pytest.raises(InvalidInput) as refused:
        report(make_purchase(make_vendor("Nordlicht")), "ugly")
    assert refused.value.code == "report_kind_unknown"


def test_it_hears_anyone_signed_in_about_abuse_and_a_visitor_about_some_of_it(buyer, charlie, at):
    mine = abuse(buyer.agent, at, Reporter(personal_organization(charlie, at)), "malicious_card")
    assert (mine.capacity, mine.quality_percent) == ("anyone", 0)
    theirs = abuse(buyer.agent, at, visitor(contact="someone@example.org"), "impersonation")
    assert (theirs.capacity, theirs.contact, theirs.quality_percent) == ("visitor", "someone@example.org", 0)
    with pytest.raises(NotPermitted) as refused:
        abuse(buyer.agent, at, visitor(), "malicious_card")
    assert refused.value.code == "report_needs_login"
    with pytest.raises(InvalidInput) as wrong:
        file_report(about=buyer.agent, kind="spam", text="x", authorization="aut_1", by=visitor(), actor=CLERK, at=at)
    assert wrong.value.code == "report_takes_no_authorization"


def test_it_counts_the_same_purchase_once_for_its_owners(make_vendor, make_purchase, make_person, report, at):
    """Two organizations of one owner, both party to it: a vendor and a principal."""
    owner = make_person("Wanda")
    shop = make_vendor("Nordlicht")
    add_member(organization=shop.organization, user=owner, role=Role.OWNER, actor=CLERK, at=at)
    purchase = make_purchase(shop, personal_organization(owner, at))
    first = report(purchase)
    second = report(purchase, "fraud", by=Reporter(personal_organization(owner, at)))
    assert (second.joined_to, second.cluster) == (first, first.cluster)
    assert OpenDispute.objects.count() == 1
    assert list(Report.objects.untriaged()) == [first]


def test_it_hears_visitors_as_one_voice_until_somebody_has_decided(buyer, olga, at):
    first = abuse(buyer.agent, at, visitor("a"))
    assert abuse(buyer.agent, at, visitor("b")).joined_to == first
    decide_report(report=first, finding=Finding.DISMISSED, actor=by(olga), at=at)
    assert abuse(buyer.agent, at, visitor("c")).joined_to is None


def test_it_counts_a_purchase_once_in_the_database_too(make_vendor, make_purchase, report):
    filed = report(make_purchase(make_vendor("Nordlicht")))
    filed.pk = None
    filed.id = "rpt_00000000000000000000000000"
    with pytest.raises(IntegrityError, match="report_of_purchase_counts_once"), transaction.atomic():
        filed.save(force_insert=True)


def test_it_marks_a_report_on_oneself_and_a_competitors(make_vendor, make_purchase, report, acme, buyer):
    own = make_vendor("Acmeshop", acme)
    assert report(make_purchase(own)).is_own
    rival = make_vendor("Nordlicht")
    assert report(make_purchase(rival)).is_competitor, "Acme sells computers in Germany too"
    Vendor.objects.filter(pk=own.pk).update(country="FR")
    assert not report(make_purchase(rival)).is_competitor
    assert list(Report.objects.counted().values_list("is_own", flat=True)) == [False, False]


def test_it_hears_owners_so_often_a_day_together(make_vendor, make_purchase, report, settings, at, make_organization):
    settings.REPORTS_PER_DAY = 2
    shop = make_vendor("Nordlicht")
    owner = shop.organization.memberships.get().user
    other = make_organization("Nordlicht Zwei", owner)
    report(make_purchase(shop))
    abuse(shop, at, Reporter(other))
    with pytest.raises(TooMany) as refused:
        report(make_purchase(shop))
    assert refused.value.extra["retry_after_seconds"] == 86_400
    report(make_purchase(shop), at=at + timedelta(days=1, seconds=1))


def test_it_hears_visitors_so_often_a_day_each_and_together(buyer, planner, settings, at):
    settings.VISITOR_REPORTS_PER_DAY, settings.VISITOR_REPORTS_ALL_PER_DAY = 1, 2
    abuse(buyer.agent, at, visitor("a"))
    with pytest.raises(TooMany):
        abuse(planner.agent, at, visitor("a"))
    abuse(buyer.agent, at, visitor("b"))
    with pytest.raises(TooMany):
        abuse(buyer.agent, at, visitor("c"))


def test_it_ends_repeats_somewhere(buyer, settings, at, monkeypatch):
    monkeypatch.setattr("reputation.moderation.reports.REPEATS_MAX", 1)
    abuse(buyer.agent, at, visitor("a"))
    abuse(buyer.agent, at, visitor("b"))
    with pytest.raises(Conflict) as refused:
        abuse(buyer.agent, at, visitor("c"))
    assert refused.value.code == "report_repeated"


def test_it_forgets_who_visitors_were_90_days_after_the_finding(buyer, olga, at):
    first = abuse(buyer.agent, at, visitor("a", contact="someone@example.org"))
    abuse(buyer.agent, at, visitor("b", contact="other@example.org"))
    waiting = abuse(buyer.agent, at, visitor("c", contact="third@example.org"), "impersonation")
    decide_report(report=first, finding=Finding.DISMISSED, actor=by(olga), at=at)
    assert forget_visitors(at=at + VISITORS_REMEMBERED_FOR - timedelta(seconds=1)) == 0
    assert forget_visitors(at=at + VISITORS_REMEMBERED_FOR) == 2
    assert list(Report.objects.exclude(contact="", visitor="")) == [waiting]


def test_it_takes_reports_on_an_agent_that_has_ended(make_vendor, make_purchase, report, buyer, at):
    purchase = make_purchase(make_vendor("Nordlicht"))
    deactivate(agent=buyer.agent, reason=DeactivationReason.REPLACED, actor=CLERK, at=at)
    assert report(purchase).state == "received"


def test_it_keeps_nothing_of_a_report_that_is_refused(make_vendor, make_purchase, report, settings):
    settings.REPORTS_PER_DAY = 0
    with pytest.raises(AttornError):
        report(make_purchase(make_vendor("Nordlicht")))
    assert not Report.objects.exists()
    assert not Event.objects.filter(kind="report.filed").exists()
