"""The helping process of a batch: it agrees with checking alone, and nothing is lost when it stops, dies or is busy."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from identity.credentials.proofs import second_core as module
from identity.credentials.proofs import signature_process, signatures
from identity.credentials.proofs.ahead import _count_on_two_cores
from identity.credentials.proofs.second_core import SecondCore
from identity.credentials.proofs.signatures import SignatureClaim
from identity.credentials.proofs.verdicts import GoodSignatures
from identity.primitives.multikey import KeyAlgorithm, PrivateKey

STARTING_SECONDS_MAX = 60.0
KEYS = tuple(PrivateKey.generate(algorithm) for algorithm in KeyAlgorithm)


@pytest.fixture(autouse=True)
def remembered(monkeypatch: pytest.MonkeyPatch) -> GoodSignatures:
    nothing = GoodSignatures()
    monkeypatch.setattr(signatures, "_good_signatures", nothing)
    return nothing


@pytest.fixture
def other() -> Iterator[SecondCore]:
    core = SecondCore()
    try:
        assert core.is_ready(within=STARTING_SECONDS_MAX)
        yield core
    finally:
        core.end()


def claims(count: int, *, spoilt: frozenset[int] = frozenset()) -> list[SignatureClaim]:
    made = []
    for number in range(count):
        key, signed = KEYS[number % len(KEYS)], b"%064d" % number
        signature = key.sign(signed if number not in spoilt else b"something else")
        made.append(SignatureClaim(key.public_key, signature, signed, b"%d" % number))
    return made


def answers_of(core: SecondCore) -> int:
    """Until it has answered everything."""
    good = 0
    while core._waiting:
        assert core._has_written(STARTING_SECONDS_MAX)
        good += core.answered()
    return good


def test_it_agrees_on_every_kind_of_key(other: SecondCore, remembered: GoodSignatures) -> None:
    for few in (claims(6), claims(6, spoilt=frozenset({1, 2, 3}))):
        other.hand_over(few)
    assert answers_of(other) == 9
    assert len(remembered) == 6


def test_it_says_no_to_what_is_no_key_and_no_signature(other: SecondCore, remembered: GoodSignatures) -> None:
    good = claims(1)[0]
    for spoilt in (b"", b"\x00" * 64, good.signature[:-1]):
        other.hand_over([SignatureClaim(good.key, spoilt, good.signed, b"no")])
        assert answers_of(other) == 0
    assert not remembered
    assert signature_process._holds(b"\xff", b"", b"") is False
    assert signature_process._holds(b"z6Mk", good.signature, b"") is False


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGSTOP])
def test_it_loses_nothing_when_it_is_killed_or_stopped(
    other: SecondCore, ending: signal.Signals, remembered: GoodSignatures
) -> None:
    batch = claims(60, spoilt=frozenset({5}))

    def going_through() -> Iterator[SignatureClaim]:
        for number, claim in enumerate(batch):
            if number == 20:
                os.kill(other.pid, ending)
            yield claim

    good = _count_on_two_cores(going_through(), other)
    assert good == 59 == len(remembered)


def test_it_passes_over_answers_to_what_was_taken_back(other: SecondCore, remembered: GoodSignatures) -> None:
    first, second = claims(2)
    other.hand_over([first])
    assert list(other.take_back()) == [first]
    other.hand_over([second])
    assert answers_of(other) == 1
    assert list(other.take_back()) == []
    assert second.name in remembered
    assert first.name not in remembered


def test_it_is_one_process_however_often_it_is_asked_and_a_new_one_after_its_death() -> None:
    with module.second_core() as first:
        assert first is not None
        with module.second_core() as busy:
            assert busy is None
    with module.second_core() as again:
        assert again is first
    os.kill(first.pid, signal.SIGKILL)
    first._process.wait()
    with module.second_core() as new:
        assert new is not None
        assert new.pid != first.pid


def test_it_is_not_shared_with_a_forked_process_that_may_have_no_children() -> None:
    """As Celery's processes are: daemons of the multiprocessing library, forked from a process that has a helper."""
    with module.second_core() as ours:
        assert ours is not None
        theirs, told = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.get_context("fork").Process(target=_helper_pid, args=(told,), daemon=True)
        process.start()
        assert theirs.poll(STARTING_SECONDS_MAX)
        pid = theirs.recv()
        process.join()
        assert pid is not None
        assert pid != ours.pid


def test_it_knows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "a secret of this test")
    core = SecondCore()
    try:
        assert core.is_ready(within=STARTING_SECONDS_MAX)
        assert b"SECRET_KEY" not in Path(f"/proc/{core.pid}/environ").read_bytes()
    finally:
        core.end()


def test_it_ends_with_whoever_started_it() -> None:
    program = (
        "from identity.credentials.proofs.second_core import second_core\n"
        "import os, signal\n"
        "with second_core() as other:\n"
        f"    assert other.is_ready(within={STARTING_SECONDS_MAX})\n"
        "    print(other.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    asked = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    pid = int(asked.stdout)
    for _ in range(600):
        if not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split(")")[1]:
            return
        time.sleep(0.05)
    pytest.fail("The helping process outlived its owner.")


def test_it_ends_when_nobody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signature_process, "IDLE_SECONDS", 0.01)
    (source, asking), (answers, sink) = os.pipe(), os.pipe()
    try:
        signature_process.main(source, sink)
        assert os.read(answers, 10) == signature_process.READY
    finally:
        for end in (source, asking, answers, sink):
            os.close(end)


def _helper_pid(told: multiprocessing.connection.Connection) -> None:
    with module.second_core() as other:
        told.send(None if other is None else other.pid)
