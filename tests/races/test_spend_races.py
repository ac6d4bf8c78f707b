"""Real threads on a real PostgreSQL: never over, never lost, never double, nothing after a suspension committed."""

from __future__ import annotations

import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection, transaction

from identity.agents.keys import RevocationReason as KeyRevocation
from identity.agents.keys import revoke_key, rotate_key
from identity.agents.lifecycle import SuspensionReason as AgentSuspension
from identity.agents.lifecycle import suspend
from identity.delegation.capacity import BY_REGISTRY
from identity.delegation.freeze import freeze_principal
from identity.delegation.revoke import RevocationReason, SuspensionReason, revoke_delegation, suspend_delegation
from identity.journal.actor import system
from identity.primitives.clock import now
from identity.primitives.errors import AttornError, Unavailable
from identity.primitives.multikey import PrivateKey
from identity.spending.authorize import authorize_spend
from identity.spending.models import Authorization, Budget, Decision
from identity.spending.reconcile import reconcile
from identity.spending.settle import capture, refund, void
from tests.spending.conftest import (  # noqa: F401
    TOTAL_500,
    buyer,
    euros,
    grant,
    make_holder,
    nordlicht,
    pass_on,
    planner,
    shop,
)

pytestmark = pytest.mark.django_db(transaction=True)
BY = system("tests")
THREADS = 12


def together(work, count):
    """Run ``work(number)`` for ``count`` numbers on real threads, each with a connection of its own."""

    def run(number):
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(count)))


def end_standing(what, leaf, *, principal):
    """Suspend the leaf, its root or the agent that issued it, or pause everything of the principal's."""
    if what in ("link", "root"):
        link, reason = (leaf if what == "link" else leaf.root), SuspensionReason.INVESTIGATION
        suspend_delegation(delegation=link, reason=reason, capacities=(BY_REGISTRY,), actor=BY, at=now())
    elif what == "freeze":
        freeze_principal(principal=principal, actor=BY, at=now())
    else:
        abuse = AgentSuspension.ABUSE_REPORTED
        suspend(agent=leaf.parent.agent, reason=abuse, by="registry", actor=BY, at=now())


def test_racing_spends_take_exactly_what_the_cap_allows(shop, planner, buyer, make_holder, grant, pass_on):  # noqa: F811
    root = grant(planner, euros("total", 10_000), max_further_depth=1)
    holders = [buyer, make_holder("Second"), make_holder("Third")]
    leaves = [pass_on(root, planner, holder, euros("total", 9_000)) for holder in holders]
    orders = [shop.order(shop.intent(holders[n % 3], leaves[n % 3], 700), 700) for n in range(60)]
    decided = together(lambda n: authorize_spend(orders[n], actor=BY, at=shop.at), len(orders))
    verdicts = Counter(one.verdict for one in decided)
    assert verdicts == {"approved": 14, "declined": 46}
    assert Budget.objects.get(pk=f"{root.pk}:L1:life").held == 9_800
    assert reconcile() == ()


def test_one_key_takes_effect_once_however_often_it_is_sent(shop, buyer, grant):  # noqa: F811
    leaf = grant(buyer, TOTAL_500)
    order = shop.order(shop.intent(buyer, leaf), caller_key=uuid4().hex, fingerprint="same")
    decided = together(lambda n: authorize_spend(order, actor=BY, at=shop.at), 24)
    assert len({(one.id, one.receipt) for one in decided}) == 1
    assert Authorization.objects.count() == 1
    assert Decision.objects.count() == 1


def test_one_intent_is_approved_once_under_different_keys(shop, buyer, grant):  # noqa: F811
    leaf = grant(buyer, TOTAL_500)
    intent = shop.intent(buyer, leaf)
    orders = [shop.order(intent, caller_key=uuid4().hex) for _ in range(20)]
    decided = together(lambda n: authorize_spend(orders[n], actor=BY, at=shop.at), len(orders))
    assert Counter(one.verdict for one in decided) == {"approved": 1, "declined": 19}
    assert {one.record["reasons"][0]["code"] for one in decided if one.verdict == "declined"} == {
        "agent_proof_replayed"
    }


@pytest.mark.parametrize("what", ["link", "root", "freeze", "agent"])
def test_nothing_is_approved_after_a_standing_ended(shop, planner, buyer, acme, grant, pass_on, what):  # noqa: F811
    """Whoever asks after the change is known to have committed is refused; the others may go either way."""
    root = grant(planner, euros("total", 40_000_000), max_further_depth=1)
    leaf = pass_on(root, planner, buyer, euros("total", 40_000_000))
    orders = [shop.order(shop.intent(buyer, leaf, 100), 100) for _ in range(120)]
    has_ended = threading.Event()
    late: list[str] = []

    def work(number):
        if number == 40:
            end_standing(what, leaf, principal=acme)
            has_ended.set()
            return None
        asked_after = has_ended.is_set()
        verdict = authorize_spend(orders[number], actor=BY, at=shop.at).verdict
        if asked_after and verdict == "approved":
            late.append(verdict)
        return None

    together(work, len(orders))
    assert late == []
    assert has_ended.is_set()
    held = Budget.objects.get(pk=f"{root.pk}:L1:life").held
    assert held == 100 * Authorization.objects.count()
    assert reconcile() == ()


