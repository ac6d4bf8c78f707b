from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from identity.accounts.models import Organization
from identity.primitives.clock import now
from registry.directory.models import Domain, DomainState
from registry.ops.tasks import heartbeat

pytestmark = pytest.mark.django_db


def samples(client: Client) -> dict[str, float]:
    response = client.get("/metrics")
    assert response.status_code == 200
    found = {}
    for family in text_string_to_metric_families(response.content.decode()):
        for sample in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}" if labels else sample.name] = sample.value
    return found


def test_it_counts_requests_by_route_and_status(client: Client) -> None:
    name = "attorn_requests_total{method=GET,route=health/live,status=200}"
    before = samples(client).get(name, 0)
    client.get("/health/live")
    client.get("/health/live")
    after = samples(client)
    assert after[name] == before + 2
    assert after["attorn_request_seconds_count{route=health/live}"] >= 2


def test_it_counts_answers_by_outcome(client: Client) -> None:
    name = "attorn_resolve_answers_total{status=404}"
    before = samples(client).get(name, 0)
    client.get("/v1/resolve/nobody.here")
    assert samples(client)[name] == before + 1


def test_it_shows_the_state_of_the_register(client: Client) -> None:
    client.get("/health/ready")  # makes the registry's key
    heartbeat()
    found = samples(client)
    assert 0 <= found["attorn_registry_key_age_seconds"] < 60
    assert found["attorn_journal_unstamped_events"] >= 1
    assert found["attorn_worker_heartbeat_age_seconds"] < 60
    assert "attorn_rows{table=agents_agent}" in found


def test_it_shows_how_late_the_latest_domain_check_is(client: Client) -> None:
    organization = Organization.objects.create(kind="organization", name="Acme")
    Domain.objects.create(
        organization=organization,
        domain="acme.example",
        token="t",
        state=DomainState.PROVEN,
        next_check_at=now() - timedelta(hours=1),
    )
    found = samples(client)
    assert 3600 <= found["attorn_domain_check_overdue_seconds"] < 3700
    assert found["attorn_domains{state=proven}"] == 1


@pytest.mark.parametrize(
    "request_facts",
    [
        {"REMOTE_ADDR": "192.0.2.7"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.7"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=192.0.2.7"},
    ],
)
def test_it_hides_from_everybody_but_this_machine(client: Client, request_facts: dict[str, str]) -> None:
    assert client.get("/metrics", **request_facts).status_code == 404  # type: ignore[arg-type]


def test_it_takes_a_token_from_afar_and_nothing_else(client: Client, settings: Settings) -> None:
    settings.METRICS_TOKEN = "let-prometheus-in"
    afar = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.get("/metrics", headers={"Authorization": "Bearer let-prometheus-in"}, **afar).status_code == 200  # type: ignore[arg-type]
    assert client.get("/metrics", headers={"Authorization": "Bearer no"}, **afar).status_code == 404  # type: ignore[arg-type]
    assert client.get("/metrics").status_code == 404
