"""Who shows it must be in good standing here, whoever issued what is shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from identity.agents.lifecycle import DeactivationReason, SuspensionReason, deactivate, reinstate, suspend
from identity.agents.models import SuspendedBy
from identity.credentials.verify_presentation import verify_presentation
from identity.journal.actor import system
from identity.primitives.multikey import PrivateKey
from tests.foreigner import V2, Foreigner

pytestmark = pytest.mark.django_db
REGISTRY = system("registry")
QUESTION = {"challenge": "n-1", "domain": "vendor.example"}


@pytest.fixture
def holder() -> Foreigner:
    return Foreigner()


@pytest.fixture
def agent(acme: Any, make_agent: Callable[..., Any], holder: Foreigner) -> Any:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    pem = holder.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return make_agent(acme, private_key=PrivateKey.from_pem(pem))


@pytest.fixture
def shows(agent: Any, holder: Foreigner, at: datetime) -> Callable[[], bool]:
    """Whether the agent's presentation of a foreign bank's credential verifies."""
    bank = Foreigner()
    credential = bank.secured(bank.credential(credentialSubject={"id": agent.did, "name": "Concierge"}))
    method = f"{agent.did}#{agent.verification_methods.get().fragment}"
    presentation = {
        "@context": [V2],
        "type": ["VerifiablePresentation"],
        "holder": agent.did,
        "verifiableCredential": [credential],
    }
    options = {"verificationMethod": method, "proofPurpose": "authentication", **QUESTION}
    signed = {**presentation, "proof": holder.proof(presentation, **options)}
    return lambda: verify_presentation(signed, at=at, **QUESTION).is_verified


def test_a_suspended_agent_shows_nothing(agent: Any, shows: Callable[[], bool], at: datetime) -> None:
    assert shows()
    by: dict[str, Any] = {"by": SuspendedBy.REGISTRY, "actor": REGISTRY, "at": at}
    suspend(agent=agent, reason=SuspensionReason.ABUSE_REPORTED, **by)
    assert not shows()
    reinstate(agent=agent, **by)
    assert shows()


def test_a_deactivated_agent_shows_nothing(agent: Any, shows: Callable[[], bool], at: datetime) -> None:
    assert shows()
    deactivate(agent=agent, reason=DeactivationReason.KEY_COMPROMISED, actor=REGISTRY, at=at)
    assert not shows()
