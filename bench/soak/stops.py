"""Authority that ends and comes back while it is being spent.

Each change writes a row of ``soak_stop`` in its own transaction: the commit time of that row is the commit time of the
change, whether or not this process lived to hear of it.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction

from bench.soak.market import SOAK, Market
from identity.agents import lifecycle
from identity.agents.models import Agent, SuspendedBy
from identity.delegation.capacity import BY_REGISTRY
from identity.delegation.delegate import strong_sign_in_evidence
from identity.delegation.freeze import freeze_principal, unfreeze_principal
from identity.delegation.revoke import RevocationReason, SuspensionReason, resume_delegation, suspend_delegation
from identity.primitives.clock import now
from identity.primitives.errors import AttornError
from identity.spending.links import revoke

TABLE = "CREATE TABLE IF NOT EXISTS soak_stop (subject text NOT NULL, stops boolean NOT NULL)"
_REVOKED_SHARE_MAX = 0.25
_GIVE_UP_SECONDS = 120.0


class Stops:
    """Threads that stop things at random and start them again, until told to end; then everything that can is on."""

    def __init__(self, market: Market) -> None:
        self.market = market
        self.counts: Counter[str] = Counter()
        self.failures: list[str] = []
        self._ended = threading.Event()
        self._revocable = random.sample(market.links, int(len(market.links) * _REVOKED_SHARE_MAX))
        self._threads = [threading.Thread(target=self._work, args=(one,), daemon=True) for one in self._kinds()]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def _kinds(self) -> list[Callable[[], None]]:
        """A thread a kind, so that nothing is stopped twice at once."""
        return [self._suspend_link, self._suspend_agent, self._freeze, self._revoke]

    def _work(self, stop_something: Callable[[], None]) -> None:
        while not self._ended.wait(random.uniform(0.05, 0.6)):
            try:
                stop_something()
            except Exception as error:  # the verdict shows it
                self.failures.append(f"{type(error).__name__}: {error}")
        connection.close()

    def _suspend_link(self) -> None:
        link = random.choice(self.market.links)
        reason, by = SuspensionReason.INVESTIGATION, [BY_REGISTRY]
        self._pause(
            "link",
            link.pk,
            lambda: suspend_delegation(delegation=link, reason=reason, capacities=by, actor=SOAK, at=now()),
            lambda: resume_delegation(delegation=link, capacities=by, actor=SOAK, at=now()),
        )

    def _suspend_agent(self) -> None:
        agent = random.choice(self.market.agents)
        reason, by = lifecycle.SuspensionReason.POLICY_VIOLATION, SuspendedBy.REGISTRY
        self._pause(
            "agent",
            agent.pk,
            lambda: lifecycle.suspend(agent=_fresh(agent), reason=reason, by=by, actor=SOAK, at=now()),
            lambda: lifecycle.reinstate(agent=_fresh(agent), by=by, actor=SOAK, at=now()),
        )

    def _freeze(self) -> None:
        principal = random.choice(self.market.principals)
        evidence = strong_sign_in_evidence(method="passkey", signed_in_at=now())
        self._pause(
            "principal",
            principal.pk,
            lambda: freeze_principal(principal=principal, actor=SOAK, at=now()),
            lambda: unfreeze_principal(principal=principal, evidence=evidence, actor=SOAK, at=now()),
        )

    def _revoke(self) -> None:
        if random.random() < 0.8 or not self._revocable:
            return
        link, reason = self._revocable.pop(), RevocationReason.MISUSE
        self._change(
            "revocation",
            link.pk,
            lambda: revoke(delegation=link, reason=reason, capacities=[BY_REGISTRY], actor=SOAK, at=now()),
            stops=True,
        )

    def _pause(self, what: str, subject: str, stop: Callable[[], Any], go: Callable[[], Any]) -> None:
        self._change(what, subject, stop, stops=True)
        time.sleep(random.uniform(0.02, 0.8))
        self._change("", subject, go, stops=False)

    def _change(self, what: str, subject: str, change: Callable[[], Any], *, stops: bool) -> None:
        """Do it and mark it in one transaction, again and again until it is answered; a refusal is an answer."""
        deadline = time.monotonic() + _GIVE_UP_SECONDS
        while True:
            try:
                with transaction.atomic():
                    change()
                    with connection.cursor() as cursor:
                        cursor.execute("INSERT INTO soak_stop (subject, stops) VALUES (%s, %s)", [subject, stops])
            except AttornError:
                return  # it is so already, by an attempt whose answer was lost, or it ended for good
            except (OperationalError, InterfaceError) as error:
                connection.close()
                if time.monotonic() > deadline:
                    raise RuntimeError(f"{subject} could not be changed") from error
                time.sleep(0.2)
            else:
                self.counts[what] += 1
                return


def _fresh(agent: Agent) -> Agent:
    return Agent.objects.get(pk=agent.pk)
