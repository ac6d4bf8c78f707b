"""A credential as a page shows it: what it says in words, what it is worth now, and how to take it along."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from identity.agents.addresses import registry_did
from identity.agents.models import Agent
from identity.credentials.checks import CredentialFormat, Outcome, Verification
from identity.credentials.jws import decode_base64url
from identity.credentials.models import Credential, CredentialKind, CredentialStatus, Standing, StatusSetter
from identity.credentials.securing import MEDIA_TYPES
from identity.primitives.errors import AttornError
from registry.web.credential_words import CHECK_WORDS, CLAIM_WORDS, FORMAT_WORDS, KIND_WORDS, REASON_WORDS
from registry.web.refusal_words import refusal_words
from registry.web.templatetags.moments import moment_words

_JWT_CLAIMS_APART = frozenset({"iss", "iat", "nbf", "exp", "jti", "cnf", "vct", "status", "_sd", "_sd_alg", "vc"})
_SUFFIXES = {CredentialFormat.SD_JWT_VC: "sd-jwt", CredentialFormat.VC_JWT: "jwt", CredentialFormat.VC_CLAIM_JWT: "jwt"}
_DEPTH_MAX = 4
_INSTANT = re.compile(r"2[01][0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]Z", re.ASCII)
SHOWN_MAX = 12


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that a credential says; ``is_code`` for keys and identifiers, which are read letter by letter."""

    words: str
    value: str
    is_code: bool


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One question that was asked of a credential, and its answer; ``outcome`` has words in ``states``."""

    words: str
    outcome: Outcome
    detail: str


class CredentialView:
    """One credential at one moment, in the shape the templates read."""

    def __init__(self, credential: Credential, at: datetime) -> None:
        self.credential = credential
        self.id = credential.pk
        self.standing = credential.standing(at)
        self.format = CredentialFormat(credential.format)
        self.kind_words = str(KIND_WORDS[CredentialKind(credential.kind)])
        self.format_words = str(FORMAT_WORDS[self.format])
        self.is_ours = credential.issuer == registry_did()
        self.media_type = MEDIA_TYPES[self.format]

    @property
    def ends_at(self) -> datetime | None:
        """When it stops counting by itself."""
        return min((end for end in (self.credential.valid_until, self.credential.ends_at) if end), default=None)

    @property
    def is_living(self) -> bool:
        return self.standing not in (Standing.REVOKED, Standing.EXPIRED)

    @property
    def may_be_reinstated(self) -> bool:
        """Whether its organization may: neither what the registry suspended, nor what follows its agent."""
        return self.credential.status == "suspended" and self.credential.status_set_by == StatusSetter.CONTROLLER

    @property
    def standing_words(self) -> str:
        """What it is worth, in one sentence."""
        reason = REASON_WORDS.get(self.credential.status_reason)
        because = _(" Reason: %(reason)s.") % {"reason": reason} if reason else ""
        match self.standing:
            case Standing.ACTIVE:
                return _("Whoever is shown it may rely on what it says.")
            case Standing.SUSPENDED:
                return _("Paused: do not rely on it until it is reinstated.") + because
            case Standing.REVOKED:
                return _("Ended for good: nobody may rely on it any more.") + because
            case Standing.EXPIRED:
                return _("Its time has run out.")
        return _("It does not count yet.")

    @property
    def is_public(self) -> bool:
        return is_public(self.credential)

    @property
    def public_path(self) -> str:
        return reverse("credential", args=[self.id])

    @property
    def public_url(self) -> str:
        return f"{settings.PUBLIC_URL}{self.public_path}"

    @property
    def file_name(self) -> str:
        """Such as ``concierge-identity.json``; nothing of it can leave the header it is written into."""
        agent = self.credential.agent
        stem = re.sub(r"[^a-z0-9]+", "-", agent.display_name.lower()).strip("-")[:40] if agent else ""
        return f"{stem or 'credential'}-{self.credential.kind}.{_SUFFIXES.get(self.format, 'json')}"

    @property
    def lists(self) -> list[tuple[str, str]]:
        """The public lists that say whether it counts: purpose and address."""
        entry = self.credential.status_entry
        if entry is None:
            return []
        if self.format is CredentialFormat.SD_JWT_VC:
            return [(_("Status"), entry.token_status()["status_list"]["uri"])]
        words = {"revocation": _("Revocations"), "suspension": _("Suspensions")}
        return [(words[each["statusPurpose"]], each["statusListCredential"]) for each in entry.credential_status()]

    @property
    def pretty(self) -> str:
        """The document to be read; a compact form stays as it is, its lines are not ours to break."""
        text = self.credential.text
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False) if text.startswith("{") else text

    @cached_property
    def claims(self) -> list[Claim]:
        """What it says about its subject, in the order of the document."""
        return claims_of(subject_of(self.credential.text))


def check_rows(verification: Verification) -> list[CheckRow]:
    """Every check in words, in the order in which they were made."""
    return [
        CheckRow(str(CHECK_WORDS[each.name]), each.outcome, refusal_words(each.detail)) for each in verification.checks
    ]


def living_credentials_of(agent: Agent, at: datetime) -> list[CredentialView]:
    """What the console's page of an agent shows: those that have not ended, the newest first."""
    rows = Credential.objects.select_related("agent", "status_entry").filter(agent=agent)
    rows = rows.exclude(status=CredentialStatus.REVOKED).order_by("-id")[:SHOWN_MAX]
    return [view for view in (CredentialView(each, at) for each in rows) if view.is_living]


