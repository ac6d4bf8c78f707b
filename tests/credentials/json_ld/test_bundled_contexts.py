"""Contexts: bundled, never fetched, ours beside the published ones."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from identity.credentials import contexts
from identity.credentials.contexts import digests
from identity.primitives.errors import InvalidInput


def test_it_serves_our_own_contexts_at_the_public_address() -> None:
    served = contexts.served_contexts()
    assert set(served) == {"agent", "delegation"}
    assert contexts.agent_context_url() == f"{settings.PUBLIC_URL}/contexts/agent/v1"
    for name, document in served.items():
        assert contexts.context_document(f"{settings.PUBLIC_URL}/contexts/{name}/v1") == document
        assert document["@context"]["@protected"] is True


@pytest.mark.parametrize("url", ["", "https://mallory.example/contexts/agent/v1", "x" * 10_000, "file:///etc/passwd"])
def test_it_knows_no_other_context(url: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        contexts.context_document(url)
    assert caught.value.code == "unknown_context"
    assert len(caught.value.detail) < 300


def test_it_learns_of_another_instance_when_told(monkeypatch: Any) -> None:
    monkeypatch.setattr(contexts, "_accepted_instances", set())
    contexts.accept_instance("https://other.example/")
    assert contexts.context_document("https://other.example/contexts/agent/v1")["@context"]["Agent"] == (
        "https://other.example/contexts/agent/v1#Agent"
    )


V2 = contexts.CREDENTIALS_V2


@pytest.mark.parametrize(
    ("resource", "agrees"),
    [
        ({"digestMultibase": "uWZVc7WaX1h4D8rJVb-vlMIqxaEKEb1tYbX8fet7JJzQ"}, True),
        ({"digestMultibase": "uEiBZlVztZpfWHgPyslVv6-UwirFoQoRvW1htfx963sknNA"}, True),
        ({"digestMultibase": "zQmUNM6HqwZxuJ5k6cYRKAiqjUkx1qxWJe4WTqsg7ZJtEFm"}, True),
        ({"digestSRI": "sha384-l/HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4/Tje8YyzYBM8IhqjHWiWpr8+ZbYU"}, True),
        ({"digestSRI": "sha384-l_HrjlBCNWyAX91hr6LFV2Y3heB5Tcr6IeE4_Tje8YyzYBM8IhqjHWiWpr8-ZbYU"}, True),
        ({"digestSRI": "sha384-NSOcNpmdIVUxIJGvGUoe22FjTWrXiaXlsZ8q6912LdnR3KraQO2n75Ica4wK4Qeg"}, False),
        ({"digestSRI": "sha512-" + "A" * 86}, False),
        ({"digestSRI": "nonsense"}, False),
        ({"digestMultibase": "m" + "A" * 40}, False),
        ({"digestMultibase": "z0OIl"}, False),
        ({"digestMultibase": "u*"}, False),
        ({"digestMultibase": "z" * 100_000}, False),
        ({"digestMultibase": 5}, False),
    ],
)
def test_it_compares_digests_with_the_served_files(resource: dict[str, Any], agrees: bool) -> None:
    assert digests.digest_agrees(V2, resource) is agrees
    both = {"digestSRI": "sha256-WZVc7WaX1h4D8rJVb+vlMIqxaEKEb1tYbX8fet7JJzQ=", **resource}
    assert digests.digest_agrees(V2, both) in (agrees, False)
    assert digests.digest_agrees("https://elsewhere.example/", resource)
