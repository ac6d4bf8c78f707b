"""One process of clients: each thread buys, asks again, captures, refunds and voids, and writes down what it was told.

What is written is what a client has seen answered. The verdict compares it with the ledger.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import sys
import threading
import time
import traceback
from base64 import urlsafe_b64decode
from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from bench.soak.tickets import Tickets
from registry.ops.processes import tie_to_parent

HOLD_LONG_SECONDS = 86_400
HOLD_SHORT_SECONDS = 60  # runs out during the soak
SWITCH_SECONDS = 0.0005  # for a thread that holds locks and has its answer from the database: it goes on at once
ORDER_HASH = "sha-256:47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"


def record_digest(receipt: str) -> str:
    """What the receipt says of the evidence, which the register has to have."""
    claims: dict[str, str] = json.loads(urlsafe_b64decode(receipt.split(".")[1] + "=="))
    return claims["record_digest"]


class Notes:
    """Lines of what was answered, in one file for all threads of the process."""

    def __init__(self, file: IO[str]) -> None:
        self._file, self._lock = file, threading.Lock()

    def write(self, *parts: object) -> None:
        with self._lock:
            self._file.write("\t".join(map(str, parts)) + "\n")


class Buyers:
    """The threads of one process. ``done`` counts purchases."""

    def __init__(self, plan: dict[str, Any], make_caller: Any, notes: Notes) -> None:
        self.plan, self.make_caller, self.notes = plan, make_caller, notes
        self.tickets = Tickets(Path(plan["tickets"]))
        self.done = 0
        self.echoes: deque[Any] = deque()
        self.lock = threading.Lock()
        self.signers = _signers(plan["leaves"])

    def run(self, clients: int) -> None:
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(clients)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            time.sleep(0.5)
            print(self.done, flush=True)
        print(self.done, flush=True)

    def _work(self) -> None:
        caller, dice = self.make_caller(), random.Random()
        while self.tickets.take():
            try:
                self._echo(caller)
                self._buy(caller, dice)
            except Exception as error:  # the run goes on, and the verdict is that it failed
                self.notes.write("X", type(error).__name__, " ".join(str(error).split())[:300])
                traceback.print_exc()
            with self.lock:
                self.done += 1

    def _buy(self, caller: Any, dice: random.Random) -> None:
        wanted = self._wanted(dice)
        if dice.random() < 0.04:
            self.echoes.append(wanted)  # another thread sends the same call, now
        answer = self._ask(caller, wanted)
        if dice.random() < 0.12:
            self._ask(caller, wanted)
        if dice.random() < 0.02:
            self._misuse(caller, wanted)
        if answer.authorization is not None and answer.verdict == "approved":
            self._settle(caller, wanted, answer.authorization, dice)

    def _echo(self, caller: Any) -> None:
        try:
            wanted = self.echoes.popleft()
        except IndexError:
            return
        self._ask(caller, wanted)

    def _ask(self, caller: Any, wanted: Any) -> Any:
        from bench.soak.callers import No

        answer = caller.authorize(wanted)
        if isinstance(answer, No):
            raise RuntimeError(f"an authorization was answered with {answer.code}")
        digest = sha256(answer.receipt.encode()).hexdigest()
        hold = answer.authorization or "-"
        said = (digest, record_digest(answer.receipt))
        self.notes.write("A", wanted.key, answer.decision, answer.verdict, hold, wanted.amount, *said)
        return answer

    def _misuse(self, caller: Any, wanted: Any) -> None:
        """The same key with another body: refused, and nothing happens."""
        from bench.soak.callers import No

        answer = caller.authorize(wanted, amount=wanted.amount + 1)
        if not isinstance(answer, No) or answer.code != "idempotency_key_reused":
            raise RuntimeError(f"a key with another body was answered with {answer}")
        self.notes.write("R", wanted.key)

    def _settle(self, caller: Any, wanted: Any, hold: str, dice: random.Random) -> None:
        choice, part = dice.random(), dice.randint(1, wanted.amount)
        if wanted.hold_seconds == HOLD_SHORT_SECONDS:
            return  # left to run out
        if choice < 0.35:
            if caller.void(wanted, hold):
                self.notes.write("V", hold)
            return
        is_whole = choice < 0.75
        captured = wanted.amount if is_whole else part
        if not self._capture(caller, wanted, hold, captured, "c1", is_final=dice.random() < 0.5, dice=dice):
            return
        if not is_whole and part < wanted.amount and dice.random() < 0.5:
            self._capture(caller, wanted, hold, wanted.amount - part, "c2", is_final=True, dice=dice)
        if choice < 0.65:
            self._refund(caller, wanted, hold, captured, dice)
        elif choice < 0.85:
            self._refund(caller, wanted, hold, dice.randint(1, captured), dice)

    def _capture(
        self, caller: Any, wanted: Any, hold: str, amount: int, name: str, *, is_final: bool, dice: random.Random
    ) -> bool:
        reference = f"{wanted.key}-{name}"
        taken = caller.capture(wanted, hold, amount, is_final=is_final, reference=reference)
        if dice.random() < 0.1:
            again = caller.capture(wanted, hold, amount, is_final=is_final, reference=reference)
            self._note_step("capture", hold, reference, again)
        return self._note_step("capture", hold, reference, taken)

    def _refund(self, caller: Any, wanted: Any, hold: str, amount: int, dice: random.Random) -> None:
        reference = f"{wanted.key}-r1"
        for _ in range(2 if dice.random() < 0.1 else 1):
            self._note_step("refund", hold, reference, caller.refund(wanted, hold, amount, reference=reference))

    def _note_step(self, kind: str, hold: str, reference: str, taken: Any) -> bool:
        from bench.soak.callers import No

        if isinstance(taken, No):
            self.notes.write("N", kind, taken.code)
            return False
        self.notes.write("S", hold, reference, taken.id, kind, taken.amount)
        return True

    def _wanted(self, dice: random.Random) -> Any:
        from bench.soak.callers import Wanted
        from identity.delegation.intent import Intent, sign_intent
        from identity.primitives.clock import now
        from identity.primitives.money import Money

        leaf, signer = dice.choice(self.signers)
        shop = dice.choice(self.plan["shops"])
        key, amount, at = uuid4().hex, dice.randint(*self.plan["amounts"]), now().replace(microsecond=0)
        intent = Intent(
            agent=leaf["agent_did"],
            vendor=shop["did"],
            ledger=self.plan["registry_did"],
            delegation=leaf["delegation"],
            action="/commerce/pay/once",
            amount=Money(amount, "EUR"),
            max_amount=Money(amount + 1, "EUR"),
            order_hash=ORDER_HASH,
            nonce=key,
            issued_at=at,
            expires_at=at + timedelta(seconds=300),
        )
        hold = HOLD_SHORT_SECONDS if dice.random() < 0.1 else HOLD_LONG_SECONDS
        return Wanted(key, sign_intent(intent, signer=signer), shop["id"], shop["did"], amount, hold)


def _signers(leaves: Sequence[dict[str, str]]) -> list[tuple[dict[str, str], Any]]:
    from identity.primitives.multikey import PrivateKey
    from identity.primitives.signing import LocalSigner

    return [(leaf, LocalSigner(PrivateKey.from_pem(leaf["pem"]), f"{leaf['agent_did']}#key-1")) for leaf in leaves]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("plan", type=Path)
    parser.add_argument("notes", type=Path)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--over-http", action="store_true")
    options = parser.parse_args()
    tie_to_parent(signal.SIGTERM)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    sys.setswitchinterval(SWITCH_SECONDS)
    import django
    from django.conf import settings

    # A pool would ask each connection whether it lives before each call; a call that finds it dead is made again.
    settings.DATABASES["default"]["CONN_HEALTH_CHECKS"] = False
    django.setup()
    from bench.soak.callers import Direct, OverHttp

    plan = json.loads(options.plan.read_text())
    url, token, did = plan["url"], plan["token"], plan["registry_did"]
    make = (lambda: OverHttp(url, token, did)) if options.over_http else Direct
    with options.notes.open("w", encoding="utf-8") as file:
        Buyers(plan, make, Notes(file)).run(options.clients)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
