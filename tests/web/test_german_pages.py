"""Every page, asked for in German, says nothing in English."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from django.utils import translation

from identity.accounts.models import User
from registry.directory.models import Name
from tests.desk_people import SignIn, at_the_desk  # noqa: F401 - a fixture
from tests.desk_scene import *  # noqa: F403 - fixtures
from tests.desk_scene import Desk
from tests.page_places import places  # noqa: F401 - a fixture
from tests.spending_scene import *  # noqa: F403 - fixtures
from tests.web.german_leftovers import leftovers
from tests.web.pages import fill, routes

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(900)]

PUBLIC = (
    "/",
    "/search?q=booking",
    "/search?q=zzzzzz",
    "/how-it-works/",
    "/verify",
    "/a/concierge.acme",
    "/a/concierge.acme/report",
    "/a/concierg.acme",
    "/transparency",
    "/docs/",
    "/problems/",
    "/problems/limit_exceeded",
    "/problems/nonsense",
    "/nothing",
)
ENTRANCE = ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/")
OWN = (
    "/console/",
    "/accounts/",
    "/accounts/email/",
    "/accounts/2fa/",
    "/accounts/preferences/",
    "/accounts/sessions/",
    "/accounts/password/change/",
)
DESK = (
    "",
    "?show=closed",
    "cases/new/",
    "reports/",
    "signatures/",
    "appeals/",
    "contests/",
    "deliveries/",
    "subjects/",
    "sweeps/",
    "audit/",
)


@pytest.fixture(autouse=True)
def _english_afterwards() -> Iterator[None]:
    with translation.override("en"):
        yield


def _compared(client: Client, addresses: list[str]) -> dict[str, list[str]]:
    """What each page says in English although it was asked for in German."""
    found: dict[str, list[str]] = {}
    for address in addresses:
        english = client.get(address, headers={"accept-language": "en"})
        german = client.get(address, headers={"accept-language": "de"})
        if german.streaming or not german.content.lstrip().startswith(b"<!doctype html>"):
            continue
        assert german.headers["Content-Language"] == "de", address
        assert '<html lang="de"' in german.text, address
        if problems := sorted(set(leftovers(english.text, german.text))):
            found[address] = problems
    return found


def test_it_finds_what_was_left_in_english(client: Client) -> None:
    page = '<p>It is 4 May.</p><p lang="en">As it was signed.</p><code>not for people</code><p>Skip to content</p>'
    with translation.override("de"):
        assert list(leftovers(page, page)) == ["It is 4 May.", "Skip to content"]
        assert list(leftovers(page, page.replace("It is 4 May", "Es ist der 4. Mai"))) == ["Skip to content"]


def test_it_speaks_german_to_visitors(client: Client, concierge_name: Name, unclaimed: Name) -> None:
    assert _compared(client, [*PUBLIC, *ENTRANCE, f"/a/{unclaimed.fqn}"]) == {}


def test_it_speaks_german_in_the_console(
    places: dict[str, str],  # noqa: F811 - a fixture
    alice: User,
    signed_in: Callable[[User], Client],
) -> None:
    inside = [fill(route, places) for route, _ in routes("console/<str:organization_id>/")]
    known = [address for address in inside if "unknown" not in address]
    assert len(known) >= 30
    shown = [f"/c/{places['credential_id']}", f"/sanctions/{places['sanction_id']}"]
    assert _compared(signed_in(alice), [*OWN, *known, *shown]) == {}


def test_it_speaks_german_at_the_desk(desk: Desk, olga: User, at_the_desk: SignIn) -> None:  # noqa: F811
    case, reports = f"/desk/cases/{desk.case.pk}/", [f"/desk/reports/{report.pk}/" for report in desk.reports]
    one_by_one = [case, f"{case}close/", f"{case}measure/", *reports, f"/desk/agents/{desk.agent.pk}/"]
    assert _compared(at_the_desk(olga), [*(f"/desk/{page}" for page in DESK), *one_by_one]) == {}
