"""What a credential's status entries say, each asked of its list; the weightiest word wins. No Django here.

A list that cannot be had or believed is *unknown*: neither valid nor revoked (spec guard 6). Who decides on money
treats unknown as no.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from identity.credentials.checks import Check, CheckName, failed, not_applicable, passed, unknown
from identity.credentials.jwt_checks import Refused
from identity.credentials.limits import STATUS_ENTRIES_MAX
from identity.credentials.status_reading import ForeignList
from identity.primitives.errors import InvalidInput

__all__ = ["REVOKED", "SUSPENDED", "Lists", "OwnWord", "Place", "entries_check", "token_check"]

REVOKED = ("revoked", "It was revoked.")
SUSPENDED = ("suspended", "It is suspended.")

_ENTRY_TYPES = ("BitstringStatusListEntry", "StatusList2021Entry")
_ENDING = {"revocation": REVOKED, "suspension": SUSPENDED}
_TOKEN_VALUES = {1: REVOKED, 2: SUSPENDED}
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


class Lists(Protocol):
    """Where lists come from; a Refused is always *unknown*, with its reason."""

    def foreign_list(self, url: str, *, issuer: str, is_token: bool) -> ForeignList | Refused: ...


# The word on a place of a list of our own, for the credential of this id; None when the list is somebody else's.
OwnWord = Callable[[Place, str | None], Check | None]


def entries_check(document: dict[str, Any], *, issuer: str, lists: Lists, own: OwnWord | None = None) -> Check:
    """The ``credentialStatus`` of a W3C credential; none at all is *not applicable*."""
    entries = document.get("credentialStatus")
    entries = entries if isinstance(entries, list) else [] if entries is None else [entries]
    if not entries:
        return not_applicable(CheckName.STATUS, "The credential names no status list.")
    if len(entries) > STATUS_ENTRIES_MAX:
        return failed(CheckName.STATUS, "malformed_status", f"It names more than {STATUS_ENTRIES_MAX} status entries.")
    name = _text(document.get("id"))
    return _weightiest([_entry(entry, issuer=issuer, name=name, lists=lists, own=own) for entry in entries])


def token_check(claims: dict[str, Any], *, issuer: str, lists: Lists, own: OwnWord | None = None) -> Check:
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
    ours = own(place, _text(claims.get("jti"))) if own is not None else None
    return ours or _foreign_token(place, issuer=issuer, lists=lists)


def _entry(entry: object, *, issuer: str, name: str | None, lists: Lists, own: OwnWord | None) -> Check:
    if not isinstance(entry, dict) or entry.get("type") not in _ENTRY_TYPES:
        return unknown(CheckName.STATUS, "status_type_unknown", "Its status is of a kind that is not known here.")
    place = _place(entry)
    if place is None:
        return failed(CheckName.STATUS, "malformed_status", "The status entry names no list or no place in it.")
    ours = own(place, name) if own is not None else None
    return ours or _foreign(place, issuer=issuer, lists=lists)


def _place(entry: dict[str, Any]) -> Place | None:
    url, index, purpose = (entry.get(name) for name in ("statusListCredential", "statusListIndex", "statusPurpose"))
    size = entry.get("statusSize", 1)
    if not isinstance(url, str) or not isinstance(purpose, str) or not isinstance(index, str):
        return None
    is_index = index.isascii() and index.isdigit() and len(index) <= _INDEX_DIGITS_MAX
    return Place(url, int(index), purpose, size) if is_index and type(size) is int and size in _SIZES else None


def _foreign(place: Place, *, issuer: str, lists: Lists) -> Check:
    found = lists.foreign_list(place.url, issuer=issuer, is_token=False)
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


def _foreign_token(place: Place, *, issuer: str, lists: Lists) -> Check:
    found = lists.foreign_list(place.url, issuer=issuer, is_token=True)
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


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
