"""Fixtures every test may use.

The people: Alice owns, Bob is on her team, Charlie is a stranger, Mallory holds a stolen token, Olga is an operator.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from identity.accounts.models import Organization, User

PASSWORD = "correct horse battery staple"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Let the tests' own database be emptied between tests with real commits; a test turns this guard on again."""
    from django.db import connection

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE journal_event DISABLE TRIGGER journal_event_truncate")


@pytest.fixture(autouse=True)
def _quick_password_hasher(settings: Any) -> None:
    """The real hasher is slow by design; no test is about it."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of its own in the real cache: one test's rate limits and nonces are not another's."""
    from django.core.cache import caches

    prefix = uuid4().hex
    monkeypatch.setitem(caches.settings["default"], "KEY_PREFIX", prefix)
    monkeypatch.setattr(caches["default"], "key_prefix", prefix)


@pytest.fixture
def at() -> datetime:
    """The instant of the test, in whole seconds: every use case takes it as a parameter."""
    from identity.primitives.clock import now

    return now().replace(microsecond=0)


@pytest.fixture
def make_person(db: None) -> Callable[..., User]:
    """Make a login with a confirmed e-mail address and the password ``PASSWORD``."""
    from allauth.account.models import EmailAddress

    from identity.accounts.models import User

    def make(name: str, **fields: Any) -> User:
        user = User.objects.create_user(f"{name.lower()}@example.org", PASSWORD, display_name=name, **fields)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user

    return make


@pytest.fixture
def alice(make_person: Callable[..., User]) -> User:
    """Owns Acme."""
    return make_person("Alice")


@pytest.fixture
def bob(make_person: Callable[..., User]) -> User:
    """Alice's developer, once the test asks for ``acme``."""
    return make_person("Bob")


@pytest.fixture
def charlie(make_person: Callable[..., User]) -> User:
    """A stranger with a login of his own."""
    return make_person("Charlie")


@pytest.fixture
def mallory(make_person: Callable[..., User]) -> User:
    """A stranger who means harm."""
    return make_person("Mallory")


@pytest.fixture
def olga(make_person: Callable[..., User]) -> User:
    """An operator: staff of the registry."""
    return make_person("Olga", is_staff=True)


@pytest.fixture
def acme(alice: User, bob: User, at: datetime) -> Organization:
    """Alice's organization, with Bob as its developer."""
    from identity.accounts.models import OrganizationKind, Role
    from identity.accounts.organizations import add_member, create_organization
    from identity.journal.actor import Actor, ActorKind

    by_alice = Actor(ActorKind.USER, alice.pk)
    organization = create_organization(
        name="Acme",
        kind=OrganizationKind.ORGANIZATION,
        owner=alice,
        country="DE",
        website="https://acme.example",
        actor=by_alice,
        at=at,
    )
    add_member(organization=organization, user=bob, role=Role.DEVELOPER, actor=by_alice, at=at)
    return organization


@pytest.fixture
def make_well_known(db: None) -> Callable[[Organization], Organization]:
    """Let an organization be verified on site, so that the registry lets its agents spend 5,000 EUR a day each."""
    from identity.accounts.models import Organization

    def make(organization: Organization) -> Organization:
        organization.assurance_level = 3
        Organization.objects.filter(pk=organization.pk).update(assurance_level=3)
        return organization

    return make


@pytest.fixture
def prove(at: datetime) -> Callable[..., dict[str, Any]]:
    """Ask for a challenge, sign it with ``private_key``: the two values every use case with a proof takes."""
    from identity.agents.challenges import issue_challenge, signing_input
    from identity.agents.models import ChallengePurpose
    from identity.journal.actor import system
    from identity.primitives.multikey import PrivateKey

    def sign(organization: Organization, private_key: PrivateKey, purpose: str, agent: Any = None) -> dict[str, Any]:
        challenge = issue_challenge(
            organization=organization,
            purpose=ChallengePurpose(purpose),
            public_key=private_key.public_key,
            agent=agent,
            actor=system("tests"),
            at=at,
        )
        return {"challenge_id": challenge.pk, "signature": private_key.sign(signing_input(challenge))}

    return sign


@pytest.fixture
def make_agent(prove: Callable[..., dict[str, Any]], at: datetime) -> Callable[..., Any]:
    """Register an agent for an organization, by the real use case; ``private_key=`` when the test signs with it."""
    from identity.agents.register import register_agent
    from identity.journal.actor import system
    from identity.primitives.multikey import PrivateKey

    def make(organization: Organization, display_name: str = "Concierge", *, private_key: Any = None, **profile: Any):
        proof = prove(organization, private_key or PrivateKey.generate(), "register")
        return register_agent(
            organization=organization, display_name=display_name, actor=system("tests"), at=at, **proof, **profile
        )

    return make
