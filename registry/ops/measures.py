"""What is measured. Counters and histograms are kept by each process; gauges of the register's own state are read
from the database when somebody asks, see ``registry.ops.metrics``.

With several processes behind one address set PROMETHEUS_MULTIPROC_DIR (``manage.py up`` does): they then write to
files there, and whichever is asked adds them up.
"""

from __future__ import annotations

from prometheus_client import Counter, Histogram

REQUESTS = Counter("attorn_requests", "Requests answered by Django.", ["method", "route", "status"])
REQUEST_SECONDS = Histogram(
    "attorn_request_seconds",
    "How long Django took to answer.",
    ["route"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
RESOLVE_ANSWERS = Counter("attorn_resolve_answers", "Answers to questions about names and DIDs.", ["status"])
