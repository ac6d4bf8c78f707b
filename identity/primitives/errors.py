"""The exception tree. One mapping, ``registry.api.problems``, turns it into RFC 9457 problem documents.

    AttornError                 the root; carries a stable ``code`` and a sentence for the caller
    ├── InvalidInput            what was sent makes no sense (400 / 422)
    ├── Unauthenticated         no credential, or one that does not hold (401)
    ├── NotPermitted            known caller, but not allowed to do this (403)
    ├── NotFound                no such thing, or none that this caller may see (404)
    ├── Conflict                it clashes with what already stands (409)
    ├── Gone                    it existed and has ended (410)
    ├── TooLarge                a named size limit was passed (413)
    ├── TooMany                 a named rate limit was passed (429)
    └── Unavailable             we cannot answer truthfully right now (503)

An expected "no" is a value, never one of these. Anything outside this tree is a fault: a 500 without detail.
"""

from __future__ import annotations

from typing import Any


class AttornError(Exception):
    """A problem that is the caller's to understand. ``code`` is snake_case and never changes meaning."""

    def __init__(self, code: str, detail: str, *, field: str | None = None, **extra: Any) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.field = field
        self.extra = extra


class InvalidInput(AttornError):
    """What was sent makes no sense; sending it again unchanged will fail again."""


class Unauthenticated(AttornError):
    """No credential was presented, or it does not hold."""


class NotPermitted(AttornError):
    """The caller is known and may not do this."""


class NotFound(AttornError):
    """There is no such thing, or none that this caller may see; the two are never told apart."""


class Conflict(AttornError):
    """It clashes with what already stands."""


class Gone(AttornError):
    """It existed and has ended for good."""


class TooLarge(AttornError):
    """A named size limit was passed."""


class TooMany(AttornError):
    """A named rate limit was passed; ``extra['retry_after_seconds']`` says when to come back."""


class Unavailable(AttornError):
    """We cannot answer truthfully right now; trying again later may work."""
