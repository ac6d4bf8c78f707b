"""The issuer's DID document: a key that is gone is believed to be gone only after several looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from identity.agents.models import Agent
from identity.credentials.models import SourceForm, WatchedCredential, WatchSource
from identity.credentials.watch.checking import check_source
from identity.credentials.watch.states import Standing, WatchState
from identity.credentials.watch.watching import watch
from identity.journal.models import Event
from tests.credentials.watch.foreign import Foreigner, ForeignServer, Issuer

pytestmark = pytest.mark.django_db
Of = Callable[[WatchedCredential, datetime], Standing]
DOCUMENT = "/.well-known/did.json"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def credential(web_issuer: Issuer, agent: Agent, at: datetime) -> WatchedCredential:
    watched = watch(web_issuer.credential(agent.did, 0, at=at), agent=agent, at=at)
    assert watched is not None
    return watched


def check(at: datetime) -> WatchSource:
    source = WatchSource.objects.get(form=SourceForm.DID_WEB)
    check_source(source, at=at)
    source.refresh_from_db()
    return source


def test_it_hangs_on_the_document_of_its_issuer(
    credential: WatchedCredential, web_issuer: Issuer, standing: Of, at: datetime
) -> None:
    assert credential.multikey == web_issuer.key.multikey
    assert standing(credential, at).state is WatchState.UNCHECKED
    check(at)
    assert standing(credential, at).state is WatchState.VALID


@pytest.mark.parametrize(
    "change",
    [
        lambda issuer: {"verificationMethod": [], "assertionMethod": []},
        lambda issuer: {"assertionMethod": []},
        lambda issuer: {
            "verificationMethod": [
                {
                    "id": issuer.method,
                    "type": "Multikey",
                    "controller": issuer.did,
                    "publicKeyMultibase": issuer.key.multikey,
                    "revoked": "2026-01-01T00:00:00Z",
                }
            ]
        },
        lambda issuer: {
            "verificationMethod": [
                {
                    "id": issuer.method,
                    "type": "Multikey",
                    "controller": issuer.did,
                    "publicKeyMultibase": Foreigner().multikey,
                }
            ]
        },
    ],
    ids=["gone", "not for assertions", "revoked", "replaced under its name"],
)
def test_three_looks_that_agree_make_it_invalid_and_one_makes_it_good_again(
    server: ForeignServer,
    web_issuer: Issuer,
    credential: WatchedCredential,
    standing: Of,
    at: datetime,
    change: Callable[[Issuer], dict[str, object]],
) -> None:
    check(at)
    server.bodies[DOCUMENT] = web_issuer.did_document(**change(web_issuer))
    seen = []
    for minutes in (1, 2, 3):
        source = check(at + minutes * MINUTE)
        seen.append(standing(credential, at + minutes * MINUTE).state)
        assert source.next_check_at <= at + minutes * MINUTE + timedelta(minutes=6)
    assert seen == [WatchState.VALID, WatchState.VALID, WatchState.INVALID]
    assert standing(credential, at + 3 * MINUTE).reason == "key_withdrawn"

    server.bodies[DOCUMENT] = web_issuer.did_document()
    check(at + 4 * MINUTE)
    assert standing(credential, at + 4 * MINUTE).state is WatchState.VALID
    changes = Event.objects.filter(kind="watched_credential.changed").order_by("written_order")
    assert [event.payload["change"] for event in changes] == ["key_withdrawn", "key_restored"]


def test_looks_that_disagree_begin_anew(
    server: ForeignServer, web_issuer: Issuer, credential: WatchedCredential, standing: Of, at: datetime
) -> None:
    for minutes in range(8):
        gone = {"verificationMethod": [], "assertionMethod": []} if minutes % 3 else {}
        server.bodies[DOCUMENT] = web_issuer.did_document(**gone)
        check(at + minutes * MINUTE)
        assert standing(credential, at + minutes * MINUTE).state is WatchState.VALID


@pytest.mark.parametrize("body", [b"", b"[]", b"<html>", b'{"id": "did:web:somebody.example"}'])
def test_what_is_not_its_document_is_a_failed_try_and_not_a_withdrawn_key(
    server: ForeignServer, credential: WatchedCredential, standing: Of, at: datetime, body: bytes
) -> None:
    check(at)
    server.bodies[DOCUMENT] = body
    for minutes in (1, 2, 3):
        check(at + minutes * MINUTE)
    assert standing(credential, at + 3 * MINUTE).reason == "list_not_believable"
    credential.refresh_from_db()
    assert credential.key_withdrawn_at is None


def test_a_document_that_is_not_there_any_more_is_unreachable(
    server: ForeignServer, credential: WatchedCredential, standing: Of, at: datetime
) -> None:
    check(at)
    del server.bodies[DOCUMENT]
    for minutes in (1, 2, 3):
        check(at + minutes * MINUTE)
    assert standing(credential, at + 3 * MINUTE).state is WatchState.UNREACHABLE
