"""Where the threads of a process meet: whoever comes first decides for all that are waiting.

No thread of its own. A thread lays its attempt down; if nobody is deciding, it takes everything that lies there and
decides it as one group; otherwise it waits for its answer. While one group is being committed the next one gathers, so
groups grow with the load and an idle registry decides at once.

A group costs much more than one member of it. Right after a group, those it answered are on their way back, and whoever
is first would decide alone while all others wait for him: so he waits for as many as there were before, but hardly
longer than they take to arrive. After a group of one nobody waits.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import timedelta
from itertools import pairwise
from queue import SimpleQueue
from threading import Lock
from typing import Generic, TypeVar, cast

from identity.spending.limits import GATHERING_MAX, GROUP_MAX

_GLANCE = timedelta(microseconds=100)

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class _Ticket(Generic[Question, Answer]):
    """One waiting question. ``bell`` rings when the answer is there, or when it is this thread's turn to decide.
    ``after`` is whom its thread wakes, once ``is_left``: it was told, or gave up."""

    __slots__ = ("after", "answer", "bell", "error", "is_answered", "is_left", "question")

    def __init__(self, question: Question) -> None:
        self.question = question
        self.answer: Answer | None = None
        self.error: BaseException | None = None
        self.is_answered = False
        self.is_left = False
        self.after: _Ticket[Question, Answer] | None = None
        self.bell: SimpleQueue[None] = SimpleQueue()


def _is_of_one(_error: Exception) -> bool:
    return False


def _nothing() -> None:
    return None


class Desk(Generic[Question, Answer]):
    """Hands groups of questions to ``decide``, one group at a time in this process.

    ``is_of_all`` says of an error that it would meet every question alike: a database that is gone. Then nobody waits
    for the others' questions to fail one after the other, each for as long as a connection takes to be refused.
    ``before_waiting`` is done by each thread that another decides for: to put down what that one may need.
    """

    def __init__(
        self,
        decide: Callable[[Sequence[Question]], Sequence[Answer]],
        *,
        group_max: int = GROUP_MAX,
        is_of_all: Callable[[Exception], bool] = _is_of_one,
        before_waiting: Callable[[], None] = _nothing,
    ) -> None:
        self._decide = decide
        self._group_max = group_max
        self._is_of_all = is_of_all
        self._before_waiting = before_waiting
        self._waiting: deque[_Ticket[Question, Answer]] = deque()
        self._deciding = Lock()
        self._last_size = 1
        self._last_end = time.monotonic()

    def ask(self, question: Question) -> Answer:
        """The answer to ``question``; raises what deciding it raised."""
        ticket: _Ticket[Question, Answer] = _Ticket(question)
        self._waiting.append(ticket)
        try:
            while not ticket.is_answered:
                if self._deciding.acquire(blocking=False):
                    self._lead(ticket)
                else:
                    self._before_waiting()
                    ticket.bell.get()
        finally:
            ticket.is_left = True
            _wake(ticket.after)
        if ticket.error is not None:
            raise ticket.error
        return cast(Answer, ticket.answer)

    def ask_all(self, questions: Sequence[Question]) -> list[Answer | BaseException]:
        """The answers to questions that somebody has gathered already, and what failed as a value: one thread asks for
        all of them."""
        tickets: list[_Ticket[Question, Answer]] = [_Ticket(question) for question in questions]
        for first in range(0, len(tickets), self._group_max):
            with self._deciding:
                self._answer(tickets[first : first + self._group_max])
        return [cast(Answer, ticket.answer) if ticket.error is None else ticket.error for ticket in tickets]

    def _lead(self, own: _Ticket[Question, Answer]) -> None:
        """Decide one group, then wake whoever waits longest: between its arrival and the end of this group it found
        the desk taken, so nobody else would."""
        try:
            if not own.is_answered:
                self._gather()
                tickets = self._take()
                self._last_size = len(tickets)
                self._answer(tickets)
                self._last_end = time.monotonic()
        finally:
            self._deciding.release()
            if self._waiting:
                _ring_first(self._waiting)

    def _gather(self) -> None:
        deadline = self._last_end + GATHERING_MAX.total_seconds()
        while len(self._waiting) < self._last_size and time.monotonic() < deadline:
            time.sleep(_GLANCE.total_seconds())

    def _take(self) -> list[_Ticket[Question, Answer]]:
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), self._group_max))]

    def _answer(self, tickets: list[_Ticket[Question, Answer]], *, is_second: bool = False) -> None:
        """All together; when that fails, each alone, so that one request that trips over a constraint or a deadlock
        does not take others down with it. When the fault is nobody's own, all together once more, since a connection
        may only have been old, and then all have failed."""
        try:
            answers = self._decide([ticket.question for ticket in tickets])
            for ticket, answer in list(zip(tickets, answers, strict=True)):
                ticket.answer, ticket.is_answered = answer, True
            _wake_in_turn(tickets)
        except BaseException as error:
            is_of_all = isinstance(error, Exception) and self._is_of_all(error)
            if is_of_all and not is_second:
                self._answer(tickets, is_second=True)
            elif is_of_all or len(tickets) == 1 or not isinstance(error, Exception):
                for ticket in tickets:
                    _fail(ticket, error)
            else:
                for ticket in tickets:
                    self._answer([ticket])


def _fail(ticket: _Ticket[Question, Answer], error: BaseException) -> None:
    if not ticket.is_answered:
        ticket.error, ticket.is_answered = error, True
        ticket.bell.put(None)


def _wake_in_turn(tickets: Sequence[_Ticket[Question, Answer]]) -> None:
    """Each thread that was waiting wakes the next. Woken at once all would run for the interpreter's lock, and sleep
    again: every answer would cost two wakings."""
    for ticket, after in pairwise(tickets):
        ticket.after = after
    _wake(tickets[0] if tickets else None)


def _wake(ticket: _Ticket[Question, Answer] | None) -> None:
    """Wake whoever waits for this ticket, or else whoever comes after it: a thread may have given up waiting (Ctrl-C),
    and the others must not wait for it for ever. Being woken twice does no harm."""
    while ticket is not None:
        ticket.bell.put(None)
        ticket = ticket.after if ticket.is_left else None


def _ring_first(waiting: deque[_Ticket[Question, Answer]]) -> None:
    try:
        waiting[0].bell.put(None)
    except IndexError:  # a newcomer took the desk and everything that lay there
        return
