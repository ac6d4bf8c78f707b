"""What waits to be decided: one checked request with everything the ledger needs to answer and to remember it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from identity.spending.chain import Chain
from identity.spending.decision import SpendRequest

if TYPE_CHECKING:
    from identity.spending.receipt import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """``caller_key`` is a digest of caller, call and idempotency key, ``fingerprint`` of the body: the same key with
    another fingerprint is refused. ``increments`` is the authorization that is to grow, None for a new one.
    ``described`` is what the evidence keeps of the request besides what the ledger itself holds. ``service_key`` is
    one that was recognized from memory: that it still counts for this vendor is read with the decision."""

    request: SpendRequest
    chain: Chain
    caller_key: str | None
    fingerprint: str
    actor: str
    described: dict[str, Any]
    nonce_expires_at: datetime
    increments: str | None = None
    is_dry_run: bool = False
    agent_note: str = ""
    service_key: str | None = None

    @property
    def agent(self) -> str:
        """The spending agent: the holder of the leaf."""
        return self.chain.leaf.agent

    @property
    def nonce_key(self) -> str:
        return f"{self.agent} {self.request.nonce}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """The answer to one attempt, as it stands in the database. ``record`` is the evidence, parsed; ``signed`` its
    receipt, which is signed when it is asked for."""

    id: str
    verdict: str
    decision_class: str
    record: dict[str, Any]
    signed: Receipt
    authorization: str | None
    approval: str | None
    is_replay: bool = False

    @property
    def receipt(self) -> str:
        return self.signed.text


class KeyReused(Exception):
    """The idempotency key came with another body before; an answer of its own for one member of a group."""
