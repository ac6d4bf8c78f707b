"""What the API reference says is so: its code signs, its tables name what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings

from identity.accounts.service_keys import SCOPES
from registry.api.throttling import parse_policy
from tests.api.test_http_signatures import Signing

TEXT = (Path(__file__).parents[2] / "docs" / "reference" / "api.md").read_text(encoding="utf-8")


@pytest.mark.django_db
@pytest.mark.urls("tests.api.probe")
@pytest.mark.parametrize(("method", "path", "body"), [("GET", "/v1/caller", b""), ("PUT", "/v1/probes", b"{}")])
def test_its_code_signs_a_request_that_we_take(acme, at, method, path, body):
    robot = Signing(acme, at)
    names: dict = {}
    exec(re.search(r"```python\n(.*?)```", TEXT, re.DOTALL)[1], names)  # the reader would paste it just so
    key = load_pem_private_key(robot.private_key.to_pem().encode(), password=None)
    headers = names["signature_headers"](method, f"http://testserver{path}", body, key, robot.method.thumbprint)
    assert robot.send(method, path, body, headers=headers).status_code == 200


def test_it_names_every_scope():
    assert set(re.findall(r"^\| `([a-z_]+)` \| ", TEXT, re.MULTILINE)) >= {scope.value for scope in SCOPES}


def test_it_names_every_limit_and_its_default():
    for name, text in settings.API_THROTTLES.items():
        row = re.search(rf"^\| `{name}` \|.*", TEXT, re.MULTILINE)[0]
        assert f"{parse_policy(name, text).quota:,} a minute" in row
        assert f"`THROTTLE_{name.upper()}`" in row
