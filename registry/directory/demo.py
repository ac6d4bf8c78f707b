"""The demo: the imported list, an organization with agents, and a purchase or two; by the rules that bind anybody."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from identity.agents.models import Agent
from identity.journal.actor import Actor, ActorKind, system
from identity.primitives.errors import AttornError
from identity.primitives.multikey import KeyAlgorithm
from registry.directory.demo_accountability import load_accountability
from registry.directory.demo_agents import DemoAgent, register_demo_agent
from registry.directory.demo_people import demo_organization, demo_person
from registry.directory.demo_spending import SHOP, load_spending
from registry.directory.importers.mcp import Progress, import_mcp
from registry.directory.models import Name, RecordType, Zone
from registry.directory.zones import create_zone

DIRECTORY_COPY = Path(__file__).resolve().parent / "fixtures" / "mcp-registry-2025-05-16.json"
EMAIL = "alice@demo.test"
PERSON = "Alice Example"
ORGANIZATION = "Acme Travel"
ZONE = "acme"
TRADE = "Nordlicht Rooms (demo)"
TRADER_EMAIL = "bob@demo.test"
TRADER = "Bob Example"


AGENTS = (
    DemoAgent(
        "concierge.acme",
        "Acme Concierge",
        "Books flights, trains and hotels for travellers of Acme, and answers for what it books.",
        ("book-flights", "book-hotels", "travel"),
        KeyAlgorithm.ED25519,
        "https://acme-travel.example",
        (
            (RecordType.A2A, "https://concierge.acme-travel.example/.well-known/agent-card.json"),
            (RecordType.MCP, "https://concierge.acme-travel.example/mcp"),
            (RecordType.TXT, "opening-hours=always"),
        ),
    ),
    DemoAgent(
        "expenses.acme",
        "Acme Expenses",
        "Reads receipts, sorts them by trip and pays back what the travel policy allows.",
        ("pay", "read-receipts", "travel"),
        KeyAlgorithm.P256,
        "https://acme-travel.example",
        ((RecordType.HTTPS, "https://expenses.acme-travel.example/api"),),
    ),
    DemoAgent(
        "insights.acme",
        "Acme Insights",
        "Answers questions about bookings in plain language from a Postgres (PostgreSQL) warehouse, read only.",
        ("analytics", "postgres"),
        KeyAlgorithm.ED25519,
        "https://acme-travel.example",
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
    user = demo_person(EMAIL, PERSON, password)
    actor = Actor(ActorKind.USER, user.pk)
    organization = demo_organization(user, ORGANIZATION, at, country="NL", website="https://acme-travel.example")
    if not Zone.objects.filter(label=ZONE).exists():
        create_zone(organization=organization, label=ZONE, actor=actor, at=at)
        yield f"the zone {ZONE}"
    for wanted in AGENTS:
        if not Name.objects.filter(fqn=wanted.fqn).exists():
            agent = register_demo_agent(wanted, organization, actor, at)
            yield f"{wanted.fqn} is {agent.did}"
    trader = demo_person(TRADER_EMAIL, TRADER, password)
    trade = demo_organization(trader, TRADE, at, country="DE", website="https://nordlicht-rooms.example")
    try:
        yield from load_spending(user=user, acme=organization, trade=trade, at=at)
    except AttornError as error:  # somebody has played with the demo; that must not keep the registry from starting
        yield f"the demo's purchases are left out: {error.detail}"
    shop = Agent.objects.filter(names__fqn=SHOP.fqn).first()
    if shop is None:
        return
    try:
        yield from load_accountability(password=password, user=user, acme=organization, trade=trade, shop=shop, at=at)
    except AttornError as error:
        yield f"the demo's reports and measures are left out: {error.detail}"
