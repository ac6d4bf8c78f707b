"""Two ways to the ledger: the rule itself in a process of its own, and the client library over HTTP.

Both answer alike, and both ask again with the same key until they are answered, whatever dies meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, Protocol

from django.db import InterfaceError, OperationalError, connection

from identity.journal.actor import Actor, ActorKind
from identity.primitives.clock import now
from identity.primitives.errors import AttornError, Unavailable
from identity.primitives.money import Money
from identity.spending.authorize import Order, authorize_spend
from identity.spending.settle import capture, refund, void
from registry.client import Approved, Declined, NotVerified, Refused, Unreachable, VendorClient

ANSWER_SECONDS_MAX = 180.0
_PAUSE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class Wanted:
    """One purchase: ``key`` is its idempotency key and the nonce of its intent."""

    key: str
    intent: str
    vendor: str
    vendor_did: str
    amount: int
    hold_seconds: int


@dataclass(frozen=True, slots=True)
class Answer:
    decision: str
    verdict: str
    authorization: str | None
    receipt: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A capture or refund that counts."""

    id: str
    amount: int


@dataclass(frozen=True, slots=True)
class No:
    """A refusal with its code: an answer too."""

    code: str


class Unanswered(Exception):
    """Nobody answered for so long that the run has failed."""


class Caller(Protocol):
    def authorize(self, wanted: Wanted, *, amount: int | None = None) -> Answer | No: ...
    def capture(self, wanted: Wanted, hold: str, amount: int, *, is_final: bool, reference: str) -> Taken | No: ...
    def refund(self, wanted: Wanted, hold: str, amount: int, *, reference: str) -> Taken | No: ...
    def void(self, wanted: Wanted, hold: str) -> bool: ...


class Direct:
    """Calls the use cases, as a program inside the registry would."""

    def authorize(self, wanted: Wanted, *, amount: int | None = None) -> Answer | No:
        asked = wanted.amount if amount is None else amount
        order = Order(
            intent=wanted.intent,
            vendor=wanted.vendor,
            vendor_did=wanted.vendor_did,
            amount=Money(asked, "EUR"),
            hold_for=timedelta(seconds=wanted.hold_seconds),
            caller_key=sha256(wanted.key.encode()).hexdigest(),
            fingerprint=sha256(f"{wanted.intent} {asked}".encode()).hexdigest(),
        )
        decided = _until_answered(_in_pool(lambda: authorize_spend(order, actor=_actor(wanted), at=now())))
        if isinstance(decided, No):
            return decided
        return Answer(decided.id, decided.verdict, decided.authorization, decided.receipt)

    def capture(self, wanted: Wanted, hold: str, amount: int, *, is_final: bool, reference: str) -> Taken | No:
        return self._step(capture, wanted, hold, amount=amount, currency="EUR", is_final=is_final, reference=reference)

    def refund(self, wanted: Wanted, hold: str, amount: int, *, reference: str) -> Taken | No:
        return self._step(refund, wanted, hold, amount=amount, reference=reference)

    def void(self, wanted: Wanted, hold: str) -> bool:
        found = _until_answered(_in_pool(lambda: void(authorization_id=hold, actor=_actor(wanted), at=now())))
        return not isinstance(found, No)

    def _step(self, take: Callable[..., Any], wanted: Wanted, hold: str, **more: Any) -> Taken | No:
        actor = _actor(wanted)
        found = _until_answered(
            _in_pool(lambda: take(authorization_id=hold, vendor=wanted.vendor, actor=actor, at=now(), **more))
        )
        return found if isinstance(found, No) else Taken(found.pk, found.amount)


class OverHttp:
    """Calls as a vendor's server does, with the client library, which checks every receipt's signature."""

    def __init__(self, url: str, token: str, registry_did: str) -> None:
        self._url, self._token, self._registry = url, token, registry_did
        self._clients: dict[str, VendorClient] = {}

    def authorize(self, wanted: Wanted, *, amount: int | None = None) -> Answer | No:
        def ask() -> Answer:
            try:
                outcome = self._client(wanted).authorize(
                    wanted.intent,
                    Money(wanted.amount if amount is None else amount, "EUR"),
                    hold_seconds=wanted.hold_seconds,
                    idempotency_key=wanted.key,
                )
            except Declined as declined:
                return Answer(declined.decision_id, "declined", None, declined.receipt)
            verdict = "approved" if isinstance(outcome, Approved) else "step_up_required"
            return Answer(outcome.decision_id, verdict, getattr(outcome, "authorization_id", None), outcome.receipt)

        return _until_answered(ask)

    def capture(self, wanted: Wanted, hold: str, amount: int, *, is_final: bool, reference: str) -> Taken | No:
        client, money = self._client(wanted), Money(amount, "EUR")
        return self._step(
            lambda: client.capture(hold, money, is_final=is_final, reference=reference, idempotency_key=reference)
        )

    def refund(self, wanted: Wanted, hold: str, amount: int, *, reference: str) -> Taken | No:
        client, money = self._client(wanted), Money(amount, "EUR")
        return self._step(lambda: client.refund(hold, money, reference=reference, idempotency_key=reference))

    def void(self, wanted: Wanted, hold: str) -> bool:
        client = self._client(wanted)
        return not isinstance(_until_answered(lambda: client.void(hold, idempotency_key=f"{wanted.key}-void")), No)

    def _step(self, call: Callable[[], Any]) -> Taken | No:
        found = _until_answered(call)
        return found if isinstance(found, No) else Taken(found.id, found.amount)

    def _client(self, wanted: Wanted) -> VendorClient:
        if wanted.vendor_did not in self._clients:
            self._clients[wanted.vendor_did] = VendorClient(
                self._url,
                wanted.vendor_did,
                service_key=self._token,
                registry_did=self._registry,
                attempts_max=2,
                timeout_seconds=15,
            )
        return self._clients[wanted.vendor_did]


def _actor(wanted: Wanted) -> Actor:
    return Actor(ActorKind.AGENT, wanted.vendor)


def _in_pool(call: Callable[[], Any]) -> Callable[[], Any]:
    """``call``, with its connection given back to the pool afterwards; a broken one is dropped there."""

    def pooled() -> Any:
        try:
            return call()
        finally:
            connection.close()

    return pooled


def _until_answered(call: Callable[[], Any]) -> Any:
    """What ``call`` gives, or the registry's No. A call that nobody answered is made again, as it was."""
    deadline = time.monotonic() + ANSWER_SECONDS_MAX
    while True:
        try:
            return call()
        except Refused as refused:
            if refused.code != "idempotency_in_progress":  # the first call of this key may still be running
                return No(refused.code)
            if time.monotonic() > deadline:
                raise Unanswered(refused.code) from refused
        except (Unavailable, Unreachable, OperationalError, InterfaceError) as error:
            if time.monotonic() > deadline:
                raise Unanswered(repr(error)) from error
        except AttornError as error:
            return No(error.code)
        time.sleep(_PAUSE_SECONDS)


__all__ = ["Answer", "Caller", "Direct", "No", "NotVerified", "OverHttp", "Taken", "Unanswered", "Wanted"]
