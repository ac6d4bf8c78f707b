"""Cookies, transport and headers, all derived from whether the public address is https."""

from __future__ import annotations

from urllib.parse import urlsplit

from registry.settings.accounts import OIDC_SERVER_URL
from registry.settings.api import TRUST_PROXY
from registry.settings.env import env

PUBLIC_URL = env.str("PUBLIC_URL", default="http://localhost:8000").rstrip("/")
PUBLIC_HOST = urlsplit(PUBLIC_URL).netloc
HTTPS = PUBLIC_URL.startswith("https://")
_HOSTNAME = urlsplit(PUBLIC_URL).hostname or "localhost"

# The loopback names too: health checks and this machine's own proxy ask by them, and a link that somebody makes us
# write to them leads nowhere.
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS", default=[_HOSTNAME]), "localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# Only behind a proxy that sets the header itself on every request: else anybody could claim to have come by https.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUST_PROXY else None
SECURE_SSL_REDIRECT = HTTPS
# Load balancers and scrapers ask inside the private network, by plain http.
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=31_536_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS

# ``__Host-`` ties the cookie to this host and https (RFC 6265bis): no sibling host can plant one.
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "attorn_session"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "attorn_csrf"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "registry.web.problem_pages.csrf_failure"
DATA_UPLOAD_MAX_MEMORY_SIZE = 262_144  # the largest body of any front door: a credential
FILE_UPLOAD_HANDLERS = ["registry.web.uploads.SmallFiles"]  # never to disk, never more than a credential

# What every page may load (Django 6 reads the same setting): our own files only, no inline script or style, no frame.
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
    "base-uri": ["'none'"],
}
if OIDC_SERVER_URL:  # Chromium holds the redirect after a form to form-action too.
    SECURE_CSP["form-action"].append("{0.scheme}://{0.netloc}".format(urlsplit(OIDC_SERVER_URL)))
SECURE_HEADERS = {
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=(), "
    "publickey-credentials-get=(self), publickey-credentials-create=(self)",
    "Cross-Origin-Resource-Policy": "same-origin",
}
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SECURITY_CONTACT = env.str("SECURITY_CONTACT", default="mailto:security@localhost")
