"""Limits of status events and of whoever receives them."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

SUBSCRIPTIONS_PER_ORGANIZATION_MAX: Final = 10  # one for each of a vendor's systems; more are one too many
FOLLOWED_MAX: Final = 100  # agents, and organizations, that one subscription names
ENDPOINT_LENGTH_MAX: Final = 500
AUDIENCE_LENGTH_MAX: Final = 500
DEALING: Final = timedelta(days=30)  # how long a vendor is concerned by an agent it dealt with
KEPT: Final = timedelta(days=30)  # how long a receiver may come back and read what it missed
PAGE_EVENTS: Final = 100
REPLAYED_MAX: Final = 1_000  # events that one request sends again

# When an event is tried, counted from the receiver's first failure; each with up to a tenth more, so that receivers
# that failed at one instant do not all come back at one.
RETRY_AFTER_SECONDS: Final = (0, 5, 30, 300, 1_800, 7_200, 28_800, 86_400)
RETRY_JITTER: Final = 0.1
LATER_SECONDS: Final = 28_800  # between tries of a receiver that has been away for longer than that
TRIES_MAX: Final = 12
UNDELIVERED_MAX: Final = timedelta(hours=24)  # a failing event older than this goes to the dead letters
ALARM_AT_FAILURE: Final = 3
PAUSED_AFTER: Final = timedelta(days=5)  # a receiver that fails for so long is paused until somebody looks

VERIFY_EVERY: Final = timedelta(seconds=60)
SILENCE_SECONDS_MAX: Final = 120  # a receiver that heard nothing for so long must ask before each decision

REQUEST_SECONDS: Final = 10.0  # one request, from looking the host up to the end of its answer
ANSWER_BYTES_MAX: Final = 4_096  # of a receiver's answer are read; nothing in it matters but its status
EVENTS_PER_TURN: Final = 10  # sent to one receiver before others have their turn
TURN_SECONDS: Final = 20.0  # one receiver's turn, however many events it gets
LEASE: Final = timedelta(seconds=45)  # after it the turn of a killed worker is somebody else's
AT_ONCE_MAX: Final = 256  # receivers that one dispatcher talks to at the same time, a socket each
FAILING_AT_ONCE_MAX: Final = 64  # of these, receivers that failed last time: they must never hold up the others
RUN_SECONDS_MAX: Final = 60.0  # after it a dispatcher makes room for the next
GRACE_SECONDS: Final = 20.0  # in which it still serves those that answer at once, while the slow ones run out

SECRET_BYTES: Final = 32  # Standard Webhooks asks for 24 to 64
OVERLAP_SECONDS_MAX: Final = 7 * 86_400
OVERLAP_SECONDS_DEFAULT: Final = 86_400

STREAM_SECONDS_MAX: Final = 60  # a server-sent stream; the client comes back with Last-Event-ID
LOOK_EVERY_SECONDS: Final = 0.5
WAIT_SECONDS_MAX: Final = 30
