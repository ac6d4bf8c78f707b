"""How often, how much and how long the background checks ask, each with its reason."""

from __future__ import annotations

from datetime import timedelta

# Freshness. While a list's server answers, what is shown here is at most 45 seconds behind it: the interval with its
# jitter (33), the tick that finds it due (5), the fetch (3) and the write. Past the bound it is called stale.
CHECK_EVERY = timedelta(seconds=30)
KEYS_CHECK_EVERY = timedelta(minutes=5)  # DID documents change rarely and are unsigned: less often, more agreement
STALE_AFTER = timedelta(minutes=15)

# Doubt. One bad try says nothing: this many in a row do, if they are spread over at least so long.
QUORUM_TRIES = 3
QUORUM_SPAN = timedelta(seconds=20)
RETRY_AFTER = timedelta(seconds=10)  # doubles with every failure
RETRY_AFTER_MAX = timedelta(minutes=15)
JITTER = 0.1  # so that lists that failed together are not asked together for ever

# Work.
SOURCE_LEASE = timedelta(seconds=30)  # longer than a fetch and its write; a dead worker's source is due again after it
RANGE_LEASE = timedelta(seconds=30)
SECONDS_PER_TURN = 5.0  # a task takes no new piece after so long, so that a single worker gets to everything else too
FETCH_THREADS = 8  # a server that hangs costs a thread three seconds, not the sweep
RANGES_PER_SWEEP_MAX = 20
ENTRIES_PER_CHUNK = 50_000  # about 3 MB in memory, 0.1 s in one transaction
PLACES_BY_INDEX_MAX = 5_000  # more changed places than this are compared entry by entry instead

# Sizes.
ATTACHED_PER_AGENT_MAX = 32
PRESENTED_PER_AGENT_MAX = 64
PRESENTED_KEPT = timedelta(days=90)
ENTRIES_PER_CREDENTIAL_MAX = 4
LIST_ENTRIES_MIN = 131_072  # Bitstring Status List section 6.1: a smaller one tells who is who
INDEX_MAX = 2**31 - 2
