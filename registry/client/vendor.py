"""A vendor's side: offers, authorizations, captures, refunds. Every call counts once, however often it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from identity.delegation.offer import OFFER_SECONDS_MAX, Offer, sign_offer
from identity.primitives.clock import now
from identity.primitives.money import Money
from identity.primitives.multikey import PrivateKey
from registry.client.errors import Declined, NotVerified
from registry.client.outcomes import (
    Approved,
    Hold,
    Settled,
    StepUp,
    read_approved,
    read_hold,
    read_settled,
    read_step_up,
)
from registry.client.party import Party
from registry.client.transport import Reply

OFFER_SECONDS = 900


class VendorClient(Party):
    """Sells as the vendor ``did``: by its own ``key`` (every request is signed), or by a ``service_key`` of the
    organization that runs it. Signing offers needs the key in both cases.

    >>> shop = VendorClient("https://attorn.example", did, key=PrivateKey.from_pem(pem))
    >>> outcome = shop.authorize(intent, Money(4000, "EUR"))  # raises Declined
    >>> if isinstance(outcome, Approved):
    ...     shop.capture(outcome.authorization_id, Money(3500, "EUR"), is_final=True)
    """

    def __init__(
        self,
        registry_url: str,
        did: str,
        *,
        key: PrivateKey | None = None,
        service_key: str | None = None,
        registry_did: str | None = None,
        clock: Callable[[], datetime] = now,
        **options: Any,
    ) -> None:
        if key is None and service_key is None:
            raise ValueError("A vendor has a key or a service key.")
        super().__init__(
            registry_url, did, key, service_key=service_key, registry_did=registry_did, clock=clock, **options
        )

    def offer(
        self,
        *,
        agent: str,
        nonce: str,
        total: Money,
        items_digest: str,
        terms_digest: str | None = None,
        seconds: int = OFFER_SECONDS,
    ) -> str:
        """A signed offer for the agent that sent ``nonce``: it checks it before it shows you anything.

        ``items_digest`` comes from ``digest_of_items`` over whatever describes the order.
        """
        issued_at = self.registry.clock().replace(microsecond=0)
        offer = Offer(
            vendor=self.did,
            agent=agent,
            total=total,
            items_digest=items_digest,
            nonce=nonce,
            issued_at=issued_at,
            expires_at=issued_at + timedelta(seconds=min(seconds, OFFER_SECONDS_MAX)),
            terms_digest=terms_digest,
        )
        return sign_offer(offer, signer=self.signer)

    def authorize(
        self,
        intent: str,
        amount: Money,
        *,
        order_hash: str | None = None,
        order_display: str | None = None,
        offer: str | None = None,
        approval: str | None = None,
        agent_note: str | None = None,
        tolerance_percent: int = 0,
        hold_seconds: int | None = None,
        is_dry_run: bool = False,
        idempotency_key: str | None = None,
    ) -> Approved | StepUp:
        """May the agent that signed ``intent`` spend ``amount`` here, now?

        Approved: the amount is held. StepUp: its human is asked. Raises Declined with the public codes; Unreachable
        when nobody answered: deliver nothing then, and call again with the error's ``idempotency_key``.
        """
        order = {"hash": order_hash, "display": order_display}
        document = _without_none(
            intent=intent,
            amount=amount.claim(),
            order=_without_none(**order) or None,
            offer=offer,
            approval=approval,
            agent_note=agent_note,
            tolerance_percent=tolerance_percent,
            hold_seconds=hold_seconds,
            dry_run=is_dry_run,
        )
        return self._decided("/v1/authorizations", document, idempotency_key, order_hash=order_hash)

    def increment(
        self,
        authorization_id: str,
        more: Money,
        *,
        intent: str,
        approval: str | None = None,
        idempotency_key: str | None = None,
    ) -> Approved | StepUp:
        """Hold ``more`` for the same order; ``intent`` is a new one over the whole new amount. StepUp: its human is
        asked; send it again with her ``approval``. Raises as authorize."""
        path = f"/v1/authorizations/{authorization_id}/increments"
        document = _without_none(amount=more.claim(), intent=intent, approval=approval)
        return self._decided(path, document, idempotency_key)

    def capture(
        self,
        authorization_id: str,
        amount: Money,
        *,
        is_final: bool = False,
        reference: str | None = None,
        idempotency_key: str | None = None,
    ) -> Settled:
        """You charged ``amount`` under this authorization; ``is_final`` releases the rest. Refused with the reason."""
        document = _without_none(amount=amount.claim(), final=is_final, reference=reference)
        return self._settled(authorization_id, "captures", document, idempotency_key)

    def refund(
        self,
        authorization_id: str,
        amount: Money,
        *,
        reference: str | None = None,
        idempotency_key: str | None = None,
    ) -> Settled:
        """You gave ``amount`` back, at most what was captured."""
        document = _without_none(amount=amount.claim(), reference=reference)
        return self._settled(authorization_id, "refunds", document, idempotency_key)

    def force_post(
        self, authorization_id: str, amount: Money, *, evidence: str, idempotency_key: str | None = None
    ) -> Settled:
        """Report that ``amount`` more was charged than was authorized, and in ``evidence`` what happened. Not a way to
        charge: it is booked beside the caps and the agent's delegation is suspended until the register has looked."""
        document = {"amount": amount.claim(), "evidence": evidence}
        return self._settled(authorization_id, "force-posts", document, idempotency_key)

    def void(self, authorization_id: str, *, idempotency_key: str | None = None) -> Hold:
        """Release what is still held. Twice is as once."""
        path = f"/v1/authorizations/{authorization_id}/void"
        return read_hold(self.transport.post(path, {}, idempotency_key=idempotency_key).json())

    def look(self, authorization_id: str) -> Hold:
        """An authorization as it stands."""
        return read_hold(self.transport.get(f"/v1/authorizations/{authorization_id}").json())

    def _decided(
        self, path: str, document: dict[str, Any], key: str | None, *, order_hash: str | None = None
    ) -> Approved | StepUp:
        try:
            reply = self.transport.post(path, document, idempotency_key=key)
        except Declined as declined:
            self._check_decision(declined.problem, "declined", order_hash)
            raise
        return self._outcome(reply, order_hash)

    def _outcome(self, reply: Reply, order_hash: str | None) -> Approved | StepUp:
        """By status **and** by what the body and the signed receipt say: all three must agree."""
        body = reply.json()
        if reply.status == 201:
            self._check_decision(body, "approved", order_hash)
            return read_approved(body)
        if reply.status == 202:
            self._check_decision(body, "step_up_required", order_hash)
            return read_step_up(body)
        raise NotVerified(f"An authorization is not answered with {reply.status}.")

    def _check_decision(self, body: Mapping[str, Any], decision: str, order_hash: str | None) -> None:
        """Stops an answer that was changed on the way, or the receipt of another decision: the registry's signature is
        over this decision, for this vendor."""
        claims = self.registry.signed_claims(body.get("receipt"))
        wanted: dict[str, Any] = {
            "decision": decision,
            "decision_id": body.get("decision_id"),
            "binding": body.get("binding"),
        }
        if decision == "approved":
            said = body.get("held")
            held = said if isinstance(said, dict) else {}
            wanted |= {"authorization_id": body.get("authorization_id"), "aud": self.did}
            wanted |= {"held": held.get("amount"), "currency": held.get("currency")}
            wanted |= {"order_hash": order_hash} if order_hash is not None else {}
        _require(claims, wanted, said=body.get("decision") == decision)

    def _settled(
        self, authorization_id: str, step: str, document: dict[str, Any], idempotency_key: str | None
    ) -> Settled:
        path = f"/v1/authorizations/{authorization_id}/{step}"
        settled = read_settled(self.transport.post(path, document, idempotency_key=idempotency_key).json())
        claims = self.registry.signed_claims(settled.receipt)
        wanted = {
            "id": settled.id,
            "authorization_id": authorization_id,
            "step": settled.kind,
            "amount": document["amount"]["amount"],
            "currency": document["amount"]["currency"],
            "captured": settled.hold.captured,
            "refunded": settled.hold.refunded,
        }
        _require(claims, wanted, said=settled.amount == document["amount"]["amount"])
        return settled


def _require(claims: Mapping[str, Any], wanted: Mapping[str, Any], *, said: bool) -> None:
    differing = [name for name, value in wanted.items() if claims.get(name) != value]
    if differing or not said:
        raise NotVerified(f"The signed receipt says something else about: {', '.join(differing) or 'the decision'}.")


def _without_none(**members: Any) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
