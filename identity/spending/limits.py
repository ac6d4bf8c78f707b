"""How much of everything the ledger takes, each with its reason."""

from __future__ import annotations

from datetime import timedelta

BUDGETS_PER_AUTHORIZATION_MAX = 32  # each is a locked row; a chain that needs more is refused before it is decided
GROUP_MAX = 64  # requests decided in one transaction: more would make the last of them wait for the first
GATHERING_MAX = timedelta(milliseconds=2)  # for those that a group answered to come again: less than a commit
HOLD_DEFAULT = timedelta(days=7)  # as card networks give a shop to ship
HOLD_MAX = timedelta(days=31)
HOLD_MIN = timedelta(minutes=1)
EXPIRED_RELEASED_AT_ONCE = 50  # bounds what a single request does for others
INTENT_LIFETIME = timedelta(seconds=300)
CLOCK_SKEW = timedelta(seconds=30)  # how far ahead an agent's clock may be
LOCK_TIMEOUT_MS = 1_500  # card habit: an answer within two seconds or none
STATEMENT_TIMEOUT_MS = 2_000
IDEMPOTENCY_KEY_LENGTH_MAX = 255
ORDER_DISPLAY_LENGTH_MAX = 200
NOTE_LENGTH_MAX = 280  # characters of the agent's own words
TOLERANCE_PERCENT_MAX = 20  # tips and weighed goods; more is another purchase
REFERENCE_LENGTH_MAX = 80
EVIDENCE_TEXT_LENGTH_MAX = 500

APPROVAL_LIFETIME = timedelta(minutes=15)
ELEVATION_LIFETIME = timedelta(minutes=10)
PENDING_PER_LINK_MAX = 3  # so that an agent cannot wear its human down
PROMPTS_PER_DAY_MAX = 10
DECLINED_FOR = timedelta(hours=24)  # the same purchase is not asked again so soon
DECLINES_SUSPEND_AFTER = 5
DECLINES_COUNTED_FOR = timedelta(days=7)
