"""Refusals are pages too: a title, a way on, the right status, and no detail that is not the visitor's."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from identity.accounts.models import User
from identity.primitives import errors
from registry.web.middleware import STATUS_BY_ERROR, ProblemPages
from registry.web.problem_pages import server_error


@pytest.fixture
def request_of(rf: RequestFactory, client: Client, db: None) -> HttpRequest:
    from django.contrib.auth.models import AnonymousUser

    request = rf.get("/console/")
    request.user, request.resolver_match = AnonymousUser(), None
    return request


@pytest.mark.parametrize("kind", list(STATUS_BY_ERROR))
def test_it_makes_a_page_of_every_refusal(kind: type[errors.AttornError], request_of: HttpRequest) -> None:
    pages = ProblemPages(lambda request: HttpResponse())
    page = pages.process_exception(request_of, kind("some_code", "The sentence for the caller."))
    assert page is not None
    assert page.status_code == STATUS_BY_ERROR[kind]
    assert ("The sentence for the caller." in page.content.decode()) is (kind is not errors.NotFound)


def test_it_leaves_faults_to_the_500_page(request_of: HttpRequest) -> None:
    assert ProblemPages(lambda request: HttpResponse()).process_exception(request_of, ValueError("secret")) is None


def test_it_needs_nothing_to_say_that_something_broke(rf: RequestFactory) -> None:
    page = server_error(rf.get("/"))
    assert page.status_code == 500
    assert "Something broke on our side" in page.content.decode()


@pytest.mark.django_db
def test_it_explains_a_form_that_came_without_its_token(alice: User, signed_in: Callable[[User], Client]) -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.post("/theme/", {"theme": "dark"})
    assert page.status_code == 403
    assert "Reload the page" in page.text


@pytest.mark.django_db
def test_it_says_where_to_report_a_weakness(client: Client) -> None:
    page = client.get("/.well-known/security.txt")
    assert page.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert "Contact: " in page.text
    assert "Expires: " in page.text


@pytest.mark.parametrize("address", ["/c/%00", "/c/a%00/document", "/agents/%00", "/zones/a%00"])
def test_it_has_no_page_at_an_address_with_a_zero_in_it(client: Client, db: None, address: str) -> None:
    assert client.get(address).status_code == 404
