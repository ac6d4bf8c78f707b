"""Pictures of every page for ``docs/screens``: ``make screens``. Not a part of the suite, which takes none."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from identity.accounts.models import Organization, User
from identity.accounts.organizations import personal_organization
from identity.delegation.delegate import strong_sign_in_evidence
from identity.delegation.freeze import freeze_principal
from identity.delegation.sandbox import SANDBOX_SIGN_IN
from identity.journal.actor import Actor, ActorKind, system
from identity.spending.answers import approve
from identity.spending.models import Approval
from registry.directory.models import Name
from registry.sandbox.progress import Step
from registry.sandbox.runs import lend, start
from registry.sandbox.story import go_on
from tests.browser.album import Album, album_in, name_of
from tests.browser.market import app_of
from tests.browser.test_accessibility import _is_a_page, console_addresses
from tests.browser.test_delegation_pages import public_here, with_passkey
from tests.browser.test_desk_pages import busy
from tests.desk_people import at_the_desk
from tests.desk_scene import Desk, desk, mona, oskar, report, vendors  # noqa: F401
from tests.endings import lent_before, over_delegations, over_questions, stopped_agents
from tests.moderation.conftest import make_organization, make_purchase, make_vendor
from tests.page_places import places
from tests.spending_scene import *  # noqa: F403 - fixtures
from tests.spending_scene import Scene
from tests.web.pages import PLACEHOLDER, routes

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = [
    "at_the_desk",
    "busy",
    "console_addresses",
    "lent_before",
    "make_organization",
    "make_purchase",
    "make_vendor",
    "over_delegations",
    "over_questions",
    "places",
    "public_here",
    "stopped_agents",
]
pytestmark = pytest.mark.timeout(1_800)
FOLDER = Path(os.environ.get("SCREENS_FOLDER") or Path(__file__).resolve().parents[2] / "docs" / "screens")
PUBLIC = (
    "/search?q=booking",
    "/search?q=zzzzzz",
    "/a/concierge.acme",
    "/a/concierge.acme/report",
    "/a/concierg.acme",
    "/problems/limit_exceeded",
)
NOT_FOR_LOOKING = (
    "docs/",  # drawn by a script: taken apart
    *("accounts/oidc", "accounts/3rdparty", "accounts/social", "accounts/inactive", "accounts/confirm"),
    *("accounts/2fa/reauthenticate", "accounts/2fa/webauthn/reauthenticate", "accounts/password/reset/done"),
)
"""What looks like another one, is only a step of it, or is taken in a state of its own."""


@pytest.fixture(scope="module")
def album(request: pytest.FixtureRequest) -> Iterator[Album]:
    """With ``-k``, or with a pattern of file names in ``SCREENS_ONLY``, a part of the pictures is taken again, and the
    others stay."""
    only = os.environ.get("SCREENS_ONLY", "")
    with album_in(FOLDER, is_part=bool(only or request.config.getoption("keyword")), only=only) as found:
        yield found


@pytest.fixture
def shoot(album: Album, browser: Browser) -> Iterator[Callable[..., None]]:
    bench = browser.new_context()
    workbench = bench.new_page()

    def take(page: Page, section: str, address: str, *, name: str = "") -> None:
        """Of what stands at ``address``; without one, of what the window shows."""
        if address:
            album.take(page, workbench, section, address, name=name)
        else:
            album.look(page, workbench, section, name)

    yield take
    bench.close()


def without_places(client: Client, prefix: str = "") -> list[str]:
    """Every page whose address is the same for everybody, as ``client`` sees it."""
    found = [f"/{route}" for route, _ in routes(prefix) if not PLACEHOLDER.search(route) and not set("^(") & set(route)]
    found = [address for address in found if not address.startswith(tuple(f"/{each}" for each in NOT_FOR_LOOKING))]
    return [address for address in dict.fromkeys(found) if _is_a_page(client, address)]


def test_for_everybody(
    shoot: Callable[..., None],
    open_page: Callable[..., Page],
    concierge_name: Name,
    unclaimed: Name,
    client: Client,
) -> None:
    page = open_page()
    for address in without_places(client):
        if address.startswith("/accounts/"):
            shoot(page, "account", address)
        else:
            shoot(page, "public", address, name="home" if address == "/" else "")
    for address in (*PUBLIC, f"/a/{unclaimed.fqn}"):
        shoot(page, "public", address)


def test_the_account(
    public_here: None,
    shoot: Callable[..., None],
    open_page: Callable[..., Page],
    alice: User,
    signed_in: Callable[[User], Client],
) -> None:
    page = with_passkey(open_page(user=alice))
    shoot(page, "account", "/accounts/2fa/recovery-codes/", name="recovery-codes-new")
    for address in without_places(signed_in(alice), "accounts/"):
        shoot(page, "account", address, name=f"own-{address[10:].strip('/').replace('/', '-') or 'overview'}")


def test_the_console(
    shoot: Callable[..., None],
    open_page: Callable[..., Page],
    alice: User,
    signed_in: Callable[[User], Client],
    console_addresses: list[str],
    places: dict[str, str],
    morning: Scene,
) -> None:
    page = open_page(user=alice)
    own = [address for address in without_places(signed_in(alice), "console/") if address != "/console/"]
    here = f"/console/{places['organization_id']}"
    shoot(page, "console", "/console/", name="organizations")
    shoot(page, "console", f"{here}/", name="overview")
    for address in [*own, *(each for each in console_addresses if each.startswith(f"{here}/") and each != f"{here}/")]:
        shoot(page, "console", address)
    asked = f"{here}/delegations/new/?agent={morning.root.agent.did}&preset=groceries&step="
    for step in ("amounts", "where", "when", "asking"):
        shoot(page, "console", f"{asked}{step}", name=f"delegations-new-{step}")


def test_the_questions(
    shoot: Callable[..., None], open_page: Callable[..., Page], alice: User, acme: Organization, morning: Scene, at: Any
) -> None:
    page = with_passkey(open_page(user=alice))
    shoot(page, "approve", f"/approve/{morning.pending.pk}", name="pending")
    for number, approval in enumerate(morning.answered):
        shoot(page, "approve", f"/approve/{approval.pk}", name=("approved", "declined")[number])
    freeze_principal(principal=acme, actor=system("tests"), at=at)
    shoot(page, "state", f"/console/{acme.pk}/delegations/", name="paused")
    shoot(page, "state", f"/console/{acme.pk}/delegations/resume/", name="resume")


def test_with_nothing_there(
    shoot: Callable[..., None], open_page: Callable[..., Page], alice: User, acme: Organization, charlie: User
) -> None:
    page = open_page(user=alice)
    for place in ("", "agents/", "delegations/", "approvals/", "statement/", "names/", "standing/", "subscriptions/"):
        shoot(page, "state", f"/console/{acme.pk}/{place}", name=f"empty-{place.strip('/') or 'overview'}")
    shoot(page, "state", "/console/org_unknown/", name="not-found")
    shoot(open_page(user=charlie), "state", "/console/", name="newcomer")


def test_states_of_what_is_over(
    shoot: Callable[..., None],
    open_page: Callable[..., Page],
    alice: User,
    acme: Organization,
    over_delegations: dict[str, str],
    over_questions: dict[str, str],
    stopped_agents: dict[str, tuple[str, str]],
) -> None:
    page = open_page(user=alice)
    for state, address in over_delegations.items():
        shoot(page, "state", address, name=f"delegation-{state}")
    shoot(page, "state", f"/console/{acme.pk}/delegations/?show=ended", name="delegations-ended")
    for state, address in over_questions.items():
        shoot(page, "state", address, name=f"question-{state}")
    for state, (public, own) in stopped_agents.items():
        shoot(page, "state", own, name=f"agent-{state}")
        shoot(page, "state", public, name=f"public-agent-{state}")


def test_states_of_the_first_run(
    public_here: None, shoot: Callable[..., None], open_page: Callable[..., Page], alice: User, at: datetime
) -> None:
    hers, by_alice = personal_organization(alice, at), Actor(ActorKind.USER, alice.pk)
    address = f"/console/{hers.pk}/first-run/#now"
    evidence = strong_sign_in_evidence(method=SANDBOX_SIGN_IN, signed_in_at=at)
    page = with_passkey(open_page(user=alice))
    run = start(organization=hers, actor=by_alice, at=at)
    shoot(page, "first", address, name="1-lend")
    lend(run=run, evidence=evidence, actor=by_alice, at=at)
    shoot(page, "first", address, name="2-lent")
    for step, name in ((Step.BUY, "3-held"), (Step.CHARGE, "4-captured"), (Step.ASK, "5-asked")):
        go_on(run=run, step=step, at=at)
        shoot(page, "first", address, name=name)
    question = Approval.objects.get()
    shoot(page, "first", f"/approve/{question.pk}", name="6-question")
    approve(approval=question, approver=alice, evidence=evidence, actor=by_alice, at=at)
    shoot(page, "first", f"/approve/{question.pk}", name="7-answered")
    shoot(page, "first", address, name="8-approved")
    for step, name in ((Step.BUY_APPROVED, "9-bought"), (Step.GIVE_BACK, "refunded")):
        go_on(run=run, step=step, at=at)
        shoot(page, "first", address, name=name)


def test_states_of_asking_again_and_reading(
    public_here: None,
    shoot: Callable[..., None],
    open_page: Callable[..., Page],
    alice: User,
    acme: Organization,
) -> None:
    page = with_passkey(open_page(user=alice))
    app_of(alice)
    shoot(page, "account", "/accounts/reauthenticate/", name="again-password")
    shoot(page, "account", "/accounts/2fa/reauthenticate/", name="again-code")
    shoot(page, "account", "/accounts/2fa/webauthn/reauthenticate/", name="again-passkey")
    for place in ("team/", "team/groups/", "team/absences/", "activity/", "domains/", "service-keys/"):
        shoot(page, "state", f"/console/{acme.pk}/{place}", name=f"empty-{place.strip('/').replace('/', '-')}")
    shoot(page, "state", "/console/alerts/", name="empty-alerts")
    page.goto("/docs/")
    page.locator(".opblock").first.wait_for()
    shoot(page, "public", "", name="docs")


def test_the_desk(
    shoot: Callable[..., None],
    open_page: Callable[..., Page],
    oskar: User,  # noqa: F811
    busy: list[str],
    desk: Desk,  # noqa: F811
    at_the_desk: Callable[[User], Client],
    settings: Any,
    live_server: Any,
) -> None:
    page = open_page()
    cookie = at_the_desk(oskar).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}])
    for number, place in enumerate(busy):
        shoot(page, "desk", place, name=f"{number:02}-{name_of(place) or 'queue'}")
