"""Limits of moderation. Each has its reason beside it; a test says that each holds."""

from __future__ import annotations

from datetime import timedelta

# --- reports ---
REPORT_TEXT_LENGTH_MAX = 4_000  # two pages: what is longer belongs into an attachment
REPORTABLE_FOR = timedelta(days=540)  # the longest window in which card schemes take a dispute
REPORTS_COUNT_FOR = timedelta(days=90)  # how long an undecided report counts towards a threshold
REPEATS_MAX = 100  # of one report: more of the same from the same owners tell nothing new
CLUSTER_ORGANIZATIONS_MAX = 200  # looked at when asking who owns whom; each round costs a query
CLUSTER_ROUNDS_MAX = 6

# --- attachments ---
ATTACHMENTS_PER_REPORT_MAX = 5
ATTACHMENT_BYTES_MAX = 1_048_576
ATTACHMENT_NAME_LENGTH_MAX = 120
PICTURE_PIXELS_MAX = 40_000_000  # a camera's picture; a header that promises more is a bomb for whoever opens it
JSON_DEPTH_MAX = 32

# --- what a count of reports asks for ---
LABEL_REPORTS_MIN = 3
LABEL_CLUSTERS_MIN = 3

# --- reporters without ground ---
UNFOUNDED_REMEMBERED_FOR = timedelta(days=365)
UNFOUNDED_WARNINGS = 1  # the first is a warning, each further one takes the weight
WEIGHTLESS_FOR = timedelta(days=90)

# --- cases ---
CASE_WORDS_LENGTH_MAX = 500
CASE_NOTE_LENGTH_MAX = 4_000
CASE_NOTES_MAX = 500
