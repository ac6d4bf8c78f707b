"""From what a server sent to a list that can be believed: its issuer's signature, its address, its dates, its bits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from identity.credentials.fetch import Fetched
from identity.credentials.jwt_checks import Refused
from identity.credentials.key_resolution import key_resolver
from identity.credentials.keys import UNREACHABLE
from identity.credentials.models.watch import SourceForm, SourceState, WatchSource
from identity.credentials.status_reading import ForeignList, read_status_credential, read_status_token
from identity.credentials.watch.bits import pairs
from identity.credentials.watch.conclude import Reading

# Each entry of a Token Status List becomes two bits here: 4 million entries of one bit are 1 MiB of pairs.
TOKEN_LIST_BYTES_MAX = 512 << 10

# What a refusal means for the source. Everything else is a list that nobody should believe.
_STATES = {"status_list_expired": SourceState.STALE, UNREACHABLE: SourceState.UNREACHABLE}


@dataclass(frozen=True, slots=True)
class NotBelievable:
    """What came is not a list we may act upon; ``state`` is what that makes of the source if it goes on."""

    state: SourceState
    detail: str


def read_list(source: WatchSource, fetched: Fetched, at: datetime) -> Reading | NotBelievable:
    """The list in an answer. Garbage, a stranger's signature, another address: all of it is a reason to doubt the
    source, never to think anything of a credential."""
    key_for = key_resolver(at=at)
    read = read_status_token if source.form == SourceForm.TOKEN else read_status_credential
    found = read(fetched.body, url=source.url, issuer=source.issuer, key_for=key_for, at=at)
    if isinstance(found, Refused):
        return NotBelievable(_STATES.get(found.code, SourceState.INVALID), found.detail)
    if (sentence := _misfit(source, found)) is not None:
        return NotBelievable(SourceState.INVALID, sentence)
    return Reading(
        bits=found.bits if found.width is None else pairs(found.bits, width=found.width),
        issued_at=found.issued_at,
        expires_at=found.valid_until,
        etag=fetched.etag,
        last_modified=fetched.last_modified,
    )


def _misfit(source: WatchSource, found: ForeignList) -> str | None:
    """Why an authentic list is not the one that the credentials point to."""
    if found.width is None and source.purpose not in found.purposes:
        return f"the list is not one for {source.purpose}"
    if found.width is not None and len(found.bits) > TOKEN_LIST_BYTES_MAX:
        return f"the list expands beyond {TOKEN_LIST_BYTES_MAX >> 10} KiB"
    return None
