"""What a page fetches beside itself, when the session ended meanwhile."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from identity.accounts.models import Organization

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "name",
    ["console_delegation_preview", "console_team_template_preview", "console_name_availability", "desk_sweeps"],
)
def test_a_part_is_refused_and_leads_to_no_sign_in_page(client: Client, acme: Organization, name: str) -> None:
    """A sign-in page put into a form would be no help, and its CSRF cookie would spoil the one that is shown."""
    address = reverse(name, args=[] if name == "desk_sweeps" else [acme.pk])
    answer = client.get(address, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.content, answer.cookies) == (401, b"", {})
    assert client.get(address).headers["Location"].startswith("/accounts/login/")
