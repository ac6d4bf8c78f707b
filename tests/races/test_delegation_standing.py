"""Nothing is born under a standing that has ended (invariant 7): real threads, real commits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread
from time import sleep
from typing import Any

import pytest
from django.db import connection, transaction

from identity.agents import fence
from identity.agents.lifecycle import SuspensionReason as AgentReason
from identity.agents.lifecycle import suspend
from identity.agents.models import SuspendedBy
from identity.delegation.capacity import BY_REGISTRY
from identity.delegation.constraints import parse_constraints
from identity.delegation.delegate import delegate_root, strong_sign_in_evidence
from identity.delegation.freeze import freeze_principal
from identity.delegation.link import Terms
from identity.delegation.models import Delegation
from identity.delegation.pass_on import draft_child, register_child
from identity.delegation.proof import sign_link
from identity.delegation.revoke import RevocationReason, revoke_delegation
from identity.journal.actor import system
from identity.journal.models import Event
from identity.primitives.errors import AttornError
from identity.primitives.multikey import PrivateKey
from identity.primitives.signing import LocalSigner

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 6
CHILDREN = 4
BY = system("tests")


def together(*acts: Callable[[], Any]) -> list[Any]:
    """Run all at once, each with a connection of its own; what each returned or raised."""
    barrier, results = Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            barrier.wait()
            results[place] = act()
        except AttornError as refused:
            results[place] = refused
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "two transactions wait for each other"
    return results


@pytest.fixture
def family(acme: Any, make_agent: Callable[..., Any], at: datetime) -> Callable[[], Any]:
    """A root of Acme's and signed children that wait to be registered."""

    def make() -> tuple[Delegation, list[dict[str, Any]]]:
        key = PrivateKey.generate()
        planner = make_agent(acme, "Planner", private_key=key)
        terms = Terms(
            constraints=parse_constraints([]),
            valid_from=at,
            valid_until=at + timedelta(days=1),
            max_further_depth=1,
        )
        evidence = strong_sign_in_evidence(method="totp", signed_in_at=at)
        root = delegate_root(principal=acme, agent=planner, terms=terms, evidence=evidence, actor=BY, at=at)
        signer = LocalSigner(key, f"{planner.did}#key-1")
        narrow = Terms(constraints=(), valid_from=at, valid_until=root.valid_until)
        children = []
        for number in range(CHILDREN):
            holder = make_agent(acme, f"Buyer {number}")
            draft = draft_child(parent=root, agent=holder, terms=narrow, at=at)
            children.append(sign_link(draft.document, signer=signer, created=at))
        return root, children

    return make


def written_order(kind: str, subject: str) -> int:
    return int(Event.objects.get(kind=kind, subject=subject).written_order)


@pytest.mark.parametrize("ending", ["revoke", "suspend agent", "freeze"])
def test_it_registers_no_child_after_the_standing_above_ended(
    family: Callable[[], Any], ending: str, acme: Any, at: datetime
) -> None:
    """The journal is written in the transaction of each change, so its order within one chain is the order of commit:
    the fence lets nothing of the chain run beside the change of standing."""
    for _ in range(ROUNDS if ending != "freeze" else 1):
        root, children = family()
        acts = {
            "revoke": lambda root=root: revoke_delegation(
                delegation=root, reason=RevocationReason.MISUSE, capacities=[BY_REGISTRY], actor=BY, at=at
            ),
            "suspend agent": lambda root=root: suspend(
                agent=root.agent, reason=AgentReason.MISBEHAVIOUR, by=SuspendedBy.REGISTRY, actor=BY, at=at
            ),
            "freeze": lambda: freeze_principal(principal=acme, actor=BY, at=at),
        }
        kinds = {
            "revoke": ("delegation.revoked", root.pk),
            "suspend agent": ("agent.suspended", root.agent_id),
            "freeze": ("principal.frozen", acme.pk),
        }
        births = [lambda child=child: register_child(credential=child, actor=BY, at=at) for child in children]
        results = together(*births, acts[ending])
        assert not isinstance(results[-1], AttornError), results[-1]
        ended = written_order(*kinds[ending])
        for result in results[:-1]:
            if isinstance(result, AttornError):
                assert result.code in {"parent_not_active", "principal_frozen", "agent_not_active", "chain_broken"}
            else:
                assert written_order("delegation.issued", result.pk) < ended


def test_it_registers_the_same_child_once(family: Callable[[], Any], at: datetime) -> None:
    root, children = family()
    results = together(*[lambda: register_child(credential=children[0], actor=BY, at=at)] * 4)
    born = [result for result in results if isinstance(result, Delegation)]
    codes = {result.code for result in results if isinstance(result, AttornError)}
    assert len(born) == 1
    assert codes <= {"draft_already_used", "delegation_exists"}
    assert Delegation.objects.filter(parent=root).count() == 1


def test_it_makes_a_change_of_standing_wait_for_what_relies_on_it() -> None:
    order: list[str] = []
    shared, done = Barrier(2), Barrier(2)

    def relies() -> None:
        with transaction.atomic():
            fence.share(["agt_1", "org_1", "dlg_1"])
            shared.wait()
            done.wait()
            sleep(0.3)  # the change of standing asks for the fence meanwhile
            order.append("relied")

    def changes() -> None:
        shared.wait()
        done.wait()
        with transaction.atomic():
            fence.exclusive("org_1")
            order.append("changed")

    together(relies, changes)
    assert order == ["relied", "changed"]


def test_it_takes_its_locks_without_rings() -> None:
    keys = [f"agt_{number}" for number in range(8)]

    def act(place: int) -> Callable[[], None]:
        def run() -> None:
            for turn in range(20):
                with transaction.atomic():
                    mine = keys[(place + turn) % 8]
                    fence.hold(shared=[*keys[place:], *keys[:place]], alone=[mine])

        return run

    together(*(act(place) for place in range(4)))


def test_it_needs_a_transaction() -> None:
    with pytest.raises(RuntimeError):
        fence.share(["agt_1"])
