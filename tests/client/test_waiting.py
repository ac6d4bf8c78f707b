"""Waiting for the human: the register holds its answer back; where a proxy does not let it, the pauses grow."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from registry.client import AgentClient, PrivateKey
from registry.client.agent import NONCES_KEPT_MAX
from tests.client.serving import Server, serving

DID = "did:web:attorn.example:agents:agt_1"
PENDING = (200, {"id": "apr_1", "state": "pending"}, {"Retry-After": "5"})
UNTIL = "2026-11-21T10:33:00Z"
APPROVED = (200, {"id": "apr_1", "state": "approved", "elevation": {"valid_until": UNTIL, "uses_left": 1}}, {})


def client(server: Server) -> AgentClient:
    return AgentClient(server.url, DID, PrivateKey.generate())


def test_it_asks_until_there_is_an_answer_with_growing_pauses() -> None:
    pauses: list[float] = []
    with serving(*[PENDING] * 6, APPROVED) as server, client(server) as agent:
        answer = agent.wait_for_approval("apr_1", timeout_seconds=900, sleep=pauses.append)
    assert (answer.state, answer.is_usable) == ("approved", True)
    assert answer.valid_until == datetime(2026, 11, 21, 10, 33, tzinfo=UTC)
    assert pauses == [5, 10, 20, 40, 60, 60]
    assert {headers["prefer"] for headers, _ in server.asked} == {"wait=30"}
    assert all("signature" in headers for headers, _ in server.asked)


@pytest.mark.parametrize("state", ["denied", "expired", "cancelled"])
def test_it_stops_at_every_end(state: str) -> None:
    with serving((200, {"id": "apr_1", "state": state}, {})) as server, client(server) as agent:
        answer = agent.wait_for_approval("apr_1")
    assert (answer.state, answer.is_usable, answer.valid_until) == (state, False, None)


def test_a_shop_that_never_answers_costs_no_memory() -> None:
    with AgentClient("https://attorn.example", DID, PrivateKey.generate()) as agent:
        for _ in range(NONCES_KEPT_MAX + 5):
            agent.new_nonce()
        assert len(agent._nonces) == NONCES_KEPT_MAX
