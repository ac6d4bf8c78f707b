"""Callers of the API: a program of Alice's with a service key, and one without."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest
from django.test import Client

from identity.accounts.service_keys import SCOPES, create_service_key
from identity.journal.actor import Actor, ActorKind
from registry.api import throttling


class Caller:
    """A client that speaks JSON and sends its service key."""

    def __init__(self, token: str | None = None, key=None) -> None:
        self.client = Client(raise_request_exception=False)
        self.token = token
        self.key = key

    def send(self, method: str, path: str, body=None, *, raw: bytes | None = None, **headers: str):
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        content_type = headers.pop("content_type", "application/json")
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            names.setdefault("Authorization", f"Bearer {self.token}")
        return self.client.generic(method, path, data, content_type=content_type, headers=names)

    def get(self, path, **headers):
        return self.send("GET", path, **headers)

    def post(self, path, body=None, **headers):
        return self.send("POST", path, body, **headers)


@pytest.fixture
def nobody(db) -> Caller:
    return Caller()


@pytest.fixture
def program(acme, alice, at) -> Caller:
    """Alice's program, with every scope a key can have."""
    actor = Actor(ActorKind.USER, alice.pk)
    key, token = create_service_key(
        organization=acme, name="CI", scopes=list(SCOPES), expires_at=None, actor=actor, at=at, created_by=alice
    )
    return Caller(token, key)


@pytest.fixture
def reader(acme, alice, at) -> Caller:
    """A program of Acme's that may only read."""
    actor = Actor(ActorKind.USER, alice.pk)
    key, token = create_service_key(
        organization=acme, name="Board", scopes=["agents_read"], expires_at=None, actor=actor, at=at, created_by=alice
    )
    return Caller(token, key)


@pytest.fixture
def stranger(charlie, at) -> Caller:
    """Charlie's program: every scope, at his own organization."""
    from identity.accounts.organizations import personal_organization

    actor, organization = Actor(ActorKind.USER, charlie.pk), personal_organization(charlie, at)
    key, token = create_service_key(
        organization=organization,
        name="Lab",
        scopes=list(SCOPES),
        expires_at=None,
        actor=actor,
        at=at,
        created_by=charlie,
    )
    return Caller(token, key)


@pytest.fixture(autouse=True)
def fresh_limits(settings):
    """Nobody has used any limit or nonce yet, and no other test sees what this one uses."""
    throttling._Pause.until = 0.0
    settings.REDIS_PREFIX = f"test-{uuid4().hex}:"


@pytest.fixture
def no_redis(settings):
    """A Redis that refuses every connection."""
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    throttling._Pause.until = 0.0
    yield
    throttling._Pause.until = 0.0
