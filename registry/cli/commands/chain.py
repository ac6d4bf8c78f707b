"""``attorn chain verify``: the ten steps over a chain in a file, offline unless asked to fetch."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from identity.credentials.checks import Outcome
from identity.delegation.chain import QUESTIONS, ChainVerdict, StepResult, read_chain, verify_chain
from identity.delegation.facts import SpendFacts
from identity.delegation.limits import CHAIN_BYTES_MAX
from identity.delegation.link import Link
from identity.primitives.clock import now
from identity.primitives.did import canonical_did
from identity.primitives.errors import AttornError
from identity.primitives.money import Money
from registry.cli.chain_sources import intent_check, key_source, status_source
from registry.cli.exits import Exit, Stop
from registry.cli.terminal import paint, printable, say

_MARKS = {
    Outcome.PASSED: ("yes", "good"),
    Outcome.FAILED: ("NO", "bad"),
    Outcome.UNKNOWN: ("not known", "warn"),
    Outcome.NOT_APPLICABLE: ("not asked", "warn"),
}


def run(options: argparse.Namespace) -> Exit:
    """Answer each question, name the first "no"; exit 4 when there is one."""
    at = now()
    try:
        ledger = canonical_did(options.ledger)
        documents = read_chain(_read(options.chain))
        facts = _facts(options, at)
    except AttornError as error:
        code = Exit.NOT_VERIFIED if error.field == "chain" else Exit.USAGE
        raise Stop(code, error.detail) from error
    key_for = key_source(options, ledger=ledger)
    verdict = verify_chain(
        documents,
        key_for=key_for,
        ledger=ledger,
        at=at,
        facts=facts,
        status_for=status_source(options, ledger=ledger, key_for=key_for, documents=documents, at=at),
        intent_check=intent_check(options, ledger=ledger, key_for=key_for, at=at),
    )
    _print_json(verdict) if options.json else _print(verdict)
    return Exit.OK if verdict.is_structurally_valid else Exit.NOT_VERIFIED


def _print(verdict: ChainVerdict) -> None:
    for link in verdict.links:
        say(f"{link.place.depth}. {printable(link.sentence)}")
        say(f"   {_consent(link)}")
    say()
    for result in verdict.results:
        mark, style = _MARKS[result.outcome]
        say(f"{result.step.value:2}. {QUESTIONS[result.step]} {paint(mark, style)}{_because(result)}")
    say()
    if verdict.is_structurally_valid:
        say(f"{paint('structurally valid', 'good')}: whether something is left to spend, only the ledger knows.")
    else:
        say(paint("not valid", "bad"))


def _because(result: StepResult) -> str:
    where = "" if result.link_depth is None else f" (link {result.link_depth})"
    code = f" [{result.code}]" if result.code else ""
    return f"{where}: {printable(result.detail)}{code}" if result.detail else where + code


def _consent(link: Link) -> str:
    """How the grant came about. Whose passkey signed, only its owner can say: its thumbprint is for comparing."""
    kinds = [str(evidence.get("type")) for evidence in link.evidence]
    if link.place.depth > 0:
        return f"issued by {printable(link.place.issuer)}"
    if "WebAuthnApproval" in kinds:
        return "the principal's passkey signed exactly this"
    return "the registry's word that the principal had signed in; no signature of her own"


def _print_json(verdict: ChainVerdict) -> None:
    failure = verdict.failure
    value: dict[str, Any] = {
        "structurally_valid": verdict.is_structurally_valid,
        "failed_step": failure.step.value if failure else None,
        "code": failure.code if failure else None,
        "steps": [
            {
                "step": result.step.value,
                "question": QUESTIONS[result.step],
                "outcome": result.outcome.value,
                "code": result.code,
                "link": result.link_depth,
                "detail": result.detail,
            }
            for result in verdict.results
        ],
        "links": [{"id": link.place.id, "sentence": link.sentence} for link in verdict.links],
    }
    say(json.dumps(value, indent=2))


def _facts(options: argparse.Namespace, at: datetime) -> SpendFacts | None:
    if options.amount is None:
        return None
    if options.vendor is None or options.currency is None:
        raise Stop(Exit.USAGE, "--amount needs --currency and --vendor.")
    money = Money(options.amount, options.currency)
    return SpendFacts(
        amount=money.amount,
        max_amount=money.amount,
        currency=money.currency,
        action=options.action,
        vendor_did=options.vendor,
        vendor_domains=tuple(options.domain),
        mcc=options.mcc,
        country=options.country,
        vendor_assurance=options.assurance,
        at=at,
    )


def _read(name: str) -> bytes:
    try:
        if name == "-":
            return sys.stdin.buffer.read(CHAIN_BYTES_MAX + 1)
        with Path(name).open("rb") as file:
            return file.read(CHAIN_BYTES_MAX + 1)
    except OSError as error:
        raise Stop(Exit.USAGE, f"{name} cannot be read: {error.strerror}.") from error
