"""What the sandbox's agent and shop do when a newcomer says so: the calls that anybody's agent and shop would make,
through the same use cases, with signed intents, receipts and evidence."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import transaction

from identity.agents.addresses import registry_did
from identity.delegation.intent import Intent, sign_intent
from identity.delegation.offer import digest_of_items
from identity.primitives.errors import Conflict
from identity.primitives.money import SANDBOX_CURRENCY, Money
from identity.spending.attempt import Decided
from identity.spending.authorize import Order, authorize_spend
from identity.spending.limits import INTENT_LIFETIME
from identity.spending.models import Approval, Authorization
from identity.spending.settle import capture, refund
from registry.sandbox.limits import QUESTIONS_PER_DAY_MAX
from registry.sandbox.models import SandboxRun
from registry.sandbox.parties import Parties, sandbox_parties
from registry.sandbox.progress import Progress, Step, progress_of
from registry.sandbox.runs import locked

PAY_ONCE = "/commerce/pay/once"
NOTEBOOK = ("One notebook, ruled", 800)
HEADPHONES = ("One pair of headphones", 4_500)
NOTE = "You wanted to hear less of the office. These are the cheapest that keep noise out."


def go_on(*, run: SandboxRun, step: Step, at: datetime) -> Decided | None:
    """Let happen what ``step`` stands for, once: a step that is not the present one changes nothing. What was decided,
    where something was asked of the ledger.

    Raises NotFound ``sandbox_ended``, Conflict ``sandbox_waits`` for a step that is hers to take and
    ``sandbox_asked_enough``, and what the use cases raise.
    """
    parties = sandbox_parties(at=at)
    with transaction.atomic():
        run = locked(run)
        progress = progress_of(run, at=at)
        if progress.step != step:
            return None
        act = _ACTS.get(step)
        if act is None:
            raise Conflict("sandbox_waits", "This step is yours to take.")
        return act(parties, progress, at)


def _buy(parties: Parties, progress: Progress, at: datetime) -> Decided:
    return _authorize(parties, progress, *NOTEBOOK, approval=None, at=at)


def _charge(parties: Parties, progress: Progress, at: datetime) -> None:
    _capture(parties, progress.small, at)


def _ask(parties: Parties, progress: Progress, at: datetime) -> Decided:
    _refuse_too_many(parties, progress, at)
    return _authorize(parties, progress, *progress.wanted(HEADPHONES), approval=None, at=at)


def _buy_approved(parties: Parties, progress: Progress, at: datetime) -> Decided:
    """With the answer in hand, and a fresh intent for the same purchase; the shop charges what it then holds."""
    asked = progress.approval
    if asked is None:
        raise Conflict("sandbox_waits", "Nothing was asked yet.")
    decided = _authorize(parties, progress, *progress.asked(HEADPHONES), approval=asked.pk, at=at)
    if decided.authorization is not None:
        _capture(parties, Authorization.objects.get(pk=decided.authorization), at)
    return decided


def _give_back(parties: Parties, progress: Progress, at: datetime) -> None:
    bought = progress.large
    if bought is not None:
        refund(
            authorization_id=bought.pk,
            vendor=parties.shop.pk,
            amount=bought.captured,
            reference="sandbox-refund",
            actor=parties.shops_actor,
            at=at,
        )


_ACTS: dict[Step, Callable[[Parties, Progress, datetime], Decided | None]] = {
    Step.BUY: _buy,
    Step.CHARGE: _charge,
    Step.ASK: _ask,
    Step.BUY_APPROVED: _buy_approved,
    Step.GIVE_BACK: _give_back,
}


def _refuse_too_many(parties: Parties, progress: Progress, at: datetime) -> None:
    """Conflict ``sandbox_asked_enough``. Stops the sandbox from using up what a person is asked in a day, so that no
    agent of hers could ask any more."""
    lent = progress.lent
    asked = Approval.objects.filter(vendor=parties.shop.pk, created_at__gt=at - timedelta(days=1))
    if lent is not None and asked.filter(principal=lent.principal_id).count() >= QUESTIONS_PER_DAY_MAX:
        raise Conflict("sandbox_asked_enough", "The sandbox has asked you often enough today. Come back tomorrow.")


def _capture(parties: Parties, bought: Authorization | None, at: datetime) -> None:
    if bought is not None:
        capture(
            authorization_id=bought.pk,
            vendor=parties.shop.pk,
            amount=bought.open,
            currency=SANDBOX_CURRENCY,
            is_final=True,
            reference="sandbox-bill",
            actor=parties.shops_actor,
            at=at,
        )


def _authorize(
    parties: Parties, progress: Progress, item: str, amount: int, *, approval: str | None, at: datetime
) -> Decided:
    """The agent signs for exactly this; the shop asks the registry whether it may."""
    money, order_hash = Money(amount, SANDBOX_CURRENCY), digest_of_items([item])
    caller_key = sha256(f"sandbox {progress.delegation} {item} {approval or ''}".encode()).hexdigest()
    issued_at = at.replace(microsecond=0)
    intent = Intent(
        agent=parties.agent.did,
        vendor=parties.shop.did,
        ledger=registry_did(),
        delegation=progress.delegation,
        action=PAY_ONCE,
        amount=money,
        max_amount=money,
        order_hash=order_hash,
        nonce=f"{caller_key[:32]}{int(at.timestamp())}",
        issued_at=issued_at,
        expires_at=issued_at + INTENT_LIFETIME,
    )
    order = Order(
        intent=sign_intent(intent, signer=parties.agent_signer),
        vendor=parties.shop.pk,
        vendor_did=parties.shop.did,
        amount=money,
        order_hash=order_hash,
        order_display=item,
        agent_note=NOTE if amount > NOTEBOOK[1] else "",
        approval=approval,
        # A refusal is not remembered: what stood in the way may be gone at the next try.
        fingerprint=sha256(item.encode()).hexdigest(),
    )
    return authorize_spend(order, actor=parties.shops_actor, at=at)