def public_credentials_of(agent_id: str, at: datetime) -> list[CredentialView]:
    """What an agent's own page shows: the credentials for everybody that have not ended, the newest first."""
    rows = Credential.objects.select_related("agent", "status_entry").filter(agent_id=agent_id)
    rows = rows.exclude(status=CredentialStatus.REVOKED).exclude(format=CredentialFormat.SD_JWT_VC.value)
    rows = rows.exclude(kind=CredentialKind.DOCUMENT).order_by("-id")[:SHOWN_MAX]
    return [view for view in (CredentialView(each, at) for each in rows) if view.is_living]


def is_public(credential: Credential) -> bool:
    """Whether everybody may see it: what says who an agent is, and what its organization states about it. Documents
    of an organization's own making, and what is made to be disclosed claim by claim, are the holder's to show."""
    open_kinds = (CredentialKind.IDENTITY, CredentialKind.STATEMENT)
    return credential.kind in open_kinds and credential.format != CredentialFormat.SD_JWT_VC


def subject_of(text: str) -> dict[str, Any]:
    """The claims about the subject, from any form; nothing is verified here: we issued or stored it ourselves."""
    try:
        document = json.loads(text) if text.startswith("{") else _token_claims(text)
    except (AttornError, ValueError, binascii.Error):
        return {}
    subject = document.get("credentialSubject") if isinstance(document, dict) else None
    if isinstance(subject, list):
        subject = next((each for each in subject if isinstance(each, dict)), None)
    return subject if isinstance(subject, dict) else {}


def claims_of(subject: dict[str, Any]) -> list[Claim]:
    """What is said about one subject, a line a claim, in the order of the document."""
    return list(_claims(subject))


def _token_claims(text: str) -> dict[str, Any]:
    token, *disclosures = text.split("~")
    payload = json.loads(decode_base64url(token.split(".")[1]))
    if not isinstance(payload, dict):
        return {}
    document = payload.get("vc", payload)
    if isinstance(document, dict) and "credentialSubject" in document:
        return document
    disclosed = [json.loads(base64.urlsafe_b64decode(each + "==")) for each in disclosures if each and "." not in each]
    claims = {name: value for name, value in payload.items() if name not in _JWT_CLAIMS_APART}
    claims |= {entry[1]: entry[2] for entry in disclosed if isinstance(entry, list) and len(entry) == 3}
    return {"credentialSubject": claims}


def _claims(value: dict[str, Any], before: str = "", depth: int = 0) -> Iterator[Claim]:
    """One line a claim; what stands inside another is led by its words: *Answers for it: name*."""
    for name, inner in value.items():
        if name in ("type", "@context", "_sd"):
            continue
        words = f"{before}{CLAIM_WORDS.get(name, name)}"
        for each in inner if isinstance(inner, list) else [inner]:
            if isinstance(each, dict) and depth < _DEPTH_MAX:
                yield from _claims(each, f"{words} · ", depth + 1)
            else:
                yield Claim(words, _in_words(each), _is_code(each))


def _in_words(value: object) -> str:
    if not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if _INSTANT.fullmatch(value):
        with suppress(ValueError):
            return moment_words(datetime.fromisoformat(value))
    return value


def _is_code(value: object) -> bool:
    return isinstance(value, str) and re.match(r"did:|z[1-9A-HJ-NP-Za-km-z]{40}|urn:", value) is not None