@pytest.mark.parametrize("what", ["link", "root", "freeze", "agent"])
def test_the_end_of_a_standing_waits_for_what_rests_on_it(shop, planner, buyer, acme, grant, pass_on, what):  # noqa: F811
    """A spend that was decided but not committed holds the end of a standing up; so none commits after it."""
    leaf = pass_on(grant(planner, TOTAL_500, max_further_depth=1), planner, buyer, TOTAL_500)
    has_ended = threading.Event()

    def end():
        try:
            end_standing(what, leaf, principal=acme)
            has_ended.set()
        finally:
            connection.close()

    thread = threading.Thread(target=end)
    with transaction.atomic():
        assert shop.spend(buyer, leaf).verdict == "approved"
        thread.start()
        assert not has_ended.wait(0.5)
    thread.join(10)
    assert has_ended.is_set()
    assert shop.spend(buyer, leaf).verdict == "declined"


@pytest.mark.parametrize("what", ["revoked", "rotated"])
def test_the_end_of_a_key_waits_for_what_it_signed(shop, buyer, grant, acme, prove, what):  # noqa: F811
    """A spend that was decided but not committed holds the end of its key up; so none commits after it."""
    leaf = grant(buyer, TOTAL_500)
    has_ended = threading.Event()
    proven = prove(acme, PrivateKey.generate(), "key", buyer.agent)

    def end():
        try:
            if what == "revoked":
                reason = KeyRevocation.COMPROMISED
                revoke_key(agent=buyer.agent, fragment="key-1", reason=reason, actor=BY, at=now())
            else:
                rotate_key(agent=buyer.agent, **proven, retire_fragment="key-1", overlap_seconds=0, actor=BY, at=now())
            has_ended.set()
        finally:
            connection.close()

    thread = threading.Thread(target=end)
    with transaction.atomic():
        assert shop.spend(buyer, leaf).verdict == "approved"
        thread.start()
        assert not has_ended.wait(0.5)
    thread.join(10)
    assert has_ended.is_set()
    assert shop.spend(buyer, leaf, at=now()).verdict == "declined"


def test_a_hold_ends_exactly_once(shop, buyer, grant):  # noqa: F811
    leaf = grant(buyer, TOTAL_500)
    name = authorize_spend(shop.order(shop.intent(buyer, leaf)), actor=BY, at=shop.at).authorization

    def work(number):
        common = {"authorization_id": name, "actor": BY, "at": shop.at}
        try:
            if number % 3 == 0:
                void(**common)
            else:
                capture(**common, vendor=shop.vendor.pk, amount=1500, currency="EUR", is_final=number % 3 == 2)
        except AttornError as error:
            return error.code
        return None

    together(work, 24)
    row = Authorization.objects.get(pk=name)
    assert row.state == "closed"
    assert row.captured in (0, 1500, 3000)
    budget = Budget.objects.get(pk=f"{leaf.pk}:L1:life")
    assert (budget.held, budget.captured) == (0, row.captured)
    assert reconcile() == ()


def test_everything_at_once_adds_up(shop, planner, buyer, make_holder, grant, pass_on):  # noqa: F811
    """Spends, captures, voids, refunds and a revocation, in any order, over one shared root."""
    root = grant(planner, euros("total", 60_000, refundRestores=True), max_further_depth=1)
    second = make_holder("Second")
    velocity = {"type": "velocity", "max": 40, "window": "PT1H"}
    leaves = [(buyer, pass_on(root, planner, buyer, TOTAL_500, velocity)), (second, pass_on(root, planner, second))]
    orders = [
        shop.order(shop.intent(*leaves[number % 2], amount), amount)
        for number in range(90)
        for amount in [random.Random(number).randint(1, 3_000)]
    ]
    names: list[str] = []

    def work(number):
        dice = random.Random(number * 7919)
        decided = authorize_spend(orders[number], actor=BY, at=shop.at)
        if decided.authorization is not None:
            names.append(decided.authorization)
        if number == 60:
            revoke_delegation(
                delegation=leaves[1][1],
                reason=RevocationReason.MISUSE,
                capacities=(BY_REGISTRY,),
                actor=BY,
                at=shop.at,
            )
        if not names:
            return
        common = {"authorization_id": dice.choice(names), "actor": BY, "at": shop.at}
        steps = [
            lambda: capture(**common, vendor=shop.vendor.pk, amount=dice.randint(1, 900), currency="EUR"),
            lambda: void(**common),
            lambda: refund(**common, vendor=shop.vendor.pk, amount=dice.randint(1, 300)),
        ]
        try:
            dice.choice(steps)()
        except AttornError:
            return

    together(work, len(orders))
    assert reconcile() == ()
    total = Budget.objects.get(pk=f"{root.pk}:L1:life")
    rows = Authorization.objects.all()
    assert total.held == sum(row.open for row in rows)
    assert total.captured == sum(row.captured - row.refunded for row in rows)
    assert total.used <= 60_000


def test_a_decision_that_waits_too_long_is_no_decision(shop, buyer, grant):  # noqa: F811
    """Somebody holds a budget and does not let go: a 503, nothing held, and the same key works afterwards."""
    leaf = grant(buyer, TOTAL_500)
    authorize_spend(shop.order(shop.intent(buyer, leaf, 100), 100), actor=BY, at=shop.at)
    order = shop.order(shop.intent(buyer, leaf), caller_key=uuid4().hex)
    is_held, let_go = threading.Event(), threading.Event()

    def hold(number):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM spending_budget FOR UPDATE")
            is_held.set()
            let_go.wait(20)

    with ThreadPoolExecutor(1) as pool:
        holder = pool.submit(lambda: together(hold, 1))
        assert is_held.wait(20)
        with pytest.raises(Unavailable) as refused:
            authorize_spend(order, actor=BY, at=shop.at)
        let_go.set()
        holder.result()
    assert refused.value.code == "decision_timeout"
    assert Authorization.objects.count() == 1
    assert authorize_spend(order, actor=BY, at=shop.at).verdict == "approved"
