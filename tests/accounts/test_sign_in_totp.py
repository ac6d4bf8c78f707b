"""Signing in with a password and a code, with a recovery code, and what happens to guesses."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)

from identity.accounts.second_factors import SecondFactors
from identity.primitives.errors import Unavailable
from tests.passkeys import SoftPasskey

PASSWORD = "correct horse battery staple"

pytestmark = pytest.mark.django_db


def code_of(secret):
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


@pytest.fixture
def secret(alice):
    secret = generate_totp_secret()
    TOTP.activate(alice, secret)
    return secret


def sign_in(client, user, password=PASSWORD):
    return client.post("/accounts/login/", {"login": user.email, "password": password})


def test_it_signs_in_with_the_right_password(client, alice):
    assert sign_in(client, alice).headers["Location"] == "/console/"
    assert client.get("/console/").status_code == 200


def test_it_answers_a_wrong_password_as_an_unknown_address(client, alice):
    known = sign_in(client, alice, "wrong wrong wrong").context["form"].errors
    alice.email = "nobody@example.org"
    assert known == sign_in(client, alice, "wrong wrong wrong").context["form"].errors


def test_it_slows_down_guessing(client, alice):
    for _ in range(5):
        sign_in(client, alice, "wrong wrong wrong")
    assert "Too many" in str(sign_in(client, alice).context["form"].errors)


def test_it_asks_for_a_code_after_the_password(client, alice, secret):
    assert sign_in(client, alice).headers["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/console/").status_code == 302
    client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert client.get("/console/").status_code == 302
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert client.get("/console/").status_code == 200


def test_it_accepts_a_code_only_once(client, alice, secret):
    """Stops somebody who looks over Alice's shoulder from typing the same code in again."""
    code = code_of(secret)
    sign_in(client, alice)
    client.post("/accounts/2fa/authenticate/", {"code": code})
    client.logout()
    sign_in(client, alice)
    client.post("/accounts/2fa/authenticate/", {"code": code})
    assert client.get("/console/").status_code == 302


def test_it_accepts_each_recovery_code_once(client, alice, secret):
    code = RecoveryCodes.activate(alice).get_unused_codes()[0]
    for expected in (200, 302):
        client.logout()
        sign_in(client, alice)
        client.post("/accounts/2fa/authenticate/", {"code": code})
        assert client.get("/console/").status_code == expected


def test_it_keeps_no_secret_in_the_clear(alice, secret):
    RecoveryCodes.activate(alice)
    assert secret not in str(list(Authenticator.objects.values_list("data", flat=True)))


def test_it_opens_secrets_after_the_master_key_changed(settings):
    sealed = SecondFactors().encrypt("a secret")
    assert sealed != SecondFactors().encrypt("a secret")
    settings.MASTER_KEY_PREVIOUS = settings.MASTER_KEY
    settings.MASTER_KEY = "bmV3LWluc2VjdXJlLWZvci10ZXN0cy1vbmx5LTMyLWI="
    assert SecondFactors().decrypt(sealed) == "a secret"
    settings.MASTER_KEY_PREVIOUS = ""
    with pytest.raises(Unavailable):
        SecondFactors().decrypt(sealed)


def test_it_asks_again_before_changing_how_the_account_is_protected(client, alice):
    """Stops somebody who finds an unlocked browser from adding a key of his own."""
    client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    for address in ("/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/"):
        assert client.get(address).headers["Location"].startswith("/accounts/reauthenticate/")


@pytest.mark.django_db(transaction=True)
def test_it_sets_up_an_authenticator_app_and_hands_out_recovery_codes(client, alice, mailoutbox):
    sign_in(client, alice)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    assert secret in page.content.decode()
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)}, follow=True)
    assert "Recovery codes" in answer.content.decode()
    assert len(answer.context["unused_codes"]) == 10
    assert set(Authenticator.objects.values_list("type", flat=True)) == {"totp", "recovery_codes"}
    assert "authenticator" in mailoutbox[-1].body.lower()


def test_it_signs_out_the_other_sessions(client, alice):
    from django.test import Client

    other = Client()
    sign_in(client, alice)
    sign_in(other, alice)
    assert client.get("/accounts/sessions/").content.decode().count('<th scope="row"') == 2
    client.post("/accounts/sessions/")
    assert other.get("/console/").status_code == 302
    assert client.get("/console/").status_code == 200


def test_it_calls_a_passkey_a_passkey_when_it_asks_once_more(client, alice, secret):
    SoftPasskey().add_to(alice)
    client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get("/accounts/reauthenticate/").content.decode()
    assert "Use a passkey" in page
    assert "security key" not in page
    assert "Use authenticator app or code" in page
