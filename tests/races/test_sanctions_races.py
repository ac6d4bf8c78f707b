"""Real threads on a real PostgreSQL: no authorization after a measure committed, no measure twice, nobody slips out."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from identity.accounts.models import DeskRole
from identity.agents.lifecycle import DeactivationReason, deactivate
from identity.agents.models import Agent, AgentStatus
from identity.agents.register import register_agent
from identity.journal.actor import system
from identity.journal.models import Event
from identity.primitives.clock import now
from identity.primitives.errors import AttornError
from identity.primitives.multikey import PrivateKey
from identity.spending.authorize import authorize_spend
from identity.spending.models import Authorization, AuthorizationState
from identity.spending.reconcile import reconcile
from reputation.moderation.ladder import Reason
from reputation.moderation.lapse import lapse_due
from reputation.moderation.models import Detection, Sanction, SanctionState
from reputation.moderation.opening import open_case
from reputation.moderation.sanctions import (
    Proposal,
    impose_in_emergency,
    propose_sanction,
    sign_sanction,
)
from tests.moderation.conftest import by
from tests.spending.conftest import (  # noqa: F401
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
THREADS = 10


def together(acts):
    """Run all at once on real threads, each with a connection of its own; what each returned or raised."""
    barrier = threading.Barrier(len(acts))

    def run(act):
        try:
            barrier.wait()
            return act()
        except AttornError as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.fixture
def operators(make_person):
    """Two analysts, a manager, and one more."""
    names = ("Olga", "Oskar", "Mona", "Otto")
    return [make_person(name, is_staff=True, desk_role=DeskRole.MANAGER if name == "Mona" else "") for name in names]


@pytest.fixture
def case(buyer, operators):  # noqa: F811
    return open_case(agent=buyer.agent, detection=Detection.OPERATOR, actor=by(operators[0]), at=now())


def proposal(level: int, **more) -> Proposal:
    return Proposal(level=level, reason=Reason.EVASION, facts="Three were deceived.", **more)


@pytest.fixture
def make_orders(shop, planner, buyer, grant, pass_on):  # noqa: F811
    """Orders of the buyer's under a chain that runs through the planner."""
    root = grant(planner, euros("total", 400_000), max_further_depth=1)
    leaf = pass_on(root, planner, buyer, euros("total", 400_000))
    return lambda count: [shop.order(shop.intent(buyer, leaf, 100), 100) for _ in range(count)]


@pytest.mark.parametrize("level", [3, 4, 5])
def test_it_lets_no_authorization_commit_after_a_measure_did(level, make_orders, case, acme, operators, at):
    """The journal is written in the transaction of each change, and the fence lets nothing of the chain run beside the
    measure: so whatever was approved was written before it, and everything that it left open is void."""
    olga, oskar, mona, _ = operators
    orders = make_orders(40)
    subject = acme if level == 5 else case.agent
    sanction = propose_sanction(case=case, subject=subject, proposal=proposal(level), actor=by(olga), at=now())
    if level == 5:
        sign_sanction(sanction=sanction, actor=by(oskar), at=now())
    last = mona if level == 5 else oskar

    def spend(mine):
        return [authorize_spend(order, actor=BY, at=at) for order in mine]

    parts = [lambda mine=orders[start::4]: spend(mine) for start in range(4)]
    results = together([*parts, lambda: sign_sanction(sanction=sanction, actor=by(last), at=now())])
    assert not isinstance(results[-1], AttornError), results[-1]
    imposed = Event.objects.get(kind="sanction.imposed").written_order
    approved = Event.objects.filter(kind="authorization.approved").values_list("written_order", flat=True)
    assert all(order < imposed for order in approved)
    assert not Authorization.objects.exclude(state=AuthorizationState.CLOSED).exists()
    late = authorize_spend(*make_orders(1), actor=BY, at=at)
    assert late.verdict == "declined"
    assert reconcile() == ()


