"""What the authorize bench runs in a process that is set up as the registry is: attempts are prepared, then timed."""

from __future__ import annotations

import asyncio
import gc
import json
import secrets
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any

AMOUNT = 100
ORDER_HASH = "sha-256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"


def decide(*, market: str, part: int, parts: int, clients: int, attempts: int, seconds: float) -> None:
    """Prepare attempts, say so, wait for a line, then have them decided for ``seconds`` or until none is left, as the
    authorizer does: ``clients`` ask, one thread decides what has gathered. This is one of ``parts`` processes, each
    with leaves of its own. Print the count, the time taken and every latency in ms. A decision that is no approval
    fails the run."""
    known = json.loads(Path(market).read_text())
    prepared = iter(_attempts({**known, "leaves": known["leaves"][part::parts]}, attempts))
    gc.collect()
    gc.freeze()  # as the web does when it has started: what was prepared is not walked through again and again
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.perf_counter()
    latencies = asyncio.run(_crowd(prepared, clients=clients, until=began + seconds))
    took = time.perf_counter() - began
    print(json.dumps({"count": len(latencies), "seconds": took, "latencies_ms": latencies}))


async def _crowd(prepared: Iterator[Any], *, clients: int, until: float) -> list[float]:
    from identity.spending.group import decide_group
    from identity.spending.models import Verdict
    from registry.ops.gathering import Gathering

    gathering: Gathering[Any, Any] = Gathering(decide_group)
    latencies: list[float] = []

    async def client() -> None:
        while (now := time.perf_counter()) < until:
            attempt = next(prepared, None)
            if attempt is None:
                break
            decided = await gathering.ask(attempt)
            latencies.append((time.perf_counter() - now) * 1e3)
            if getattr(decided, "verdict", None) != Verdict.APPROVED:
                raise RuntimeError(f"a decision was no approval: {decided}")

    await asyncio.gather(*(client() for _ in range(clients)))
    gathering.close()
    return latencies


def requests(*, market: str, count: int, path: str) -> None:
    """Write ``count`` requests for wrk, a line each of idempotency key and body; print the vendor's service key."""
    from identity.accounts.models import Organization, User
    from identity.accounts.permissions import Permission
    from identity.accounts.service_keys import create_service_key
    from identity.journal.actor import system
    from identity.primitives.clock import now

    known = json.loads(Path(market).read_text())
    organization = Organization.objects.get()
    user = User.objects.create_user("bench@example.org", None)
    organization.memberships.create(user=user, role="owner")
    _, token = create_service_key(
        organization=organization,
        name="bench",
        scopes=[Permission.AUTHORIZATIONS_WRITE],
        expires_at=None,
        actor=system("bench"),
        at=now(),
        created_by=user,
    )
    with Path(path).open("w") as file:
        for intent in _intents(known, count):
            body = {"intent": intent, "amount": {"amount": AMOUNT, "currency": "EUR"}}
            file.write(f"{secrets.token_hex(12)} {json.dumps(body, separators=(',', ':'))}\n")
    print(json.dumps({"token": token}))


def check() -> None:
    """Print how much is held and what does not add up: a fast wrong answer fails the run."""
    from identity.spending.models import Authorization
    from identity.spending.reconcile import reconcile

    findings = [f"{one.subject}: {one.what}" for one in reconcile()]
    print(json.dumps({"authorizations": Authorization.objects.count(), "findings": findings}))


def _intents(market: dict[str, Any], count: int) -> list[str]:
    from identity.agents.addresses import registry_did
    from identity.delegation.intent import Intent, sign_intent
    from identity.primitives.clock import now
    from identity.primitives.money import Money
    from identity.primitives.multikey import PrivateKey
    from identity.primitives.signing import LocalSigner

    at, ledger, amount = now().replace(microsecond=0), registry_did(), Money(AMOUNT, "EUR")
    signers = {
        leaf["delegation"]: LocalSigner(PrivateKey.from_pem(leaf["pem"]), f"{leaf['agent_did']}#key-1")
        for leaf in market["leaves"]
    }
    return [
        sign_intent(
            Intent(
                agent=leaf["agent_did"],
                vendor=market["vendor_did"],
                ledger=ledger,
                delegation=leaf["delegation"],
                action="/commerce/pay/once",
                amount=amount,
                max_amount=amount,
                order_hash=ORDER_HASH,
                nonce=secrets.token_hex(12),
                issued_at=at,
                expires_at=at + timedelta(seconds=300),
            ),
            signer=signers[leaf["delegation"]],
        )
        for leaf in islice(cycle(market["leaves"]), count)
    ]


def _attempts(market: dict[str, Any], count: int) -> list[Any]:
    """Verified attempts: what needs no lock is done, what the ledger does is left."""
    from identity.delegation.facts import Refusal
    from identity.delegation.intent import read_intent
    from identity.journal.actor import system
    from identity.primitives.clock import now
    from identity.primitives.money import Money
    from identity.spending.authorize import Order, attempt_of
    from identity.spending.chains import chain_of

    actor, at, amount = system("bench"), now(), Money(AMOUNT, "EUR")
    chains = {leaf["delegation"]: chain_of(leaf["delegation"]) for leaf in market["leaves"]}
    found = []
    for intent in _intents(market, count):
        signed = read_intent(intent)
        if isinstance(signed, Refusal):
            raise RuntimeError(signed.detail)
        chain = chains[signed.intent.delegation]
        if chain is None:
            raise RuntimeError("the market was not seeded")
        order = Order(intent=intent, vendor=market["vendor"], vendor_did=market["vendor_did"], amount=amount)
        attempt = attempt_of(order, signed, chain, actor=actor, at=at)
        if attempt.request.proof_refusals:
            raise RuntimeError(str(attempt.request.proof_refusals))
        found.append(attempt)
    return found
