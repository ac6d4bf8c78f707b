"""An issuer is known under one name, however it spells it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from identity.agents.lifecycle import SuspensionReason, suspend
from identity.agents.models import SuspendedBy
from identity.credentials.checks import CheckName
from identity.credentials.models import IssuerDidMethod
from identity.credentials.tenant_issuers import choose_issuer, revoke_issuer_key
from identity.credentials.verify import verify_credential
from identity.journal.actor import system
from identity.primitives.multikey import PrivateKey, PublicKey
from tests.foreigner import Foreigner

pytestmark = pytest.mark.django_db


@pytest.fixture
def signer() -> Foreigner:
    return Foreigner()


@pytest.fixture
def agent(acme: Any, make_agent: Callable[..., Any], signer: Foreigner) -> Any:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    pem = signer.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return make_agent(acme, private_key=PrivateKey.from_pem(pem))


def spellings(did: str) -> list[str]:
    """The same DID in capital letters, and with its port as people type it."""
    _, _, host, *path = did.split(":")
    return [
        did,
        ":".join(["did:web", host.upper(), *path]),
        ":".join(["did:web", host.replace("%3A", "%3a"), *path]),
        ":".join(["did:web", host.replace("%3A", ":"), *path]),
    ]


@pytest.mark.parametrize("spelling", range(4))
def test_a_suspended_agent_issues_under_no_spelling_of_its_name(
    agent: Any, signer: Foreigner, at: datetime, spelling: int
) -> None:
    name = spellings(agent.did)[spelling]
    method = f"{agent.did}#{agent.verification_methods.get().fragment}"
    signed = signer.secured(signer.credential(issuer=name), verificationMethod=method)
    before = verify_credential(signed, at=at)
    assert before.check(CheckName.ISSUER).detail.startswith(f"Issued by {agent.display_name}")  # type: ignore[union-attr]
    suspend(
        agent=agent,
        reason=SuspensionReason.ABUSE_REPORTED,
        by=SuspendedBy.REGISTRY,
        actor=system("registry"),
        at=at,
    )
    after = verify_credential(signed, at=at)
    assert not after.is_verified
    assert after.check(CheckName.ISSUER).code == "issuer_suspended"  # type: ignore[union-attr]


def test_nobody_makes_anothers_key_his_own(
    acme: Any, signer: Foreigner, verified: Callable[[Any], Any], at: datetime
) -> None:
    """Attack: register a bank's did:key as one's issuer, be named as who issued its papers, then withdraw the key."""
    signed = signer.secured(signer.credential())
    by: dict[str, Any] = {"actor": system("tests"), "at": at}
    claimed = choose_issuer(
        organization=acme, method=IssuerDidMethod.KEY, public_key=PublicKey.from_multikey(signer.multikey), **by
    )
    assert acme.name not in verified(signed).check(CheckName.ISSUER).detail
    revoke_issuer_key(issuer=claimed, fragment=signer.multikey, **by)
    verified(signed)
