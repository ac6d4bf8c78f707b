"""Registering an agent whose key is made in the browser: the private key is saved as a file and never sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from identity.accounts.models import Organization, User
from identity.agents.models import Agent
from identity.primitives.multikey import PrivateKey

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_it_makes_the_key_signs_and_registers(open_page: Callable[..., Page], acme: Organization, alice: User) -> None:
    page = open_page(user=alice)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    page.goto(f"/console/{acme.pk}/agents/register/")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Make a key").click()
    page.get_by_role("button", name="Sign and register").click()
    page.locator(".error-summary", has_text="Display name").wait_for()
    page.get_by_label("Display name").fill("Concierge")
    page.get_by_role("button", name="Sign and register").click()
    page.wait_for_url("**/agents/agt_*/")
    agent = Agent.objects.get()
    pem = saved.value.path().read_text()
    assert agent.verification_methods.get().multikey == PrivateKey.from_pem(pem).public_key.multikey
    secret = pem.splitlines()[1]
    assert sent
    assert not any("PRIVATE" in data or secret in data or secret.replace("/", "%2F") in data for data in sent)


def test_it_asks_for_the_key_before_anything_is_sent(
    open_page: Callable[..., Page], acme: Organization, alice: User
) -> None:
    page = open_page(user=alice)
    page.goto(f"/console/{acme.pk}/agents/register/")
    page.get_by_label("Display name").fill("Concierge")
    page.get_by_role("button", name="Sign and register").click()
    page.get_by_text("Make the key first.").wait_for()
    assert Agent.objects.count() == 0


def test_it_takes_a_key_of_ones_own_instead(open_page: Callable[..., Page], acme: Organization, alice: User) -> None:
    page, key = open_page(user=alice), PrivateKey.generate()
    page.goto(f"/console/{acme.pk}/agents/register/")
    page.get_by_label("Display name").fill("Concierge")
    page.get_by_label("I have one").check()
    page.get_by_label("Public key").fill(key.public_key.to_pem())
    page.get_by_role("button", name="Continue to the proof").click()
    page.wait_for_url("**/agents/prove/chl_*/")
    text = page.locator("pre").nth(1).text_content()
    page.get_by_label("Signature").fill(key.sign((text or "").encode()).hex())
    page.get_by_role("button", name="Register").click()
    page.get_by_text("A signature is 64 bytes").first.wait_for()
