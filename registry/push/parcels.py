"""What goes over the wire: each delivery as a Standard Webhook with the signed event inside."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from identity.primitives.clock import rfc3339
from identity.primitives.ids import new_event_id
from identity.primitives.signing import Signer
from registry.push.envelope import headers_of
from registry.push.event_types import VERIFICATION
from registry.push.models import StatusEvent, Subscription
from registry.push.outbox import Turn
from registry.push.secrets import secrets_of
from registry.push.tokens import verification_token


@dataclass(frozen=True, slots=True)
class Letter:
    """One request. ``event`` is the id of the status event, empty for a sign of life."""

    event: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Parcel:
    """A turn, ready to be sent."""

    turn: Turn
    endpoint: str
    letters: tuple[Letter, ...]


def parcel_of(turn: Turn, *, at: datetime, signer: Signer) -> Parcel:
    """The letters of one turn, signed now."""
    stream = turn.subscription
    secrets = secrets_of(stream, at=at)
    letters = [_letter(event, stream, at, secrets, signer) for event in turn.events]
    if not letters:
        letters.append(_sign_of_life(stream, at, secrets, signer))
    return Parcel(turn, stream.endpoint, tuple(letters))


def _letter(event: StatusEvent, stream: Subscription, at: datetime, secrets: list[str], signer: Signer) -> Letter:
    data = {"subscription": stream.pk, "jti": event.pk, "seq": event.seq, "token": event.token}
    body = _body(event.event_type, data, event.created_at)
    return Letter(event.pk, headers_of(message_id=event.pk, at=at, body=body, secrets=secrets, signer=signer), body)


def _sign_of_life(stream: Subscription, at: datetime, secrets: list[str], signer: Signer) -> Letter:
    jti = new_event_id()
    token = verification_token(
        jti=jti, audience=stream.audience, stream=stream.pk, last_seq=stream.last_seq, at=at, signer=signer
    )
    data = {"subscription": stream.pk, "jti": jti, "seq": stream.last_seq, "token": token}
    body = _body(VERIFICATION, data, at)
    return Letter("", headers_of(message_id=jti, at=at, body=body, secrets=secrets, signer=signer), body)


def _body(event_type: str, data: dict[str, Any], made_at: datetime) -> bytes:
    """The body: type, timestamp and data, as Standard Webhooks has it. ``token`` is the signed event and the only part
    that proves anything by itself; the rest spares simple receivers from opening it."""
    body = {"type": event_type, "timestamp": rfc3339(made_at), "data": data}
    return json.dumps(body, separators=(",", ":")).encode()
