"""An agent's side: know the vendor first, sign for exactly one purchase, pass on what it holds, wait for its human."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from identity.delegation.intent import INTENT_SECONDS_MAX, Intent, sign_intent
from identity.delegation.issuer_answer import ANSWER_SECONDS_MAX, IssuerWord, sign_word
from identity.delegation.offer import CLOCK_SKEW_SECONDS, SignedOffer, read_offer
from identity.primitives.clock import now
from identity.primitives.errors import InvalidInput
from identity.primitives.money import Money
from identity.primitives.multikey import PrivateKey
from registry.client.children import signed_child, wanted_terms
from registry.client.errors import NotVerified
from registry.client.party import Party
from registry.client.registry import key_of_agent

PAY_ONCE: Final = "/commerce/pay/once"
WAIT_SECONDS: Final = 30  # what the registry holds a question back for at most
POLL_SECONDS_MAX: Final = 60.0
NONCES_KEPT_MAX: Final = 10_000  # the oldest go first: a shop that never answers costs no memory
_MINT: Final = object()


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor as the register says it is, by a checked answer. ``assurance_level`` 0 is its own word, 1 proven
    domains, 2 a verified legal entity, 3 verified on site or by payment."""

    did: str
    name: str | None
    mcc: str
    country: str
    domains: tuple[str, ...]
    assurance_level: int


@dataclass(frozen=True, slots=True)
class CheckedOffer:
    """An offer whose vendor was resolved and whose signature holds. Only ``AgentClient.check_offer`` makes one, and
    without one nothing is signed and no chain is shown: that keeps the order."""

    vendor: Vendor
    signed: SignedOffer
    _mint: object = field(repr=False)

    def __post_init__(self) -> None:
        if self._mint is not _MINT:
            raise TypeError("A CheckedOffer comes from AgentClient.check_offer only.")


@dataclass(frozen=True, slots=True)
class ApprovalAnswer:
    """``state`` is pending, approved, denied, expired or cancelled; ``valid_until`` is when an approval runs out."""

    id: str
    state: str
    valid_until: datetime | None
    is_usable: bool


