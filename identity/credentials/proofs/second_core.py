"""A second process for the signatures of a batch, since two threads of one Python check little faster than one.

It is started at the first batch, never at import; a process that was forked starts one of its own. It is a help and
never a condition: while it is not ready, is busy for another thread, is slow or has died, the caller checks alone.
"""

from __future__ import annotations

import atexit
import os
import select
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from identity.credentials.proofs.signature_process import CLAIM, FRAME, GOOD, READY
from identity.credentials.proofs.signatures import SignatureClaim

WAITING_MAX = 3  # shares handed over and not answered: enough that it never waits for the next
_ROOT = Path(__file__).resolve().parents[3]

Claims = Sequence[SignatureClaim]


@dataclass(slots=True)
class _Share:
    claims: Claims
    length: int  # bytes of the answer, also when the claims were taken back


class SecondCore:
    """One helping process and the shares it has been given. For one thread at a time. It is never waited for."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self._is_ready = False
        self._waiting: deque[_Share] = deque()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "identity.credentials.proofs.signature_process"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=_ROOT,
            env={},  # nothing secret is known to it
            bufsize=0,
        )
        self._answers = select.poll()  # select(2) could not look at a file descriptor beyond 1,023
        self._answers.register(self._stdout, select.POLLIN)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def is_ready(self, *, within: float = 0.0) -> bool:
        """Whether it can check by now. OSError when it has ended."""
        if not self._is_ready and self._has_written(within):
            self._is_ready = self._read(1) == READY
        return self._is_ready

    def has_room(self) -> bool:
        """Whether it would take another share at once. OSError when it has ended."""
        return self.is_ready() and len(self._waiting) < WAITING_MAX

    def hand_over(self, claims: Claims) -> None:
        """Ask it about a few. OSError when it has ended."""
        self._waiting.append(_Share(claims, len(claims)))
        body = b"".join(map(_written, claims))
        os.write(self._stdin, FRAME.pack(len(body)) + body)

    def answered(self) -> int:
        """Take the answers that are there; how many signatures are good. OSError when it has ended."""
        good = 0
        while self._waiting and self._has_written(0.0):
            share = self._waiting[0]
            verdicts = self._read(share.length)
            self._waiting.popleft()
            for claim, verdict in zip(share.claims, verdicts, strict=False):
                if verdict == GOOD[0]:
                    claim.remember()
                    good += 1
        return good

    def take_back(self) -> Claims:
        """What it was asked last and has not answered, to be checked by the caller instead; nothing when all is
        answered. Its answer, once it comes, is passed over."""
        for share in reversed(self._waiting):
            if claims := share.claims:
                share.claims = ()
                return claims
        return ()

    def end(self) -> list[SignatureClaim]:
        """End the process; what it was asked and did not answer."""
        self._process.kill()
        self._process.wait()
        self.let_go()
        left = [claim for share in self._waiting for claim in share.claims]
        self._waiting.clear()
        return left

    def let_go(self) -> None:
        """Close our ends of its pipes; it ends by itself."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    @property
    def _stdin(self) -> int:
        assert self._process.stdin is not None
        return self._process.stdin.fileno()

    @property
    def _stdout(self) -> int:
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def _has_written(self, within: float) -> bool:
        return bool(self._answers.poll(within * 1000))

    def _read(self, count: int) -> bytes:
        """Exactly so many bytes; they were written in one go and are short, so they are there together."""
        read = os.read(self._stdout, count)
        if len(read) != count:
            raise BrokenPipeError("The second core ended.")
        return read


_lock = threading.Lock()
_core: SecondCore | None = None


@contextmanager
def second_core() -> Iterator[SecondCore | None]:
    """The helping process of this process, for this thread alone; None while another thread has it or none can be
    started."""
    if not _lock.acquire(blocking=False):
        yield None
        return
    try:
        yield _living_core()
    finally:
        _lock.release()


def _living_core() -> SecondCore | None:
    global _core
    if _core is not None and _core.owner != os.getpid():
        _core.let_go()  # forked: it is our parent's
        _core = None
    if _core is not None and not _core.is_alive:
        _core.end()
        _core = None
    if _core is None:
        with suppress(OSError):
            _core = SecondCore()
    return _core


@atexit.register
def _end() -> None:
    if _core is not None and _core.owner == os.getpid():
        _core.end()


def _in_a_forked_child() -> None:
    global _lock
    _lock = threading.Lock()


os.register_at_fork(after_in_child=_in_a_forked_child)


def _written(claim: SignatureClaim) -> bytes:
    key, signed = claim.key.multikey.encode(), claim.signed or b""
    return CLAIM.pack(len(key), len(claim.signature), len(signed)) + key + claim.signature + signed
