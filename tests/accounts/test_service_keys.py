"""Service keys: bearer tokens of an organization's programs."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from identity.accounts.models import ServiceKey
from identity.accounts.permissions import Permission
from identity.accounts.service_keys import SCOPES, authenticate, create_service_key, revoke, rotate
from identity.journal.actor import Actor, ActorKind
from identity.journal.models import Event
from identity.primitives.errors import AttornError, Conflict, NotPermitted


@pytest.fixture
def make_key(acme, alice, at):
    def make(**wanted):
        fields = {"name": "Deploy", "scopes": [SCOPES.AGENTS_READ], "expires_at": None, "created_by": alice, **wanted}
        return create_service_key(organization=acme, actor=Actor(ActorKind.USER, alice.pk), at=at, **fields)

    return make


def test_it_shows_the_token_once_and_keeps_only_its_digest(make_key):
    key, token = make_key()
    assert token.startswith(f"atn_{key.prefix}_")
    stored = ServiceKey.objects.values().get(pk=key.pk)
    assert stored["digest"] == hashlib.sha256(token.encode()).hexdigest()
    assert token.rpartition("_")[2] not in str(stored)
    assert token not in str(list(Event.objects.values()))


def test_it_knows_its_own_token(make_key, acme, at):
    key, token = make_key()
    found = authenticate(token, at)
    assert found == key
    assert found.organization == acme


@pytest.mark.parametrize(
    "spoil",
    [
        lambda token: "",
        lambda token: token[:-1] + ("0" if token[-1] != "0" else "1"),
        lambda token: token + "0",
        lambda token: token.upper(),
        lambda token: token.replace("atn_", "atn__"),
        lambda token: "atn_0000000000_" + token.rpartition("_")[2],
        lambda token: token + "\n",
        lambda token: "\x00" + token,
        lambda token: "atn_" + "\u0660" * 10 + "_" + "0" * 52,
    ],
)
def test_it_refuses_any_other_text(make_key, at, spoil):
    _, token = make_key()
    assert authenticate(spoil(token), at) is None


def test_it_refuses_the_secret_of_one_key_under_the_prefix_of_another(make_key, at):
    (one, _), (_, other) = make_key(), make_key()
    assert authenticate(f"atn_{one.prefix}_{other.rpartition('_')[2]}", at) is None


def test_it_ends_at_its_expiry(make_key, at):
    _, token = make_key(expires_at=at + timedelta(hours=1))
    assert authenticate(token, at + timedelta(minutes=59))
    assert authenticate(token, at + timedelta(hours=1)) is None


def test_it_stops_a_stolen_token_the_moment_it_is_revoked(make_key, alice, at):
    """Mallory holds the token; Alice revokes the key."""
    key, stolen = make_key()
    assert authenticate(stolen, at)
    revoke(key=key, actor=Actor(ActorKind.USER, alice.pk), at=at)
    assert authenticate(stolen, at) is None
    revoke(key=key, actor=Actor(ActorKind.USER, alice.pk), at=at)
    assert Event.objects.filter(kind="service_key.revoked").count() == 1


def test_it_notes_its_use_at_most_once_a_minute(make_key, at):
    key, token = make_key()
    for seconds, noted in ((0, 0), (30, 0), (59, 0), (60, 60), (61, 60)):
        authenticate(token, at + timedelta(seconds=seconds))
        key.refresh_from_db()
        assert key.last_used_at == at + timedelta(seconds=noted)


def test_it_rotates_with_an_overlap(make_key, alice, at):
    key, old = make_key(expires_at=at + timedelta(days=30), scopes=["names_write", "agents_read"])
    later = at + timedelta(days=10)
    successor, new = rotate(
        key=key, overlap_seconds=3600, actor=Actor(ActorKind.USER, alice.pk), at=later, created_by=alice
    )
    assert (successor.name, successor.scopes) == (key.name, ["agents_read", "names_write"])
    assert successor.expires_at == later + timedelta(days=30)
    assert authenticate(old, later + timedelta(minutes=59))
    assert authenticate(old, later + timedelta(minutes=60)) is None
    assert authenticate(new, later + timedelta(days=29))
    assert Event.objects.get(kind="service_key.rotated").payload == {"replaced_by": successor.pk}


def test_it_never_lengthens_the_life_of_a_key_by_rotating_it(make_key, alice, at):
    key, _ = make_key(expires_at=at + timedelta(minutes=5))
    rotate(key=key, overlap_seconds=3600, actor=Actor(ActorKind.USER, alice.pk), at=at, created_by=alice)
    key.refresh_from_db()
    assert key.expires_at == at + timedelta(minutes=5)


def test_it_does_not_rotate_a_revoked_key(make_key, alice, at):
    key, _ = make_key()
    by_alice = Actor(ActorKind.USER, alice.pk)
    revoke(key=key, actor=by_alice, at=at)
    with pytest.raises(Conflict) as refusal:
        rotate(key=key, actor=by_alice, at=at, created_by=alice)
    assert refusal.value.code == "service_key_ended"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": ""}, "service_key_name_invalid"),
        ({"scopes": []}, "scopes_required"),
        ({"scopes": ["agents_read", "root"]}, "scope_unknown"),
        ({"scopes": ["members_write"]}, "scope_unknown"),
        ({"expires_at": timedelta(0)}, "expiry_out_of_range"),
        ({"expires_at": timedelta(days=731)}, "expiry_out_of_range"),
    ],
)
def test_it_refuses_malformed_fields(make_key, at, fields, code):
    if "expires_at" in fields:
        fields = {"expires_at": at + fields["expires_at"]}
    with pytest.raises(AttornError) as refusal:
        make_key(**fields)
    assert refusal.value.code == code
    assert not ServiceKey.objects.exists()


def test_it_gives_no_scope_that_its_maker_lacks(make_key, bob):
    with pytest.raises(NotPermitted) as refusal:
        make_key(created_by=bob, scopes=["names_write"])
    assert refusal.value.code == "scope_beyond_role"


def test_it_holds_no_scope_with_which_a_thief_could_stay():
    lasting = {Permission.MEMBERS_WRITE, Permission.SERVICE_KEYS_WRITE, Permission.ORGANIZATION_WRITE}
    assert not {Permission(scope) for scope in SCOPES} & lasting


def test_it_has_a_limit_for_each_organization(make_key, monkeypatch):
    monkeypatch.setattr("identity.accounts.service_keys.KEYS_PER_ORGANIZATION_MAX", 2)
    make_key()
    make_key()
    with pytest.raises(Conflict) as refusal:
        make_key()
    assert refusal.value.code == "too_many_service_keys"