class AgentClient(Party):
    """Acts as the agent ``did`` by its own ``key``; every request is signed (RFC 9421).

    >>> agent = AgentClient("https://attorn.example", did, PrivateKey.from_pem(pem))
    >>> nonce = agent.new_nonce()  # goes to the vendor, which answers with a signed offer
    >>> offer = agent.check_offer(token, assurance_min=1)
    >>> intent = agent.sign_intent(offer, delegation="dlg_…")  # goes to the vendor
    """

    def __init__(
        self,
        registry_url: str,
        did: str,
        key: PrivateKey,
        *,
        registry_did: str | None = None,
        clock: Callable[[], datetime] = now,
        **options: Any,
    ) -> None:
        super().__init__(registry_url, did, key, registry_did=registry_did, clock=clock, **options)
        self._nonces: dict[str, None] = {}

    def new_nonce(self) -> str:
        """For the vendor to put into its offer: an offer with another one is old, or was made for somebody else."""
        nonce = secrets.token_urlsafe(24)
        self._nonces[nonce] = None
        if len(self._nonces) > NONCES_KEPT_MAX:
            del self._nonces[next(iter(self._nonces))]
        return nonce

    def resolve_vendor(self, did: str) -> Vendor:
        """Whom you would buy from, by the register's signed answer. NotVerified when it is no active vendor."""
        return _vendor(self.registry.resolve(did))

    def check_offer(self, token: str, *, assurance_min: int = 0) -> CheckedOffer:
        """The vendor's offer, believed: it was made for this agent and this asking, is still good, and is signed by a
        key that the register publishes for a vendor in good standing, verified at least ``assurance_min``.

        NotVerified otherwise. Stops a shop that only looks like the one you want from learning whom you act for.
        """
        try:
            signed = read_offer(token)
        except InvalidInput as error:
            raise NotVerified(error.detail) from error
        offer, at = signed.offer, self.registry.clock()
        if offer.agent != self.did or offer.nonce not in self._nonces:
            raise NotVerified("The offer was not made for this agent and this asking.")
        if not offer.issued_at - timedelta(seconds=CLOCK_SKEW_SECONDS) <= at < offer.expires_at:
            raise NotVerified("The offer has run out, or is from the future.")
        answer = self.registry.resolve(offer.vendor)
        vendor = _vendor(answer)
        if vendor.assurance_level < assurance_min:
            raise NotVerified(f"The vendor is verified at level {vendor.assurance_level}, not {assurance_min}.")
        if not signed.is_signed_by(key_of_agent(answer, signed.key_id, at=at)):
            raise NotVerified("The signature of the offer does not hold.")
        self._nonces.pop(offer.nonce, None)
        return CheckedOffer(vendor, signed, _MINT)

    def sign_intent(
        self,
        offer: CheckedOffer,
        *,
        delegation: str,
        action: str = PAY_ONCE,
        max_amount: Money | None = None,
        seconds: int = INTENT_SECONDS_MAX,
    ) -> str:
        """Your word for this one purchase: this vendor, this order, this amount, five minutes at most.

        ``max_amount`` is above the offer's total only where you allow a tolerance. Sign anew after an approval.
        """
        signed, issued_at = offer.signed, self.registry.clock().replace(microsecond=0)
        intent = Intent(
            agent=self.did,
            vendor=offer.vendor.did,
            ledger=self.registry.did,
            delegation=delegation,
            action=action,
            amount=signed.offer.total,
            max_amount=max_amount or signed.offer.total,
            order_hash=signed.offer.items_digest,
            nonce=secrets.token_urlsafe(24),
            issued_at=issued_at,
            expires_at=issued_at + timedelta(seconds=seconds),
            offer_digest=signed.digest,
        )
        return sign_intent(intent, signer=self.signer)

    def present_chain(self, offer: CheckedOffer, delegation: str) -> list[dict[str, Any]]:
        """The signed links from the root down, for a vendor that keeps them: only for one whose offer was checked."""
        chain: list[dict[str, Any]] = self.delegation(delegation)["chain"]
        return chain

    def delegations(self, **query: str) -> Iterator[dict[str, Any]]:
        """What you hold and what you issued, oldest first; ``status="active"``, ``root="dlg_…"`` narrow it."""
        cursor: str | None = ""
        while cursor is not None:
            more = {"cursor": cursor} if cursor else {}
            page = self.transport.get("/v1/delegations", {**query, **more}).json()
            yield from page["items"]
            cursor = page["next_cursor"]

    def delegation(self, delegation: str) -> dict[str, Any]:
        """One of your links: standing, chain, what lies below it, what is left of its own limits."""
        return self.transport.get(f"/v1/delegations/{delegation}").json()

    def pass_on(
        self,
        parent: str,
        *,
        to: str,
        constraints: Sequence[dict[str, Any]],
        valid_until: datetime,
        idempotency_key: str | None = None,
        **terms: Any,
    ) -> dict[str, Any]:
        """Give a narrower part of ``parent`` to the agent ``to`` (a DID). Drafted by the registry, compared with what
        you asked for, signed by your key, registered. ``terms``: ``max_further_depth``, ``allocation``,
        ``on_revocation``, ``audience``, ``holder_key``, ``valid_from``, ``replaces``."""
        asked = {**terms, "agent": to, "constraints": list(constraints), "valid_until": valid_until.isoformat()}
        if "valid_from" in terms:
            asked["valid_from"] = terms["valid_from"].isoformat()
        draft = self.transport.post("/v1/delegations/drafts", {**asked, "parent": parent}).json()
        wanted = wanted_terms(asked, issuer=self.did, holder=to, parent=self.delegation(parent))
        credential = signed_child(draft, wanted, signer=self.signer, at=self.registry.clock())
        path = f"/v1/delegations/{terms['replaces']}/replace" if "replaces" in terms else "/v1/delegations"
        return self.transport.post(path, {"credential": credential}, idempotency_key=idempotency_key).json()

    def approval(self, approval_id: str, *, wait_seconds: int = 0) -> ApprovalAnswer:
        """How your human answered; with ``wait_seconds`` (at most 30) the registry holds its answer back so long."""
        headers = {"Prefer": f"wait={wait_seconds}"} if wait_seconds else {}
        reply = self.transport.get(f"/v1/approvals/{approval_id}", headers=headers, timeout_seconds=wait_seconds + 15)
        body = reply.json()
        elevation = body.get("elevation") or {}
        until = elevation.get("valid_until")
        return ApprovalAnswer(
            id=approval_id,
            state=str(body.get("state")),
            valid_until=datetime.fromisoformat(until) if until else None,
            is_usable=elevation.get("uses_left") == 1,
        )

    def wait_for_approval(
        self, approval_id: str, *, timeout_seconds: float = 900, sleep: Callable[[float], None] = time.sleep
    ) -> ApprovalAnswer:
        """Ask until the human has answered or ``timeout_seconds`` are over; the pauses grow from five seconds to a
        minute when the registry does not hold its answer back. The state is still pending when time ran out."""
        deadline, pause = time.monotonic() + timeout_seconds, 5.0
        while True:
            started = time.monotonic()
            wait = max(1, min(WAIT_SECONDS, int(deadline - started)))
            answer = self.approval(approval_id, wait_seconds=wait)
            if answer.state != "pending" or time.monotonic() >= deadline:
                return answer
            if time.monotonic() - started < 1:  # a proxy on the way does not let answers wait
                sleep(min(pause, max(0.0, deadline - time.monotonic())))
                pause = min(pause * 2, POLL_SECONDS_MAX)

    def answer(self, approval_id: str, *, is_yes: bool) -> ApprovalAnswer:
        """Answer a question about a link that you issued, by your signature over exactly that purchase. Look at it
        first: ``question`` says what is asked."""
        question, at = self.question(approval_id), self.registry.clock().replace(microsecond=0)
        word = IssuerWord(
            agent=self.did,
            registry=self.registry.did,
            approval=approval_id,
            binding_digest=str(question["binding_digest"]).removeprefix("sha-256:"),
            answer="approve" if is_yes else "deny",
            issued_at=at,
            expires_at=at + timedelta(seconds=ANSWER_SECONDS_MAX),
        )
        document = {"answer": sign_word(word, signer=self.signer)}
        self.transport.post(f"/v1/approvals/{approval_id}/answer", document)
        return self.approval(approval_id)

    def question(self, approval_id: str) -> dict[str, Any]:
        """What is asked: the purchase, why, and whose answer is waited for."""
        return self.transport.get(f"/v1/approvals/{approval_id}").json()

    def questions(self) -> list[dict[str, Any]]:
        """The newest questions that wait for your answer, about links that you issued."""
        found = self.transport.get("/v1/approvals").json()["items"]
        return [one for one in found if one.get("asked") == self.did and one["state"] == "pending"]

    def evidence(self, decision_id: str) -> dict[str, Any]:
        """Why a spend of yours was decided as it was: detailed codes, and the figures of your own link."""
        return self.transport.get(f"/v1/evidence/{decision_id}").json()


def _vendor(answer: dict[str, Any]) -> Vendor:
    part, standing = answer.get("vendor"), answer.get("standing") or {}
    if not isinstance(part, dict) or standing.get("status") != "active":
        raise NotVerified(f"{answer.get('query')} is no vendor in good standing.")
    accountable = answer.get("accountable") or {}
    return Vendor(
        did=answer["identity"]["did"],
        name=accountable.get("name"),
        mcc=part["mcc"],
        country=part["country"],
        domains=tuple(part["domains"]),
        assurance_level=part["assurance_level"],
    )
