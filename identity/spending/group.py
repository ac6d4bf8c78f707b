"""Deciding a group of attempts in one transaction.

Everything the group needs is read in one round trip, every attempt is decided in the order in which it came, each
seeing what those before it took, everything is written in one round trip, then one commit answers all. An idle
registry decides groups of one. Nothing is answered before the commit returned.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson
from django.db import connection, transaction

from identity.credentials.issuers import current_signer
from identity.delegation.facts import Refusal
from identity.journal.spending_kinds import SpendApproved, SpendDeclined, SpendIncremented, StepUpRequired
from identity.primitives.errors import AttornError, Conflict, InvalidInput, NotFound, NotPermitted
from identity.primitives.ids import new_authorization_id, new_decision_id, new_event_id
from identity.primitives.signing import Signer
from identity.spending.approvals import ask
from identity.spending.array_text import instant
from identity.spending.attempt import Attempt, Decided
from identity.spending.decision import Outcome, Seen, book, decide
from identity.spending.evidence import build_record, canonical, public_code
from identity.spending.expiry import release_expired
from identity.spending.group_writes import DecisionRow, EventRow, GroupWrites, HoldRow, write_group
from identity.spending.ledger_reads import look
from identity.spending.models import DecisionClass, Verdict
from identity.spending.receipt import Receipt, answered_before, key_name
from identity.spending.sight import Sight
from identity.spending.underwriting import NOTHING_KNOWN

Answer = Decided | AttornError

_NO_EVENT = EventRow()
_NO_HOLD = HoldRow()


def decide_group(attempts: Sequence[Attempt]) -> list[Answer]:
    """One answer for each attempt, in order; a refusal that is the caller's mistake is an error as a value.

    Raises what the database raises (a lock timeout, a lost connection): then nothing of the group happened.
    """
    try:
        return _decide(attempts, makes_room=True)
    except _NeedsRoom as crowded:
        release_expired(roots=sorted(crowded.roots), at=max(attempt.request.at for attempt in attempts))
        return _decide(attempts, makes_room=False)


class _NeedsRoom(Exception):
    """A limit is in the way of somebody, and holds of that chain ran out that nobody has released yet."""

    def __init__(self, roots: set[str]) -> None:
        super().__init__(roots)
        self.roots = roots


def _decide(attempts: Sequence[Attempt], *, makes_room: bool) -> list[Answer]:
    is_whole_transaction = not connection.in_atomic_block
    with transaction.atomic(), connection.wrap_database_errors:
        connection.ensure_connection()
        sight = look(connection.connection, attempts)
        group = _Group(sight, sight.signer or current_signer(), makes_room=makes_room)
        answers = [group.answer(attempt) for attempt in attempts]
        commits = is_whole_transaction and not connection.needs_rollback
        write_group(connection.connection, group.writes, sight.budgets, sight.places, commits=commits)
    return answers


class _Group:
    """The state that the attempts of one group share while they are decided one after the other."""

    def __init__(self, sight: Sight, signer: Signer, *, makes_room: bool) -> None:
        self.makes_room = makes_room
        self.sight = sight
        self.signer = signer
        self.signed_by = key_name(signer)
        self.writes = GroupWrites()
        self.answered: dict[str, tuple[str, Decided]] = {}

    def answer(self, attempt: Attempt) -> Answer:
        if not self._is_called_by_the_vendor(attempt):
            return NotPermitted("not_permitted", "The service key does not count for this vendor, or not any more.")
        known = self._known(attempt)
        if known is not None:
            return known
        refusal = _growth_refusal(attempt, self.sight)
        if refusal is not None:
            return refusal
        outcome = decide(attempt.request, attempt.chain, self._seen(attempt), self.sight.budgets)
        is_crowded = attempt.chain.root.id in self.sight.crowded_roots
        if self.makes_room and is_crowded and outcome.verdict != Verdict.APPROVED:
            raise _NeedsRoom(self.sight.crowded_roots)
        approval = None
        if outcome.verdict == Verdict.STEP_UP_REQUIRED:
            outcome, approval = _ask_human(attempt, outcome, self.sight)
        decided = self._settle(attempt, outcome, approval)
        if attempt.caller_key:
            self.answered[attempt.caller_key] = (attempt.fingerprint, decided)
        return decided

    def _is_called_by_the_vendor(self, attempt: Attempt) -> bool:
        """Stops a service key that was recognized from memory and has been revoked, has ended, lost its scope or its
        vendor since: nothing commits after its revocation committed."""
        if attempt.service_key is None:
            return True
        caller = self.sight.callers.get(attempt.service_key)
        return caller is not None and caller == self.sight.sellers.get(attempt.request.vendor)

    def _known(self, attempt: Attempt) -> Answer | None:
        """The answer this very request got before, in this group or an earlier one."""
        key = attempt.caller_key
        if key is None:
            return None
        if key in self.answered:
            fingerprint, decided = self.answered[key]
        elif key in self.sight.answered:
            row = self.sight.answered[key]
            fingerprint, decided = row.fingerprint, answered_before(row, in_charge=self.signer)
        else:
            return None
        if fingerprint != attempt.fingerprint:
            return InvalidInput("idempotency_key_reused", "This key was used for a request with another body.")
        return replace(decided, is_replay=True)

    def _seen(self, attempt: Attempt) -> Seen:
        sight, request, chain = self.sight, attempt.request, attempt.chain
        payee = (chain.root.id, request.vendor)
        is_own_key = sight.valid_keys.get(request.key_thumbprint) == attempt.agent
        return Seen(
            links=sight.links,
            agents=sight.agents,
            frozen=sight.frozen,
            vendor=sight.vendors.get(request.vendor),
            valid_keys=(request.key_thumbprint,) if is_own_key else (),
            terms=sight.terms.get(attempt.agent, NOTHING_KNOWN),
            deplatformed=sight.deplatformed,
            is_nonce_used=attempt.nonce_key in sight.used_nonces,
            is_first_use_of_payee=chain.asks_about_payee and payee not in sight.known_payees,
            approval=sight.approvals.get(request.approval) if request.approval else None,
        )

    def _settle(self, attempt: Attempt, outcome: Outcome, approval: str | None) -> Decided:
        """Make the outcome true: charges, authorization, nonce, evidence, journal; a dry run leaves evidence only."""
        is_approved = outcome.verdict == Verdict.APPROVED
        holds = is_approved and not attempt.is_dry_run
        decision = new_decision_id()
        authorization = (attempt.increments or new_authorization_id()) if holds else None
        decision_class = _class_of(attempt, outcome)
        record = build_record(
            attempt,
            outcome,
            self.sight,
            decision=decision,
            decision_class=decision_class,
            authorization=authorization,
            approval=approval,
        )
        record_bytes = canonical(record)
        row = DecisionRow(
            id=decision,
            caller_key=attempt.caller_key,
            fingerprint=attempt.fingerprint,
            decision_class=decision_class,
            verdict=outcome.verdict,
            root=attempt.chain.root.id,
            leaf=attempt.chain.leaf.id,
            agent=attempt.agent,
            vendor=attempt.request.vendor,
            principal=attempt.chain.principal,
            authorization=authorization,
            approval=approval,
            record=record_bytes,
            signed_by=self.signed_by,
            at=instant(attempt.request.at),
            actor=attempt.actor,
        )
        hold = _NO_HOLD if authorization is None else self._hold(row, attempt, outcome)
        self.writes.decide(row, _NO_EVENT if attempt.is_dry_run else _event(row, attempt, record), hold)
        return Decided(
            id=decision,
            verdict=outcome.verdict,
            decision_class=decision_class,
            record=record,
            signed=Receipt(record, record_bytes, self.signer),
            authorization=authorization,
            approval=approval,
        )

    def _hold(self, row: DecisionRow, attempt: Attempt, outcome: Outcome) -> HoldRow:
        """Charge the budgets; what the decision holds."""
        request, chain, sight = attempt.request, attempt.chain, self.sight
        authorization = str(row.authorization)
        book(outcome, sight.budgets, request.counted_at, moment=row.at)
        sight.used_nonces.add(attempt.nonce_key)
        sight.known_payees.add((chain.root.id, request.vendor))
        self.writes.hold(authorization, outcome.charges, at=row.at, counted_at=instant(request.counted_at))
        nonce_expires_at = instant(attempt.nonce_expires_at)
        if attempt.increments is not None:
            self.writes.increments.append((authorization, request.charge))
            self._grown(attempt)
            self._consume(attempt, row.id)  # an authorization names one elevation; further ones name the decision
            return HoldRow(request.nonce, nonce_expires_at=nonce_expires_at)
        plain: list[str] = []
        elevated: list[str] = []
        restored: list[str] = []
        for charge in outcome.charges:
            if charge.counted.currency is not None:
                (elevated if charge.is_elevated else plain).append(charge.budget)
            if charge.counted.is_restored:
                restored.append(charge.budget)
        return HoldRow(
            nonce=request.nonce,
            nonce_expires_at=nonce_expires_at,
            amount=request.hold,
            path=",".join(chain.path),
            currency=request.currency,
            action=request.action,
            order_hash=request.order_hash,
            budgets=",".join(plain),
            budgets_elevated=",".join(elevated),
            budgets_restored=",".join(restored),
            elevation=self._consume(attempt, authorization),
            expires_at=instant(request.expires_at),
        )

    def _consume(self, attempt: Attempt, user: str) -> str | None:
        """Use up the elevation, for this authorization, or decision to let one grow, and for ever."""
        seen = self.sight.approvals.get(attempt.request.approval) if attempt.request.approval else None
        if seen is None or seen.elevation is None:
            return None
        self.sight.approvals[seen.id] = replace(seen, is_consumed=True)
        self.writes.elevations.append((seen.elevation, user))
        return seen.elevation

    def _grown(self, attempt: Attempt) -> None:
        """Let the group's next increment of the same authorization see this one."""
        row = list(self.sight.growing[str(attempt.increments)])
        row[5] += attempt.request.charge
        row[6] += attempt.request.charge
        self.sight.growing[str(attempt.increments)] = tuple(row)


