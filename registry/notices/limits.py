"""How much of everything people are told, each with its reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

TITLE_LENGTH_MAX: Final = 160
BODY_LENGTH_MAX: Final = 600  # a push message holds less than 4 kB when it is encrypted (RFC 8291, section 4)
LINK_LENGTH_MAX: Final = 300
KEY_LENGTH_MAX: Final = 160
DAILY_CHOICES: Final = (3, 5, 10, 20, 50)  # what somebody may let through in a day
DAILY_DEFAULT: Final = 10

DEVICES_PER_PERSON_MAX: Final = 10
ENDPOINT_LENGTH_MAX: Final = 1_000  # those of the known push services have 150 to 500
LABEL_LENGTH_MAX: Final = 60
DEVICE_FAILURES_MAX: Final = 20  # in a row; then the device is let go
TESTS_PER_DAY_MAX: Final = 20

ESCALATED_AT_ONCE: Final = 500  # questions of groups past half of their quarter of an hour, all over the registry
SENT_AT_ONCE: Final = 100  # deliveries of one run
REQUEST_SECONDS: Final = 5.0  # one message to a push service, from looking its host up to its answer
SENDERS: Final = 8  # messages on their way at the same time
LEASE: Final = timedelta(seconds=60)  # after it the deliveries of a killed worker are somebody else's
ATTEMPTS_MAX: Final = 6
RETRY_FIRST: Final = timedelta(seconds=15)  # doubled each time: the last try is eight minutes after the first
PUSH_LIFETIME: Final = timedelta(days=1)  # how long a push service keeps what a phone that is off did not take
KEPT: Final = timedelta(days=365)  # how long a notice stays in the list
