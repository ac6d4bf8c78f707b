"""The console's own pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from identity.accounts.models import Membership, Organization, Role, User
from identity.agents.models import Agent
from registry.directory.models import Name

pytestmark = pytest.mark.django_db


def test_it_lists_my_organizations_and_no_others(
    acme: Organization, bob: User, charlie: User, signed_in: Callable[[User], Client]
) -> None:
    assert f"/console/{acme.pk}/" in signed_in(bob).get("/console/").text
    stranger = signed_in(charlie).get("/console/").text
    assert "Acme" not in stranger
    assert "who will answer for your agents?" in stranger


def test_it_sends_somebody_signed_out_to_sign_in(client: Client) -> None:
    assert client.get("/console/").headers["Location"] == "/accounts/login/?next=/console/"


def test_it_tells_a_newcomer_what_to_do_next(
    acme: Organization, alice: User, signed_in: Callable[[User], Client]
) -> None:
    text = signed_in(alice).get(f"/console/{acme.pk}/").text
    assert "5 of 5 open" in text
    assert 'data-step="current"><h3>Register an agent' in text


def test_it_ticks_off_what_is_done(
    acme: Organization, alice: User, concierge: Agent, concierge_name: Name, signed_in: Callable[[User], Client]
) -> None:
    text = signed_in(alice).get(f"/console/{acme.pk}/").text
    assert "2 of 5 open" in text
    assert "Concierge" in text
    assert "Name concierge.acme registered" in text


def test_it_keeps_the_activity_from_a_role_that_may_not_read_it(
    acme: Organization, charlie: User, concierge: Agent, signed_in: Callable[[User], Client]
) -> None:
    Membership.objects.create(organization=acme, user=charlie, role=Role.MEMBER)
    text = signed_in(charlie).get(f"/console/{acme.pk}/").text
    assert "Concierge" in text
    assert "Registered with proof" not in text


def test_it_asks_the_database_a_bounded_number_of_times(
    acme: Organization,
    alice: User,
    concierge_name: Name,
    signed_in: Callable[[User], Client],
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    client = signed_in(alice)
    client.get(f"/console/{acme.pk}/")
    with django_assert_max_num_queries(20):
        client.get(f"/console/{acme.pk}/")


def test_it_offers_only_what_the_role_may_do(
    acme: Organization, alice: User, charlie: User, concierge: Agent, signed_in: Callable[[User], Client]
) -> None:
    Membership.objects.create(organization=acme, user=charlie, role=Role.MEMBER)
    owner, member = (signed_in(user).get(f"/console/{acme.pk}/").text for user in (alice, charlie))
    for address in ("service-keys/", "activity/", "settings/", "agents/register/"):
        assert f'href="/console/{acme.pk}/{address}"' in owner
        assert f'href="/console/{acme.pk}/{address}"' not in member
    assert "Next steps" not in member


def test_it_marks_the_section_a_page_belongs_to(
    acme: Organization, alice: User, concierge: Agent, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(alice)
    for address, section in (("", "Overview"), (f"agents/{concierge.pk}/", "Agents"), ("settings/", "Settings")):
        text = client.get(f"/console/{acme.pk}/{address}").text
        side = text[text.index('class="side-links"') : text.index("</ul>", text.index('class="side-links"'))]
        current = [line for line in side.splitlines() if 'aria-current="page"' in line]
        assert len(current) == 1
        assert current[0].endswith(f"{section}</a></li>")


def test_the_overview_asks_the_database_a_bounded_number_of_times(
    acme: Organization,
    alice: User,
    concierge_name: Name,
    signed_in: Callable[[User], Client],
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    client, address = signed_in(alice), f"/console/{acme.pk}/"
    client.get(address)
    with django_assert_max_num_queries(10):
        page = client.get(address)
    assert "concierge.acme" in page.text or "Concierge" in page.text
