"""How a call can end badly. One tree, so that ``except ClientError`` catches every refusal and nothing else.

ClientError             the root
├── Unreachable         nobody answered truthfully; an unsafe call may or may not have happened
├── NotVerified         what came does not hold: a signature, a receipt, an offer, a draft
└── Refused             the registry said no, with a code
    └── Declined        it said no to a spend (HTTP 402)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class ClientError(Exception):
    """``sentence`` is for a person."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Unreachable(ClientError):
    """The registry could not be asked, or failed. Ask again with ``idempotency_key``, when there is one: then the call
    still counts once. Until an answer came, an authorization counts as declined."""

    def __init__(self, sentence: str, *, idempotency_key: str | None = None) -> None:
        super().__init__(sentence)
        self.idempotency_key = idempotency_key


class NotVerified(ClientError):
    """A signature or a statement does not hold. Nothing was revealed and nothing should be delivered."""


class Refused(ClientError):
    """The registry's problem document (RFC 9457): ``code`` is looked up at ``/problems/<code>``."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        self.status = status
        self.problem = dict(problem)
        self.code = str(problem.get("code") or f"http_{status}")
        super().__init__(f"{problem.get('detail') or problem.get('title') or 'The registry refused.'} [{self.code}]")


class Declined(Refused):
    """The spend is declined: deliver nothing. ``codes`` are public ones, the first the primary one; the agent reads
    more under ``decision_id``. ``receipt`` is the registry's checked signature over the refusal."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(status, problem)
        self.decision = "declined"
        self.decision_id = str(problem.get("decision_id"))
        self.receipt = str(problem.get("receipt"))
        self.is_retryable = problem.get("retryable") is True
        reasons = problem.get("reasons")
        self.codes = tuple(str(reason.get("code")) for reason in reasons) if isinstance(reasons, list) else ()
