"""What the tests of pages share, with and without a browser: an agent of Acme's with a name, and an unclaimed one."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from identity.accounts.models import Organization, User
from identity.agents.lifecycle import suspend
from identity.agents.models import Agent, SuspendedBy
from identity.journal.actor import system
from registry.directory.importers.mcp import import_mcp
from registry.directory.models import Name
from registry.directory.records import RecordForm, replace_records
from registry.directory.register import register_name
from registry.directory.zones import create_zone


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """A browser in which somebody has signed in."""

    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


@pytest.fixture
def concierge(acme: Organization, make_agent: Callable[..., Agent]) -> Agent:
    """Acme's agent."""
    return make_agent(acme, "Concierge", description="Books rooms and trains.", capabilities=["booking", "travel"])


@pytest.fixture
def concierge_name(acme: Organization, concierge: Agent, at: datetime) -> Name:
    """``concierge.acme``, with one record."""
    actor = system("tests")
    zone = create_zone(organization=acme, label="acme", actor=actor, at=at)
    name = register_name(zone=zone, label="concierge", agent=concierge, actor=actor, at=at)
    card = RecordForm(type="A2A", value="https://acme.example/.well-known/agent-card.json", ttl_seconds=300)
    replace_records(name=name, records=[card], actor=actor, at=at)
    return name


@pytest.fixture
def suspend_concierge(concierge: Agent, at: datetime) -> Callable[..., Agent]:
    def act(reason: str = "maintenance", by: Any = SuspendedBy.CONTROLLER) -> Agent:
        return suspend(agent=concierge, reason=reason, by=by, actor=system("tests"), at=at)

    return act


@pytest.fixture
def unclaimed(db: None, tmp_path: Path, at: datetime) -> Name:
    """An agent as another directory lists it, with its name there."""
    entry = {
        "name": "io.github.someone/weather",
        "description": "Tells the weather",
        "repository": {"url": "https://github.com/someone/weather", "source": "github", "id": "1"},
        "version_detail": {"version": "1.0.0", "release_date": "2025-05-16T18:56:49Z", "is_latest": True},
        "packages": [{"registry_name": "npm", "name": "@someone/weather", "version": "1.0.0"}],
    }
    file = tmp_path / "directory.json"
    file.write_text(json.dumps([{"id": "4e9cf4cf-71f6-4aca-bae8-2d10a29ca2e0", **entry}]), encoding="utf-8")
    import_mcp(path=file, actor=system("tests"), at=at)
    return Name.objects.get(fqn=entry["name"])
