"""What one request may ask of the world: keys and status lists, each once, and only so many hosts in all."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from http import HTTPStatus

from identity.credentials.dns import Unreachable
from identity.credentials.fetch import BYTES_MAX, STATUS_LIST_BYTES_MAX, fetch
from identity.credentials.jwt_checks import Refused
from identity.credentials.key_resolution import key_resolver
from identity.credentials.keys import KeyFor
from identity.credentials.limits import STATUS_FETCHES_MAX
from identity.credentials.schema_check import SCHEMA_TYPES
from identity.credentials.status_reading import ForeignList, read_status_credential, read_status_token

UNREACHABLE = "status_list_unreachable"
_LIST_TYPES = "application/vc+jwt, application/vc, application/ld+json, application/json;q=0.9, */*;q=0.5"
_JWT_TYPES = "application/statuslist+jwt, */*;q=0.5"


@dataclass(slots=True)
class Asking:
    """One request's questions and the answers so far. A batch of a hundred credentials of one list fetches it once;
    nothing outlives the request, so yesterday's answer never stands for today's."""

    at: datetime
    key_for: KeyFor
    _lists: dict[tuple[str, str, bool], ForeignList | Refused] = field(default_factory=dict)
    _bodies: dict[str, bytes | Refused] = field(default_factory=dict)

    def foreign_list(self, url: str, *, issuer: str, is_token: bool) -> ForeignList | Refused:
        """The list at ``url`` for credentials of ``issuer``; Refused is always *unknown*, with its reason."""
        key = (url, issuer, is_token)
        if key not in self._lists:
            self._lists[key] = self._read(url, issuer=issuer, is_token=is_token)
        return self._lists[key]

    def _read(self, url: str, *, issuer: str, is_token: bool) -> ForeignList | Refused:
        body = self._fetched(url, accept=_JWT_TYPES if is_token else _LIST_TYPES)
        if isinstance(body, Refused):
            return body
        read = read_status_token if is_token else read_status_credential
        return read(body, url=url, issuer=issuer, key_for=self.key_for, at=self.at)

    def schema(self, url: str) -> bytes | Refused:
        """The JSON Schema at ``url``."""
        return self._fetched(url, accept=SCHEMA_TYPES, bytes_max=BYTES_MAX)

    def _fetched(self, url: str, *, accept: str, bytes_max: int = STATUS_LIST_BYTES_MAX) -> bytes | Refused:
        if url not in self._bodies:
            self._bodies[url] = self._fetch(url, accept=accept, bytes_max=bytes_max)
        return self._bodies[url]

    def _fetch(self, url: str, *, accept: str, bytes_max: int) -> bytes | Refused:
        if len(self._bodies) >= STATUS_FETCHES_MAX:
            return _unreachable(f"No more than {STATUS_FETCHES_MAX} lists are asked for one request.")
        try:
            fetched = fetch(url, accept=accept, bytes_max=bytes_max)
        except Unreachable as error:
            return _unreachable(f"The status list does not answer: {error}")
        if fetched.status != HTTPStatus.OK:
            return _unreachable(f"The status list's server answered {fetched.status}.")
        return fetched.body


def asking(at: datetime) -> Asking:
    """A fresh set of questions for one request; each key is looked up once."""
    return Asking(at=at, key_for=cache(key_resolver(at=at)))


def _unreachable(detail: str) -> Refused:
    return Refused(UNREACHABLE, detail, is_unknown=True)
