"""What the tests of background checks share: a foreign issuer, an agent, and a credential between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from identity.agents.models import Agent
from identity.credentials import foreign_dids
from identity.credentials.models import WatchedCredential
from identity.credentials.watch.report import watched_credential
from identity.credentials.watch.states import Standing
from tests.api.conftest import fresh_limits, program, reader, stranger  # noqa: F401 - fixtures
from tests.credentials.watch.foreign import ForeignServer, Issuer, foreign_server


@pytest.fixture
def server(settings: Any) -> Iterator[ForeignServer]:
    with foreign_server() as running:
        settings.FETCH_ALLOW_ADDRESSES = [running.address]
        foreign_dids.documents.forget()
        yield running


@pytest.fixture
def issuer(server: ForeignServer, at: datetime) -> Issuer:
    issuer = Issuer(server)
    issuer.publish(at=at)
    return issuer


@pytest.fixture
def web_issuer(server: ForeignServer, at: datetime) -> Issuer:
    issuer = Issuer(server, is_web=True, purposes=())
    issuer.publish(at=at)
    return issuer


@pytest.fixture
def agent(acme: Any, make_agent: Callable[..., Agent]) -> Agent:
    return make_agent(acme)


@pytest.fixture
def standing() -> Callable[[WatchedCredential, datetime], Standing]:
    def of(credential: WatchedCredential, at: datetime) -> Standing:
        watched = watched_credential(credential.pk)
        assert watched is not None
        return watched.standing(at)

    return of
