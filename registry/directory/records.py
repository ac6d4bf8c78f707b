"""Resource records: where an agent is reached, where its card and its source are."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.db import transaction

from identity.credentials.addresses import Address, is_public, parse_address
from identity.journal.actor import Actor
from identity.journal.kinds import RecordsReplaced
from identity.journal.record import record
from identity.primitives.errors import InvalidInput
from registry.directory.limits import RECORD_VALUE_BYTES_MAX, RECORDS_PER_NAME_MAX, TTL_SECONDS_MAX, TTL_SECONDS_MIN
from registry.directory.models import TTL_SECONDS_DEFAULT, Name, RecordType, ResourceRecord
from registry.directory.status import lock_name_for_update

URL_TYPES = frozenset({RecordType.A2A, RecordType.MCP, RecordType.HTTPS, RecordType.REPOSITORY})
# Names that mean "here" or "inside" to whoever reads the record (RFC 6761, RFC 8375, ICANN's internal).
_INSIDE_NAMES = ("localhost", "local", "internal", "home.arpa", "localdomain")
_PURL = re.compile(r"pkg:[a-z][a-z0-9.+-]*/[^\s]+")  # package-url, ECMA-427
_PACKAGE = re.compile(r"[a-z][a-z0-9.+-]*:[^\s:][^\s]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_NOT_IN_URL = re.compile(r"[\s\\]")
_ADDRESS_LIKE = re.compile(r"[0-9.]+|.*:.*")


@dataclass(frozen=True, slots=True)
class RecordForm:
    """One record as it is asked for: its type, value and TTL in seconds."""

    type: str
    value: str
    ttl_seconds: int = TTL_SECONDS_DEFAULT


def replace_records(*, name: Name, records: Iterable[RecordForm], actor: Actor, at: datetime) -> list[ResourceRecord]:
    """Let the name carry exactly ``records``; those that stay keep their ids.

    Raises InvalidInput (``record_invalid``, ``record_duplicate``, ``too_many_records``, ``ttl_out_of_range``) with the
    number of the record in ``field``, and Conflict when the name's statuses forbid a change.
    """
    wanted = checked_records(records)
    with transaction.atomic():
        locked = lock_name_for_update(name, at=at)
        have = {(row.type, row.value): row for row in locked.records.all()}
        gone = [row.pk for key, row in have.items() if key not in wanted]
        ResourceRecord.objects.filter(pk__in=gone).delete()
        ResourceRecord.objects.bulk_create(
            ResourceRecord(name=locked, type=form.type, value=form.value, ttl_seconds=form.ttl_seconds)
            for key, form in wanted.items()
            if key not in have
        )
        _update_ttls(have, wanted)
        record(
            RecordsReplaced(name=locked.fqn, count=len(wanted)),
            subject=locked.pk,
            actor=actor,
            at=at,
            organization=locked.holder_id,
        )
        return list(locked.records.order_by("type", "value"))


def checked_records(records: Iterable[RecordForm]) -> dict[tuple[str, str], RecordForm]:
    """The records by (type, value), each of them allowed. Raises as ``replace_records``."""
    wanted: dict[tuple[str, str], RecordForm] = {}
    for place, form in enumerate(records):
        field = f"records.{place}"
        if place >= RECORDS_PER_NAME_MAX:
            raise InvalidInput(
                "too_many_records", f"A name has at most {RECORDS_PER_NAME_MAX} records.", field="records"
            )
        check_record(form, field=field)
        if (form.type, form.value) in wanted:
            raise InvalidInput("record_duplicate", f"{form.type} {form.value} is there twice.", field=f"{field}.value")
        wanted[form.type, form.value] = form
    return wanted


def check_record(form: RecordForm, *, field: str = "record") -> None:
    """Raise InvalidInput unless the record may stand in the directory."""
    if form.type not in RecordType.values:
        raise InvalidInput(
            "record_invalid", f"A record's type is one of {', '.join(RecordType.values)}.", field=f"{field}.type"
        )
    if not TTL_SECONDS_MIN <= form.ttl_seconds <= TTL_SECONDS_MAX:
        raise InvalidInput(
            "ttl_out_of_range",
            f"A TTL is {TTL_SECONDS_MIN} to {TTL_SECONDS_MAX:,} seconds.",
            field=f"{field}.ttl_seconds",
        )
    problem = value_problem(form.type, form.value)
    if problem is not None:
        raise InvalidInput("record_invalid", problem, field=f"{field}.value")


def value_problem(record_type: str, value: str) -> str | None:
    """Why ``value`` cannot stand in a record of this type, else None."""
    if not value or len(value.encode("utf-8", "surrogatepass")) > RECORD_VALUE_BYTES_MAX:
        return f"A value has 1 to {RECORD_VALUE_BYTES_MAX:,} bytes."
    if _CONTROL.search(value):
        return "A value may not have control characters."
    if record_type in URL_TYPES:
        return url_problem(value)
    if record_type == RecordType.PACKAGE and not (_PURL.fullmatch(value) or _PACKAGE.fullmatch(value)):
        return "A package is a purl (pkg:npm/…) or registry:name."
    return None


def url_problem(url: str) -> str | None:
    """Why ``url`` is not a public https URL, else None. Stops a record from sending every reader of the directory to
    its own machine or inner network (confused deputy)."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "The value is not a URL."
    if parts.scheme != "https" or not host or _NOT_IN_URL.search(url):
        return "The value is an https:// URL."
    if parts.username is not None or parts.password is not None:
        return "A URL may not carry a user name or password."
    if port == 0:
        return "The port of the URL is out of range."
    return _host_problem(host.rstrip("."))


def _host_problem(host: str) -> str | None:
    address = _literal_address(host) if _ADDRESS_LIKE.fullmatch(host) else None
    if address is not None:
        return None if is_public(address) else f"The host {host} is not a public address."
    if "." not in host or ":" in host or host.endswith(tuple(f".{name}" for name in _INSIDE_NAMES)):
        return f"The host {host} is not a public name."
    if host.rsplit(".", 1)[1].isdigit() or host.rsplit(".", 1)[1].startswith("0x"):
        return f"The host {host} is a number in disguise."  # inet_aton reads 127.1 and 0x7f.1 as addresses
    return None


def _literal_address(host: str) -> Address | None:
    try:
        return parse_address(host)
    except ValueError:
        return None


def _update_ttls(have: dict[tuple[str, str], ResourceRecord], wanted: dict[tuple[str, str], RecordForm]) -> None:
    changed = []
    for key, row in have.items():
        if key in wanted and row.ttl_seconds != wanted[key].ttl_seconds:
            row.ttl_seconds = wanted[key].ttl_seconds
            changed.append(row)
    ResourceRecord.objects.bulk_update(changed, ["ttl_seconds"])
