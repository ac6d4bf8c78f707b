"""How a run ends: one number a script can rely on, and one sentence a person can act on."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes; ``docs/reference/cli.md`` lists them."""

    OK = 0
    NO = 1
    USAGE = 2
    NETWORK = 3
    NOT_VERIFIED = 4
    REFUSED = 5


class Stop(Exception):
    """Ends the run with ``exit_code`` and ``sentence`` on standard error."""

    def __init__(self, exit_code: Exit, sentence: str) -> None:
        super().__init__(sentence)
        self.exit_code = exit_code
        self.sentence = sentence
