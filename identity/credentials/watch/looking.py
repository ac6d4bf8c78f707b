"""One look at one source over the network. No database here: looks run in threads beside each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus

from identity.credentials.dns import Unreachable
from identity.credentials.fetch import BYTES_MAX, STATUS_LIST_BYTES_MAX, Fetched, fetch
from identity.credentials.models.watch import SourceForm, WatchSource

Get = Callable[..., Fetched]

# Foreign servers differ in what they call a list; all of them may also send plain JSON or a JWT as text.
_LIST_TYPES = "application/vc+jwt, application/vc, application/ld+json, application/json;q=0.9, */*;q=0.5"
_ACCEPT = {
    SourceForm.BITSTRING: _LIST_TYPES,
    SourceForm.STATUS_LIST_2021: _LIST_TYPES,
    SourceForm.TOKEN: "application/statuslist+jwt, */*;q=0.5",
    SourceForm.DID_WEB: "application/did+json, application/did+ld+json, application/json",
}


class Sight(StrEnum):
    """What a look saw. Whether what came can be believed is for others to say."""

    CAME = "came"
    UNCHANGED = "unchanged"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Look:
    """``detail`` is a sentence for a person; ``fetched`` is there when something came."""

    sight: Sight
    detail: str
    fetched: Fetched | None = None


def look(source: WatchSource, *, get: Get = fetch) -> Look:
    """Ask the source's server whether there is something new. A redirect is not followed: what a signed credential
    names is asked, and nothing else; stops a foreign server from sending us into networks that it cannot reach."""
    form = SourceForm(source.form)
    holds = source.verified_at is not None
    try:
        fetched = get(
            source.url,
            accept=_ACCEPT[form],
            bytes_max=BYTES_MAX if form is SourceForm.DID_WEB else STATUS_LIST_BYTES_MAX,
            etag=source.etag if holds and source.etag else None,
            last_modified=source.last_modified if holds and source.last_modified else None,
        )
    except Unreachable as error:
        return Look(Sight.UNREACHABLE, str(error))
    if fetched.status == HTTPStatus.NOT_MODIFIED and holds:
        return Look(Sight.UNCHANGED, "not changed since", fetched)
    if fetched.status == HTTPStatus.OK:
        return Look(Sight.CAME, "answered", fetched)
    if 300 <= fetched.status < 400:
        return Look(Sight.UNREACHABLE, f"the server sends elsewhere ({fetched.status}), which is not followed")
    return Look(Sight.UNREACHABLE, f"the server answered {fetched.status}")
