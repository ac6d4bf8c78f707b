"""The short way's door: memory says who calls, the decision's own reading whether that still counts."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from identity.accounts.models import Organization, ServiceKey
from identity.accounts.permissions import Permission
from identity.accounts.service_keys import revoke
from identity.delegation.models import Delegation
from identity.journal.actor import Actor, ActorKind, system
from identity.spending.models import Authorization, Decision
from registry.api import quick_authorize, reception
from registry.api.reception import recognize
from tests.spending.conftest import TOTAL_500, Holder, Shop

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_known() -> None:
    reception._known.clear()


def other_secret(token: str) -> str:
    return token[:-1] + ("0" if token[-1] != "0" else "1")


def test_a_good_key_is_recognized_and_then_known(token: str, shop: Shop, at: datetime) -> None:
    caller = recognize(token, shop.vendor.did, at=at)
    assert caller is not None
    assert caller.actor == Actor(ActorKind.SERVICE_KEY, ServiceKey.objects.get().pk)
    assert (caller.vendor, caller.vendor_did) == (shop.vendor.pk, shop.vendor.did)
    with CaptureQueriesContext(connection) as queries:
        assert recognize(token, shop.vendor.did, at=at) == caller
    assert not queries.captured_queries


def test_a_guessed_token_is_nobodys_known_or_not(token: str, shop: Shop, at: datetime) -> None:
    assert recognize(other_secret(token), shop.vendor.did, at=at) is None
    assert recognize(token, shop.vendor.did, at=at) is not None
    assert recognize(other_secret(token), shop.vendor.did, at=at) is None
    assert recognize("atn_" + "0" * 10 + token[14:], shop.vendor.did, at=at) is None


@pytest.mark.parametrize("did", ["did:web:x\0", 'did"{},\\', "", "did:web:ä"])
def test_an_odd_audience_is_nobodys(token: str, shop: Shop, at: datetime, did: str) -> None:
    assert recognize(token, did, at=at) is None
    assert recognize(token, shop.vendor.did, at=at) is not None


@pytest.mark.parametrize("change", ["revoked", "ended", "without the scope", "not noted"])
def test_a_key_that_does_not_count_is_not_recognized(token: str, shop: Shop, at: datetime, change: str) -> None:
    end(change, at)
    assert recognize(token, shop.vendor.did, at=at) is None


def end(change: str, at: datetime) -> None:
    keys = ServiceKey.objects.all()
    match change:
        case "revoked":
            revoke(key=keys.get(), actor=system("tests"), at=at)
        case "ended":
            keys.update(expires_at=at)
        case "without the scope":
            keys.update(scopes=[Permission.AGENTS_READ])
        case "not noted":
            keys.update(last_used_at=at - timedelta(days=1))
        case "another's":
            keys.update(organization=Organization.objects.exclude(pk=keys.get().organization_id).first())


@pytest.mark.parametrize("change", ["revoked", "ended", "without the scope", "not noted", "another's"])
def test_a_known_key_that_does_not_count_decides_nothing(
    token: str, shop: Shop, buyer: Holder, grant: Any, at: datetime, change: str
) -> None:
    """However lately it was recognized: what counts is read with the decision."""
    link = grant(buyer, TOTAL_500)
    assert served(token, shop, buyer, link, shop.at) is not None
    held = Authorization.objects.count(), Decision.objects.count()
    end(change, shop.at)
    with CaptureQueriesContext(connection):
        assert served(token, shop, buyer, link, shop.at) is None
    assert (Authorization.objects.count(), Decision.objects.count()) == held
    assert not reception._known  # the next request asks


def served(token: str, shop: Shop, buyer: Holder, link: Delegation, at: datetime) -> Any:
    body = {"intent": shop.intent(buyer, link, 4000), "amount": {"amount": 4000, "currency": "EUR"}}
    meta = {"HTTP_AUTHORIZATION": f"Bearer {token}", "HTTP_IDEMPOTENCY_KEY": uuid4().hex}
    return quick_authorize.answer_quickly(meta, json.dumps(body).encode())


def test_each_counts_against_the_limit(
    token: str, shop: Shop, buyer: Holder, grant: Any, at: datetime, settings: Any
) -> None:
    """However many come together: no more get in than if they had come one by one."""
    settings.REDIS_PREFIX = f"test-{uuid4().hex}:"
    settings.API_THROTTLES = {**settings.API_THROTTLES, "authorize": "3/h"}
    link = grant(buyer, TOTAL_500)
    caller = recognize(token, shop.vendor.did, at=at)
    assert caller is not None
    bodies = [
        json.dumps({"intent": shop.intent(buyer, link, 100), "amount": {"amount": 100, "currency": "EUR"}}).encode()
        for _ in range(5)
    ]
    meta = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
    errands = [
        quick_authorize._errand({**meta, "HTTP_IDEMPOTENCY_KEY": uuid4().hex}, body, at=shop.at) for body in bodies
    ]
    found = quick_authorize._serve_all([errand for errand in errands if errand is not None])
    assert [one.answer is not None for one in found] == [True, True, True, False, False]
    assert [one.allowance.remaining for one in found if one.allowance is not None] == [2, 1, 0, 0, 0]
    assert Authorization.objects.count() == 3


def test_what_has_no_form_of_a_key_asks_nobody(shop: Shop, at: datetime) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert recognize("atn_no", shop.vendor.did, at=at) is None
    assert not queries.captured_queries
