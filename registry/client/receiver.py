"""A receiver's side of status events: what came is checked, numbered, and missed nothing of.

>>> receiver = StatusReceiver("https://attorn.example", audience="https://shop.example/attorn", secrets=[secret])
>>> outcome = receiver.take(request.headers, request.body, act=stop_selling_to)  # answer 2xx once this returned
>>> if isinstance(outcome, Gap):
...     receiver.catch_up(act=stop_selling_to)

Keep ``receiver.last_seq`` where you keep your orders, and start with it again.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from identity.credentials.jws import parse_jws
from identity.primitives.clock import now
from identity.primitives.errors import AttornError
from identity.primitives.multikey import PrivateKey, PublicKey
from registry.client.errors import NotVerified
from registry.client.registry import Registry
from registry.client.transport import Transport
from registry.push.envelope import TOLERANCE_SECONDS, Sealed, Unsealed, open_delivery

TOKEN_TYPES: Final = frozenset({"secevent+jwt"})
SILENCE_SECONDS_MAX: Final = 120
BODY_BYTES_MAX: Final = 65_536
VERIFICATION: Final = "verification"
_JTIS_KEPT: Final = 1_000

Act = Callable[["StatusEvent"], None]


@dataclass(frozen=True, slots=True)
class StatusEvent:
    """Something happened. ``type`` is the end of ``uri``; ``subject`` (RFC 9493) says to whom, ``claims`` what."""

    seq: int
    jti: str
    type: str
    uri: str
    subject: Mapping[str, Any]
    claims: Mapping[str, Any]
    txn: str
    happened_at: datetime


@dataclass(frozen=True, slots=True)
class Duplicate:
    """It came before: deliveries arrive at least once. Answer 2xx and do nothing."""

    seq: int
    jti: str


@dataclass(frozen=True, slots=True)
class Gap:
    """Events after ``last_seq`` are missing: the registry is at ``arrived``. Call ``catch_up``; what arrived is read
    there again, in its order, and was not acted upon."""

    last_seq: int
    arrived: int


@dataclass(frozen=True, slots=True)
class SignOfLife:
    """Nothing happened, and nothing is missing."""

    seq: int


Outcome = StatusEvent | Duplicate | Gap | SignOfLife


class StatusReceiver:
    """One subscription's receiver. ``secrets`` are its webhook secrets, both while one is being rotated; without any,
    deliveries must carry the registry's own signature (``v1a``). ``keys`` pins the registry's keys by name
    (``did:web:…#key-…``); when left out they are read from its DID document.

    To catch up it calls the registry with ``service_key``, or with the ``signing_key`` of a registered vendor.
    """

    def __init__(
        self,
        registry_url: str,
        *,
        audience: str,
        secrets: Sequence[str] = (),
        last_seq: int = 0,
        subscription: str | None = None,
        service_key: str | None = None,
        signing_key: PrivateKey | None = None,
        keys: Mapping[str, PublicKey] | None = None,
        registry_did: str | None = None,
        issuer: str | None = None,
        clock: Callable[[], datetime] = now,
        **options: Any,
    ) -> None:
        """``issuer`` is ``iss`` of the tokens when the registry is reached by another address than its own."""
        transport = Transport(registry_url, service_key=service_key, signing_key=signing_key, **options)
        self.registry = Registry(transport, did=registry_did, clock=clock)
        self.issuer, self.audience, self.subscription = issuer or transport.url, audience, subscription
        self._secrets, self._keys, self._clock = tuple(secrets), keys, clock
        self._last_seq, self._jtis = last_seq, dict[str, None]()
        self._heard_at = clock()
        self._lock = threading.RLock()

    def close(self) -> None:
        self.registry.transport.close()

    @property
    def last_seq(self) -> int:
        """The number of the last event that was acted upon; all before it were too."""
        return self._last_seq

    @property
    def is_silent(self) -> bool:
        """Whether nothing was heard for so long that the registry must be asked before each decision."""
        return (self._clock() - self._heard_at).total_seconds() > SILENCE_SECONDS_MAX

    def take(self, headers: Mapping[str, str], body: bytes, *, act: Act | None = None) -> Outcome:
        """One webhook. ``act`` is called for a new event, once, in order, before it counts as taken: when it raises,
        nothing counts, and the registry sends the event again. NotVerified for what is not the registry's, to you, now.
        """
        if len(body) > BODY_BYTES_MAX:
            raise NotVerified("The delivery is too large.")
        token = _token_in(body)
        sealed = open_delivery(
            headers,
            body,
            secrets=self._secrets,
            public_keys=() if self._secrets else (self._signer_of(token),),
            at=self._clock(),
            tolerance_seconds=TOLERANCE_SECONDS,
        )
        if isinstance(sealed, Unsealed):
            raise NotVerified(sealed.detail)
        event = self.open(token)
        _require_same(sealed, event)
        return self._weigh(event, act)

    def take_token(self, token: str, *, act: Act | None = None) -> Outcome:
        """One bare token, as a stream of server-sent events has it. As ``take``."""
        return self._weigh(self.open(token), act)

    def catch_up(self, *, act: Act | None = None) -> list[StatusEvent]:
        """Read whatever is missing, in order. Refused ``status_events_expired`` when you were away for longer than the
        registry keeps events: resolve the agents you deal with anew, then ``go_on_from``."""
        taken: list[StatusEvent] = []
        has_more = True
        while has_more:
            with self._lock:
                query: dict[str, Any] = {"after": self._last_seq}
                query |= {"subscription": self.subscription} if self.subscription else {}
                page = self.registry.transport.get("/v1/status-events", query).json()
                taken += [event for item in page["items"] if (event := self._read(item, act)) is not None]
                self._heard_at = self._clock()
            has_more = bool(page["has_more"])
        return taken

    def take_stream(self, lines: Iterable[bytes], *, act: Act | None = None) -> Iterator[Outcome]:
        """What the lines of ``GET /v1/status-events/stream`` say, one outcome each."""
        for line in lines:
            if line.startswith(b"data:"):
                yield self.take_token(_member(line[5:], "token"), act=act)

    def go_on_from(self, seq: int) -> None:
        """Events up to this number are not to be read any more."""
        with self._lock:
            self._last_seq = seq

    def open(self, token: str) -> StatusEvent:
        """What a token says, if the registry signed it for you. NotVerified otherwise.

        Stops a token of another registry, one made for another receiver, and one that was signed for another use.
        """
        if self._keys is not None and _key_name(token) not in self._keys:
            raise NotVerified("It is not signed with a key that you pinned.")
        claims = self.registry.signed_claims(token, types=TOKEN_TYPES, issuer=self.issuer, keys=self._keys)
        audience = claims.get("aud")
        if self.audience not in (audience if isinstance(audience, list) else [audience]):
            raise NotVerified(f"It is meant for {str(audience)[:200]}, not for you.")
        try:
            ((uri, event),) = claims["events"].items()
            return StatusEvent(
                seq=_number(event["seq"]),
                jti=str(claims["jti"]),
                type=uri.rpartition("/")[2],
                uri=uri,
                subject=claims["sub_id"],
                claims=event,
                txn=str(claims["txn"]),
                happened_at=datetime.fromtimestamp(_number(event["event_timestamp"]), UTC),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise NotVerified(f"It does not have the form of a status event: {error!r}.") from error

    def _signer_of(self, token: str) -> PublicKey:
        name = _key_name(token)
        if self._keys is None:
            return self.registry.signing_key(name)
        if name not in self._keys:
            raise NotVerified("It is not signed with a key that you pinned.")
        return self._keys[name]

    def _weigh(self, event: StatusEvent, act: Act | None) -> Outcome:
        with self._lock:
            self._heard_at = self._clock()
            if event.type == VERIFICATION:
                is_behind = event.seq > self._last_seq
                return Gap(self._last_seq, event.seq) if is_behind else SignOfLife(event.seq)
            if event.seq <= self._last_seq or event.jti in self._jtis:
                return Duplicate(event.seq, event.jti)
            if event.seq > self._last_seq + 1:
                return Gap(self._last_seq, event.seq)
            if act is not None:
                act(event)
            self._note(event)
            return event

    def _read(self, item: Mapping[str, Any], act: Act | None) -> StatusEvent | None:
        """One event of a page. A page with a hole, or with an event twice, is no registry's."""
        outcome = self._weigh(self.open(str(item.get("token"))), act)
        if isinstance(outcome, Gap | SignOfLife):
            raise NotVerified("The page does not go on where you asked it to.")
        return outcome if isinstance(outcome, StatusEvent) else None

    def _note(self, event: StatusEvent) -> None:
        self._last_seq = event.seq
        self._jtis[event.jti] = None
        while len(self._jtis) > _JTIS_KEPT:
            del self._jtis[next(iter(self._jtis))]


def _token_in(body: bytes) -> str:
    try:
        data = json.loads(body)["data"]
        return str(data["token"])
    except (ValueError, KeyError, TypeError) as error:
        raise NotVerified("The body is no delivery of status events.") from error


def _member(text: bytes, name: str) -> str:
    try:
        return str(json.loads(text)[name])
    except (ValueError, KeyError, TypeError) as error:
        raise NotVerified("The stream does not have the form of a registry's.") from error


def _key_name(token: str) -> str:
    try:
        return str(parse_jws(token).header.get("kid"))
    except AttornError as error:
        raise NotVerified(f"The token cannot be read: {error.detail}") from error


def _number(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("not a number")
    return value


def _require_same(sealed: Sealed, event: StatusEvent) -> None:
    """Stops a delivery under one id from carrying the token of another."""
    if sealed.id != event.jti:
        raise NotVerified("The delivery and the token in it have different ids.")
