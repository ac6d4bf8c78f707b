"""What ``manage.py check --deploy`` refuses beyond Django's own list."""

from __future__ import annotations

import base64
import binascii
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from registry.settings.env import INSECURE_MASTER_KEY, INSECURE_SECRET_KEY

MASTER_KEY_BYTES = 32  # AES-256


def master_key_has_form(**_: Any) -> list[CheckMessage]:
    """A key of another length would be refused at the first signature only."""
    try:
        length = len(base64.b64decode(settings.MASTER_KEY, validate=True))
    except (binascii.Error, ValueError):
        length = 0
    if length == MASTER_KEY_BYTES:
        return []
    return [Error("MASTER_KEY must be 32 bytes in base64.", hint="openssl rand -base64 32", id="attorn.E001")]


def secrets_are_our_own(**_: Any) -> list[CheckMessage]:
    """The defaults are public: whoever reads this repository could sign in as anybody, or sign answers."""
    found: list[CheckMessage] = []
    if settings.SECRET_KEY == INSECURE_SECRET_KEY:
        found.append(Error("SECRET_KEY is the public default.", hint="Set it, or SECRET_KEY_FILE.", id="attorn.E002"))
    if settings.MASTER_KEY == INSECURE_MASTER_KEY:
        found.append(Error("MASTER_KEY is the public default.", hint="Set it, or MASTER_KEY_FILE.", id="attorn.E003"))
    return found


def address_is_public(**_: Any) -> list[CheckMessage]:
    """The address is part of every DID the registry hands out, so it is wrong for ever if it is wrong at first."""
    found: list[CheckMessage] = []
    address = urlsplit(settings.PUBLIC_URL)
    if address.scheme != "https":
        found.append(Error("PUBLIC_URL is not https; did:web needs it.", id="attorn.E004"))
    if address.path or address.query or not address.hostname:
        found.append(Error("PUBLIC_URL must be a scheme and a host, no path.", id="attorn.E005"))
    if settings.ROOT_ZONE.endswith((".test", ".example", ".invalid", ".localhost")):
        found.append(Warning("ROOT_ZONE is under a name that never exists (RFC 6761).", id="attorn.W001"))
    return found


def nothing_of_the_demo(**_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    if settings.DEMO:
        found.append(Error("DEMO is on: its people have passwords that are not secret.", id="attorn.E006"))
    if settings.SECURITY_CONTACT.endswith("@localhost"):
        found.append(Warning("SECURITY_CONTACT is not set; /.well-known/security.txt names it.", id="attorn.W002"))
    if "smtp" not in settings.EMAIL_BACKEND:
        found.append(Warning("EMAIL_BACKEND sends no mail, so nobody can prove an address.", id="attorn.W003"))
    return found


def register_checks() -> None:
    register(master_key_has_form, Tags.security)
    for check in (secrets_are_our_own, address_is_public, nothing_of_the_demo):
        register(check, Tags.security, deploy=True)
