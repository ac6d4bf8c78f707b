"""Keys of the registry, of its agents and of other hosts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from identity.agents.keys import RevocationReason, add_key, revoke_key, rotate_key
from identity.agents.lifecycle import DeactivationReason, deactivate
from identity.credentials import foreign_dids
from identity.credentials.fetch import Fetched
from identity.credentials.foreign_dids import DocumentCache
from identity.credentials.issuers import current_signer, rotate_registry_key
from identity.credentials.key_resolution import key_resolver, resolve_key
from identity.credentials.keys import ResolvedKey, Unresolved
from identity.journal.actor import Actor, ActorKind, system
from identity.primitives.did import did_web
from identity.primitives.multikey import PrivateKey
from tests.servers import Web, says, web


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    foreign_dids.documents.forget()
    yield
    foreign_dids.documents.forget()


def code(method: str, at: datetime, purpose: str = "assertionMethod") -> str | None:
    """Why the key does not count, or None when it does."""
    found = resolve_key(method, at=at)
    refusal = found if isinstance(found, Unresolved) else found.refusal(purpose=purpose, at=at)
    return refusal and refusal.code


def test_it_finds_the_registry_s_keys_through_rotation_and_compromise(db: None, at: datetime) -> None:
    first = current_signer().verification_method
    assert code(first, at) is None
    rotate_registry_key(actor=system("tests"), at=at)
    second = current_signer().verification_method
    assert code(first, at + timedelta(minutes=1)) is None
    assert code(first, at + timedelta(days=4_000)) == "key_expired"
    rotate_registry_key(actor=system("tests"), at=at, compromised=True)
    assert code(second, at) == "key_revoked"


def test_it_follows_an_agent_s_keys_at_once(acme, alice, make_agent, prove, at: datetime) -> None:
    agent, by_alice = make_agent(acme), Actor(ActorKind.USER, alice.pk)
    proof = prove(acme, PrivateKey.generate(), "key", agent)
    rotate_key(agent=agent, **proof, retire_fragment="key-1", overlap_seconds=3600, actor=by_alice, at=at)
    add_key(agent=agent, **prove(acme, PrivateKey.generate(), "key", agent), actor=by_alice, at=at)
    revoke_key(agent=agent, fragment="key-3", reason=RevocationReason.COMPROMISED, actor=by_alice, at=at)
    first, second, third, fourth = (f"{agent.did}#key-{number}" for number in (1, 2, 3, 4))
    assert [code(first, at), code(first, at + timedelta(hours=1))] == [None, "key_expired"]
    assert [code(second, at), code(third, at), code(fourth, at)] == [None, "key_revoked", "key_not_found"]
    deactivate(agent=agent, reason=DeactivationReason.CESSATION_OF_OPERATION, actor=by_alice, at=at)
    assert code(second, at) == "key_revoked"


def test_it_never_asks_the_network_for_a_did_of_its_own(db: None, settings: Any, at: datetime) -> None:
    with web(says(b"{}")) as server:
        settings.PUBLIC_HOST, settings.FETCH_ALLOW_ADDRESSES = server.address, [server.address]
        assert code(did_web(server.address, "agents", "agt_nobody") + "#key-1", at) == "key_not_found"
        assert server.requests == []


# Other hosts


def document(server: Web, key: PrivateKey) -> bytes:
    did = did_web(server.address)
    method = {"id": f"{did}#k", "type": "Multikey", "controller": did, "publicKeyMultibase": key.public_key.multikey}
    return json.dumps({"id": did, "verificationMethod": [method], "assertionMethod": [f"{did}#k"]}).encode()


def test_it_reads_another_host_once_while_the_answer_is_fresh(db: None, settings: Any, at: datetime) -> None:
    key = PrivateKey.generate()
    with web(lambda request, connection: says(document(server, key))(request, connection)) as server:
        settings.FETCH_ALLOW_ADDRESSES = [server.address]
        method = did_web(server.address) + "#k"
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: resolve_key(method, at=at), range(8)))
    assert {item.public_key for item in found if isinstance(item, ResolvedKey)} == {key.public_key}
    assert len(server.requests) == 1
    assert server.requests[0].startswith(b"GET /.well-known/did.json ")


def test_it_never_reaches_an_inner_host_through_a_did(db: None, at: datetime) -> None:
    """Attack: did:web of a loopback or metadata address makes us ask there (SSRF)."""
    with web(says(b"{}")) as server:
        for host in (server.address, "169.254.169.254", "10.0.0.1"):
            found = resolve_key(did_web(host) + "#k", at=at)
            assert isinstance(found, Unresolved)
            assert found.is_unknown
    assert server.requests == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (says(b"", status="404 Not Found"), "key_not_found"),
        (says(b"", status="410 Gone"), "key_not_found"),
        (says(b"", status="302 Found", headers=b"Location: http://127.0.0.1:22/\r\n"), "did_unreachable"),
        (says(b"", status="500 Oops"), "did_unreachable"),
        (says(b"x" * 70_000), "did_unreachable"),
        (says(b"<html>"), "malformed_did_document"),
        (says(b'{"id": "did:web:a", "id": "did:web:b"}'), "malformed_did_document"),
        (says(b'{"id": "did:web:other.example"}'), "malformed_did_document"),
        (says(b"[]"), "malformed_did_document"),
    ],
)
def test_it_keeps_unreachable_apart_from_absent_and_malformed(
    db: None, settings: Any, at: datetime, answer: Any, expected: str
) -> None:
    with web(answer) as server:
        settings.FETCH_ALLOW_ADDRESSES = [server.address]
        assert code(did_web(server.address) + "#k", at) == expected


class Host:
    """Answers with a document of its own, and counts how often it was asked."""

    def __init__(self, max_age: int | None = None, status: int = 200) -> None:
        self.asked, self.max_age, self.status = 0, max_age, status

    def __call__(self, url: str) -> Fetched:
        self.asked += 1
        did = f"did:web:{url.split('/')[2]}"
        return Fetched(self.status, "", json.dumps({"id": did}).encode(), max_age=self.max_age)


@pytest.mark.parametrize(("max_age", "seconds"), [(None, 300), (0, 60), (600, 600), (86_400, 3_600)])
def test_it_asks_again_after_the_stated_time(max_age: int | None, seconds: int) -> None:
    clock = [0.0]
    host = Host(max_age)
    cache = DocumentCache(get=host, clock=lambda: clock[0])
    for moment in (0.0, seconds - 1, seconds, seconds + 1):
        clock[0] = moment
        cache.document("did:web:a.example")
    assert host.asked == 2


def test_it_holds_a_bounded_number_of_documents() -> None:
    """Attack: a thousand invented hosts fill the memory."""
    host = Host()
    cache = DocumentCache(get=host)
    for number in range(foreign_dids.DOCUMENTS_MAX + 50):
        cache.document(f"did:web:h{number}.example")
    assert cache.remembered("did:web:h0.example") is None
    assert len(cache._kept) == foreign_dids.DOCUMENTS_MAX
    assert not cache._asking


def test_it_leaves_a_failing_host_alone_for_ten_seconds() -> None:
    clock = [0.0]
    host = Host(status=500)
    cache = DocumentCache(get=host, clock=lambda: clock[0])
    for moment in (0.0, 9.0, 10.0):
        clock[0] = moment
        cache.document("did:web:a.example")
    assert host.asked == 2


def test_it_asks_few_hosts_for_one_request(db: None, at: datetime) -> None:
    """Attack: one presentation with a hundred credentials of a hundred hosts that hang."""
    key_for = key_resolver(at=at, hosts_max=2)
    found = [key_for(f"did:web:169.254.0.{number}#k") for number in range(4)]
    details = [item.detail for item in found if isinstance(item, Unresolved) and item.is_unknown]
    assert ["No more than 2" in detail for detail in details] == [False, False, True, True]
