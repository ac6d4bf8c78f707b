"""Resolve with a delegation named: for whom, how far, what is left; each caller sees what it may and no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from identity.accounts.organizations import personal_organization
from identity.accounts.permissions import Permission
from identity.accounts.service_keys import create_service_key
from identity.credentials.issuers import current_signer
from identity.credentials.proofs import eddsa_jcs_2022
from identity.delegation.freeze import freeze_principal
from identity.delegation.models import Delegation
from identity.journal.actor import system
from tests.spending.conftest import TOTAL_500, Holder, Shop, euros


@pytest.fixture
def chain(
    grant: Callable[..., Delegation], pass_on: Callable[..., Delegation], planner: Holder, buyer: Holder
) -> tuple[Delegation, Delegation]:
    root = grant(planner, TOTAL_500, max_further_depth=1)
    return root, pass_on(root, planner, buyer, euros("total", 20_000))


@pytest.fixture
def bearer(at: Any) -> Callable[[Any, Any], dict[str, str]]:
    def make(organization: Any, who: Any) -> dict[str, str]:
        _, token = create_service_key(
            organization=organization,
            name="shop",
            scopes=[Permission.AGENTS_READ],
            expires_at=None,
            actor=system("tests"),
            at=at,
            created_by=who,
        )
        return {"HTTP_AUTHORIZATION": f"Bearer {token}"}

    return make


def ask(client: Client, holder: Holder, delegation: str, **headers: str) -> dict[str, Any]:
    response = client.get(f"/v1/resolve/{holder.agent.did}", {"delegation": delegation}, **headers)
    assert response.status_code == 200, response.content
    assert response["Cache-Control"] == "private, no-store"
    document = response.json()
    assert eddsa_jcs_2022.verify(document, public_key=current_signer().public_key)
    return dict(document["delegation"])


def test_a_vendor_sees_for_whom_and_how_far_and_never_what_is_left(
    client: Client, chain: tuple[Delegation, Delegation], buyer: Holder, shop: Shop
) -> None:
    root, leaf = chain
    shop.spend(buyer, leaf, 4000)
    part = ask(client, buyer, leaf.pk)
    assert part["state"] == "active"
    assert "200.00 EUR in total" in part["sentence"]
    assert [link["id"] for link in part["chain"]] == [root.pk, leaf.pk]
    assert part["principal"].startswith("did:web:")
    assert part["remaining"] is None


def test_the_principal_sees_what_is_left_now(
    client: Client, chain: tuple[Delegation, Delegation], buyer: Holder, shop: Shop, acme: Any, alice: Any, bearer: Any
) -> None:
    _, leaf = chain
    headers = bearer(acme, alice)
    assert ask(client, buyer, leaf.pk, **headers)["remaining"][0]["left"] == 20_000
    shop.spend(buyer, leaf, 4000)
    remaining = ask(client, buyer, leaf.pk, **headers)["remaining"]
    assert [(one["limit"], one["held"], one["left"]) for one in remaining] == [("L1", 4000, 16_000)]


def test_a_stranger_with_a_key_sees_no_more_than_without(
    client: Client, chain: tuple[Delegation, Delegation], buyer: Holder, charlie: Any, at: Any, bearer: Any
) -> None:
    part = ask(client, buyer, chain[1].pk, **bearer(personal_organization(charlie, at), charlie))
    assert part["remaining"] is None


def test_ids_cannot_be_probed(
    client: Client, chain: tuple[Delegation, Delegation], planner: Holder, buyer: Holder
) -> None:
    assert ask(client, buyer, "dlg_00000000000000000000000000") == {"state": "none"}
    assert ask(client, buyer, chain[0].pk) == {"state": "none"}
    assert ask(client, planner, chain[0].pk)["state"] == "active"


def test_a_pause_shows_in_the_next_answer(
    client: Client, chain: tuple[Delegation, Delegation], buyer: Holder, acme: Any, at: Any
) -> None:
    assert ask(client, buyer, chain[1].pk)["state"] == "active"
    freeze_principal(principal=acme, actor=system("tests"), at=at)
    assert ask(client, buyer, chain[1].pk)["state"] == "suspended"


def test_wrong_credentials_are_refused_and_the_plain_answer_is_untouched(
    client: Client, chain: tuple[Delegation, Delegation], buyer: Holder
) -> None:
    place = f"/v1/resolve/{buyer.agent.did}"
    refused = client.get(place, {"delegation": chain[1].pk}, HTTP_AUTHORIZATION="Bearer atn_wrong")
    assert refused.status_code == 401
    assert client.get(place).json()["delegation"] == {"state": "none"}
    assert "public" in client.get(place)["Cache-Control"]
