"""Settings. Every value comes from the environment; ``deploy/env.example`` explains each in a sentence."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from registry.settings.accounts import *  # noqa: F403
from registry.settings.api import *  # noqa: F403
from registry.settings.delegation import *  # noqa: F403
from registry.settings.engines import *  # noqa: F403
from registry.settings.env import INSECURE_MASTER_KEY, INSECURE_SECRET_KEY, env, secret
from registry.settings.exposure import *  # noqa: F403
from registry.settings.logs import *  # noqa: F403
from registry.settings.security import *  # noqa: F403
from registry.settings.security import HTTPS, PUBLIC_URL

BASE_DIR = Path(__file__).resolve().parent.parent.parent
VAR_DIR = Path(env.str("ATTORN_VAR_DIR", default=str(BASE_DIR / "var")))

DEBUG = env.bool("DEBUG", default=False)
ROOT_ZONE = env.str("ROOT_ZONE", default="attorn.test")

# The defaults serve tests and commands that need no secret; ``check --deploy`` and https refuse them.
SECRET_KEY = secret("SECRET_KEY", default=INSECURE_SECRET_KEY)
MASTER_KEY = secret("MASTER_KEY", default=INSECURE_MASTER_KEY)
if HTTPS and (SECRET_KEY == INSECURE_SECRET_KEY or MASTER_KEY == INSECURE_MASTER_KEY):
    raise ImproperlyConfigured("A public https address needs SECRET_KEY and MASTER_KEY of its own (or their _FILE).")
MASTER_KEY_PREVIOUS = secret("MASTER_KEY_PREVIOUS", default="")

INSTALLED_APPS = [
    "identity.journal",
    "identity.accounts",
    "identity.agents",
    "identity.credentials",
    "identity.delegation",
    "identity.spending",
    "reputation.scoring",
    "reputation.moderation",
    "registry.directory",
    "registry.resolution",
    "registry.push",
    "registry.notices",
    "registry.sandbox",
    "registry.api",
    "registry.web",
    "registry.ops",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "corsheaders",
    "django_htmx",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "registry.ops.requests.RequestLog",
    "registry.web.middleware.SecurityHeaders",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "registry.resolution.middleware.PublicAnswers",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "registry.web.middleware.Preferences",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "registry.web.middleware.ProblemPages",
]

ROOT_URLCONF = "registry.urls"
WSGI_APPLICATION = "registry.wsgi.application"
ASGI_APPLICATION = "registry.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "registry.web.context.page",
                "registry.web.account_words.account",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "registry.web.templatetags.ui",
                "registry.web.templatetags.moments",
            ],
        },
    }
]

ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(PUBLIC_URL).scheme
EMAIL_FILE_PATH = VAR_DIR / "mail"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LANGUAGE_COOKIE_NAME = "language"
FORMAT_MODULE_PATH = ["registry.web.formats"]
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
LOCALE_PATHS = [BASE_DIR / "registry" / "locale"]

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
# Served from the collected files under names that carry their hash, so that browsers keep them for ever; without it
# (in tests, and while developing with DEBUG) straight from the source.
STATIC_MANIFEST = env.bool("STATIC_MANIFEST", default=not DEBUG)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_MANIFEST
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not STATIC_MANIFEST
METRICS_TOKEN = secret("METRICS_TOKEN", default="")
DEMO = env.bool("DEMO", default=False)

# How long a signed answer may be kept as true, and how long a cache may serve it. The second caps every record's
# TTL: nobody may buy time against a revocation with a long TTL of their own.
ANSWER_VALIDITY_SECONDS = env.int("ANSWER_VALIDITY_SECONDS", default=900)
ANSWER_TTL_SECONDS_MAX = env.int("ANSWER_TTL_SECONDS_MAX", default=300)

# How long a published status list counts before it must be signed anew, and how long a cache may serve it.
STATUS_LIST_VALIDITY_SECONDS = env.int("STATUS_LIST_VALIDITY_SECONDS", default=3_600)
STATUS_LIST_TTL_SECONDS = env.int("STATUS_LIST_TTL_SECONDS", default=5)

# How an organization that has not chosen otherwise is found when it issues credentials: `hosted` (did:web under this
# registry) or `key` (did:key). And for how many days an identity credential of the registry counts.
ISSUER_DID_METHOD = env.str("ISSUER_DID_METHOD", default="hosted")
if ISSUER_DID_METHOD not in ("hosted", "key"):
    raise ImproperlyConfigured("ISSUER_DID_METHOD is hosted or key.")
IDENTITY_CREDENTIAL_DAYS = env.int("IDENTITY_CREDENTIAL_DAYS", default=365)

# The resolver: the process that serves signed answers from memory.
RESOLVER_HOST = env.str("RESOLVER_HOST", default="127.0.0.1")
RESOLVER_PORT = env.int("RESOLVER_PORT", default=8053)
RESOLVER_PROCESSES = env.int("RESOLVER_PROCESSES", default=1)
RESOLVER_MEMORY_MIB = env.int("RESOLVER_MEMORY_MIB", default=256)

# The authorizer: the process that answers POST /v1/authorizations as Django does, with less waiting.
AUTHORIZER_HOST = env.str("AUTHORIZER_HOST", default="127.0.0.1")
AUTHORIZER_PORT = env.int("AUTHORIZER_PORT", default=8054)
AUTHORIZER_PROCESSES = env.int("AUTHORIZER_PROCESSES", default=1)

# Reports of agents in 24 hours: by one owner (all of its organizations together), by one visitor's address, and by all
# visitors together.
REPORTS_PER_DAY = env.int("REPORTS_PER_DAY", default=200)
VISITOR_REPORTS_PER_DAY = env.int("VISITOR_REPORTS_PER_DAY", default=5)
VISITOR_REPORTS_ALL_PER_DAY = env.int("VISITOR_REPORTS_ALL_PER_DAY", default=1_000)

# Who mediates once an appeal against a measure was decided, as statements of reasons name it.
APPEALS_MEDIATOR = env.str("APPEALS_MEDIATOR", default="")

# How many open pages that follow approvals each web process lets wait for news; the others ask more often instead.
LIVE_HELD_MAX = env.int("LIVE_HELD_MAX", default=1)

# Name servers for proofs of domains, `address` or `address:port`; empty means those of this machine. And `address:port`
# pairs that the guarded fetcher may reach in spite of its guard: for tests and closed networks only.
DNS_SERVERS = env.list("DNS_SERVERS", default=[])
FETCH_ALLOW_ADDRESSES = env.list("FETCH_ALLOW_ADDRESSES", default=[])
