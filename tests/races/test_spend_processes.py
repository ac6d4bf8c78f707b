"""Several processes, as several web servers are: the ledger's promises do not live in one process's memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings

from identity.delegation.capacity import BY_REGISTRY
from identity.delegation.freeze import freeze_principal
from identity.delegation.revoke import RevocationReason, SuspensionReason, suspend_delegation
from identity.journal.actor import system
from identity.primitives.clock import now
from identity.spending import links
from identity.spending.models import Authorization, Budget, Decision
from identity.spending.reconcile import reconcile
from tests.spending.conftest import (  # noqa: F401
    Holder,
    Shop,
    buyer,
    euros,
    grant,
    make_holder,
    nordlicht,
    pass_on,
    planner,
    shop,
)

# ruff: noqa: F811
pytestmark = pytest.mark.django_db(transaction=True)
BY = system("tests")
ROOT = Path(__file__).parents[2]
PROCESSES = 2  # each takes seconds to start; one more shows no more
Spender = Callable[..., list[subprocess.Popen[str]]]


def order(shop: Shop, holder: Holder, leaf: Any, amount: int, **more: Any) -> dict[str, Any]:
    intent = more.pop("intent", None) or shop.intent(holder, leaf, amount, at=now())
    return {"intent": intent, "vendor": shop.vendor.pk, "vendor_did": shop.vendor.did, "amount": amount, **more}


@pytest.fixture
def start() -> Iterator[Spender]:
    """Processes that have connected and wait for the word, one for each list of orders."""
    children: list[subprocess.Popen[str]] = []

    def start(orders: list[list[dict[str, Any]]], **more: str) -> list[subprocess.Popen[str]]:
        for mine in orders:
            command = [sys.executable, "-m", "tests.races.spend_process"]
            child = subprocess.Popen(
                command, env=environment() | more, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            children.append(child)
            say(child, json.dumps(mine))
        for child in children:
            assert child.stdout is not None
            assert child.stdout.readline() == "ready\n"
        return children

    yield start
    for child in children:
        child.kill()
        child.communicate()


def environment() -> dict[str, str]:
    """This test's own database, for another process."""
    url = settings.DATABASES["default"]
    database = f"postgres://{url['USER']}@{url['HOST'] or ''}:{url['PORT'] or ''}/{url['NAME']}"
    if str(url["HOST"]).startswith("/"):
        database = f"postgres://{url['USER']}@/{url['NAME']}?host={url['HOST']}"
    return {**os.environ, "DATABASE_URL": database, "PUBLIC_URL": settings.PUBLIC_URL}


def say(child: subprocess.Popen[str], line: str) -> None:
    assert child.stdin is not None
    child.stdin.write(line + "\n")
    child.stdin.flush()


def answers(children: list[subprocess.Popen[str]]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for child in children:
        text, _ = child.communicate(timeout=60)
        found += json.loads(text.splitlines()[-1])
    return found


def test_several_processes_take_exactly_what_a_shared_root_allows(
    shop,
    planner,
    buyer,
    make_holder,
    grant,
    pass_on,
    start,
):
    root = grant(planner, euros("total", 10_000), max_further_depth=1)
    holders = [buyer, make_holder("Second"), make_holder("Third")]
    leaves = [pass_on(root, planner, holder, euros("total", 9_000)) for holder in holders]
    children = start(
        [[order(shop, holders[n], leaves[n], 700) for _ in range(60 // PROCESSES)] for n in range(PROCESSES)]
    )
    for child in children:
        say(child, "go")
    assert Counter(one["verdict"] for one in answers(children)) == {"approved": 14, "declined": 46}
    assert Budget.objects.get(pk=f"{root.pk}:L1:life").held == 9_800
    assert reconcile() == ()


def test_one_key_sent_to_several_processes_takes_effect_once(shop, buyer, grant, start):
    once = order(shop, buyer, grant(buyer, euros("total", 50_000)), 700, caller_key=uuid4().hex, fingerprint="same")
    children = start([[once] * 10] * PROCESSES)
    for child in children:
        say(child, "go")
    assert {one["verdict"] for one in answers(children)} == {"approved"}
    assert (Authorization.objects.count(), Decision.objects.count()) == (1, 1)


def test_one_intent_sent_to_several_processes_is_approved_once(shop, buyer, grant, start):
    leaf = grant(buyer, euros("total", 50_000))
    intent = shop.intent(buyer, leaf, 700, at=now())
    orders = [order(shop, buyer, leaf, 700, intent=intent, caller_key=uuid4().hex) for _ in range(30)]
    children = start([orders[n::PROCESSES] for n in range(PROCESSES)])
    for child in children:
        say(child, "go")
    assert Counter(one["verdict"] for one in answers(children)) == {"approved": 1, "declined": 29}


def test_who_waits_for_a_decision_holds_no_connection_of_the_pool(shop, buyer, grant, start):
    """Six threads share one connection: those that wait must leave it to the one that decides for them."""
    leaf = grant(buyer, euros("total", 50_000))
    (child,) = start([[order(shop, buyer, leaf, 100) for _ in range(60)]], DATABASE_POOL_SIZE="1")
    say(child, "go")
    assert Counter(one["verdict"] for one in answers([child])) == {"approved": 60}


@pytest.mark.parametrize("what", ["suspended", "revoked", "frozen"])
def test_nothing_commits_in_any_process_after_the_stop_committed(
    shop,
    planner,
    buyer,
    acme,
    grant,
    pass_on,
    start,
    what,
):
    """What is held the moment the stop has returned is all that will ever be held."""
    root = grant(planner, euros("total", 40_000_000), max_further_depth=1)
    leaf = pass_on(root, planner, buyer, euros("total", 40_000_000))
    children = start([[order(shop, buyer, leaf, 100) for _ in range(150)] for _ in range(PROCESSES)])
    for child in children:
        say(child, "go")
    while Authorization.objects.count() < 20:
        time.sleep(0.01)
    if what == "suspended":
        reason = SuspensionReason.INVESTIGATION
        suspend_delegation(delegation=root, reason=reason, capacities=(BY_REGISTRY,), actor=BY, at=now())
    elif what == "revoked":
        links.revoke(delegation=root, reason=RevocationReason.MISUSE, capacities=(BY_REGISTRY,), actor=BY, at=now())
    else:
        freeze_principal(principal=acme, actor=BY, at=now())
    stopped_at, held = time.time(), Authorization.objects.count()
    given = answers(children)
    assert not [one for one in given if one["begun_at"] > stopped_at and one["verdict"] == "approved"]
    assert Authorization.objects.count() == held == sum(one["verdict"] == "approved" for one in given)
    assert held < len(given)
    assert reconcile() == ()
