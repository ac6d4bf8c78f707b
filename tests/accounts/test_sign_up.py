"""Signing up: an address that somebody has proven to read, and no way to find out whose addresses are here."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from identity.accounts.models import User

pytestmark = pytest.mark.django_db
NEWCOMER = {"email": "Nora@Example.org", "display_name": "Nora", "password1": "seven quiet lanterns"}


def code_in(message):
    return re.search(r"^([A-Z0-9]{4}-[A-Z0-9]{4})$", message.body, re.MULTILINE).group(1)


def test_it_makes_a_login_once_the_address_is_confirmed(client, mailoutbox):
    answer = client.post("/accounts/signup/", NEWCOMER)
    assert answer.headers["Location"] == "/accounts/confirm-email/"
    assert client.get("/console/").status_code == 302

    (message,) = mailoutbox
    assert message.to == ["nora@example.org"]
    answer = client.post("/accounts/confirm-email/", {"code": code_in(message)})
    assert answer.headers["Location"] == "/console/"
    assert client.get("/console/").status_code == 200
    user = User.objects.get()
    assert (user.email, user.display_name, str(user)) == ("nora@example.org", "Nora", "Nora")
    assert EmailAddress.objects.get(user=user).verified


def test_it_refuses_a_wrong_code_and_gives_up_after_three(client, mailoutbox):
    client.post("/accounts/signup/", NEWCOMER)
    for _ in range(3):
        client.post("/accounts/confirm-email/", {"code": "AAAA-AAAA"})
    client.post("/accounts/confirm-email/", {"code": code_in(mailoutbox[0])})
    assert not EmailAddress.objects.filter(verified=True).exists()


def test_it_answers_a_known_address_exactly_as_an_unknown_one(alice, mailoutbox):
    """Stops somebody from finding out who has an account. The owner of the address is told by mail."""
    answers = []
    for email in ("alice@example.org", "nobody@example.org"):
        client = Client()
        answer = client.post("/accounts/signup/", {**NEWCOMER, "email": email}, follow=True)
        answers.append((answer.status_code, answer.redirect_chain, page_without(answer, email)))
    assert answers[0] == answers[1]
    assert User.objects.filter(email="alice@example.org").count() == 1
    assert "already" in mailoutbox[0].body


def page_without(answer, *words):
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode())
    text = re.sub(r'\s+|"request_id": "[^"]+"', " ", text)
    for word in words:
        text = text.replace(word, "")
    return text


def test_it_answers_a_password_reset_the_same_for_every_address(client, alice, mailoutbox):
    answers = []
    for email in ("alice@example.org", "nobody@example.org"):
        answer = client.post("/accounts/password/reset/", {"email": email}, follow=True)
        answers.append((answer.status_code, answer.redirect_chain, page_without(answer, email)))
    assert answers[0] == answers[1]
    assert [message.to for message in mailoutbox] == [["alice@example.org"], ["nobody@example.org"]]


def test_it_lets_somebody_choose_a_new_password_by_the_mailed_code(client, alice, mailoutbox):
    client.post("/accounts/password/reset/", {"email": alice.email})
    client.post("/accounts/password/reset/confirm/", {"code": code_in(mailoutbox[0])})
    fresh = {"password1": "nine patient herons", "password2": "nine patient herons"}
    answer = client.post("/accounts/password/reset/complete/", fresh)
    assert answer.headers["Location"] == "/accounts/password/reset/done/"
    alice.refresh_from_db()
    assert alice.check_password("nine patient herons")


def test_it_does_not_let_a_guessed_code_change_a_password(client, alice, mailoutbox):
    client.post("/accounts/password/reset/", {"email": alice.email})
    for _ in range(3):
        client.post("/accounts/password/reset/confirm/", {"code": "AAAA-AAAA"})
    client.post("/accounts/password/reset/confirm/", {"code": code_in(mailoutbox[0])})
    client.post("/accounts/password/reset/complete/", {"password1": "nine patient herons"})
    alice.refresh_from_db()
    assert not alice.check_password("nine patient herons")


def test_it_mails_nothing_that_the_sender_could_have_chosen(client, mailoutbox):
    """Stops sign-up from being used to mail somebody else a message of one's own."""
    client.post("/accounts/signup/", {**NEWCOMER, "display_name": "You won, see evil.example"})
    assert "evil" not in mailoutbox[0].subject + mailoutbox[0].body


@pytest.mark.parametrize("name", ["a" * 121, "Nora\u202eevil", "see https://evil.example"])
def test_it_refuses_a_name_that_deceives(client, name):
    assert "display_name" in client.post("/accounts/signup/", {**NEWCOMER, "display_name": name}).context["form"].errors
    assert not User.objects.exists()


@pytest.mark.parametrize("password", ["short", "password1234", "1234567890123", "nora@example.org"])
def test_it_refuses_a_password_that_is_easily_guessed(client, password):
    answer = client.post("/accounts/signup/", {**NEWCOMER, "password1": password})
    assert answer.status_code == 200
    assert not User.objects.exists()


def test_it_slows_down_whoever_signs_up_again_and_again(client):
    answers = [client.post("/accounts/signup/", {**NEWCOMER, "email": f"n{n}@example.org"}) for n in range(21)]
    assert answers[-1].status_code == 429
