"""What the console's bench runs in a process set up as the site is: one purchase as it is really made, many copies of
it, then every console page that these reach, asked for as a browser does."""

from __future__ import annotations

import json
import os
import re
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

VENDORS = 60
_CONSOLE = "console/<str:organization_id>/"
_PLACE = re.compile(r"<(?:[a-z_]+:)?([a-z_]+)>")
_MUST = {"console_organization", "console_delegations", "console_delegation", "console_statement", "console_activity"}
_FILES = frozenset({"console_statement_csv", "console_statement_json"})

_VENDORS = """
WITH one AS (
    INSERT INTO agents_agent SELECT (jsonb_populate_record(a, jsonb_build_object('id', 'agt_vendor' || n,
        'did', 'did:web:localhost:vendors:' || n, 'display_name', 'Vendor ' || n))).*
    FROM agents_agent a, generate_series(1, %(vendors)s) n WHERE a.id = %(vendor)s RETURNING id
)
INSERT INTO agents_vendor (agent_id, mcc, country, domains, assurance_level, cluster, created_at)
SELECT id, (ARRAY['5411', '5734', '4511', '7011', '5942', '5812', '5999'])[1 + (row_number() OVER ())::int %% 7], 'DE',
    '{}', 2, '', now() FROM one
"""
# A year of purchases: most of them charged, some still held, some given back. The newest are of this month.
_PURCHASES = """
INSERT INTO spending_authorization
SELECT (jsonb_populate_record(a, jsonb_build_object('id', 'aut_' || lpad(n::text, 26, '0'), 'root', d.id,
    'path', jsonb_build_array(d.id), 'agent', d.agent_id, 'vendor', 'agt_vendor' || (1 + n %% %(vendors)s),
    'amount', 100 + n %% 9000, 'max_amount', 100 + n %% 9000,
    'open', CASE WHEN n %% 10 = 0 THEN 100 + n %% 9000 ELSE 0 END,
    'captured', CASE WHEN n %% 10 = 0 THEN 0 ELSE 100 + n %% 9000 END,
    'refunded', CASE WHEN n %% 20 = 1 THEN 50 ELSE 0 END,
    'state', CASE WHEN n %% 10 = 0 THEN 'open' ELSE 'closed' END,
    'close_reason', CASE WHEN n %% 10 = 0 THEN '' ELSE 'captured' END,
    'closed_at', CASE WHEN n %% 10 = 0 THEN NULL ELSE now() END,
    'created_at', now() - (n::float / %(purchases)s) * interval '365 days'))).*
FROM generate_series(1, %(purchases)s) n
JOIN (SELECT id, agent_id, row_number() OVER () - 1 AS place FROM delegation_delegation) d
    ON d.place = n %% (SELECT count(*) FROM delegation_delegation)
CROSS JOIN spending_authorization a WHERE a.id = %(authorization)s
"""
_EVENTS = """
INSERT INTO journal_event (id, kind, subject, organization, actor, payload, at, recorded_at)
SELECT 'evt_' || lpad(n::text, 26, '0'), kind, subject, organization, actor, payload, at, recorded_at
FROM generate_series(1, %(purchases)s) n, journal_event WHERE subject = %(authorization)s
"""


def answer() -> None:
    """Do what the order says, and print what came of it."""
    order = json.loads(os.environ["BENCH_ORDER"])
    do: dict[str, Callable[..., dict[str, Any]]] = {"seed": _seed, "sum up": _sum_up, "measure": _measure}
    print(json.dumps(do[order.pop("do")](**order)))


