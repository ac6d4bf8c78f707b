"""What a report weighs: by assurance, and less after reports without any ground."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.agents.models import Vendor
from reputation.moderation.findings import decide_report, reopen_report
from reputation.moderation.limits import UNFOUNDED_REMEMBERED_FOR, WEIGHTLESS_FOR
from reputation.moderation.models import Finding
from reputation.moderation.weight import is_warned, weightless_until
from tests.moderation.conftest import by

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("level", "percent"), [(0, 0), (1, 20), (2, 60), (3, 100)])
def test_it_weighs_as_much_as_its_reporter_is_known(level, percent, make_vendor, make_purchase, report):
    shop = make_vendor("Nordlicht")
    purchase = make_purchase(shop)
    Vendor.objects.filter(pk=shop.pk).update(assurance_level=level)
    assert report(purchase).quality_percent == percent


@pytest.fixture
def lie(make_purchase, report, olga, at):
    """A report of a shop's that an operator finds without ground."""

    def tell(shop, when=at):
        filed = report(make_purchase(shop), at=when)
        return decide_report(report=filed, finding=Finding.UNFOUNDED, actor=by(olga), at=when)

    return tell


def test_it_is_a_warning_once_and_weightless_for_90_days_after(make_vendor, make_purchase, report, lie, at):
    shop = make_vendor("Nordlicht")
    owners = {shop.organization_id}
    lie(shop)
    assert is_warned(owners, at)
    assert weightless_until(owners, at) is None
    assert report(make_purchase(shop)).quality_percent == 60
    lie(shop)
    assert weightless_until(owners, at) == at + WEIGHTLESS_FOR
    assert report(make_purchase(shop)).quality_percent == 0
    assert report(make_purchase(shop), at=at + WEIGHTLESS_FOR).quality_percent == 60


def test_it_follows_the_owners_to_their_next_organization(make_vendor, make_purchase, make_organization, report, lie):
    shop = make_vendor("Nordlicht")
    lie(shop)
    lie(shop)
    owner = shop.organization.memberships.get().user
    next_shop = make_vendor("Neulicht", make_organization("Neulicht AG", owner))
    assert report(make_purchase(next_shop)).quality_percent == 0
    assert report(make_purchase(make_vendor("Ostlicht"))).quality_percent == 60, "others weigh as before"


def test_it_forgets_a_warning_after_a_year(make_vendor, lie, at):
    shop = make_vendor("Nordlicht")
    lie(shop)
    later = at + UNFOUNDED_REMEMBERED_FOR + timedelta(seconds=1)
    lie(shop, later)
    assert weightless_until({shop.organization_id}, later) is None


def test_it_weighs_again_when_the_finding_is_taken_back(make_vendor, make_purchase, report, lie, olga, at):
    shop = make_vendor("Nordlicht")
    lie(shop)
    second = lie(shop)
    reopen_report(report=second, actor=by(olga), at=at)
    assert report(make_purchase(shop)).quality_percent == 60
