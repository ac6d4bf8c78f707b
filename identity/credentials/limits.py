"""Limits of credentials. Each has its reason beside it; a test says that each holds."""

from __future__ import annotations

from datetime import timedelta

# A year bounds what a verifier without access to status lists goes on believing, and how long retired keys must
# stay published.
VALID_FOR_MAX = timedelta(days=366)
# Identity credentials are renewed this long before they end, so that an agent that fetches weekly never has a gap.
RENEWED_BEFORE_END = timedelta(days=30)
# Clocks of issuers and verifiers differ; five minutes is what Kerberos and most JWT libraries allow.
CLOCK_SKEW = timedelta(minutes=5)
CREDENTIAL_BYTES_MAX = 262_144
PRESENTED_CREDENTIALS_MAX = 32  # each costs up to two signatures and a status question
STATUS_ENTRIES_MAX = 8  # of one credential; each may cost a fetch
STATUS_FETCHES_MAX = 8  # of one request: with 3 s each it ends within the limit of a proxy
BATCH_MAX = 100
CLAIMS_BYTES_MAX = 16_384  # of the caller's own claims in one statement
PREPARED_FOR = timedelta(hours=24)  # how long a prepared document waits for its signature
PREPARED_OPEN_MAX = 100  # of one organization: each takes a place in a status list
CREDENTIALS_PER_AGENT_MAX = 1_000  # live ones; identity and statements together
