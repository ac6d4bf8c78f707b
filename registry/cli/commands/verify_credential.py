"""``attorn verify FILE``: every check of a credential or presentation, with nothing to trust but keys."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

from identity.credentials.checks import Check, CheckName, Outcome, Verification, VerifyOptions
from identity.credentials.kind_of import is_presentation
from identity.credentials.verdict import judge_credential, judge_presentation
from identity.primitives.clock import now
from registry.cli.credential_contexts import accept_contexts
from registry.cli.credential_sources import Sources, sources_of
from registry.cli.exits import Exit, Stop
from registry.cli.terminal import paint, printable, say

_WORDS = {
    CheckName.SCHEMA: "form",
    CheckName.ISSUER: "issuer",
    CheckName.PROOF: "signature",
    CheckName.DATES: "dates",
    CheckName.STATUS: "revocation",
    CheckName.HOLDER_BINDING: "holder",
}
_STYLES = {
    Outcome.PASSED: "good",
    Outcome.FAILED: "bad",
    Outcome.UNKNOWN: "warn",
    Outcome.NOT_APPLICABLE: "dim",
}


def verify(text: str, options: argparse.Namespace) -> Exit:
    """Judge ``text`` and say each check. Stop ``NOT_VERIFIED`` when one failed, ``NETWORK`` when one could not be
    made that matters."""
    sources = sources_of(options, at=now())
    accept_contexts(text)
    verification = _judged(text, options, sources)
    if options.json:
        say(json.dumps(_as_json(verification), indent=2, ensure_ascii=True))
    else:
        _print(verification)
    if not verification.is_verified:
        raise _refusal(verification)
    if not options.json:
        say(_good(verification, sources))
    return Exit.OK


def _judged(text: str, options: argparse.Namespace, sources: Sources) -> Verification:
    judging = VerifyOptions(check_status=sources.knows_lists)
    is_asked = options.challenge is not None or options.domain is not None
    if is_presentation(text) or (is_asked and "~" in text):
        return judge_presentation(
            text, challenge=options.challenge, domain=options.domain, questions=sources, options=judging
        )
    if is_asked:
        raise Stop(
            Exit.NOT_VERIFIED, "It does not hold: it is a credential by itself; nobody signed to show it to you."
        )
    return judge_credential(text, questions=sources, options=judging)


def _print(verification: Verification, heading: str = "") -> None:
    if heading:
        say(f"\n{heading}")
    for check in verification.checks:
        outcome = paint(f"{check.outcome.replace('_', ' '):<15}", _STYLES[check.outcome])
        say(f"{_WORDS[check.name]:<11}{outcome}{printable(check.detail)}")
    for number, inner in enumerate(verification.credentials, start=1):
        _print(inner, f"credential {number} of {len(verification.credentials)}:")


def _good(verification: Verification, sources: Sources) -> str:
    by = printable(verification.issuer)
    about = "" if verification.credentials else f", about {printable(', '.join(verification.subjects) or 'nobody')}"
    shown = f"shown by {by}" if verification.credentials else f"signed by {by}"
    unasked = "" if sources.knows_lists else "; whether it was revoked was not asked"
    return f"{paint('good', 'good')}: {shown}{about}{unasked}"


def _refusal(verification: Verification) -> Stop:
    checks = list(_all_checks(verification))
    failed = next((check for check in checks if check.outcome is Outcome.FAILED), None)
    if failed is not None:
        return Stop(Exit.NOT_VERIFIED, f"It does not hold: {failed.detail} [{failed.code}]")
    doubt = next((check for check in checks if check.outcome is Outcome.UNKNOWN), None)
    detail = f"{doubt.detail} [{doubt.code}]" if doubt is not None else "No check could be made."
    return Stop(Exit.NETWORK, f"Not everything could be found out: {detail}")


def _all_checks(verification: Verification) -> Iterator[Check]:
    yield from verification.checks
    for inner in verification.credentials:
        yield from _all_checks(inner)


def _as_json(verification: Verification) -> dict[str, Any]:
    return {
        "verified": verification.is_verified,
        "format": verification.format,
        "issuer": verification.issuer,
        "subjects": list(verification.subjects),
        "checks": [
            {"name": check.name, "outcome": check.outcome, "code": check.code, "detail": check.detail}
            for check in verification.checks
        ],
        "credentials": [_as_json(inner) for inner in verification.credentials],
    }
