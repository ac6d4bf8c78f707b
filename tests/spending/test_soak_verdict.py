"""The soak's verdict can fail: what a client saw and the ledger does not know is found, and the other way round."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from bench.soak.client import record_digest
from bench.soak.ledger import judge, this_moment
from identity.delegation.models import Delegation
from identity.journal.actor import system
from identity.spending.attempt import Decided
from identity.spending.settle import capture
from tests.spending.conftest import TOTAL_500, Holder, Shop

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def root(grant: Callable[..., Delegation], buyer: Holder) -> Delegation:
    return grant(buyer, TOTAL_500)


@pytest.fixture
def violations(tmp_path: Path, root: Delegation) -> Callable[..., dict[str, int]]:
    """What is found when clients have noted these lines, of what is written from here on."""
    since = this_moment()

    def judged(*lines: str) -> dict[str, int]:
        notes = tmp_path / "notes.tsv"
        notes.write_text("".join(f"{line}\n" for line in lines))
        found = judge([notes], roots=[root.pk], since=since, with_commit_times=False)
        return {name: count for name, count in found.items() if count}

    return judged


def seen(key: str, decided: Decided, amount: int = 4_000) -> str:
    digest = sha256(decided.receipt.encode()).hexdigest()
    said = [digest, record_digest(decided.receipt)]
    return "\t".join(["A", key, decided.id, decided.verdict, decided.authorization or "-", str(amount), *said])


def test_it_finds_nothing_when_both_say_the_same(
    violations: Callable[..., dict[str, int]], shop: Shop, buyer: Holder, root: Delegation
) -> None:
    held, declined = shop.spend(buyer, root, 4_000), shop.spend(buyer, root, 60_000)
    step = capture(
        authorization_id=str(held.authorization),
        vendor=shop.vendor.pk,
        amount=3_000,
        currency="EUR",
        reference="one",
        actor=system("tests"),
        at=shop.at,
    )
    taken = "\t".join(["S", str(held.authorization), "one", step.pk, "capture", "3000"])
    assert violations(seen("a", held), seen("a", held), seen("b", declined, 60_000), taken, taken) == {}


def test_it_finds_what_was_lost(
    violations: Callable[..., dict[str, int]], shop: Shop, buyer: Holder, root: Delegation
) -> None:
    held = shop.spend(buyer, root, 4_000)
    lost = "A\tz\tdec_lost\tapproved\taut_lost\t4000\tabc\tdef"
    found = violations(seen("a", held), lost, f"S\t{held.authorization}\tone\tcap_lost\tcapture\t1", "V\taut_lost")
    assert found == {
        "an answer that a client saw and the ledger does not know": 1,
        "an approval that a client saw and nothing is held for": 1,
        "a capture or refund that a client saw and the ledger does not know": 1,
        "a void that a client saw and the authorization is open": 1,
    }


def test_it_finds_what_happened_twice_or_untold(
    violations: Callable[..., dict[str, int]], shop: Shop, buyer: Holder, root: Delegation
) -> None:
    first, second = shop.spend(buyer, root, 4_000), shop.spend(buyer, root, 4_000)
    assert violations(seen("a", first), seen("a", second)) == {"one key with two answers": 1}
    assert violations(seen("a", first)) == {"an authorization that no key, or more than one, was told of": 1}
    assert violations(seen("a", first), seen("b", first), seen("c", second)) == {
        "an authorization that no key, or more than one, was told of": 1
    }


def test_it_finds_an_answer_that_no_call_may_get(violations: Callable[..., dict[str, int]]) -> None:
    assert violations("X\tRuntimeError\todd") == {"a call answered in a way that no call may be": 1}
