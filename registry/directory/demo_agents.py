"""Agents of the demo: made by the rules that anybody's are made by; their private keys stay under ``var/demo``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from identity.accounts.models import Organization
from identity.agents.challenges import issue_challenge, signing_input
from identity.agents.models import Agent, ChallengePurpose
from identity.journal.actor import Actor
from identity.primitives.multikey import KeyAlgorithm, PrivateKey
from registry.directory.models import Name, RecordType
from registry.directory.named_agent import register_named_agent
from registry.directory.records import RecordForm, replace_records


@dataclass(frozen=True, slots=True)
class DemoAgent:
    fqn: str
    display_name: str
    description: str
    capabilities: tuple[str, ...]
    algorithm: KeyAlgorithm
    homepage: str
    records: tuple[tuple[RecordType, str], ...]


def register_demo_agent(wanted: DemoAgent, organization: Organization, actor: Actor, at: datetime) -> Agent:
    """Prove control of a fresh key, as any agent would."""
    key = PrivateKey.generate(wanted.algorithm)
    challenge = issue_challenge(
        organization=organization, purpose=ChallengePurpose.REGISTER, public_key=key.public_key, actor=actor, at=at
    )
    agent = register_named_agent(
        organization=organization,
        challenge_id=challenge.pk,
        signature=key.sign(signing_input(challenge)),
        name=wanted.fqn,
        display_name=wanted.display_name,
        description=wanted.description,
        capabilities=wanted.capabilities,
        homepage=wanted.homepage,
        actor=actor,
        at=at,
    )
    records = [RecordForm(str(kind), value) for kind, value in wanted.records]
    replace_records(name=Name.objects.get(fqn=wanted.fqn), records=records, actor=actor, at=at)
    keep_privately(f"{wanted.fqn}.pem", key.to_pem())
    return agent


def private_key_of(fqn: str) -> PrivateKey | None:
    """The demo agent's key as it was kept; None when somebody cleared ``var`` and the database lives elsewhere."""
    path = settings.VAR_DIR / "demo" / f"{fqn}.pem"
    return PrivateKey.from_pem(path.read_text(encoding="ascii")) if path.is_file() else None


def keep_privately(name: str, text: str) -> None:
    """Into ``var/demo``, with its permissions from the first byte on, so that nobody else can read it in between."""
    folder = settings.VAR_DIR / "demo"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        os.fchmod(handle, 0o600)
        file.write(text)
