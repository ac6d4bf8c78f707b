"""Two clicks at one instant, on real threads: each step of the sandbox happens once, and the ledger adds up."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from django.db import connections

from identity.accounts.models import Organization
from identity.journal.actor import Actor
from identity.spending.models import Authorization, Decision, Settlement
from identity.spending.reconcile import reconcile
from registry.sandbox.models import SandboxParty, SandboxRun
from registry.sandbox.progress import Step
from registry.sandbox.runs import start
from registry.sandbox.story import go_on

pytestmark = pytest.mark.django_db(transaction=True)
CLICKS = 4


def side_by_side(act: Callable[[], Any]) -> None:
    def run() -> None:
        try:
            act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(CLICKS) as threads:
        for each in [threads.submit(run) for _ in range(CLICKS)]:
            each.result()


def test_many_first_visitors_make_one_shop_and_one_run(hers: Organization, by_alice: Actor, at: datetime) -> None:
    side_by_side(lambda: start(organization=hers, actor=by_alice, at=at))
    assert SandboxParty.objects.count() == 2
    assert SandboxRun.objects.count() == 1


def test_a_step_that_is_clicked_many_times_at_once_happens_once(lent: SandboxRun, at: datetime) -> None:
    side_by_side(lambda: go_on(run=lent, step=Step.BUY, at=at))
    assert Authorization.objects.count() == Decision.objects.count() == 1
    side_by_side(lambda: go_on(run=lent, step=Step.CHARGE, at=at))
    assert Settlement.objects.count() == 1
    assert reconcile() == ()
