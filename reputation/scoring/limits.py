"""How much of everything scoring takes, each with its reason."""

from __future__ import annotations

from datetime import timedelta

UNDISPUTED_FOR = timedelta(days=14)  # spec: a receipt settles when nobody disputed it for so long
RECEIPTS_SETTLED_AT_ONCE = 1_000  # one transaction; the task goes on with the rest
AGENTS_PER_REFRESH = 5_000  # agents computed and written in one statement: some 10 MB of evidence in memory
NIGHTLY_RANGES = 8  # parts of a night that workers share: each short enough to be lost and done again
ITEMS_EXPLAINED_MAX = 200  # lines of an explanation; the newest, and the page says how many more there are
CONTEST_TEXT_LENGTH_MAX = 2_000
CONTESTS_OPEN_MAX = 20  # per organization: somebody reads each
