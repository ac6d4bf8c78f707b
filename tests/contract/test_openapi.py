"""The API does what ``/openapi.json`` says: Schemathesis makes the requests, PostgreSQL and Redis are real.

A few examples an operation in an ordinary run, the same each time; ``CONTRACT_EXAMPLES=300`` looks deeper. How
answers are judged is in ``schemathesis.toml`` beside this file.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from uuid import uuid4

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, settings

from identity.accounts.service_keys import SCOPES, create_service_key
from identity.agents.models import Agent
from identity.journal.actor import system
from registry.api.documentation import openapi_document
from registry.wsgi import application

EXAMPLES = int(os.environ.get("CONTRACT_EXAMPLES", "6"))
DEEP = "CONTRACT_EXAMPLES" in os.environ


def described():
    config = schemathesis.Config.from_path(Path(__file__).with_name("schemathesis.toml"))
    schema = schemathesis.openapi.from_dict(json.loads(json.dumps(openapi_document(), default=str)), config=config)
    schema.app = application
    return schema


schema = described()


@pytest.fixture
def credentials(acme, at, settings) -> dict[str, str]:
    """A program of Acme's with every scope; Acme has an agent to look at."""
    settings.REDIS_PREFIX = f"test-{uuid4().hex}:"
    Agent.objects.create(did="did:web:localhost%3A8000:agents:robot", organization=acme, display_name="Robot")
    _, token = create_service_key(
        organization=acme, name="CI", scopes=list(SCOPES), expires_at=None, actor=system("t"), at=at, created_by=None
    )
    return {"Authorization": f"Bearer {token}"}


@pytest.fixture(autouse=True)
def one_connection():
    """Requests run in the test's transaction, so none of them may close its connection (as Django's client does)."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    derandomize=not DEEP,
)
@pytest.mark.django_db
def test_it_answers_as_described(case, credentials):
    case.call_and_validate(headers=credentials)
