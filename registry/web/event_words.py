"""Journal events in words, one line a kind: what happened, for people. Who did it is said beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from identity.accounts.code_words import code_words
from identity.journal.models import Event
from registry.web.delegation_words import DELEGATION_WORDS
from registry.web.lending_words import LENDING_WORDS
from registry.web.moderation_words import MODERATION_WORDS
from registry.web.notice_words import NOTICE_WORDS
from registry.web.push_words import PUSH_WORDS
from registry.web.sandbox_words import SANDBOX_WORDS
from registry.web.spending_words import SPENDING_WORDS
from registry.web.team_words import TEAM_WORDS

Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Happening:
    words: str
    symbol: str
    at: datetime
    about: str = ""
    """The display name of the agent that it happened to, where that is not plain from the page."""


def _because(sentence: str, payload: Payload) -> str:
    reason = code_words(payload.get("reason"))
    return f"{sentence}: {reason}" if reason else sentence


def _listed(values: Any) -> str:
    return ", ".join(code_words(value) for value in values or [])


WORDS: dict[str, tuple[str, Callable[[Payload], str]]] = {
    "organization.created": ("building-2", lambda p: _("Organization created")),
    "organization.changed": ("pencil", lambda p: _("Organization changed: %s") % _listed(p.get("fields"))),
    "member.invited": ("mail", lambda p: _("Member invited as %s") % code_words(p.get("role"))),
    "member.invitation_revoked": ("mail", lambda p: _("Invitation withdrawn")),
    "member.added": ("user-plus", lambda p: _("Member added as %s") % code_words(p.get("role"))),
    "member.role_changed": ("users", lambda p: _("Member's role changed to %s") % code_words(p.get("role"))),
    "member.removed": ("users", lambda p: _("Member removed")),
    "service_key.created": ("key-square", lambda p: _("Service key created")),
    "service_key.rotated": ("refresh-cw", lambda p: _("Service key replaced by a new one")),
    "service_key.revoked": ("ban", lambda p: _("Service key revoked")),
    "agent.registered": ("badge-check", lambda p: _("Registered with proof of control of its key")),
    "agent.imported": ("download", lambda p: _("Directory %s imported") % p.get("directory", "")),
    "agent.claimed": ("user", lambda p: _("Claimed by the organization that answers for it now")),
    "agent.changed": ("pencil", lambda p: _("Profile changed: %s") % _listed(p.get("fields"))),
    "agent.suspended": ("circle-pause", lambda p: _because(_("Suspended"), p)),
    "agent.reinstated": ("circle-check", lambda p: _("Reinstated")),
    "agent.deactivated": ("circle-x", lambda p: _because(_("Deactivated for good"), p)),
    "key.added": ("key-round", lambda p: _("Key #%s added") % p.get("method", "")),
    "key.rotated": (
        "refresh-cw",
        lambda p: _("Key #%(old)s replaced by #%(new)s") % {"old": p.get("retired", ""), "new": p.get("method", "")},
    ),
    "key.revoked": ("ban", lambda p: _because(_("Key #%s revoked") % p.get("method", ""), p)),
    "registry_key.created": ("key-round", lambda p: _("Registry key #%s created") % p.get("fragment", "")),
    "registry_key.retired": ("history", lambda p: _("Registry key #%s retired") % p.get("fragment", "")),
    "zone.created": ("landmark", lambda p: _("Zone %s created") % p.get("zone", "")),
    "name.registered": ("tag", lambda p: _("Name %s registered") % p.get("name", "")),
    "name.changed": (
        "pencil",
        lambda p: _("Name %(name)s changed: %(what)s") % {"name": p.get("name", ""), "what": _listed(p.get("fields"))},
    ),
    "name.renewed": ("rotate-cw", lambda p: _("Name %s renewed") % p.get("name", "")),
    "name.status_changed": (
        "lock",
        lambda p: (
            _("Name %(name)s now has the status %(what)s")
            % {"name": p.get("name", ""), "what": _listed(p.get("statuses")) or "ok"}
        ),
    ),
    "name.transfer_requested": ("arrow-right", lambda p: _("Transfer of %s offered") % p.get("name", "")),
    "name.transfer_cancelled": ("x", lambda p: _("Transfer of %s cancelled") % p.get("name", "")),
    "name.transferred": ("arrow-right", lambda p: _("Name %s transferred") % p.get("name", "")),
    "name.released": ("trash-2", lambda p: _("Name %s released") % p.get("name", "")),
    "records.replaced": ("server", lambda p: _("Records of %s replaced") % p.get("name", "")),
    "domain.added": ("globe", lambda p: _("Domain %s added") % p.get("domain", "")),
    "domain.state_changed": (
        "globe",
        lambda p: (
            _("Domain %(domain)s is now %(state)s")
            % {"domain": p.get("domain", ""), "state": code_words(p.get("state"))}
        ),
    ),
    "domain.removed": ("trash-2", lambda p: _("Domain %s removed") % p.get("domain", "")),
    "watched_credential.attached": ("file-text", lambda p: _("Credential attached: %s") % p.get("type", "")),
    "watched_credential.changed": (
        "file-text",
        lambda p: (
            _("Credential of %(issuer)s: %(change)s")
            % {"issuer": p.get("issuer", ""), "change": code_words(p.get("change"))}
        ),
    ),
    "watched_credential.removed": ("trash-2", lambda p: _("Attached credential removed")),
    "watch_source.changed": (
        "list-checks",
        lambda p: (
            _("Status source %(url)s is now %(state)s") % {"url": p.get("url", ""), "state": code_words(p.get("state"))}
        ),
    ),
    "sweep.started": ("list-checks", lambda p: _("Sweep of %s watched places started") % p.get("entries", 0)),
    "sweep.finished": ("list-checks", lambda p: _("Sweep finished; %s places corrected") % p.get("corrected", 0)),
    **DELEGATION_WORDS,
    **LENDING_WORDS,
    **SPENDING_WORDS,
    **MODERATION_WORDS,
    **PUSH_WORDS,
    **SANDBOX_WORDS,
    **TEAM_WORDS,
    **NOTICE_WORDS,
    "credential.issued": ("file-text", lambda p: _("Credential issued: %s") % code_words(p.get("credential_kind"))),
    "credential.suspended": ("circle-pause", lambda p: _because(_("Credential suspended"), p)),
    "credential.reinstated": ("circle-check", lambda p: _("Credential reinstated")),
    "credential.revoked": ("ban", lambda p: _because(_("Credential revoked"), p)),
    "issuer.changed": ("landmark", lambda p: _("Credentials are issued as %s from now on") % p.get("did", "")),
    "issuer_key.added": ("key-round", lambda p: _("Issuer key #%s added") % p.get("fragment", "")),
    "issuer_key.retired": ("history", lambda p: _because(_("Issuer key #%s retired") % p.get("fragment", ""), p)),
}


def happening(event: Event, *, about: str = "") -> Happening:
    """The event in words; a kind that nobody has worded is shown by its name, never hidden."""
    symbol, words = WORDS.get(event.kind, ("info", lambda p: event.kind))
    return Happening(words(event.payload), symbol, event.at, about)
