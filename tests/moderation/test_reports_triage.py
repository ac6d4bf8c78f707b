"""What reports set in motion by themselves: three of three unrelated owners open a case, and nobody's friends do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.accounts.models import Role
from identity.accounts.organizations import add_member
from identity.agents.models import Vendor
from identity.journal.models import Event
from reputation.moderation.cases import close_case
from reputation.moderation.clusters import cluster_of, independent_clusters
from reputation.moderation.findings import decide_report
from reputation.moderation.limits import REPORTS_COUNT_FOR
from reputation.moderation.models import Case, CaseOutcome, Finding, Report
from tests.moderation.conftest import CLERK, by

pytestmark = pytest.mark.django_db


def test_it_opens_a_case_at_the_third_unrelated_report(vendors, make_purchase, report, buyer, acme):
    first, second = (report(make_purchase(shop)) for shop in vendors[:2])
    assert not Case.objects.exists()
    third = report(make_purchase(vendors[2]), "fraud")
    case = Case.objects.get()
    assert (case.agent, case.organization, case.level_proposed) == (buyer.agent, acme, 1)
    assert (case.detection, case.opened_by, case.severity) == ("automated_signal", "system:triage", 15)
    assert {item.pk for item in case.reports.all()} == {first.pk, second.pk, third.pk}
    assert Report.objects.get(pk=third.pk).state == "in_case"
    assert Event.objects.get(kind="case.opened").organization == acme.pk, "the organization is told"
    assert Event.objects.filter(kind="case.level_proposed").count() == 1


def test_it_takes_more_than_many_reports_of_one_owner(vendors, make_vendor, make_organization, make_purchase, report):
    """Brigading: ten shops of one person, each with a purchase of its own."""
    person = vendors[0].organization.memberships.get().user
    for name in ("Eins", "Zwei", "Drei", "Vier"):
        shop = make_vendor(name, make_organization(f"{name} AG", person))
        report(make_purchase(shop))
    report(make_purchase(vendors[0]))
    report(make_purchase(vendors[1]))
    assert Report.objects.firsts().count() == 6
    assert not Case.objects.exists()
    assert independent_clusters(Report.objects.select_related("organization")) == 2
    report(make_purchase(vendors[2]))
    assert Case.objects.get().reports.count() == 7


def test_it_sees_one_voice_in_a_vendor_cluster_and_in_a_shared_domain(vendors, make_purchase, report):
    nordlicht, suedlicht, ostlicht = vendors
    Vendor.objects.filter(pk__in=[nordlicht.pk, suedlicht.pk]).update(cluster="Licht Holding")
    Vendor.objects.filter(pk__in=[suedlicht.pk, ostlicht.pk]).update(domains=["licht.example"])
    assert len({cluster_of(shop.organization).key for shop in vendors}) == 1
    for shop in vendors:
        report(make_purchase(shop))
    assert not Case.objects.exists()


def test_it_does_not_take_an_unproven_domain_for_a_tie(vendors):
    Vendor.objects.filter(pk__in=[shop.pk for shop in vendors]).update(domains=["licht.example"], assurance_level=0)
    assert len({cluster_of(shop.organization).key for shop in vendors}) == 3


def test_it_counts_owners_as_they_are_related_today(vendors, make_purchase, report, at):
    """Who reported as strangers and belong together since are one voice when the next report comes."""
    report(make_purchase(vendors[0]))
    report(make_purchase(vendors[1]))
    person = vendors[0].organization.memberships.get().user
    add_member(organization=vendors[2].organization, user=person, role=Role.OWNER, actor=CLERK, at=at)
    report(make_purchase(vendors[2]))
    assert not Case.objects.exists()


def test_it_does_not_count_what_weighs_nothing(make_vendor, make_purchase, report):
    for name in ("Eins", "Zwei", "Drei", "Vier"):
        shop = make_vendor(name)
        purchase = make_purchase(shop)
        Vendor.objects.filter(pk=shop.pk).update(assurance_level=0)
        assert report(purchase).quality_percent == 0
    assert not Case.objects.exists()


def test_it_does_not_count_the_subjects_own_and_what_was_dismissed(
    vendors, make_vendor, make_purchase, report, acme, olga, at
):
    report(make_purchase(make_vendor("Acmeshop", acme)))
    dismissed = report(make_purchase(vendors[0]))
    decide_report(report=dismissed, finding=Finding.DISMISSED, actor=by(olga), at=at)
    report(make_purchase(vendors[1]))
    report(make_purchase(vendors[2]))
    assert not Case.objects.exists()


def test_it_does_not_count_what_is_older_than_90_days(vendors, make_purchase, report, at):
    report(make_purchase(vendors[0]))
    report(make_purchase(vendors[1]))
    purchase = make_purchase(vendors[2])
    report(purchase, at=at + REPORTS_COUNT_FOR + timedelta(seconds=1))
    assert not Case.objects.exists()


def test_it_puts_further_reports_into_the_open_case_and_begins_anew_after_it(
    vendors, make_vendor, make_purchase, report, olga, at
):
    for shop in vendors:
        report(make_purchase(shop))
    case = Case.objects.get()
    fourth = report(make_purchase(make_vendor("Westlicht")))
    assert fourth.case_id is None
    assert Report.objects.get(pk=fourth.pk).case == case
    assert Event.objects.filter(kind="case.level_proposed").count() == 1
    for item in case.reports.all():
        decide_report(report=item, finding=Finding.DISMISSED, actor=by(olga), at=at)
    close_case(case=case, outcome=CaseOutcome.NO_MEASURE, words="Nothing in it.", actor=by(olga), at=at)
    report(make_purchase(vendors[0]))
    assert Case.objects.count() == 1


def test_it_joins_a_repeat_to_the_case_of_the_first(vendors, make_purchase, report):
    purchases = [make_purchase(shop) for shop in vendors]
    for purchase in purchases:
        report(purchase)
    repeat = report(purchases[0], "fraud")
    assert repeat.case == Case.objects.get()
    assert repeat.state == "in_case"
