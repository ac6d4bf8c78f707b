"""The ceiling of an agent's day: of what it is made, what counts in it, and what comes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.journal.actor import system
from identity.primitives.money import EXPONENTS, Money
from identity.spending.increment import increment
from identity.spending.links import revoke
from identity.spending.models import Authorization, Budget
from identity.spending.reconcile import reconcile
from identity.spending.reference_rates import REFERENCE_RATES, UNLISTED_RATE, euros
from identity.spending.settle import capture, force_post, refund, void
from identity.spending.terms import set_score
from identity.spending.underwriting import Terms, ceiling_budget

from .conftest import TOTAL_500
from .conftest import euros as euro_limit

BY = system("tests")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def day_of(holder, at) -> Budget:
    return Budget.objects.get(pk=ceiling_budget(holder.agent.pk, at))


def at_level(organization, level):
    Organization.objects.filter(pk=organization.pk).update(assurance_level=level)


# --- of what it is made ---


@pytest.mark.parametrize(
    ("level", "band", "ceiling"),
    [
        (0, "unproven", 1_000),
        (0, "strong", 20_000),
        (1, "unproven", 5_000),
        (1, "below_fair", 12_500),
        (1, "fair", 25_000),
        (2, "good", 500_000),
        (3, "fair", 2_500_000),
        (3, "strong", 10_000_000),
    ],
)
def test_assurance_and_band_make_the_ceiling(level, band, ceiling):
    assert Terms(assurance_level=level, band=band).ceiling(None, NOON) == ceiling


def test_cover_counts_until_its_end_and_a_bond_with_four_fifths():
    ends = NOON + timedelta(hours=1)
    terms = Terms(insured_up_to=700, insured_actions=("/a/b",), insured_until=ends, bond=999, bond_until=ends)
    assert terms.ceiling("/a/b", NOON) == terms.ceiling("/a/b/c", NOON) == 1_000 + 700 + 799
    assert terms.ceiling("/a", NOON) == terms.ceiling("/a/bc", NOON) == 1_000 + 799
    assert terms.ceiling("/a/b", ends) == 1_000


@pytest.mark.django_db
@pytest.mark.parametrize(("level", "most"), [(0, 1_000), (1, 5_000)])
def test_an_agent_that_nobody_knows_spends_that_much_in_a_day(shop, buyer, acme, grant, level, most):
    at_level(acme, level)
    leaf = grant(buyer, TOTAL_500)
    over = shop.spend(buyer, leaf, most + 1)
    assert (over.verdict, over.record["reasons"][0]["code"]) == ("declined", "exposure_ceiling_exceeded")
    assert shop.spend(buyer, leaf, most - 1).verdict == "approved"
    assert shop.spend(buyer, leaf, 2).verdict == "declined"
    assert shop.spend(buyer, leaf, 1).verdict == "approved"
    assert (day_of(buyer, shop.at).held, day_of(buyer, shop.at).cap) == (most, most)


@pytest.mark.django_db
def test_it_counts_all_that_an_agent_spends_under_whomever(shop, buyer, acme, grant, charlie, at):
    """Two roots of two principals do not make two ceilings."""
    from identity.accounts.organizations import personal_organization

    at_level(acme, 0)
    leaves = [grant(buyer, TOTAL_500), grant(buyer, TOTAL_500, principal=personal_organization(charlie, at))]
    assert [shop.spend(buyer, leaf, 600).verdict for leaf in leaves] == ["approved", "declined"]


@pytest.mark.django_db
def test_it_is_that_of_the_agent_that_spends(shop, planner, buyer, make_organization, make_holder, grant, pass_on):
    """A well-known planner lends nothing of its name to a helper of somebody whom nobody knows."""
    stranger = make_holder("Helper", make_organization("Nobody"), is_well_known=False)
    root = grant(planner, TOTAL_500, max_further_depth=1)
    leaf = pass_on(root, planner, stranger, TOTAL_500)
    assert shop.spend(stranger, leaf, 1_001).record["reasons"][0]["code"] == "exposure_ceiling_exceeded"
    assert shop.spend(buyer, pass_on(root, planner, buyer, TOTAL_500), 1_001).verdict == "approved"


@pytest.fixture
def make_organization(charlie, at):
    from identity.accounts.organizations import create_organization

    def make(name):
        return create_organization(name=name, kind="organization", owner=charlie, actor=BY, at=at)

    return make


@pytest.mark.django_db
def test_it_moves_with_the_terms_on_the_day_that_runs(shop, buyer, acme, grant, at):
    at_level(acme, 1)
    leaf = grant(buyer, TOTAL_500)
    assert shop.spend(buyer, leaf, 5_000).verdict == "approved"
    assert shop.spend(buyer, leaf, 1).verdict == "declined"
    set_score(agent=buyer.agent.pk, score=720, band="good", at=at)
    assert shop.spend(buyer, leaf, 30_000).verdict == "approved"
    assert day_of(buyer, at).cap == 50_000
    set_score(agent=buyer.agent.pk, score=300, band="below_fair", at=at)
    assert shop.spend(buyer, leaf, 1).verdict == "declined"
    assert day_of(buyer, at).cap == 35_000  # what was used stays within it


@pytest.mark.django_db
def test_a_setting_says_how_much_it_is(shop, buyer, acme, grant, settings):
    settings.EXPOSURE_CEILINGS = (0, 0, 0, 0)
    assert shop.spend(buyer, grant(buyer, TOTAL_500), 1).verdict == "declined"


@pytest.mark.django_db
def test_the_database_keeps_it_whatever_the_program_thinks(shop, buyer, grant):
    shop.spend(buyer, grant(buyer, TOTAL_500))
    with pytest.raises(IntegrityError), transaction.atomic():
        Budget.objects.filter(pk=ceiling_budget(buyer.agent.pk, shop.at)).update(held=500_001)


@pytest.mark.django_db
def test_it_can_be_lifted_by_nobody(shop, buyer, acme, grant):
    at_level(acme, 0)
    leaf = grant(buyer, TOTAL_500, {"type": "step_up", "when": {"always": True}})
    decided = shop.spend(buyer, leaf, 1_001)
    assert (decided.verdict, decided.approval) == ("declined", None)


@pytest.mark.django_db
def test_it_comes_after_the_limits_of_the_chain(shop, buyer, acme, grant):
    at_level(acme, 0)
    reasons = shop.spend(buyer, grant(buyer, euro_limit("total", 1_500)), 2_000).record["reasons"]
    assert [reason["code"] for reason in reasons] == ["total_exceeded", "exposure_ceiling_exceeded"]


# --- what counts, and what comes back ---


@pytest.mark.django_db
def test_each_utc_day_has_its_own(shop, buyer, acme, grant):
    at_level(acme, 0)
    leaf = grant(buyer, TOTAL_500)
    midnight = (shop.at + timedelta(days=1)).replace(hour=0, minute=0, second=0)
    late = midnight - timedelta(seconds=1)
    assert shop.spend(buyer, leaf, 1_000, at=late).verdict == "approved"
    assert shop.spend(buyer, leaf, 1, at=late).verdict == "declined"
    assert shop.spend(buyer, leaf, 1_000, at=midnight).verdict == "approved"


@pytest.mark.django_db(transaction=True)
def test_what_is_released_comes_back_and_what_is_refunded_does_not(shop, buyer, acme, grant, at):
    at_level(acme, 0)
    leaf = grant(buyer, TOTAL_500)
    first = shop.spend(buyer, leaf, 1_000).authorization
    sold = {"authorization_id": first, "vendor": shop.vendor.pk, "actor": BY, "at": at}
    capture(**sold, amount=600, currency="EUR", is_final=True)
    assert (day_of(buyer, at).held, day_of(buyer, at).captured) == (0, 600)
    refund(**sold, amount=600)
    assert day_of(buyer, at).captured == 600
    second = shop.spend(buyer, leaf, 400)
    assert second.verdict == "approved"
    void(authorization_id=second.authorization, actor=BY, at=at)
    assert day_of(buyer, at).held == 0
    assert reconcile() == ()


@pytest.mark.django_db(transaction=True)
def test_an_increment_counts_in_the_day_of_its_authorization(shop, buyer, acme, grant, at):
    at_level(acme, 0)
    leaf = grant(buyer, TOTAL_500)
    first = shop.spend(buyer, leaf, 900)
    tomorrow = at + timedelta(days=1)

    def grow(more):
        return increment(
            authorization_id=first.authorization,
            vendor=shop.vendor.pk,
            more=Money(more, "EUR"),
            intent=shop.intent(buyer, leaf, 900 + more, at=tomorrow),
            caller_key=None,
            fingerprint="",
            actor=BY,
            at=tomorrow,
        )

    assert grow(101).record["reasons"][0]["code"] == "exposure_ceiling_exceeded"
    assert grow(100).verdict == "approved"
    assert day_of(buyer, at).held == 1_000
    assert reconcile() == ()


@pytest.mark.django_db(transaction=True)
def test_a_charge_beyond_what_was_held_stands_beside_it(shop, buyer, acme, grant, at):
    at_level(acme, 0)
    held = shop.spend(buyer, grant(buyer, TOTAL_500), 1_000).authorization
    force_post(
        authorization_id=held, vendor=shop.vendor.pk, amount=9_000, evidence="The rail said so.", actor=BY, at=at
    )
    assert (day_of(buyer, at).held, day_of(buyer, at).over) == (1_000, 9_000)
    assert reconcile() == ()


@pytest.mark.django_db
def test_a_dry_run_takes_nothing_of_it(shop, buyer, acme, grant):
    at_level(acme, 0)
    leaf = grant(buyer, TOTAL_500)
    assert shop.spend(buyer, leaf, 1_000, is_dry_run=True).verdict == "approved"
    assert shop.spend(buyer, leaf, 1_001, is_dry_run=True).verdict == "declined"
    assert day_of(buyer, shop.at).held == 0


@pytest.mark.django_db(transaction=True)
def test_a_replaced_link_takes_nothing_of_it_along(shop, buyer, acme, grant, at):
    """The agent is the same, so a new link is not a new day, nor counted twice."""
    leaf = grant(buyer, TOTAL_500)
    shop.spend(buyer, leaf, 4_000)
    grant(buyer, TOTAL_500, replaces=leaf)
    assert (day_of(buyer, at).held, Budget.objects.filter(pk__contains=":X1:").count()) == (4_000, 1)
    assert reconcile() == ()


# --- other currencies ---


@pytest.mark.parametrize(
    ("amount", "currency", "worth"),
    [
        (4_000, "EUR", 4_000),
        (1, "USD", 1),
        (10_000, "JPY", 6_800),
        (1, "JPY", 1),
        (1_000, "KWD", 330),
        (10_000, "CLF", 4_000),
        (100, "XCD", 400),
        (1, "IQD", 1),
    ],
)
def test_another_currency_counts_by_its_worth_rounded_up(amount, currency, worth):
    assert euros(amount, currency) == worth


def test_a_rate_of_the_setting_comes_first(settings):
    settings.EXPOSURE_RATES = {"USD": 500_000, "XCD": 370_000}
    assert (euros(100, "USD"), euros(100, "XCD"), euros(100, "GBP")) == (50, 37, 125)


def test_every_rate_is_of_a_currency_and_what_is_spent_in_any_counts():
    assert set(REFERENCE_RATES) - {"XTS"} <= set(EXPONENTS)
    assert all(euros(1_000_000_000, currency) > 0 for currency in EXPONENTS)
    assert euros(1, "XTS") == 0
    dearest = max(rate for currency, rate in REFERENCE_RATES.items() if currency != "CLF")  # a unit of account
    assert dearest <= UNLISTED_RATE


@pytest.mark.django_db
def test_another_currency_is_no_second_ceiling(shop, buyer, acme, grant, at):
    at_level(acme, 0)
    leaf = grant(buyer, {"type": "currencies", "allow": ["EUR", "USD", "JPY"]})
    assert shop.spend(buyer, leaf, 600).verdict == "approved"
    assert shop.spend(buyer, leaf, 401, currency="USD").verdict == "declined"
    assert shop.spend(buyer, leaf, 300, currency="USD").verdict == "approved"
    assert shop.spend(buyer, leaf, 148, currency="JPY").verdict == "declined"
    assert shop.spend(buyer, leaf, 147, currency="JPY").verdict == "approved"
    assert day_of(buyer, at).held == 1_000
    assert shop.spend(buyer, leaf, 1).verdict == "declined"


@pytest.mark.django_db(transaction=True)
def test_what_was_held_in_another_currency_counts_for_the_day(shop, buyer, grant, at):
    leaf = grant(buyer, {"type": "currencies", "allow": ["EUR", "USD"]})
    held = shop.spend(buyer, leaf, 4_000, currency="USD").authorization
    sold = {"authorization_id": held, "vendor": shop.vendor.pk, "actor": BY, "at": at}
    capture(**sold, amount=3_000, currency="USD", is_final=True)
    assert (day_of(buyer, at).held, day_of(buyer, at).captured) == (4_000, 0)
    assert Authorization.objects.get(pk=held).budgets == []
    assert reconcile() == ()


# --- standings that no limit can make up for ---


@pytest.mark.django_db
@pytest.mark.parametrize(("status", "code"), [("revoked", "agent_revoked"), ("suspended", "agent_suspended")])
def test_an_agent_that_the_registry_ended_spends_nothing(shop, planner, buyer, grant, pass_on, at, status, code):
    root = grant(planner, TOTAL_500, max_further_depth=1)
    leaf = pass_on(root, planner, buyer, TOTAL_500)
    Agent.objects.filter(pk=planner.agent.pk).update(status=status, suspended_by="registry")
    reasons = shop.spend(buyer, leaf).record["reasons"]
    assert [(reason["code"], reason["link"]) for reason in reasons] == [(code, 0)]


@pytest.mark.django_db
def test_agents_and_links_of_a_deplatformed_organization_spend_nothing(
    shop, planner, make_organization, make_holder, acme, grant, pass_on, at
):
    nobody = make_organization("Nobody")
    stranger = make_holder("Helper", nobody)
    root = grant(planner, TOTAL_500, max_further_depth=1)
    below = pass_on(root, planner, stranger, TOTAL_500)
    own = grant(planner, TOTAL_500, principal=nobody)
    Organization.objects.filter(pk=nobody.pk).update(deplatformed_at=at + timedelta(seconds=1))
    assert shop.spend(stranger, below, 100).verdict == "approved"  # it is winding down
    later = at + timedelta(seconds=1)
    reasons = shop.spend(stranger, below, 100, at=later).record["reasons"]
    assert [(reason["code"], reason["link"]) for reason in reasons] == [("operator_deplatformed", 1)]
    reasons = shop.spend(planner, own, 100, at=later).record["reasons"]
    assert [(reason["code"], reason["link"]) for reason in reasons] == [("principal_suspended", -1)]
    assert shop.spend(planner, root, 100, at=later).verdict == "approved"


@pytest.mark.django_db(transaction=True)
def test_the_end_of_a_link_gives_its_holds_back_to_the_day(shop, buyer, grant, at):
    from identity.delegation.capacity import BY_REGISTRY
    from identity.delegation.revoke import RevocationReason

    leaf = grant(buyer, TOTAL_500)
    shop.spend(buyer, leaf)
    revoke(delegation=leaf, reason=RevocationReason.KEY_COMPROMISED, capacities=(BY_REGISTRY,), actor=BY, at=at)
    assert day_of(buyer, at).held == 0
    assert reconcile() == ()
