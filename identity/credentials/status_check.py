"""Does this credential still count? Each status entry is asked; the weightiest word wins.

Ours are answered from the database, in the instant. Others are fetched; a list that cannot be had or believed is
*unknown*: neither valid nor revoked (spec guard 6). Who decides on money treats unknown as no.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from identity.credentials.asking import Asking
from identity.credentials.checks import Check, CheckName, failed, not_applicable, passed, unknown
from identity.credentials.jwt_checks import Refused
from identity.credentials.limits import STATUS_ENTRIES_MAX
from identity.credentials.models import Credential, EntryStatus, Standing, StatusEntry, StatusListForm
from identity.credentials.status_lists import own_entry, own_list
from identity.primitives.errors import InvalidInput

_ENTRY_TYPES = ("BitstringStatusListEntry", "StatusList2021Entry")
_ENDING = {"revocation": ("revoked", "It was revoked."), "suspension": ("suspended", "It is suspended.")}
_TOKEN_VALUES = {1: ("revoked", "It was revoked."), 2: ("suspended", "It is suspended.")}
_STANDINGS = {
    Standing.REVOKED: ("revoked", "It was revoked."),
    Standing.SUSPENDED: ("suspended", "It is suspended."),
}
_SIZES = (1, 2, 4, 8)
_INDEX_DIGITS_MAX = 9
_WEIGHT = ("failed", "unknown", "passed")


@dataclass(frozen=True, slots=True)
class Place:
    """One entry in one list. ``purpose`` is empty for a Token Status List."""

    url: str
    index: int
    purpose: str
    size: int = 1


def check_credential_status(document: dict[str, Any], *, issuer: str, asking: Asking) -> Check:
    """The ``credentialStatus`` of a W3C credential; none at all is *not applicable*."""
    entries = document.get("credentialStatus")
    entries = entries if isinstance(entries, list) else [] if entries is None else [entries]
    if not entries:
        return not_applicable(CheckName.STATUS, "The credential names no status list.")
    if len(entries) > STATUS_ENTRIES_MAX:
        return failed(CheckName.STATUS, "malformed_status", f"It names more than {STATUS_ENTRIES_MAX} status entries.")
    name = document.get("id")
    credential_id = name if isinstance(name, str) else None
    return _weightiest([_entry(entry, issuer=issuer, credential_id=credential_id, asking=asking) for entry in entries])


def check_token_status(claims: dict[str, Any], *, issuer: str, asking: Asking) -> Check:
    """The ``status`` claim of an SD-JWT VC (Token Status List section 6)."""
    if "status" not in claims:
        return not_applicable(CheckName.STATUS, "The credential names no status list.")
    status = claims["status"]
    entry = status.get("status_list") if isinstance(status, dict) else None
    if not isinstance(entry, dict):
        return unknown(CheckName.STATUS, "status_type_unknown", "Its status is of a kind that is not known here.")
    url, index = entry.get("uri"), entry.get("idx")
    if not isinstance(url, str) or type(index) is not int or not 0 <= index < 10**_INDEX_DIGITS_MAX:
        return failed(CheckName.STATUS, "malformed_status", "The status entry names no list or no place in it.")
    place = Place(url, index, "")
    if own_list(url) is not None:
        name = claims.get("jti")
        return _own(place, issuer=issuer, credential_id=name if isinstance(name, str) else None, at=asking.at)
    return _foreign_token(place, issuer=issuer, asking=asking)


def _entry(entry: object, *, issuer: str, credential_id: str | None, asking: Asking) -> Check:
    if not isinstance(entry, dict) or entry.get("type") not in _ENTRY_TYPES:
        return unknown(CheckName.STATUS, "status_type_unknown", "Its status is of a kind that is not known here.")
    place = _place(entry)
    if place is None:
        return failed(CheckName.STATUS, "malformed_status", "The status entry names no list or no place in it.")
    if own_list(place.url) is not None:
        return _own(place, issuer=issuer, credential_id=credential_id, at=asking.at)
    return _foreign(place, issuer=issuer, asking=asking)


def _place(entry: dict[str, Any]) -> Place | None:
    url, index, purpose = (entry.get(name) for name in ("statusListCredential", "statusListIndex", "statusPurpose"))
    size = entry.get("statusSize", 1)
    if not isinstance(url, str) or not isinstance(purpose, str) or not isinstance(index, str):
        return None
    is_index = index.isascii() and index.isdigit() and len(index) <= _INDEX_DIGITS_MAX
    return Place(url, int(index), purpose, size) if is_index and type(size) is int and size in _SIZES else None


def _own(place: Place, *, issuer: str, credential_id: str | None, at: datetime) -> Check:
    """The word of the database on a place in one of our lists.

    The place must be this credential's own. That stops an issuer whose credential was revoked from signing it again
    with the place of another that still counts.
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
        return _said(entry, at=at)
    if credential.issuer != issuer or (credential_id is not None and credential.credential_id != credential_id):
        return failed(CheckName.STATUS, "status_place_of_another", "The place in the list is another credential's.")
    standing = credential.standing(at)
    if standing in _STANDINGS:
        return failed(CheckName.STATUS, *_STANDINGS[standing])
    return passed(CheckName.STATUS, "It is neither revoked nor suspended.")


def _said(entry: StatusEntry, *, at: datetime) -> Check:
    match entry.status(at):
        case EntryStatus.REVOKED:
            return failed(CheckName.STATUS, *_ENDING["revocation"])
        case EntryStatus.SUSPENDED:
            return failed(CheckName.STATUS, *_ENDING["suspension"])
        case _:
            return passed(CheckName.STATUS, "It is neither revoked nor suspended.")


def _foreign(place: Place, *, issuer: str, asking: Asking) -> Check:
    found = asking.foreign_list(place.url, issuer=issuer, is_token=False)
    if isinstance(found, Refused):
        return unknown(CheckName.STATUS, found.code, found.detail)
    if place.purpose not in found.purposes:
        return unknown(CheckName.STATUS, "status_purpose_mismatch", "The list is for another purpose than the entry.")
    try:
        value = found.value(place.index, size=place.size)
    except InvalidInput as error:
        return failed(CheckName.STATUS, error.code, error.detail)
    if value and place.purpose in _ENDING:
        return failed(CheckName.STATUS, *_ENDING[place.purpose])
    if value:
        return passed(CheckName.STATUS, f"Its issuer set a {place.purpose[:40]} status, which ends nothing by itself.")
    return passed(CheckName.STATUS, "It is neither revoked nor suspended.")


def _foreign_token(place: Place, *, issuer: str, asking: Asking) -> Check:
    found = asking.foreign_list(place.url, issuer=issuer, is_token=True)
    if isinstance(found, Refused):
        return unknown(CheckName.STATUS, found.code, found.detail)
    try:
        value = found.value(place.index)
    except InvalidInput as error:
        return failed(CheckName.STATUS, error.code, error.detail)
    if value in _TOKEN_VALUES:
        return failed(CheckName.STATUS, *_TOKEN_VALUES[value])
    if value:
        return unknown(CheckName.STATUS, "status_value_unknown", f"The list says {value}, which is not defined here.")
    return passed(CheckName.STATUS, "It is neither revoked nor suspended.")


def _weightiest(checks: list[Check]) -> Check:
    """A revocation outweighs a list out of reach, which outweighs a clean one."""
    return min(checks, key=lambda check: (_WEIGHT.index(check.outcome), check.code != "revoked"))
