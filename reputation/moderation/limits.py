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

VISITORS_REMEMBERED_FOR = timedelta(days=90)  # after the finding: as long as somebody may want to ask back

# --- what a count of reports asks for ---
LABEL_REPORTS_MIN = 3
LABEL_CLUSTERS_MIN = 3

# --- what shares of disputed purchases ask for (spec: the ladder, "Operator portfolio") ---
SHARE_WINDOW = timedelta(days=90)
AGENT_PERMILLE_THROTTLE = 15
AGENT_RECEIPTS_MIN = 20
AGENT_DISPUTES_MIN = 3
PORTFOLIO_PERMILLE_WARNING = 3
PORTFOLIO_PERMILLE_THROTTLE = 5
PORTFOLIO_DEPLATFORM_RECEIPTS_MIN = 1_000

# --- reporters without ground ---
UNFOUNDED_REMEMBERED_FOR = timedelta(days=365)
UNFOUNDED_WARNINGS = 1  # the first is a warning, each further one takes the weight
WEIGHTLESS_FOR = timedelta(days=90)

# --- cases ---
CASE_WORDS_LENGTH_MAX = 500
CASE_NOTE_LENGTH_MAX = 4_000
CASE_NOTES_MAX = 500

# --- sanctions ---
FACTS_LENGTH_MAX = 2_000
SANCTION_EVIDENCE_MAX = 50
END_REASON_LENGTH_MAX = 500
FENCES_AT_ONCE_MAX = 1_000  # PostgreSQL's lock table holds some thousands; one measure must not fill it
HOLDS_VOIDED_AT_ONCE = 500  # bounds the transaction; the sweep ends the others, no capture waits for it
NOTICES_PER_SANCTION_MAX = 5_000  # principals and vendors told of one measure
ENDED_AT_ONCE_MAX = 200  # lapsed and expired sanctions a round of the task ends

# --- associated agents ---
ASSOCIATED_MAX = 500  # listed for review; a cluster beyond that is a case of its own
ASSOCIATION_WORDS_LENGTH_MAX = 500

# --- appeals ---
APPEAL_WORDS_LENGTH_MAX = 8_000
APPEALS_OPEN_PER_ORGANIZATION_MAX = 50

# --- notices ---
NOTICES_SENT_AT_ONCE = 100
NOTICE_ATTEMPTS_MAX = 12
