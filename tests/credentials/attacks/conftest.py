"""What every attack needs: somebody foreign who can sign anything, and the verdict on what they hand in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from identity.credentials.checks import CheckName, Outcome, Verification
from identity.credentials.verify import verify_credential
from tests.foreigner import Foreigner

Verify = Callable[..., Verification]


@pytest.fixture
def foreigner() -> Foreigner:
    return Foreigner()


@pytest.fixture
def verified(db: None, at: datetime) -> Callable[[Any], Verification]:
    """Hand it in and insist that it passes: the attack must be what makes it fail, not a fault of the test."""

    def verify(document: Any) -> Verification:
        verification = verify_credential(document, at=at)
        assert verification.is_verified, verification.checks
        return verification

    return verify


@pytest.fixture
def refused(db: None, at: datetime) -> Callable[..., set[str]]:
    """Hand it in and insist that it fails, by the named check when one is named; the codes of what failed."""

    def verify(document: Any, *, by: CheckName | None = None) -> set[str]:
        verification = verify_credential(document, at=at)
        assert not verification.is_verified, verification.checks
        failed = {check.name: check.code for check in verification.checks if check.outcome is Outcome.FAILED}
        assert failed, verification.checks
        assert by is None or by in failed, verification.checks
        return set(failed.values())

    return verify
