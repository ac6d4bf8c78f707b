"""The short way's door: those who arrive together are looked up together, and each gets the answer of its own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from identity.accounts.models import ServiceKey
from identity.accounts.organizations import personal_organization
from identity.accounts.permissions import Permission
from identity.accounts.service_keys import create_service_key, prefix_of, revoke
from identity.journal.actor import Actor, ActorKind, system
from registry.api import reception
from registry.api.reception import Received, receive
from tests.spending.conftest import Shop

pytestmark = pytest.mark.django_db


@pytest.fixture
def token(charlie: Any, at: datetime) -> str:
    key, token = create_service_key(
        organization=personal_organization(charlie, at),
        name="shop",
        scopes=[Permission.AUTHORIZATIONS_WRITE],
        expires_at=None,
        actor=system("tests"),
        at=at,
        created_by=charlie,
    )
    ServiceKey.objects.filter(pk=key.pk).update(last_used_at=at)
    return token


@pytest.fixture(autouse=True)
def unused_limits(settings: Any) -> None:
    settings.REDIS_PREFIX = f"test-{uuid4().hex}:"


def together(*visitors: tuple[str, str], at: datetime) -> list[Received | None]:
    return reception._receive_all(
        [reception._Visitor(token, prefix_of(token) or "", did, at) for token, did in visitors]
    )


def other_secret(token: str) -> str:
    return token[:-1] + ("0" if token[-1] != "0" else "1")


def test_each_gets_its_own_answer(token: str, shop: Shop, at: datetime) -> None:
    nobody = "atn_" + "0" * 10 + token[14:]
    mine = (token, shop.vendor.did)
    found = together(
        mine, (other_secret(token), shop.vendor.did), (nobody, shop.vendor.did), (token, "did:x"), mine, at=at
    )

    assert [one is not None for one in found] == [True, False, False, False, True]
    assert found[0] is not None
    caller, _ = found[0]
    assert caller.actor == Actor(ActorKind.SERVICE_KEY, ServiceKey.objects.get().pk)
    assert (caller.vendor, caller.vendor_did) == (shop.vendor.pk, shop.vendor.did)


@pytest.mark.parametrize("did", ["did:web:x\0", 'did"{},\\', "", "did:web:ä"])
def test_an_odd_audience_is_nobodys(token: str, shop: Shop, at: datetime, did: str) -> None:
    assert receive(token, did, at=at) is None
    assert receive(token, shop.vendor.did, at=at) is not None


def test_a_revoked_key_ends_with_its_revocation(token: str, shop: Shop, at: datetime) -> None:
    assert receive(token, shop.vendor.did, at=at) is not None
    revoke(key=ServiceKey.objects.get(), actor=system("tests"), at=at)
    assert receive(token, shop.vendor.did, at=at) is None


def test_a_key_without_the_scope_or_that_has_ended_is_refused(token: str, shop: Shop, at: datetime) -> None:
    keys = ServiceKey.objects.all()
    keys.update(expires_at=at + timedelta(seconds=1))
    assert receive(token, shop.vendor.did, at=at) is not None
    keys.update(expires_at=at)
    assert receive(token, shop.vendor.did, at=at) is None
    keys.update(expires_at=None, scopes=[Permission.AGENTS_READ])
    assert receive(token, shop.vendor.did, at=at) is None


def test_each_counts_against_the_limit(token: str, shop: Shop, at: datetime, settings: Any) -> None:
    """However many come together: no more get in than if they had come one by one."""
    settings.API_THROTTLES = {**settings.API_THROTTLES, "authorize": "3/h"}
    found = together(*[(token, shop.vendor.did)] * 5, at=at)
    assert [one is not None for one in found] == [True, True, True, False, False]
    left = [one[1].remaining for one in found if one is not None and one[1] is not None]
    assert left == [2, 1, 0]


def test_who_is_refused_uses_up_nobodys_limit(token: str, shop: Shop, at: datetime, settings: Any) -> None:
    settings.API_THROTTLES = {**settings.API_THROTTLES, "authorize": "1/h"}
    assert together(*[(other_secret(token), shop.vendor.did)] * 5, at=at) == [None] * 5
    assert receive(token, shop.vendor.did, at=at) is not None


def test_what_has_no_form_of_a_key_asks_nobody(shop: Shop, at: datetime) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert receive("atn_no", shop.vendor.did, at=at) is None
    assert not queries.captured_queries
