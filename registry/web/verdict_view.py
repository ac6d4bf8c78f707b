"""A verdict as a page shows it: one sentence first, then every check, then what was said by whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from identity.agents.addresses import registry_did
from identity.agents.models import Agent
from identity.credentials.checks import Check, Outcome, Verification
from identity.credentials.models import TenantIssuer
from identity.credentials.own_standing import registry_key
from registry.web.credential_view import CheckRow, Claim, check_rows, claims_of
from registry.web.credential_words import FORMAT_WORDS
from registry.web.refusal_words import refusal_words

CLAIMS_SHOWN_MAX = 60
_APART = frozenset({"iss", "iat", "nbf", "exp", "jti", "cnf", "vct", "status", "_sd", "_sd_alg"})


@dataclass(frozen=True, slots=True)
class Party:
    """An issuer, holder or subject; ``address`` is its page when it is an agent of this registry."""

    did: str
    address: str


class Verdict:
    """One credential or presentation, looked at just now. ``parts`` are the credentials inside a presentation."""

    def __init__(
        self, verification: Verification, *, is_presentation: bool = False, was_asked_for: bool = False
    ) -> None:
        self.verification = verification
        self.is_presentation = is_presentation
        self.was_asked_for = was_asked_for
        self.parts = [Verdict(inner) for inner in verification.credentials]

    @property
    def tone(self) -> str:
        """good: believe it; bad: do not; wait: take care, or something could not be found out."""
        if self.verification.is_verified:
            return "wait" if self.cautions else "good"
        return "bad" if any(check.outcome is Outcome.FAILED for check in self._all_checks()) else "wait"

    @cached_property
    def cautions(self) -> list[str]:
        """What a reader must not take from good signatures. Stops whoever makes an issuer of his own in a minute from
        showing a green page of this registry about it, and an old presentation from passing for a fresh one."""
        if not self.verification.is_verified:
            return []
        said = []
        issuers = [part.verification.issuer for part in self.parts] or [self.verification.issuer]
        if unknown := [issuer for issuer in issuers if issuer and not is_known_issuer(issuer)]:
            words = _("This registry does not know who %(issuer)s is. Anybody can make such a name: do you know it?")
            said.append(words % {"issuer": unknown[0][:300]})
        if self.is_presentation and not self.was_asked_for:
            said.append(_("Without your challenge and domain it may be an old one, or another's, shown again."))
        return said

    @property
    def headline(self) -> str:
        if self.verification.is_verified:
            return _("Genuine, but take care") if self.cautions else _("It holds")
        return _("It does not hold") if self.tone == "bad" else _("Not everything could be checked")

    @property
    def sentence(self) -> str:
        """The first reason, in words; for a good one, what that means and what it does not."""
        if self.verification.is_verified and self.is_presentation:
            return _("Its holder signed it, and every credential in it was checked and counts now.")
        if self.verification.is_verified:
            return _("It was signed by its issuer, has not been changed, and counts now.")
        if self.tone == "bad":
            found = next(check.detail for check in self._all_checks() if check.outcome is Outcome.FAILED)
            return str(refusal_words(found))
        doubt = next((check.detail for check in self._all_checks() if check.outcome is Outcome.UNKNOWN), "")
        return _("%(doubt)s Do not rely on it where money or access depends on it.") % {"doubt": refusal_words(doubt)}

    @property
    def rows(self) -> list[CheckRow]:
        return check_rows(self.verification)

    @property
    def format_words(self) -> str:
        return str(FORMAT_WORDS[self.verification.format]) if self.verification.format else ""

    @property
    def issuer(self) -> Party | None:
        return self._party(self.verification.issuer) if self.verification.issuer else None

    @property
    def subjects(self) -> list[Party]:
        return [self._party(did) for did in self.verification.subjects[:CLAIMS_SHOWN_MAX]]

    @cached_property
    def claims(self) -> list[Claim]:
        """What it says, if its signature holds: words that nobody signed are not repeated on a page of ours."""
        if self.is_presentation or not self.verification.is_verified or self.verification.document is None:
            return []
        return [claim for subject in _subjects(self.verification.document) for claim in claims_of(subject)][
            :CLAIMS_SHOWN_MAX
        ]

    @cached_property
    def _here(self) -> set[str]:
        asked = {self.verification.issuer or "", *self.verification.subjects[:CLAIMS_SHOWN_MAX]}
        return set(Agent.objects.filter(did__in=asked).values_list("did", flat=True))

    def _party(self, did: str) -> Party:
        return Party(did[:300], reverse("agent", args=[did]) if did in self._here else "")

    def _all_checks(self) -> Iterator[Check]:
        yield from self.verification.checks
        for part in self.parts:
            yield from part._all_checks()


def is_known_issuer(did: str) -> bool:
    """Whether this registry knows who stands behind an issuer: itself, an organization or an agent of its own."""
    if did == registry_did() or TenantIssuer.objects.filter(did=did).exists():
        return True
    return registry_key(did) is not None or Agent.objects.filter(did=did, organization__isnull=False).exists()


def _subjects(document: dict[str, Any]) -> list[dict[str, Any]]:
    if "credentialSubject" not in document:
        return [{name: value for name, value in document.items() if name not in _APART}]
    subject = document["credentialSubject"]
    return [each for each in (subject if isinstance(subject, list) else [subject]) if isinstance(each, dict)]