def _growth_refusal(attempt: Attempt, sight: Sight) -> AttornError | None:
    """An increment is of an open authorization of the same parties, as it stands under the lock."""
    if attempt.increments is None:
        return None
    row = sight.growing.get(attempt.increments)
    if row is None or row[1] != attempt.request.vendor:
        return NotFound("hold_not_found", "There is no such authorization, or it is not yours.")
    _, _, agent, _, currency, amount, _, state, expires_at, books_apart, action = row
    if state == "closed" or expires_at <= attempt.request.at:
        return Conflict("hold_expired" if state != "closed" else "hold_closed", "This authorization has ended.")
    asked = (attempt.agent, attempt.request.currency, attempt.request.action)
    if asked != (agent, currency, action):
        return Conflict("increment_mismatch", "The intent is not for this authorization.")
    if books_apart:
        return Conflict(
            "increment_mismatch", "It holds more than its limits by a human's exception; ask for a new one."
        )
    if amount + attempt.request.charge != attempt.request.hold:
        return Conflict("increment_mismatch", "The authorization was changed by another call; look at it again.")
    return None


def _ask_human(attempt: Attempt, outcome: Outcome, sight: Sight) -> tuple[Outcome, str | None]:
    """Find or make the question to the principal. A dry run asks nobody."""
    if attempt.is_dry_run:
        return outcome, None
    asked = ask(attempt, outcome, sight)
    if isinstance(asked, Refusal):
        return replace(outcome, verdict=Verdict.DECLINED, reasons=(asked, *outcome.reasons)), None
    return outcome, asked


def _class_of(attempt: Attempt, outcome: Outcome) -> str:
    if attempt.is_dry_run:
        return DecisionClass.DRY_RUN.value
    if outcome.verdict != Verdict.APPROVED:
        return DecisionClass.DECLINED.value
    return (DecisionClass.ELEVATED if outcome.lifted else DecisionClass.APPROVED).value


def _event(row: DecisionRow, attempt: Attempt, record: dict[str, Any]) -> EventRow:
    """The event that tells of it; its subject is the authorization, or the decision when there is none."""
    request = attempt.request
    about = {"delegation": row.leaf, "vendor": row.vendor}
    payload: dict[str, Any]
    if row.verdict == Verdict.STEP_UP_REQUIRED:
        kind, payload = StepUpRequired.kind, {**about, "approval": row.approval}
    elif row.verdict == Verdict.DECLINED:
        kind, payload = SpendDeclined.kind, {**about, "code": public_code(record)}
    elif attempt.increments is not None:
        kind, payload = SpendIncremented.kind, {"decision": row.id, "amount": request.charge}
    else:
        kind = SpendApproved.kind
        payload = {"decision": row.id, **about, "amount": request.hold, "currency": request.currency}
    return EventRow(new_event_id(), kind, orjson.dumps(payload))
