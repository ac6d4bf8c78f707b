from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from registry.ops import health


def test_it_says_that_the_process_lives_without_asking_anybody(client: Client) -> None:
    response = client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"status": "live"})
    assert "no-store" in response.headers["Cache-Control"]


@pytest.mark.django_db
def test_it_names_every_part_that_is_ready(client: Client) -> None:
    response = client.get("/health/ready")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "parts": {"database": "ok", "redis": "ok", "migrations": "ok", "registry_key": "ok"},
    }


@pytest.mark.django_db
def test_it_names_the_part_that_fails_and_keeps_the_reason_to_itself(client: Client, settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    response = client.get("/health/ready")
    assert response.status_code == 503
    assert response.json()["status"] == "not_ready"
    assert response.json()["parts"]["redis"] == "failed"
    assert response.json()["parts"]["database"] == "ok"
    assert "127.0.0.1" not in response.content.decode()


@pytest.mark.django_db
def test_it_is_not_ready_with_a_registry_key_that_does_not_open(client: Client, settings: Settings) -> None:
    client.get("/health/ready")  # makes the key
    settings.MASTER_KEY = "YW5vdGhlci1tYXN0ZXIta2V5LW9mLTMyLWJ5dGVzISE="
    response = client.get("/health/ready")
    assert response.json()["parts"]["registry_key"] == "failed"
    assert response.status_code == 503


@pytest.mark.django_db
def test_it_is_not_ready_while_migrations_wait(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db.migrations.executor import MigrationExecutor

    health._migrated.cache_clear()
    monkeypatch.setattr(MigrationExecutor, "migration_plan", lambda *_: [("some", False)])
    response = client.get("/health/ready")
    assert (response.status_code, response.json()["parts"]["migrations"]) == (503, "migrations wait to be applied")
    monkeypatch.undo()
    assert client.get("/health/ready").status_code == 200


def test_it_takes_no_other_method(client: Client) -> None:
    assert client.post("/health/live").status_code == 405
