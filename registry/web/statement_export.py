"""A statement as a file: every line, figure for figure what the ledger holds, sent as it is read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from identity.accounts.models import Organization
from identity.primitives.clock import rfc3339
from identity.primitives.money import exponent_of
from identity.spending.models import Authorization
from identity.spending.statement import Selection, Sum, sum_of
from registry.web.statement_names import Party, parties_of, unknown_party
from registry.web.statement_period import Period

LINES_AT_ONCE = 1_000
COLUMNS = (
    "authorization",
    "given_at",
    "local_date",
    "agent",
    "agent_did",
    "vendor",
    "vendor_did",
    "category",
    "action",
    "currency",
    "authorized",
    "held",
    "charged",
    "charged_beyond",
    "refunded",
    "spent",
    "state",
    "close_reason",
    "delegation",
)
_AMOUNTS = ("authorized", "held", "charged", "charged_beyond", "refunded", "spent")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_of(selection: Selection, period: Period) -> Iterator[str]:
    """A heading and a row for each purchase. Amounts are decimal numbers of the currency: ``1250.50``."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(COLUMNS)
    for line in _lines(selection, period):
        exponent = exponent_of(line["currency"])
        amounts = {name: decimal(line[name], exponent) for name in _AMOUNTS}
        writer.writerow([amounts.get(name) or harmless(line[name]) for name in COLUMNS])
        if buffer.tell() > 32_768:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()


def json_of(selection: Selection, period: Period, *, organization: Organization, at: datetime) -> Iterator[str]:
    """One object; amounts are whole minor units, ``totals`` the sums of exactly these lines."""
    head = {
        "principal": organization.pk,
        "name": organization.name,
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "time_zone": str(period.zone),
        "made_at": rfc3339(at),
    }
    yield f'{json.dumps(head, ensure_ascii=False)[:-1]}, "lines": ['
    totals: dict[str, Sum] = {}
    for number, line in enumerate(_lines(selection, period)):
        one = line.pop("sum")
        totals[one.currency] = totals[one.currency].plus(one) if one.currency in totals else one
        yield f"{',' if number else ''}\n{json.dumps(line, ensure_ascii=False)}"
    sums = [
        {
            "currency": one.currency,
            "exponent": exponent_of(one.currency),
            "count": one.count,
            "held": one.held,
            "charged": one.captured,
            "charged_beyond": one.over,
            "refunded": one.refunded,
            "spent": one.spent,
        }
        for one in sorted(totals.values(), key=lambda each: each.currency)
    ]
    yield f'\n], "totals": {json.dumps(sums)}}}\n'


def harmless(text: str) -> str:
    """Stops a name such as ``=HYPERLINK(…)``, which anybody may register, from being run by a spreadsheet: behind an
    apostrophe it is text."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def decimal(minor: int, exponent: int) -> str:
    """``1250.50`` for people's programs: no thousands mark, as many places as the currency has."""
    major, rest = divmod(minor, 10**exponent)
    return f"{major}.{rest:0{exponent}d}" if exponent else str(major)


def _lines(selection: Selection, period: Period) -> Iterator[dict[str, Any]]:
    """One statement reads them all, so that they are of one instant however long the sending takes."""
    rows = iter(selection.lines().iterator(chunk_size=LINES_AT_ONCE))
    known: dict[str, Party] = {}
    while some := list(islice(rows, LINES_AT_ONCE)):
        missing = {party for row in some for party in (row.agent, row.vendor)} - known.keys()
        known |= {party: unknown_party(party) for party in missing} | (parties_of(missing) if missing else {})
        for row in some:
            yield _line(row, known[row.agent], known[row.vendor], period)


def _line(row: Authorization, agent: Party, vendor: Party, period: Period) -> dict[str, Any]:
    one = sum_of(row)
    return {
        "authorization": row.pk,
        "given_at": rfc3339(row.created_at),
        "local_date": row.created_at.astimezone(period.zone).date().isoformat(),
        "agent": agent.name,
        "agent_did": agent.did,
        "vendor": vendor.name,
        "vendor_did": vendor.did,
        "category": vendor.mcc,
        "action": row.action,
        "currency": row.currency,
        "authorized": row.amount,
        "held": one.held,
        "charged": one.captured,
        "charged_beyond": one.over,
        "refunded": one.refunded,
        "spent": one.spent,
        "state": row.state,
        "close_reason": row.close_reason,
        "delegation": row.path[-1],
        "sum": one,
    }
