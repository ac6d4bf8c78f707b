"""Does this credential still count? Ours are answered from the database, in the instant; others by their lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from identity.credentials.asking import Asking
from identity.credentials.checks import Check, CheckName, Outcome, failed, passed
from identity.credentials.foreign_status import REVOKED, SUSPENDED, OwnWord, Place, entries_check, token_check
from identity.credentials.models import (
    Credential,
    EntryStatus,
    PreparedCredential,
    StatusEntry,
    StatusListForm,
    TenantIssuer,
)
from identity.credentials.own_standing import ENDED, recorded_status
from identity.credentials.status_lists import own_entry, own_list


def check_credential_status(document: dict[str, Any], *, issuer: str, asking: Asking) -> Check:
    """The ``credentialStatus`` of a W3C credential; *not applicable* when neither it nor the register knows one."""
    said = entries_check(document, issuer=issuer, lists=asking, own=_own_word(issuer, asking.at))
    entries = document.get("credentialStatus")
    urls = [each.get("statusListCredential") for each in _listed(entries) if isinstance(each, dict)]
    return said if _names_ours(urls) else _with_record(said, document.get("id"), issuer=issuer, at=asking.at)


def check_token_status(claims: dict[str, Any], *, issuer: str, asking: Asking) -> Check:
    """The ``status`` claim of an SD-JWT VC (Token Status List section 6)."""
    said = token_check(claims, issuer=issuer, lists=asking, own=_own_word(issuer, asking.at))
    entry = status.get("status_list") if isinstance(status := claims.get("status"), dict) else None
    urls = [entry.get("uri")] if isinstance(entry, dict) else []
    return said if _names_ours(urls) else _with_record(said, claims.get("jti"), issuer=issuer, at=asking.at)


def _with_record(said: Check, credential_id: object, *, issuer: str, at: datetime) -> Check:
    """What the lists said, or what the register itself knows where it knows more."""
    recorded = recorded_status(credential_id, issuer=issuer, at=at)
    knows_more = recorded is not None and Outcome.NOT_APPLICABLE is said.outcome
    return recorded if recorded is not None and (knows_more or recorded.outcome is Outcome.FAILED) else said


def _names_ours(urls: list[Any]) -> bool:
    return any(isinstance(url, str) and own_list(url) is not None for url in urls)


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _own_word(issuer: str, at: datetime) -> OwnWord:
    def word(place: Place, credential_id: str | None) -> Check | None:
        if own_list(place.url) is None:
            return None
        return _own(place, issuer=issuer, credential_id=credential_id, at=at)

    return word


def _own(place: Place, *, issuer: str, credential_id: str | None, at: datetime) -> Check:
    """The word of the database on a place in one of our lists.

    The place must be this credential's own. That stops an issuer whose credential was revoked from signing it again
    with the place of another that still counts, or without the id by which it is known: what is issued here has one.
    """
    form = (own_list(place.url) or (None, 0))[0]
    expected = {"revocation": StatusListForm.REVOCATION, "suspension": StatusListForm.SUSPENSION}
    if form is not expected.get(place.purpose, StatusListForm.TOKEN):
        return failed(CheckName.STATUS, "malformed_status", "The list is for another purpose than the entry says.")
    entry = own_entry(place.url, place.index)
    if entry is None:
        return failed(CheckName.STATUS, "status_place_unknown", "Nobody was ever given this place in the list.")
    credential = Credential.objects.select_related("agent").filter(status_entry=entry).first()
    if credential is None:
        return _said(entry, at=at) if _may_stand_at(entry, issuer, credential_id) else _of_another()
    if credential.issuer != issuer or credential.credential_id != credential_id:
        return _of_another()
    standing = credential.standing(at)
    if standing in ENDED:
        return failed(CheckName.STATUS, *ENDED[standing])
    return passed(CheckName.STATUS, "It is neither revoked nor suspended.")


def _may_stand_at(entry: StatusEntry, issuer: str, credential_id: str | None) -> bool:
    """Whether a place that no stored credential has may be this one's: a statement that its organization signed and
    has not brought back, or a delegation, which no organization issues under its issuer's name."""
    prepared = PreparedCredential.objects.filter(status_entry=entry).first()
    if prepared is not None:
        return bool(prepared.issuer == issuer and prepared.document["id"] == credential_id)
    return not TenantIssuer.objects.filter(did=issuer).exists()


def _of_another() -> Check:
    return failed(CheckName.STATUS, "status_place_of_another", "The place in the list is another credential's.")


def _said(entry: StatusEntry, *, at: datetime) -> Check:
    match entry.status(at):
        case EntryStatus.REVOKED:
            return failed(CheckName.STATUS, *REVOKED)
        case EntryStatus.SUSPENDED:
            return failed(CheckName.STATUS, *SUSPENDED)
        case _:
            return passed(CheckName.STATUS, "It is neither revoked nor suspended.")
