"""A stranger learns nothing from console addresses: what exists and what does not look the same."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from identity.accounts.models import Organization, User
from identity.primitives.ids import new_organization_id
from tests.page_places import places  # noqa: F401 - a fixture
from tests.spending_scene import *  # noqa: F403 - fixtures
from tests.web.pages import fill, routes, without_tokens

IN_AN_ORGANIZATION = "console/<str:organization_id>/"


@pytest.fixture
def of_acme(places: dict[str, str]) -> dict[str, str]:  # noqa: F811 - a fixture
    """Real values for the places in console addresses."""
    return places


def _pairs(of_acme: dict[str, str]) -> list[tuple[str, str]]:
    """Every console address twice: in Acme, and in an organization that does not exist."""
    nowhere = {**of_acme, "organization_id": new_organization_id()}
    found = [(fill(route, of_acme), fill(route, nowhere)) for route, _ in routes(IN_AN_ORGANIZATION)]
    assert len(found) >= 1
    return found


@pytest.mark.django_db
def test_it_answers_404_to_a_stranger_who_is_signed_in(
    of_acme: dict[str, str], charlie: User, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(charlie)
    for real, unreal in _pairs(of_acme):
        for ask in (client.get, client.post):
            there, nowhere = ask(real), ask(unreal)
            assert there.status_code in {404, 405}, f"{ask.__name__} {real} says {there.status_code}"
            assert there.status_code == nowhere.status_code, real
            assert without_tokens(there.text) == without_tokens(nowhere.text), real
        assert 404 in {client.get(real).status_code, client.post(real).status_code}, real


@pytest.mark.django_db
def test_it_asks_anybody_else_to_sign_in_whatever_the_address_names(of_acme: dict[str, str], client: Client) -> None:
    for real, unreal in _pairs(of_acme):
        there, nowhere = client.get(real), client.get(unreal)
        assert there.status_code in {302, 405}, real
        assert there.status_code == nowhere.status_code, real
        if there.status_code == 302:
            assert there.headers["Location"].startswith("/accounts/login/?next=/console/"), real
        assert client.post(real).status_code in {404, 405}, real
        assert client.post(real).status_code == client.post(unreal).status_code, real


@pytest.mark.django_db
def test_it_shows_the_console_to_members_only(
    acme: Organization, bob: User, signed_in: Callable[[User], Client]
) -> None:
    page = signed_in(bob).get(f"/console/{acme.pk}/")
    assert page.status_code == 200
    assert "Acme" in page.text
    assert page.headers["Cache-Control"] == "private, no-store"


@pytest.mark.django_db
def test_it_never_names_the_organization_on_its_404_page(
    acme: Organization, charlie: User, signed_in: Callable[[User], Client]
) -> None:
    page = signed_in(charlie).get(f"/console/{acme.pk}/")
    assert "Acme" not in page.text
    assert acme.pk not in page.text
