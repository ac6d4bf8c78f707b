"""Settings of accounts: signing in and up, second factors, mail, and sign-in through another party (OpenID Connect)."""

from __future__ import annotations

from typing import Any

from registry.settings.env import env, secret

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ["email", "display_name"]},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/console/"

# A login is an e-mail address that somebody has proven to read: codes, not links, so that a passkey can follow in
# the same browser.
ACCOUNT_ADAPTER = "identity.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "identity.accounts.profile_form.ProfileForm"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
# ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_CHANGE stays off: only unknown addresses are offered it, which tells them apart.
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 900
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_USER_DISPLAY = "identity.accounts.adapter.display_of"

# Second factors. No MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN: passkeys work at https:// and at http://localhost without it,
# and with it the origin would not be checked at all.
MFA_ADAPTER = "identity.accounts.second_factors.SecondFactors"
MFA_FORMS = {
    "add_webauthn": "identity.accounts.passkey_forms.AddPasskeyForm",
    "signup_webauthn": "identity.accounts.passkey_forms.FirstPasskeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = True
MFA_TOTP_ISSUER = "Attorn"
MFA_TOTP_TOLERANCE = 1

# How many reverse proxies stand in front: the client's address, which rate limits go by, is taken that many places
# from the end of X-Forwarded-For. 0 ignores the header, which anybody could forge.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=int(env.bool("TRUST_PROXY", default=False)))

# Mail. The default prints every mail to the log and keeps a copy under var/mail: enough to try everything out.
EMAIL_BACKEND = env.str("EMAIL_BACKEND", default="identity.accounts.outbox.EmailBackend")
EMAIL_HOST = env.str("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = secret("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", default=False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Attorn <attorn@localhost>")

# Sign-in through one OpenID Connect provider, shown once OIDC_SERVER_URL and OIDC_CLIENT_ID are set.
OIDC_SERVER_URL = env.str("OIDC_SERVER_URL", default="")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = secret("OIDC_CLIENT_SECRET", default="")
OIDC_NAME = env.str("OIDC_NAME", default="Single sign-on")
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "oidc",
                "name": OIDC_NAME,
                "client_id": OIDC_CLIENT_ID,
                "secret": OIDC_CLIENT_SECRET,
                "settings": {"server_url": OIDC_SERVER_URL},
            }
        ]
        if OIDC_SERVER_URL and OIDC_CLIENT_ID
        else [],
        "OAUTH_PKCE_ENABLED": True,
    }
}
