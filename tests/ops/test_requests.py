from __future__ import annotations

import re

import pytest
from django.test import Client
from structlog.testing import capture_logs

from registry.ops.requests import REQUEST_ID_HEADER


def test_it_gives_every_answer_an_id(client: Client) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", client.get("/health/live").headers[REQUEST_ID_HEADER])


def test_it_keeps_the_id_that_a_caller_gave(client: Client) -> None:
    response = client.get("/health/live", headers={REQUEST_ID_HEADER: "vendor-trace.0042"})
    assert response.headers[REQUEST_ID_HEADER] == "vendor-trace.0042"


@pytest.mark.parametrize(
    "forged", ["short", "x" * 65, 'a"} {"level": "error"', "line\u2028break-here", "späßchen-1234"]
)
def test_it_takes_no_id_that_could_forge_a_log_line(client: Client, forged: str) -> None:
    response = client.get("/health/live", headers={REQUEST_ID_HEADER: forged})
    assert re.fullmatch(r"[0-9a-f]{32}", response.headers[REQUEST_ID_HEADER])


@pytest.mark.django_db
def test_it_logs_the_route_and_neither_path_nor_query(client: Client) -> None:
    with capture_logs() as lines:
        client.get("/v1/resolve/s3cr3t.name?token=s3cr3t")
    requests = [line for line in lines if line["event"] == "request"]
    assert len(requests) == 1
    assert requests[0]["route"].startswith("v1/resolve/")
    assert "s3cr3t" not in str(lines)


def test_it_logs_an_unknown_method_and_address_under_one_label(client: Client) -> None:
    with capture_logs() as lines:
        client.generic("BREW", "/no/such/pot")
    [line] = [line for line in lines if line["event"] == "request"]
    assert (line["method"], line["route"], line["status"]) == ("other", "(none)", 404)
