from __future__ import annotations

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.settings.logs import LOGGING
from registry.settings.redaction import REDACTED, redact

SECRETS = [
    "atn_ab12cd34_s3cr3tS3cr3tS3cr3t",
    "Bearer atn_ab12cd34_s3cr3t",
    "Authorization: Basic dXNlcjpwYXNzd29yZA==",
    "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----",
    "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl",
    "postgres://attorn:hunter2@db.example/attorn",
]
NEEDLES = ["s3cr3t", "dXNlcjpw", "MC4CAQAw", "c2lnbmF0dXJl", "hunter2"]


@pytest.mark.parametrize("text", SECRETS)
def test_it_knows_a_secret_by_its_looks(text: str) -> None:
    cleaned = str(redact(None, "info", {"event": f"it said {text} and went", "deep": [{"x": (text,)}]}))
    assert REDACTED in cleaned
    assert [needle for needle in NEEDLES if needle in cleaned] == []


@pytest.mark.parametrize(
    "key", ["password", "SECRET_KEY", "csrf_token", "Cookie", "authorization", "master_key", "service_key", "otp"]
)
def test_it_knows_a_secret_by_its_name(key: str) -> None:
    event = redact(None, "info", {"event": "x", key: "value", "nested": {key: "value"}})
    assert event == {"event": "x", key: REDACTED, "nested": {key: REDACTED}}


def test_it_leaves_what_is_no_secret() -> None:
    event = {"event": "request", "route": "v1/agents", "status": 200, "duration_ms": 1.5, "ok": True, "none": None}
    assert redact(None, "info", dict(event)) == event


@given(st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.lists(inner) | st.tuples(inner)))
def test_it_takes_whatever_is_logged(value: object) -> None:
    assert "event" in redact(None, "info", {"event": "x", "value": value})


def test_it_stands_between_every_logger_and_the_output() -> None:
    """A traceback carries values too: the line is cleaned after the traceback has become text."""
    formatter_settings = dict(LOGGING["formatters"]["lines"])
    formatter = formatter_settings.pop("()")(**formatter_settings)
    try:
        raise ValueError("no such key: atn_ab12cd34_s3cr3tS3cr3t")
    except ValueError:
        record = logging.getLogger("somewhere").makeRecord(
            "somewhere", logging.ERROR, __file__, 1, "failed with %s", ("Bearer s3cr3tS3cr3t",), None
        )
        record.exc_info = logging.sys.exc_info()  # type: ignore[attr-defined]
    line = formatter.format(record)
    assert "s3cr3t" not in line
    assert "ValueError" in line
