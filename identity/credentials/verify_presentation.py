"""Verifying a presentation: the holder's own signature for this verifier and this question, and everything inside."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from identity.credentials.asking import Asking, asking
from identity.credentials.checks import Verification, VerifyOptions
from identity.credentials.verdict import judge_presentation
from identity.credentials.verify import Register

_DEFAULT = VerifyOptions()


def verify_presentation(
    data: dict[str, Any] | str | bytes,
    *,
    challenge: str | None,
    domain: str | None,
    at: datetime,
    options: VerifyOptions = _DEFAULT,
    questions: Asking | None = None,
) -> Verification:
    """The verdict on a presentation and on each credential in it, by what this registry knows.

    ``challenge`` and ``domain`` must be exactly those the verifier asked with; without a challenge only who signed is
    known.
    """
    return judge_presentation(
        data, challenge=challenge, domain=domain, questions=Register(questions or asking(at)), options=options
    )
