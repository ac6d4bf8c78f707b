"""Background checks on the desk, credentials of others in the console: axe-clean, whatever they have to tell."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from identity.accounts.models import User
from identity.agents.models import Agent
from identity.credentials.watch.attach import attach_credential
from identity.credentials.watch.checking import check_due_sources
from identity.credentials.watch.sweep import start_sweep, work_on_sweep
from identity.journal.actor import system
from tests.browser.test_accessibility import look_at
from tests.credentials.watch.conftest import issuer, server  # noqa: F401 - fixtures
from tests.credentials.watch.foreign import Issuer
from tests.page_fixtures import signed_in as signed_in_by_password  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from playwright.sync_api import Page

ACTOR = system("tests")


@pytest.fixture
def signed_in(signed_in_by_password: Callable[[User], Client]) -> Callable[[User], Client]:  # noqa: F811
    """Signed in, with a second factor that was just given."""

    def sign_in(user: User) -> Client:
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
        client = signed_in_by_password(user)
        session = client.session
        session["account_authentication_methods"] = [{"method": "mfa", "type": "totp", "at": time.time()}]
        session["account_authentication_methods_user"] = user.pk
        session.save()
        return client

    return sign_in


@pytest.fixture
def troubled(issuer: Issuer, concierge: Agent, at: datetime) -> str:  # noqa: F811
    """Three credentials, one withdrawn, one paused, and lists that have stopped answering; a sweep under way."""
    early = at - timedelta(hours=1)
    kind = {
        "@context": [
            "https://www.w3.org/ns/credentials/v2",
            {"AuditCertificate": "https://issuer.example/terms#Audit"},
        ],
        "type": ["VerifiableCredential", "AuditCertificate"],
    }
    for index in (3, 4, 5):
        credential = issuer.credential(concierge.did, index, at=early, **kind)
        attach_credential(agent=concierge, data=credential, actor=ACTOR, at=early)
    issuer.set("revocation", 3)
    issuer.set("suspension", 4)
    issuer.publish(at=early)
    work_on_sweep(start_sweep(actor=ACTOR, at=early), clock=lambda: early)
    issuer.server.mode = "error"
    for minutes in (60, 59, 58):
        check_due_sources(at=at - timedelta(minutes=minutes - 1))
    start_sweep(actor=ACTOR, at=at)
    return f"/console/{concierge.organization_id}/agents/{concierge.pk}/attached/"


@pytest.mark.timeout(300)
def test_they_pass_axe(open_page: Callable[..., Page], alice: User, olga: User, troubled: str) -> None:
    for user, address in ((alice, troubled), (olga, "/desk/sweeps/")):
        page = open_page(user=user)
        if folder := os.environ.get("SCREENSHOTS"):
            for width, theme in ((1280, "light"), (375, "dark")):
                page.emulate_media(color_scheme=theme)
                page.set_viewport_size({"width": width, "height": 900})
                page.goto(address)
                page.screenshot(
                    path=f"{folder}/{address.strip('/').replace('/', '-')[-14:]}-{width}.png", full_page=True
                )
        assert look_at(page, [address]) == {}


@pytest.mark.timeout(300)
def test_they_pass_axe_when_there_is_nothing(
    open_page: Callable[..., Page], alice: User, olga: User, concierge: Agent
) -> None:
    address = f"/console/{concierge.organization_id}/agents/{concierge.pk}/attached/"
    assert look_at(open_page(user=alice), [address]) == {}
    assert look_at(open_page(user=olga), ["/desk/sweeps/"]) == {}
