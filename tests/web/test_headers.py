"""Every page carries the policy and nothing that the policy would refuse."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from identity.accounts.models import Organization, User
from identity.agents.models import Agent
from registry.directory.models import Name
from registry.web.middleware import SecurityHeaders, csp_policy
from tests.web.pages import fill, inline_code, routes

POLICY = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'self'",
)
PUBLIC = ("/", "/search", "/search?q=concierge", "/how-it-works/", "/a/concierge.acme", "/a/nobody.acme", "/nothing")
ACCOUNTS = ("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/")
SIGNED_IN = (
    "/console/",
    "/console/notices/",
    "/accounts/email/",
    "/accounts/2fa/",
    "/accounts/sessions/",
    "/accounts/password/change/",
)


def _check(page: HttpResponse, address: str) -> None:
    for directive in POLICY:
        assert directive in page.headers["Content-Security-Policy"], address
    assert "unsafe" not in page.headers["Content-Security-Policy"], address
    assert page.headers["X-Content-Type-Options"] == "nosniff", address
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin", address
    assert page.headers["Referrer-Policy"], address
    assert "camera=()" in page.headers["Permissions-Policy"], address
    assert inline_code(page.content.decode()) == [], address


@pytest.mark.django_db
@pytest.mark.parametrize("address", [*PUBLIC, *ACCOUNTS])
def test_it_protects_public_pages(address: str, concierge_name: Name, client: Client) -> None:
    _check(client.get(address), address)


@pytest.mark.django_db
def test_it_protects_every_page_of_the_console(
    acme: Organization,
    concierge: Agent,
    concierge_name: Name,
    unclaimed: Name,
    alice: User,
    signed_in: Callable[[User], Client],
) -> None:
    client = signed_in(alice)
    values = {
        "organization_id": acme.pk,
        "agent_id": concierge.pk,
        "name_id": concierge_name.pk,
        "name": concierge_name.fqn,
        "fqn": concierge_name.fqn,
    }
    addresses = [*SIGNED_IN, f"/claim/{unclaimed.agent_id}/"]
    addresses += [fill(route, values) for route, _ in routes("console/<str:organization_id>/")]
    for address in addresses:
        page = client.get(address)
        assert page.status_code < 500, address
        if page.status_code == 200 and page.headers["Content-Type"].startswith("text/html"):
            _check(page, address)


def test_it_lets_one_view_widen_the_policy_for_itself(rf: RequestFactory) -> None:
    @csp_policy(style_src=["'self'", "'unsafe-inline'"])
    def view(request: object) -> HttpResponse:
        return HttpResponse()

    page = SecurityHeaders(view)(rf.get("/"))
    assert "style-src 'self' 'unsafe-inline'" in page.headers["Content-Security-Policy"]
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
    assert (
        "unsafe" not in SecurityHeaders(lambda request: HttpResponse())(rf.get("/")).headers["Content-Security-Policy"]
    )
