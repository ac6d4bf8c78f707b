"""A person's own profile."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from identity.accounts.models import Organization, User
from identity.accounts.organizations import personal_name, update_organization
from identity.journal.actor import Actor
from identity.primitives.errors import InvalidInput

DISPLAY_NAME_LENGTH_MAX = 120


def rename_person(*, user: User, display_name: str, actor: Actor, at: datetime) -> User:
    """Change what somebody is called, and with it the name of her personal organization, which the public sees."""
    name = checked_display_name(display_name)
    with transaction.atomic():
        locked = User.objects.select_for_update().get(pk=user.pk)
        locked.display_name = name
        locked.save(update_fields=["display_name"])
        own = Organization.objects.filter(person=locked).first()
        if own is not None:
            update_organization(organization=own, name=personal_name(locked), actor=actor, at=at)
    return locked


def checked_display_name(text: str) -> str:
    """The name with single spaces, or empty. Stops invisible characters, and links that our mail would carry."""
    name = " ".join(text.split())
    if len(name) > DISPLAY_NAME_LENGTH_MAX or not name.isprintable() or "://" in name:
        raise InvalidInput(
            "display_name_invalid",
            f"A name has at most {DISPLAY_NAME_LENGTH_MAX} visible characters and holds no link.",
            field="display_name",
        )
    return name
