"""The people and organizations of the demo: made when they are missing."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress

from identity.accounts.models import Organization, OrganizationKind, User
from identity.accounts.organizations import create_organization
from identity.journal.actor import Actor, ActorKind


def demo_person(email: str, name: str, password: str) -> User:
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(email, password, display_name=name)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def demo_organization(owner: User, name: str, at: datetime, **facts: str) -> Organization:
    known = Organization.objects.filter(name=name, members=owner).first()
    return known or create_organization(
        name=name,
        kind=OrganizationKind.ORGANIZATION,
        owner=owner,
        actor=Actor(ActorKind.USER, owner.pk),
        at=at,
        **facts,
    )
