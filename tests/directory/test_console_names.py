"""Names and domains in the console, without JavaScript; a stranger sees 404 everywhere."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from identity.accounts.models import Organization, User
from identity.agents.models import Agent
from registry.directory.models import Domain, Name, NameStatus, NameTransfer, Zone

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def address(acme: Organization):
    return lambda view, *args: reverse(view, args=[acme.pk, *args])


def test_it_leads_from_nothing_to_a_name(browser, address, acme, agent) -> None:
    assert b"First, a zone" in browser.get(address("console_names")).content
    browser.post(address("console_name_zone"), {"label": "acme"})
    zone = Zone.objects.get()
    answer = browser.post(
        address("console_name_register"), {"label": "concierge", "zone": zone.pk, "agent": agent.pk}, follow=True
    )
    assert b"concierge.acme" in answer.content
    assert Name.objects.get().agent == agent


@pytest.mark.parametrize(
    ("label", "words"),
    [("c0ncierge", "looks like"), ("concierge", "is taken"), ("admin", "is reserved"), ("x_y", "may have the letters")],
)
def test_it_says_at_once_and_again_on_sending_why_a_name_is_refused(browser, address, name, zone, label, words) -> None:
    fragment = browser.get(address("console_name_availability"), {"label": label, "zone": zone.pk}).content.decode()
    assert words in fragment
    sent = browser.post(address("console_name_register"), {"label": label, "zone": zone.pk, "agent": ""})
    assert sent.status_code == 422
    assert words in sent.content.decode()


def test_it_says_that_a_name_is_free(browser, address, zone) -> None:
    fragment = browser.get(address("console_name_availability"), {"label": "Helper", "zone": zone.pk}).content.decode()
    assert "helper.acme.attorn.test is free" in fragment
    assert (
        "The zone helper is free"
        in browser.get(address("console_name_availability"), {"label": "helper"}).content.decode()
    )


def rows(*records: tuple[str, str, int]) -> dict[str, str]:
    form = {"form-TOTAL_FORMS": str(len(records)), "form-INITIAL_FORMS": "0"}
    for place, (kind, value, ttl_seconds) in enumerate(records):
        form |= {
            f"form-{place}-type": kind,
            f"form-{place}-value": value,
            f"form-{place}-ttl_seconds": str(ttl_seconds),
        }
    return form


def test_it_edits_records_in_a_plain_form(browser, address, name) -> None:
    editor = address("console_name_records", name.pk)
    browser.post(editor, rows(("MCP", "https://mcp.acme.example/", 60), ("TXT", "hello", 300), ("A2A", "", 300)))
    assert set(name.records.values_list("type", "value")) == {("MCP", "https://mcp.acme.example/"), ("TXT", "hello")}
    page = browser.get(editor).content.decode()
    assert "https://mcp.acme.example/" in page
    refused = browser.post(editor, rows(("TXT", "hello", 300), ("MCP", "http://inner/", 60)))
    assert refused.status_code == 422
    assert "https:// URL" in refused.content.decode()
    assert name.records.count() == 2


def test_it_changes_what_a_name_stands_for(browser, address, acme, name, make_agent) -> None:
    other = make_agent(acme, "Second")
    browser.post(address("console_name_point", name.pk), {"agent": other.pk, "ttl_seconds": "60"})
    name.refresh_from_db()
    assert (name.agent, name.ttl_seconds) == (other, 60)
    browser.post(address("console_name_hold", name.pk))
    name.refresh_from_db()
    assert name.statuses == [NameStatus.CLIENT_HOLD]
    browser.post(address("console_name_unhold", name.pk))
    browser.post(address("console_name_renew", name.pk), {"years": "2"})
    before = name.expires_at
    name.refresh_from_db()
    assert name.expires_at.year == before.year + 2


def test_it_hands_a_name_over(browser, address, name, globex, charlie) -> None:
    shown = browser.post(address("console_name_transfer", name.pk), {"to": globex.pk}).content.decode()
    block = re.search(r"<pre[^>]*>(.*?)</pre>|<code[^>]*>(.*?)</code>", shown, re.S)
    code = re.search(r"[A-Za-z0-9_-]{27}", block[0])[0]
    other = Client()
    other.force_login(charlie)
    transfer = NameTransfer.objects.get()
    accept = reverse("console_name_transfer_accept", args=[globex.pk, transfer.pk])
    assert b"concierge.acme" in other.get(accept).content
    assert other.post(accept, {"code": "guess"}).status_code == 422
    other.post(accept, {"code": code})
    name.refresh_from_db()
    assert (name.organization, name.agent) == (globex, None)


def test_it_releases_a_name(browser, address, name) -> None:
    browser.post(address("console_name_release", name.pk))
    assert not Name.objects.exists()


def test_it_shows_what_to_publish_for_a_domain(browser, address, settings) -> None:
    settings.DNS_SERVERS = ["127.0.0.1:9"]
    page = browser.post(address("console_domain_add"), {"domain": "acme.example.com"}, follow=True).content.decode()
    domain = Domain.objects.get()
    assert "_attorn.acme.example.com" in page
    assert domain.token in page
    checked = browser.post(address("console_domain_check", domain.pk), follow=True).content.decode()
    assert "Not found" in checked
    assert "acme.example.com" in browser.get(address("console_domains")).content.decode()
    browser.post(address("console_domain_remove", domain.pk))
    assert not Domain.objects.exists()


def test_it_shows_a_stranger_nothing(charlie, address, name, agent: Agent) -> None:
    stranger = Client()
    stranger.force_login(charlie)
    for view, *args in (
        ("console_names",),
        ("console_name_register",),
        ("console_name_zone",),
        ("console_name_availability",),
        ("console_name", name.pk),
        ("console_name_records", name.pk),
        ("console_domains",),
        ("console_domain_add",),
    ):
        assert stranger.get(address(view, *args)).status_code == 404, view
    for view in ("point", "renew", "release", "transfer", "hold", "unhold", "lock", "unlock", "records"):
        assert stranger.post(address(f"console_name_{view}", name.pk)).status_code == 404, view
    assert Name.objects.filter(pk=name.pk, statuses=[]).exists()
