"""Labels nobody may take, nor imitate, each with its reason.

They apply to zones under the root zone and to names within those zones. A proven domain is its holder's own: there
only the rules of syntax and of look-alikes apply.
"""

from __future__ import annotations

from functools import cache

from registry.directory.confusables import skeleton

_REGISTRY = "it would look like the registry itself"
_ROLE = "it is a role address that people trust (RFC 2142)"
_SERVER = "it is a conventional host name, and the full form of a name is a real DNS name"
_SPECIAL = "it is a special-use name (RFC 6761)"
_WORD = "software would read it as a value, not as a name"
_DIRECTORY = "it is kept for names imported from other directories"
_TOP_LEVEL = "it is a top-level domain, so names below it would look like ordinary domains"

# Nobody's, neither as a zone nor as a name in one.
_EVERYWHERE: dict[str, tuple[str, ...]] = {
    _REGISTRY: (
        "attorn", "registry", "registrar", "root", "nic", "whois", "rdap", "resolver", "directory", "operator",
        "official", "verified", "verify", "trusted", "authority", "moderation", "moderator", "system", "did",
    ),
    _ROLE: (
        "admin", "administrator", "abuse", "support", "security", "hostmaster", "postmaster", "webmaster", "noc",
        "sysadmin", "ssladmin", "noreply", "no-reply",
    ),
    _SERVER: (
        "www", "www1", "www2", "api", "mail", "smtp", "imap", "pop", "pop3", "mx", "mx1", "mx2", "ns", "ns1", "ns2",
        "ns3", "ns4", "dns", "ftp", "ssh", "wpad", "isatap", "autoconfig", "autodiscover", "mta-sts", "well-known",
    ),
    _SPECIAL: ("localhost", "local", "invalid", "onion", "alt", "arpa", "localdomain"),
    _WORD: ("null", "none", "undefined", "true", "false", "nan"),
}  # fmt: skip

# Nobody's as a zone; fine as a name in one (``billing.acme``).
_ZONES_ONLY: dict[str, tuple[str, ...]] = {
    _REGISTRY: (
        "resolve", "operators", "desk", "console", "trust", "certified", "staff", "status", "transparency", "journal",
        "log", "agents", "zones", "names", "internal", "account", "accounts", "login", "signin", "signup", "password",
        "billing", "payment", "payments", "help", "helpdesk", "info", "legal", "compliance", "press", "privacy",
    ),
    _SERVER: ("web", "app", "sftp", "vpn", "cdn", "static", "assets", "docs", "blog"),
    _SPECIAL: ("test", "example", "home", "corp", "lan"),
    _WORD: ("new", "self", "all", "any", "unknown", "default"),
    _DIRECTORY: ("mcp", "mcp-registry", "a2a", "import", "imported", "foreign", "unclaimed"),
    _TOP_LEVEL: (
        "com", "net", "org", "edu", "gov", "mil", "int", "biz", "name", "pro", "aero", "coop", "museum", "jobs",
        "mobi", "travel", "tel", "cat", "post", "xxx", "dev", "page", "cloud", "online", "site", "website", "store",
        "shop", "tech", "xyz", "bot", "bank", "insurance", "pharmacy", "google", "amazon", "apple", "microsoft",
        "agency", "software", "host", "network", "services", "live", "link", "click", "email", "chat", "digital",
        "finance", "health", "law", "news", "wiki",
    ),
}  # fmt: skip

# What people write for a letter: adm1n, s3curity, r00t (the zero is in the Unicode data already).
_DIGITS_FOR_LETTERS = str.maketrans("13457", "ieast")


def reserved_label(label: str) -> tuple[str, str] | None:
    """The reserved label that ``label`` is or imitates, with the reason, else None."""
    return _imitated(label, _skeletons_everywhere())


def reserved_zone_label(label: str) -> tuple[str, str] | None:
    """As ``reserved_label`` for a zone; all two-letter codes belong to countries (ISO 3166-1)."""
    if len(label) == 2 and label.isascii():
        return label, _TOP_LEVEL
    return reserved_label(label) or _imitated(label, _skeletons_of_zones())


def reserved_labels() -> list[tuple[str, str, bool]]:
    """Every reserved label, the reason, and whether it is for zones only; for the reference page."""
    everywhere = [(label, reason, False) for reason, labels in _EVERYWHERE.items() for label in labels]
    return sorted(everywhere + [(label, reason, True) for reason, labels in _ZONES_ONLY.items() for label in labels])


def _imitated(label: str, reserved: dict[str, tuple[str, str]]) -> tuple[str, str] | None:
    plain = skeleton(label)
    return reserved.get(plain) or reserved.get(skeleton(label.translate(_DIGITS_FOR_LETTERS)))


@cache
def _skeletons_everywhere() -> dict[str, tuple[str, str]]:
    return _by_skeleton(_EVERYWHERE)


@cache
def _skeletons_of_zones() -> dict[str, tuple[str, str]]:
    return _by_skeleton(_ZONES_ONLY)


def _by_skeleton(reasons: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, str]]:
    return {skeleton(label): (label, reason) for reason, labels in reasons.items() for label in labels}
