"""Changing limits: narrower at once, wider after a cooling period that can be cancelled, what was used counts on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from identity.accounts.consent import relying_party_origin
from identity.delegation.freeze import freeze_principal
from identity.delegation.models import Delegation, DelegationDraft, PendingRaise
from identity.journal.actor import system
from identity.journal.models import Event
from identity.spending.raises import apply_due_raises
from identity.spending.usage import usage_of
from tests.passkeys import SoftPasskey
from tests.spending_scene import *  # noqa: F403 - fixtures
from tests.spending_scene import Scene
from tests.web.test_delegations_console import challenge_on

pytestmark = pytest.mark.django_db


@pytest.fixture
def passkey(alice: Any) -> SoftPasskey:
    return SoftPasskey(origin=relying_party_origin()).add_to(alice)


@pytest.fixture
def browser(client: Client, alice: Any) -> Client:
    client.force_login(alice)
    return client


def opened(browser: Client, place: str) -> dict[str, Any]:
    """The values of the change form as the page shows them."""
    form = browser.get(f"{place}change/").context["form"]
    sent = {}
    for bound in form:
        value = bound.value()
        if value not in (None, "", False, []):
            sent[bound.name] = "on" if value is True else value
    return sent


def change(browser: Client, acme: Any, scene: Scene, passkey: SoftPasskey, **changes: str) -> Any:
    """Open the limits, change some, sign; the last answer."""
    place = f"/console/{acme.pk}/delegations/{scene.root.pk}/"
    response = browser.post(f"{place}change/", {**opened(browser, place), **changes})
    assert response.status_code == 302, response.context["form"].errors
    if "/drafts/" not in response["Location"]:
        return response
    page = browser.get(response["Location"]).content.decode()
    return browser.post(response["Location"], {"consent": passkey.answer(challenge_on(page))})


def used(delegation: Delegation, at: Any) -> int:
    return next(usage.used for usage in usage_of(delegation.pk, at) if usage.kind == "total")


def test_narrower_limits_begin_at_once_and_what_was_used_counts_on(
    browser: Client, acme: Any, morning: Scene, passkey: SoftPasskey, at: Any
) -> None:
    before = used(morning.root, at)
    change(browser, acme, morning, passkey, total="300")
    newer = Delegation.objects.get(replaces=morning.root)
    assert newer.constraints[0]["amount"] == 30_000
    assert used(newer, at) == before > 0
    morning.root.refresh_from_db()
    assert morning.root.status_reason == "replaced"


def test_wider_limits_wait_and_then_begin(
    browser: Client, acme: Any, morning: Scene, passkey: SoftPasskey, settings: Any
) -> None:
    change(browser, acme, morning, passkey, total="800")
    pending = PendingRaise.objects.get()
    place = f"/console/{acme.pk}/delegations/{morning.root.pk}/"
    page = browser.get(place).content.decode()
    assert "Wider limits wait." in page
    assert "At most 800.00 EUR in total" in page
    assert pending.ripe_at - pending.asked_at == timedelta(seconds=settings.DELEGATION_RAISE_COOLING_SECONDS)

    assert apply_due_raises(at=pending.ripe_at - timedelta(seconds=1)) == 0
    assert apply_due_raises(at=pending.ripe_at) == 1
    assert apply_due_raises(at=pending.ripe_at) == 0
    newer = Delegation.objects.get(replaces=morning.root)
    assert newer.constraints[0]["amount"] == 80_000
    assert newer.pk == pending.draft_id


def test_a_raise_that_was_cancelled_never_begins(
    browser: Client, acme: Any, morning: Scene, passkey: SoftPasskey
) -> None:
    change(browser, acme, morning, passkey, total="800")
    pending = PendingRaise.objects.get()
    address = f"/console/{acme.pk}/delegations/raises/{pending.pk}/cancel/"
    browser.post(address)
    second = browser.post(address, follow=True).content.decode()
    assert "does not wait any more" in second
    assert apply_due_raises(at=pending.ripe_at) == 0
    assert not Delegation.objects.filter(replaces=morning.root).exists()
    assert not DelegationDraft.objects.get(pk=pending.draft_id).is_open(pending.ripe_at)
    kinds = Event.objects.filter(subject=morning.root.pk).values_list("kind", flat=True)
    assert {"delegation.raise_asked", "delegation.raise_cancelled"} <= set(kinds)


def test_a_raise_does_not_bring_back_what_was_revoked(
    browser: Client, acme: Any, morning: Scene, passkey: SoftPasskey
) -> None:
    change(browser, acme, morning, passkey, total="800")
    pending = PendingRaise.objects.get()
    browser.post(f"/console/{acme.pk}/delegations/{morning.root.pk}/revoke/", {"reason": "misuse"})
    assert apply_due_raises(at=pending.ripe_at) == 0
    pending.refresh_from_db()
    assert (pending.state, pending.end_reason) == ("failed", "delegation_revoked")


@pytest.mark.parametrize("how", ["one", "everything"])
def test_a_raise_does_not_lift_a_pause(
    browser: Client, acme: Any, morning: Scene, passkey: SoftPasskey, how: str, at: Any
) -> None:
    change(browser, acme, morning, passkey, total="800")
    pending = PendingRaise.objects.get()
    if how == "one":
        browser.post(f"/console/{acme.pk}/delegations/{morning.root.pk}/suspend/")
    else:
        freeze_principal(principal=acme, actor=system("tests"), at=at)
    assert apply_due_raises(at=pending.ripe_at) == 0
    pending.refresh_from_db()
    assert pending.state == "pending"
    assert apply_due_raises(at=pending.ripe_at + timedelta(days=8)) == 0
    pending.refresh_from_db()
    assert (pending.state, pending.end_reason) == ("failed", "draft_expired")


def test_only_one_change_waits(browser: Client, acme: Any, morning: Scene, passkey: SoftPasskey) -> None:
    change(browser, acme, morning, passkey, total="800")
    response = browser.get(f"/console/{acme.pk}/delegations/{morning.root.pk}/change/", follow=True)
    assert "A change waits already." in response.content.decode()


def test_a_second_tab_that_signs_the_same_change_finds_it_waiting(
    browser: Client, acme: Any, morning: Scene, passkey: SoftPasskey
) -> None:
    place = f"/console/{acme.pk}/delegations/{morning.root.pk}/"
    address = browser.post(f"{place}change/", {**opened(browser, place), "total": "800"})["Location"]
    answer = {"consent": passkey.answer(challenge_on(browser.get(address).content.decode()))}
    first, second = browser.post(address, answer), browser.post(address, answer)
    assert first["Location"] == second["Location"] == place
    assert PendingRaise.objects.count() == 1


def test_opening_and_closing_changes_nothing(browser: Client, acme: Any, morning: Scene, passkey: SoftPasskey) -> None:
    drafts = DelegationDraft.objects.count()
    response = change(browser, acme, morning, passkey)
    assert response["Location"] == f"/console/{acme.pk}/delegations/{morning.root.pk}/"
    assert DelegationDraft.objects.count() == drafts


def test_what_agents_passed_on_is_not_the_principals_to_change(browser: Client, acme: Any, morning: Scene) -> None:
    assert browser.get(f"/console/{acme.pk}/delegations/{morning.child.pk}/change/").status_code == 404


def test_the_live_picture_says_when_it_would_begin(browser: Client, acme: Any, morning: Scene) -> None:
    place = f"/console/{acme.pk}/delegations/{morning.root.pk}/"
    sent = opened(browser, place)
    wider = browser.get(f"{place}change/preview/", {**sent, "total": "800"}).content.decode()
    assert "Wider in some way" in wider
    assert "1 sub-agent stops with the old limits" in wider
    narrower = browser.get(f"{place}change/preview/", {**sent, "total": "300"}).content.decode()
    assert "Not wider in any way" in narrower
