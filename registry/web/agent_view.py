"""An agent as its page shows it: read from the signed answer itself, so that page and answer never differ."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from identity.accounts.code_words import code_words
from registry.resolution.answer import Served
from registry.web.reputation_view import ReputationView
from registry.web.states import state_of

RECORD_WORDS = {
    "A2A": gettext_lazy("A2A agent card"),
    "MCP": gettext_lazy("MCP endpoint"),
    "HTTPS": gettext_lazy("HTTPS endpoint"),
    "PACKAGE": gettext_lazy("Software package"),
    "REPOSITORY": gettext_lazy("Source repository"),
    "TXT": gettext_lazy("Text"),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One of the four facts of evidence: ``tone`` as in ``registry.web.states``."""

    title: str
    words: str
    tone: str
    symbol: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Key:
    fragment: str
    multikey: str
    algorithm: str
    purposes: list[str]
    valid_from: datetime
    valid_until: datetime | None


@dataclass(frozen=True, slots=True)
class Record:
    type: str
    words: Any
    value: str
    ttl_seconds: int

    @property
    def href(self) -> str:
        """The value as a link, when it is a web address and nothing else (never ``javascript:`` and its like)."""
        return self.value if urlsplit(self.value).scheme in {"http", "https"} else ""


class AgentView:
    """What a positive answer says, in the shape the templates read."""

    def __init__(self, served: Served) -> None:
        self.status = served.status
        self.query = served.key
        self.ttl_seconds = served.ttl_seconds
        self.document: dict[str, Any] = json.loads(served.body)
        identity = self.document["identity"]
        standing = self.document["standing"]
        self.id: str = identity["id"]
        self.did: str = identity["did"]
        self.names: list[str] = identity["names"]
        self.display_name: str = identity["display_name"]
        self.description: str = identity["description"]
        self.capabilities: list[str] = identity["capabilities"]
        self.homepage: str | None = identity["homepage"]
        self.also_known_as: list[str] = identity["also_known_as"]
        self.organization: dict[str, Any] | None = self.document["accountable"]
        self.state: str = standing["status"]
        self.reason: str = code_words(standing["reason"])
        self.state_since = instant(standing["since"])
        self.suspended_by: str | None = standing["suspended_by"]
        self.is_foreign: bool = identity["kind"] == "foreign"
        self.signer: str = self.document["registry"]
        self.evaluated_at = instant(self.document["evaluated_at"])
        self.valid_until = instant(self.document["valid_until"])
        self.epoch: int = self.document["epoch"]
        self.title: str = identity["name"] or self.display_name
        self.question: str = identity["name"] or self.did

    @property
    def address(self) -> str:
        return reverse("agent", args=[self.question])

    @property
    def answer_url(self) -> str:
        return f"{settings.PUBLIC_URL}/v1/resolve/{quote(self.question, safe='/:@.')}"

    @property
    def raw(self) -> str:
        return json.dumps(self.document, indent=2, ensure_ascii=False)

    @property
    def signed_with(self) -> str:
        return str(self.document["proof"]["verificationMethod"])

    @cached_property
    def reputation(self) -> ReputationView:
        return ReputationView.of(self.document["reputation"])

    @property
    def is_ended(self) -> bool:
        """Whether it ended for good, by its organization's word or the register's: it has no key any more."""
        return self.state in {"deactivated", "revoked"}

    @cached_property
    def keys(self) -> list[Key]:
        return [
            Key(
                fragment=method["id"].partition("#")[2],
                multikey=method["public_key_multibase"],
                algorithm=algorithm_of(method["public_key_multibase"]),
                purposes=method["purposes"],
                valid_from=instant(method["valid_from"]),
                valid_until=instant(method["valid_until"]) if method["valid_until"] else None,
            )
            for method in self.document["identity"]["verification_methods"]
        ]

    @cached_property
    def records(self) -> list[Record]:
        return [
            Record(each["type"], RECORD_WORDS.get(each["type"], each["type"]), each["value"], each["ttl_seconds"])
            for each in self.document["identity"]["records"]
        ]

    @property
    def standing_words(self) -> str:
        """The standing in one sentence, with who decided and why."""
        if self.state == "active":
            return _("Active; no restriction is known to this register")
        if self.state == "unclaimed":
            return _("Not known: nobody here has proven control of it")
        because = _(" Reason: %(reason)s.") % {"reason": self.reason} if self.reason else ""
        if self.state == "revoked":
            return _("Revoked by the register; none of its keys speaks for it any more.") + because
        if self.state == "deactivated":
            return _("Ended for good; none of its keys speaks for it any more.") + because
        by = _("the register") if self.suspended_by == "registry" else _("its own organization")
        return _("Paused by %(by)s; do not act on its word until it is reinstated.") % {"by": by} + because

    @cached_property
    def evidence(self) -> list[Fact]:
        """Four different facts, each in words; none is derived from another."""
        facts = self.document["evidence"]
        registered, standing = facts["registered"], facts["in_good_standing"]["state"]
        since = instant(registered["since"])
        return [
            Fact(_("Registered"), _("Registered here"), "good", "circle-check", since)
            if registered["state"] == "yes"
            else Fact(_("Registered"), _("Imported from another directory"), "mute", "download", since),
            Fact(_("Reachable"), _("Not checked yet"), "mute", "circle-help")
            if facts["reachable"]["state"] == "unknown"
            else _yes_or_no(_("Reachable"), facts["reachable"]["state"], _("Answered us"), _("Did not answer us")),
            _yes_or_no(
                _("Verified"), facts["verified"]["state"], _("Has proven control of its key"), _("Nothing proven to us")
            ),
            Fact(_("In good standing"), _("Not known"), "mute", "circle-help")
            if standing == "unknown"
            else _yes_or_no(_("In good standing"), standing, _("No restriction"), _("Restricted")),
            *_credentials_of_others(facts["credentials"]["state"]),
        ]


def _credentials_of_others(state: str) -> list[Fact]:
    """How the credentials stand that other issuers signed about it; nothing when there are none."""
    if state == "none":
        return []
    known = state_of(f"watch.{state}")
    return [Fact(_("Credentials of others"), str(known.words), known.tone, known.icon)]


def _yes_or_no(title: str, state: str, yes: str, no: str) -> Fact:
    return Fact(title, yes, "good", "circle-check") if state == "yes" else Fact(title, no, "wait", "circle-x")


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def algorithm_of(multikey: str) -> str:
    """The algorithm that a Multikey's first characters tell (W3C Controlled Identifiers 1.0, section 2.2.2)."""
    return "Ed25519" if multikey.startswith("z6Mk") else "P-256" if multikey.startswith("zDn") else _("Key")