def _seed(*, market: dict[str, Any], purchases: int) -> dict[str, Any]:
    from django.db import connection, transaction

    from bench.spend_probe import _attempts
    from identity.accounts.models import Organization, User
    from identity.spending.authorize import decide_attempt

    organization = Organization.objects.get()
    user = User.objects.create_user("bench@example.org", None)
    organization.memberships.create(user=user, role="owner")
    decided = decide_attempt(_attempts(market, 1)[0])
    known = {
        "authorization": decided.authorization,
        "vendor": market["vendor"],
        "vendors": VENDORS,
        "purchases": purchases,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for statement in (_VENDORS, _PURCHASES, _EVENTS):
            cursor.execute(statement, known)
    return {"organization": organization.pk, "user": user.pk, "authorization": decided.authorization}


def _sum_up(*, organization: str, user: str, authorization: str, rounds: int) -> dict[str, Any]:
    """As the worker does at night. What a year takes before it is measured too: so slow is a page without a worker."""
    from identity.spending.month_sums import sum_up_finished_months

    client = _signed_in(user)
    page = _page(client, "console_statement (a year, not summed up)", _year(organization), rounds)
    began = time.perf_counter()
    months = sum_up_finished_months()
    return {"page": page, "months": months, "seconds": time.perf_counter() - began}


def _signed_in(user: str) -> Any:
    from django.test import Client

    from identity.accounts.models import User

    client = Client(SERVER_NAME="localhost")
    client.force_login(User.objects.get(pk=user))
    return client


def _year(organization: str) -> str:
    from identity.primitives.clock import now

    at = now()
    return f"/console/{organization}/statement/?first={at.year - 1}-{at:%m}-01&last={at:%Y-%m-%d}"


def _measure(*, organization: str, user: str, authorization: str, rounds: int) -> dict[str, Any]:
    """Every console page whose places are known. The year's statement is measured beside this month's."""
    from identity.delegation.models import Delegation
    from identity.primitives.clock import now

    client, at = _signed_in(user), now()
    link = Delegation.objects.first()
    if link is None:
        raise RuntimeError("nothing was seeded")
    known = {
        "organization_id": organization,
        "delegation_id": link.pk,
        "agent_id": link.agent_id,
        "authorization_id": authorization,
        "month": f"{at:%Y-%m}",
    }
    addresses = [(name, address) for name, address in _addresses(known) if name not in _FILES]
    year = _year(organization)
    addresses += [
        ("console_statement (a year)", year),
        ("console_statement (a year, searched)", f"{year}&q=vendor+1"),
        ("console_statement (a year, by kind)", f"{year}&kind=groceries"),
        ("console_statement (a year, one id)", f"{year}&q={authorization}"),
        ("console_statement (a year, nothing found)", f"{year}&q=nobody"),
    ]
    pages = (_page(client, name, address, rounds) for name, address in addresses)
    found = [page for page in pages if page is not None]
    if missing := _MUST - {page["name"] for page in found}:
        raise RuntimeError(f"not measured: {', '.join(sorted(missing))}")
    return {"pages": found}


def _page(client: Any, name: str, address: str, rounds: int) -> dict[str, Any] | None:
    """Its queries, the median time after one warming request, and its weight without style and script. None for what
    answers by anything but a page."""
    from django.db import connection

    queries: list[str] = []

    def count(execute: Callable[..., Any], sql: str, parameters: Any, many: bool, context: Any) -> Any:
        queries.append(sql)
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(count):
        first = client.get(address)
    if first.status_code >= 500:
        raise RuntimeError(f"{address} answers {first.status_code}")
    if first.status_code != 200 or "html" not in first.headers["Content-Type"]:
        return None
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        client.get(address)
        took.append((time.perf_counter() - began) * 1e3)
    return {
        "name": name,
        "queries": len(queries),
        "ms": round(statistics.median(took), 1),
        "kilobytes": round(len(first.content) / 1e3, 1),
    }


def _addresses(known: dict[str, str]) -> Iterator[tuple[str, str]]:
    from django.urls import get_resolver

    for name, route in _routes(get_resolver().url_patterns, ""):
        if route.startswith(_CONSOLE) and set(_PLACE.findall(route)) <= set(known):
            yield name, "/" + _PLACE.sub(lambda place: known[place[1]], route)


def _routes(patterns: list[Any], before: str) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if hasattr(pattern, "url_patterns"):
            yield from _routes(pattern.url_patterns, route)
        else:
            yield str(pattern.name), route
