"""Checking a resolution answer without trusting whoever handed it over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from identity.credentials.proofs import eddsa_jcs_2022
from identity.primitives.multikey import PublicKey
from registry.client.errors import NotVerified

CLOCK_SKEW_SECONDS_MAX = 300

KeySource = Callable[[str], PublicKey]


@dataclass(frozen=True, slots=True)
class Expected:
    """What the asker knows by itself: the question, the registry it meant, and its key or where to find it."""

    query: str
    registry_did: str
    key_of: KeySource
    at: datetime


def check_answer(answer: dict[str, Any], expected: Expected) -> str:
    """The verification method that signed ``answer``. NotVerified names the first check that fails.

    Each check stops one lie: another registry's answer, an answer to another question, an old answer kept back and
    played again, a key that the registry never published, and a changed word.
    """
    if answer.get("registry") != expected.registry_did:
        raise NotVerified(
            f"it is from {answer.get('registry')}, not from {expected.registry_did}. "
            "If you meant that registry, say so with --registry-did."
        )
    if answer.get("query") != expected.query:
        raise NotVerified(f"it answers {answer.get('query')}, but the question was {expected.query}.")
    if expected.at >= _instant(answer, "valid_until"):
        raise NotVerified(f"it was good until {answer.get('valid_until')} only.")
    if _instant(answer, "evaluated_at") > expected.at + timedelta(seconds=CLOCK_SKEW_SECONDS_MAX):
        raise NotVerified(f"it is from the future ({answer.get('evaluated_at')}). Is your clock right?")
    method = _verification_method(answer, expected.registry_did)
    if not eddsa_jcs_2022.verify(answer, public_key=expected.key_of(method)):
        raise NotVerified(f"the signature is not that of {method}.")
    return method


def _verification_method(answer: dict[str, Any], registry_did: str) -> str:
    proof = answer.get("proof")
    method = proof.get("verificationMethod") if isinstance(proof, dict) else None
    if not isinstance(method, str) or not method.startswith(f"{registry_did}#"):
        raise NotVerified("it carries no proof by a key of this registry.")
    return method


def _instant(members: dict[str, Any], name: str) -> datetime:
    try:
        instant = datetime.fromisoformat(str(members.get(name)))
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise NotVerified(f"its {name} is no RFC 3339 time.")
    return instant
