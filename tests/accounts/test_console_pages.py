"""The console's pages of members, service keys and activity: what each role sees and may do there."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from identity.accounts.models import Invitation, Organization, ServiceKey
from identity.accounts.service_keys import authenticate, create_service_key
from identity.journal.actor import Actor, ActorKind, system
from identity.journal.kinds import AgentSuspended
from identity.journal.record import record
from identity.primitives.clock import now

pytestmark = pytest.mark.django_db
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def as_user():
    def sign_in(user):
        client = Client()
        client.force_login(user, backend=BACKEND)
        return client

    return sign_in


def key_of(organization, user):
    return create_service_key(
        organization=organization,
        name="CI",
        scopes=["agents_read"],
        expires_at=None,
        actor=Actor(ActorKind.USER, user.pk),
        at=now(),
        created_by=user,
    )


def test_it_makes_an_organization(as_user, charlie):
    wanted = {"name": "Charlie & Co", "country": "fr", "website": "https://charlie.example"}
    answer = as_user(charlie).post("/console/organizations/new/", wanted)
    made = Organization.objects.get()
    assert answer.headers["Location"] == f"/console/{made.pk}/"
    assert (made.name, made.country, made.memberships.get().role) == ("Charlie & Co", "FR", "owner")


def test_it_puts_a_refusal_beside_its_field(as_user, charlie):
    answer = as_user(charlie).post("/console/organizations/new/", {"name": "C", "website": "javascript:alert(1)"})
    assert "website" in answer.context["form"].errors
    assert not Organization.objects.exists()


def test_it_lets_somebody_act_in_person_without_publishing_an_address(as_user, charlie):
    client = as_user(charlie)
    first, second = (client.post("/console/in-person/").headers["Location"] for _ in range(2))
    assert first == second
    assert Organization.objects.get().name == "Charlie"
    client.post("/accounts/", {"display_name": "Charles"})
    assert Organization.objects.get().name == "Charles"


def test_it_lets_only_an_owner_change_the_organization(as_user, acme, alice, bob):
    fields = {"name": "Acme Ltd", "country": "DE", "website": "https://acme.example"}
    assert as_user(bob).post(f"/console/{acme.pk}/settings/", fields).status_code == 403
    assert as_user(alice).post(f"/console/{acme.pk}/settings/", fields).status_code == 302
    acme.refresh_from_db()
    assert acme.name == "Acme Ltd"


def test_it_invites_by_mail_and_lets_the_invited_person_in(as_user, acme, alice, charlie, mailoutbox):
    answer = as_user(alice).post(f"/console/{acme.pk}/members/", {"email": charlie.email, "role": "auditor"})
    assert answer.status_code == 302
    (message,) = mailoutbox
    assert message.to == [charlie.email]
    link = re.search(r"http://localhost:8000(/invitations/\S+/)", message.body).group(1)

    assert Client().get(link).headers["Location"].startswith("/accounts/login/")
    page = as_user(charlie).get(link)
    assert "Alice invites you" in page.content.decode()
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert as_user(charlie).post(link).headers["Location"] == f"/console/{acme.pk}/"
    assert as_user(charlie).get(f"/console/{acme.pk}/activity/").status_code == 200
    assert as_user(charlie).post(link).status_code == 410


def test_it_refuses_a_found_invitation(as_user, acme, alice, charlie, mallory, mailoutbox):
    as_user(alice).post(f"/console/{acme.pk}/members/", {"email": charlie.email, "role": "auditor"})
    link = re.search(r"(/invitations/\S+/)", mailoutbox[0].body).group(1)
    assert as_user(mallory).post(link).status_code == 403
    assert not acme.memberships.filter(user=mallory).exists()


def test_it_shows_members_to_a_member_but_lets_her_change_nothing(as_user, acme, alice, bob):
    client = as_user(bob)
    page = client.get(f"/console/{acme.pk}/members/").content.decode()
    assert "Alice" in page
    assert alice.email not in page
    hers = acme.memberships.get(user=alice)
    for address, fields in (
        (f"/console/{acme.pk}/members/", {"email": "x@example.org", "role": "owner"}),
        (f"/console/{acme.pk}/members/{hers.pk}/role/", {"role": "member"}),
        (f"/console/{acme.pk}/members/{hers.pk}/remove/", {}),
        (f"/console/{acme.pk}/service-keys/new/", {"name": "x", "scopes": ["agents_read"]}),
    ):
        assert client.post(address, fields).status_code == 403, address
    assert not Invitation.objects.exists()


def test_it_lets_anybody_leave_but_the_last_owner(as_user, acme, alice, bob):
    mine = acme.memberships.get(user=bob)
    assert as_user(bob).post(f"/console/{acme.pk}/members/{mine.pk}/remove/").headers["Location"] == "/console/"
    last = acme.memberships.get(user=alice)
    answer = as_user(alice).post(f"/console/{acme.pk}/members/{last.pk}/remove/", follow=True)
    assert "always has an owner" in answer.content.decode()


def test_it_shows_a_service_key_once(as_user, acme, alice):
    client = as_user(alice)
    fields = {"name": "CI", "scopes": ["agents_read", "names_write"], "lifetime": "30"}
    page = client.post(f"/console/{acme.pk}/service-keys/new/", fields)
    token = re.search(r"atn_[0-9a-z]{10}_[0-9a-z]{52}", page.content.decode()).group()
    assert page.headers["Cache-Control"] == "private, no-store"
    key = authenticate(token, now())
    assert (key.organization, key.scopes) == (acme, ["agents_read", "names_write"])
    for address in ("", f"{key.pk}/"):
        assert token not in client.get(f"/console/{acme.pk}/service-keys/{address}").content.decode()


def test_it_offers_only_what_the_makers_role_may_give(as_user, acme, alice, bob):
    acme.memberships.filter(user=bob).update(role="administrator")
    address = f"/console/{acme.pk}/service-keys/new/"
    assert "approvers_write" in as_user(alice).get(address).content.decode()
    assert "approvers_write" not in as_user(bob).get(address).content.decode()
    fields = {"name": "CI", "scopes": ["approvers_write"], "lifetime": "30"}
    assert "atn_" not in as_user(bob).post(address, fields).content.decode()
    assert not acme.service_keys.exists()


def test_it_rotates_and_revokes_a_service_key(as_user, acme, alice):
    client = as_user(alice)
    key, token = key_of(acme, alice)
    page = client.post(f"/console/{acme.pk}/service-keys/{key.pk}/", {"overlap": "3600"}).content.decode()
    successor = authenticate(re.search(r"atn_[0-9a-z]{10}_[0-9a-z]{52}", page).group(), now())
    assert successor != key
    assert authenticate(token, now())
    client.post(f"/console/{acme.pk}/service-keys/{key.pk}/revoke/")
    assert authenticate(token, now()) is None


def test_it_does_not_find_a_key_of_another_organization(as_user, acme, alice, charlie):
    client = as_user(charlie)
    own = client.post("/console/in-person/").headers["Location"]
    key, token = key_of(acme, alice)
    assert client.get(f"{own}service-keys/{key.pk}/").status_code == 404
    assert client.post(f"{own}service-keys/{key.pk}/revoke/").status_code == 404
    assert ServiceKey.objects.get().revoked_at is None
    assert authenticate(token, now())


def test_it_pages_activity_newest_first_without_losing_an_event(as_user, acme, alice, at):
    for number in range(120):
        record(AgentSuspended(reason=f"n{number}"), subject="agt_x", actor=system("t"), at=at, organization=acme.pk)
    client, address, seen = as_user(alice), f"/console/{acme.pk}/activity/", []
    while address:
        page = client.get(address)
        seen += [int(n) for n in re.findall(r"Suspended: n(\d+)", page.content.decode())]
        address = page.context["next_url"]
    assert seen == list(range(119, -1, -1))


def test_it_names_members_and_keys_in_activity_but_not_outsiders(as_user, acme, alice, charlie, at):
    for user in (alice, charlie):
        actor = Actor(ActorKind.USER, user.pk)
        record(AgentSuspended(reason="x"), subject="agt_x", actor=actor, at=at, organization=acme.pk)
    page = as_user(alice).get(f"/console/{acme.pk}/activity/").content.decode()
    assert "a former member" in page
    assert "Charlie" not in page


def test_it_reads_every_page_with_a_bounded_number_of_queries(as_user, acme, alice, at, django_assert_max_num_queries):
    for _ in range(50):
        record(AgentSuspended(reason="x"), subject="agt_x", actor=system("t"), at=at, organization=acme.pk)
    client = as_user(alice)
    for section in ("activity", "members", "service-keys"):
        with django_assert_max_num_queries(16):
            assert client.get(f"/console/{acme.pk}/{section}/").status_code == 200


@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 40, "٣", ""])
def test_it_ignores_a_cursor_that_makes_no_sense(as_user, acme, alice, cursor):
    assert as_user(alice).get(f"/console/{acme.pk}/activity/", {"before": cursor}).status_code == 200
