"""The dispatcher: reads the journal, gives every receiver that is due its turn, and notes what became of it."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from identity.credentials.issuers import current_signer
from identity.journal.drain import drain
from identity.journal.sequence import sequence
from identity.primitives.clock import now
from registry.push.courier import Courier
from registry.push.limits import AT_ONCE_MAX, FAILING_AT_ONCE_MAX, GRACE_SECONDS, RUN_SECONDS_MAX
from registry.push.outbox import Outcome, Turn, claim_turns, note_outcomes
from registry.push.parcels import parcel_of
from registry.push.readers import STATUS_EVENTS

LOOK_EVERY_SECONDS = 0.2  # how long news wait at most while this dispatcher waits for answers
PATIENCE_SECONDS = 0.05
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Dispatched:
    """What one run did: turns that ended well, and those that failed. ``has_more`` is set when its time was over
    before its work was: the next must follow at once."""

    taken: int
    failed: int
    has_more: bool = False


class _AtWork:
    """Whether a dispatcher runs in this process: whoever would wake one asks it to look once more instead, so that a
    burst of commits does not leave a queue of wakings behind."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._is_asked = False

    def begin(self) -> None:
        with self._lock:
            self._running += 1

    def look_once_more(self) -> bool:
        """Whether a dispatcher heard this; otherwise somebody must be woken."""
        with self._lock:
            self._is_asked = self._running > 0
            return self._is_asked

    def may_end(self) -> bool:
        """Whether nobody asked since the last look. Then it has ended as far as others are concerned."""
        with self._lock:
            if self._is_asked:
                self._is_asked = False
                return False
            self._running -= 1
            return True

    def end(self) -> None:
        """It ends whatever was asked: another follows at once."""
        with self._lock:
            self._is_asked = False
            self._running = max(0, self._running - 1)


at_work = _AtWork()


class _Run:
    """One dispatcher at work: what it has in hand, and what it did."""

    def __init__(self, courier: Courier, clock: Callable[[], datetime]) -> None:
        self.courier, self.clock = courier, clock
        self.healthy = self.failing = 0
        self.taken = self.failed = 0

    @property
    def is_idle(self) -> bool:
        return self.healthy + self.failing == 0

    def begin_turns(self, *, with_failing: bool) -> int:
        """Claim whoever is due, as far as hands are free; how many."""
        at = self.clock()
        healthy = claim_turns(most=AT_ONCE_MAX - self.healthy - self.failing, failing=False, at=at)
        self.healthy += len(healthy)
        room = min(FAILING_AT_ONCE_MAX - self.failing, AT_ONCE_MAX - self.healthy - self.failing)
        failing = claim_turns(most=room, failing=True, at=at) if with_failing else []
        self.failing += len(failing)
        self._send([*healthy, *failing], at)
        return len(healthy) + len(failing)

    def _send(self, turns: list[Turn], at: datetime) -> None:
        if turns:
            signer = current_signer()
            for turn in turns:
                self.courier.send(parcel_of(turn, at=at, signer=signer))

    def take_outcomes(self, seconds: float) -> None:
        """Note what came back, waiting at most so long for the first."""
        outcomes: list[Outcome] = []
        try:
            outcomes.append(self.courier.outcomes.get(timeout=seconds))
            while len(outcomes) < AT_ONCE_MAX:
                outcomes.append(self.courier.outcomes.get_nowait())
        except queue.Empty:
            pass
        for outcome in outcomes:
            is_failing = outcome.turn.subscription.is_failing
            self.failing -= is_failing
            self.healthy -= not is_failing
            self.failed += bool(outcome.failure)
            self.taken += not outcome.failure
        note_outcomes(outcomes, at=self.clock())


def dispatch(*, clock: Callable[[], datetime] = now, courier: Courier | None = None) -> Dispatched:
    """Tell the news and send until nobody is due; safe to run twice, also at once.

    It ends some time after ``RUN_SECONDS_MAX``, when the last answer is in; whoever called it starts the next then.
    """
    at_work.begin()
    try:
        with courier or Courier() as open_courier:
            run = _Run(open_courier, clock)
            has_more = _carry_on(run, clock)
    except BaseException:
        at_work.end()
        raise
    return Dispatched(run.taken, run.failed, has_more)


def _carry_on(run: _Run, clock: Callable[[], datetime]) -> bool:
    """Work until nobody is due, or time is over; whether it is.

    Towards the end it begins no turns of receivers that failed last time. So what it still waits for then are those
    that answer in no time, and news do not wait for the slow ones between this run and the next.
    """
    look_at, ends_at = 0.0, time.monotonic() + RUN_SECONDS_MAX
    while True:
        instant = time.monotonic()
        if run.is_idle or instant >= look_at:
            follow_journal(clock)
            look_at = instant + LOOK_EVERY_SECONDS
        is_over = instant >= ends_at + GRACE_SECONDS
        begun = 0 if is_over else run.begin_turns(with_failing=instant < ends_at)
        if not run.is_idle:
            run.take_outcomes(0.0 if begun else PATIENCE_SECONDS)
        elif instant >= ends_at:
            at_work.end()
            return True
        elif at_work.may_end():
            return False


def follow_journal(clock: Callable[[], datetime] = now) -> None:
    """Stamp what is committed and tell it. A fault here must not keep from the receivers what was told before."""
    try:
        sequence()
        drain(STATUS_EVENTS, at=clock())
    except Exception:
        logger.exception("status events could not be made")
