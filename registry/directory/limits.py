"""The limits of the directory, each with its reason."""

from __future__ import annotations

from datetime import timedelta

ZONES_PER_ORGANIZATION_MAX = 10  # enough for brands; a squatter needs many
NAMES_PER_ORGANIZATION_MAX = 1_000
RECORDS_PER_NAME_MAX = 64
RECORD_VALUE_BYTES_MAX = 4_096
TTL_SECONDS_MIN = 30  # below it caches do no good
TTL_SECONDS_MAX = 86_400  # above it a change takes longer than a day to be seen
DOMAINS_PER_ORGANIZATION_MAX = 50

LABEL_OCTETS_MAX = 63  # RFC 1035 section 2.3.4, counted in the A-label form
NAME_OCTETS_MAX = 253  # RFC 1035 section 2.3.4, without the root label

TERM_YEARS = 1
TERM_YEARS_AHEAD_MAX = 10  # as registries of domains allow at most
GRACE = timedelta(days=30)  # after the term the name still answers and can be renewed
TRANSFER_LIFETIME = timedelta(days=5)  # RFC 5731 leaves it to policy; registries of domains use five days
