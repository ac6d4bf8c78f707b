from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from registry.ops.requests import REQUEST_ID_HEADER
from registry.settings.logs import FinishedEvent, Lines
from registry.settings.redaction import REDACTED


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


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Callable[[], list[dict[str, Any]]]:
    """The request lines logged so far, as they reach the handlers: a logger that structlog has cached is heard too."""
    caplog.set_level("INFO", logger="attorn.request")
    return lambda: [record.msg for record in caplog.records if record.name == "attorn.request"]  # type: ignore[misc]


@pytest.mark.django_db
def test_it_logs_the_route_and_neither_path_nor_query(
    client: Client, logged: Callable[[], list[dict[str, Any]]], caplog: pytest.LogCaptureFixture
) -> None:
    client.get("/v1/resolve/s3cr3t.name?token=s3cr3t")
    [line] = logged()
    assert line["route"].startswith("v1/resolve/")
    assert "s3cr3t" not in str([record.msg for record in caplog.records])


def test_it_logs_an_unknown_method_and_address_under_one_label(
    client: Client, logged: Callable[[], list[dict[str, Any]]]
) -> None:
    client.generic("BREW", "/no/such/pot")
    [line] = logged()
    assert (line["method"], line["route"], line["status"]) == ("other", "(none)", 404)


def test_its_line_is_json_without_secrets_whoever_put_them_in() -> None:
    event = FinishedEvent(
        event="request", route="v1/agents", token="atn_abc_def", note="Bearer abcdefghij", number=2**70
    )
    record = logging.LogRecord("attorn.request", logging.INFO, "", 0, event, None, None)
    line = json.loads(Lines(processors=[lambda *given: given[2]]).format(record))
    assert line == {
        "event": "request",
        "route": "v1/agents",
        "token": REDACTED,
        "note": REDACTED,
        "number": 2**70,
    }
    assert event["token"] == "atn_abc_def"  # the event itself stays for whoever else hears it