def test_it_comes_into_force_once_when_two_sign_the_last_signature_at_once(case, buyer, operators):  # noqa: F811
    olga, oskar, mona, otto = operators
    sanction = propose_sanction(case=case, subject=buyer.agent, proposal=proposal(4), actor=by(olga), at=now())
    signing = [lambda one=one: sign_sanction(sanction=sanction, actor=by(one), at=now()) for one in (oskar, mona, otto)]
    results = together(signing)
    assert Event.objects.filter(kind="sanction.imposed").count() == 1
    assert sum(isinstance(result, Sanction) for result in results) == 1
    assert {result.code for result in results if isinstance(result, AttornError)} == {"sanction_confirmed"}


def test_it_counts_one_operators_two_clicks_once(case, acme, operators):
    olga, oskar, *_ = operators
    sanction = propose_sanction(case=case, subject=acme, proposal=proposal(5), actor=by(olga), at=now())
    results = together([lambda: sign_sanction(sanction=sanction, actor=by(oskar), at=now())] * 3)
    assert sanction.signatures.count() == 2
    assert [result.code for result in results if isinstance(result, AttornError)] == ["signed_already"] * 2


def test_it_is_either_confirmed_or_lapsed(case, buyer, operators):  # noqa: F811
    olga, oskar, *_ = operators
    begun = now() - timedelta(hours=72)
    sanction = impose_in_emergency(case=case, subject=buyer.agent, proposal=proposal(3), actor=by(olga), at=begun)
    due = begun + timedelta(hours=72)
    just_before = due - timedelta(seconds=1)
    together(
        [
            lambda: sign_sanction(sanction=sanction, actor=by(oskar), at=just_before),
            lambda: lapse_due(at=due),
            lambda: lapse_due(at=due),
        ]
    )
    sanction.refresh_from_db()
    buyer.agent.refresh_from_db()
    ended = Event.objects.filter(kind="sanction.ended").count()
    if sanction.state == SanctionState.EFFECTIVE:
        assert (sanction.confirm_by, buyer.agent.status, ended) == (None, AgentStatus.SUSPENDED, 0)
    else:
        assert (sanction.state, buyer.agent.status, ended) == (SanctionState.LAPSED, AgentStatus.ACTIVE, 1)


def test_it_lets_nobody_leave_while_a_measure_is_being_imposed(case, buyer, operators):  # noqa: F811
    """Either the agent had ended before, and there is nothing to limit, or it is held and cannot end."""
    olga, *_ = operators
    reason = DeactivationReason.CESSATION_OF_OPERATION
    left, imposed = together(
        [
            lambda: deactivate(agent=buyer.agent, reason=reason, actor=BY, at=now()),
            lambda: impose_in_emergency(case=case, subject=buyer.agent, proposal=proposal(3), actor=by(olga), at=now()),
        ]
    )
    buyer.agent.refresh_from_db()
    if isinstance(left, AttornError):
        assert (left.code, buyer.agent.status) == ("registry_hold", AgentStatus.SUSPENDED)
    else:
        assert (imposed.code, buyer.agent.status) == ("sanction_subject_ended", AgentStatus.DEACTIVATED)


def test_it_leaves_no_agent_alive_that_registers_while_its_organization_is_deplatformed(case, acme, operators, prove):
    olga, oskar, mona, _ = operators
    sanction = propose_sanction(case=case, subject=acme, proposal=proposal(5), actor=by(olga), at=now())
    sign_sanction(sanction=sanction, actor=by(oskar), at=now())
    proofs = [prove(acme, PrivateKey.generate(), "register") for _ in range(4)]

    def register(proof):
        return register_agent(organization=acme, display_name="Late", actor=BY, at=now(), **proof)

    results = together(
        [
            *[lambda proof=proof: register(proof) for proof in proofs],
            lambda: sign_sanction(sanction=sanction, actor=by(mona), at=now()),
        ]
    )
    assert isinstance(results[-1], Sanction), results[-1]
    assert {result.code for result in results if isinstance(result, AttornError)} <= {"barred"}
    assert set(Agent.objects.filter(organization=acme).values_list("status", flat=True)) == {AgentStatus.REVOKED}
