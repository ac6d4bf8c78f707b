"""The demo: the imported list, and an organization with three agents, made by the rules that anybody's are made by."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings

from identity.accounts.models import Organization, OrganizationKind, User
from identity.accounts.organizations import create_organization
from identity.agents.challenges import issue_challenge, signing_input
from identity.agents.models import Agent, ChallengePurpose
from identity.journal.actor import Actor, ActorKind, system
from identity.primitives.multikey import KeyAlgorithm, PrivateKey
from registry.directory.importers.mcp import Progress, import_mcp
from registry.directory.models import Name, RecordType, Zone
from registry.directory.named_agent import register_named_agent
from registry.directory.records import RecordForm, replace_records
from registry.directory.zones import create_zone

DIRECTORY_COPY = Path(__file__).resolve().parent / "fixtures" / "mcp-registry-2025-05-16.json"
EMAIL = "alice@demo.test"
PERSON = "Alice Example"
ORGANIZATION = "Acme Travel"
ZONE = "acme"


@dataclass(frozen=True, slots=True)
class DemoAgent:
    label: str
    display_name: str
    description: str
    capabilities: tuple[str, ...]
    algorithm: KeyAlgorithm
    records: tuple[tuple[RecordType, str], ...]

    @property
    def fqn(self) -> str:
        return f"{self.label}.{ZONE}"


AGENTS = (
    DemoAgent(
        "concierge",
        "Acme Concierge",
        "Books flights, trains and hotels for travellers of Acme, and answers for what it books.",
        ("book-flights", "book-hotels", "travel"),
        KeyAlgorithm.ED25519,
        (
            (RecordType.A2A, "https://concierge.acme-travel.example/.well-known/agent-card.json"),
            (RecordType.MCP, "https://concierge.acme-travel.example/mcp"),
            (RecordType.TXT, "opening-hours=always"),
        ),
    ),
    DemoAgent(
        "expenses",
        "Acme Expenses",
        "Reads receipts, sorts them by trip and pays back what the travel policy allows.",
        ("pay", "read-receipts", "travel"),
        KeyAlgorithm.P256,
        ((RecordType.HTTPS, "https://expenses.acme-travel.example/api"),),
    ),
    DemoAgent(
        "insights",
        "Acme Insights",
        "Answers questions about bookings in plain language from a Postgres (PostgreSQL) warehouse, read only.",
        ("analytics", "postgres"),
        KeyAlgorithm.ED25519,
        (
            (RecordType.MCP, "https://insights.acme-travel.example/mcp"),
            (RecordType.PACKAGE, "pkg:pypi/acme-insights@2.1.0"),
            (RecordType.REPOSITORY, "https://git.acme-travel.example/insights"),
        ),
    ),
)


def load_demo(*, password: str, at: datetime, progress: Progress | None = None) -> Iterator[str]:
    """Make whatever of the demo is missing, saying each step; a second run finds nothing to do. The private keys of
    the agents go to ``var/demo``, readable by their owner only."""
    report = import_mcp(path=DIRECTORY_COPY, actor=system("demo_data"), at=at, progress=progress)
    yield f"{report.good} imported agents, {report.created} of them new; {report.bad_count} entries left out"
    user = _person(password)
    actor = Actor(ActorKind.USER, user.pk)
    organization = _organization(user, actor, at)
    if not Zone.objects.filter(label=ZONE).exists():
        create_zone(organization=organization, label=ZONE, actor=actor, at=at)
        yield f"the zone {ZONE}"
    for wanted in AGENTS:
        if not Name.objects.filter(fqn=wanted.fqn).exists():
            agent = _register(wanted, organization, actor, at)
            yield f"{wanted.fqn} is {agent.did}"


def _person(password: str) -> User:
    user = User.objects.filter(email=EMAIL).first()
    if user is None:
        user = User.objects.create_user(EMAIL, password, display_name=PERSON)
        EmailAddress.objects.create(user=user, email=EMAIL, verified=True, primary=True)
    return user


def _organization(user: User, actor: Actor, at: datetime) -> Organization:
    known = Organization.objects.filter(name=ORGANIZATION, members=user).first()
    return known or create_organization(
        name=ORGANIZATION,
        kind=OrganizationKind.ORGANIZATION,
        owner=user,
        country="NL",
        website="https://acme-travel.example",
        actor=actor,
        at=at,
    )


def _register(wanted: DemoAgent, organization: Organization, actor: Actor, at: datetime) -> Agent:
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
        homepage="https://acme-travel.example",
        actor=actor,
        at=at,
    )
    records = [RecordForm(str(kind), value) for kind, value in wanted.records]
    replace_records(name=Name.objects.get(fqn=wanted.fqn), records=records, actor=actor, at=at)
    _keep_private_key(wanted.fqn, key)
    return agent


def _keep_private_key(fqn: str, key: PrivateKey) -> None:
    """Written with its permissions from the first byte on, so that nobody else can read it in between."""
    folder = settings.VAR_DIR / "demo"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(folder / f"{fqn}.pem", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        os.fchmod(handle, 0o600)
        file.write(key.to_pem())
