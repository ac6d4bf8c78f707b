"""One entry of the MCP Registry's published list, as this directory would carry it.

Format: the seed list of the repository modelcontextprotocol/registry (May 2025). Nothing is concluded from an entry
that it does not say: capabilities are the protocol itself, the kinds of its packages and its transports.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from identity.primitives.errors import InvalidInput
from registry.directory.importers.json_stream import BrokenFile
from registry.directory.limits import RECORDS_PER_NAME_MAX
from registry.directory.models import RecordType
from registry.directory.names import parse_name
from registry.directory.records import value_problem

DISPLAY_NAME_LENGTH_MAX = 120
DESCRIPTION_LENGTH_MAX = 2_000
HOMEPAGE_LENGTH_MAX = 500

_CAPABILITY = re.compile(r"[a-z0-9][a-z0-9.+-]{0,63}")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_PURL_TYPES = frozenset({"npm", "pypi", "docker", "nuget", "cargo", "gem", "golang", "oci"})
_UNKNOWN_KIND = "unknown"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A bad entry: where it stands, what it calls itself, and why it cannot be carried."""

    position: int
    name: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A part of a good entry that the directory does not carry."""

    position: int
    name: str
    part: str
    reason: str


@dataclass(frozen=True, slots=True)
class Entry:
    position: int
    fqn: str
    display_name: str
    description: str
    capabilities: tuple[str, ...]
    homepage: str
    records: tuple[tuple[str, str], ...]
    left_out: tuple[LeftOut, ...]

    @property
    def digest(self) -> str:
        """SHA-256 over all that would be stored: equal digests mean nothing to do."""
        parts = (self.fqn, self.display_name, self.description, self.capabilities, self.homepage, self.records)
        return sha256(repr(parts).encode()).hexdigest()


def read_entry(position: int, value: Any) -> Entry | Rejected:
    """What the entry at ``position`` says. Raises BrokenFile for a member of the wrong type: then the file is not
    what it claims to be, and no part of it can be believed."""
    members = _object(value, "the entry", position)
    text = _text(members, "name", position).strip()
    if not text:
        return Rejected(position, "", "name_missing", "the entry has no name")
    if _CONTROL.search(text):
        return Rejected(position, ascii(text)[1:101], "name_invalid", "the name has characters that cannot be shown")
    try:
        form = parse_name(text)
    except InvalidInput as error:
        return Rejected(position, text[:260], error.code, error.detail)
    if not form.is_directory_form:
        return Rejected(position, text[:260], "name_invalid", "the name is not of the form namespace/server")
    description = _text(members, "description", position).strip()
    if _CONTROL.search(description):
        return Rejected(position, form.fqn, "description_invalid", "the description has control characters")
    return _entry(position, form.fqn, description, members)


def _entry(position: int, fqn: str, description: str, members: dict[str, Any]) -> Entry:
    records: dict[tuple[str, str], None] = {}
    left_out: list[LeftOut] = []
    for record_type, value in _record_values(members, position):
        problem = value_problem(record_type, value)
        if problem is None and len(records) >= RECORDS_PER_NAME_MAX:
            problem = f"A name has at most {RECORDS_PER_NAME_MAX} records."
        if problem is None:
            records[record_type, value] = None
        else:
            shown = _CONTROL.sub("?", value)[:260]
            left_out.append(LeftOut(position, fqn, f"{record_type} {shown}", problem))
    if len(description) > DESCRIPTION_LENGTH_MAX:
        left_out.append(LeftOut(position, fqn, "description", f"cut at {DESCRIPTION_LENGTH_MAX:,} characters"))
    homepage = next((value for kind, value in records if kind == RecordType.REPOSITORY), "")
    return Entry(
        position=position,
        fqn=fqn,
        display_name=fqn.partition("/")[2][:DISPLAY_NAME_LENGTH_MAX],
        description=description[:DESCRIPTION_LENGTH_MAX],
        capabilities=_capabilities(members, position),
        homepage=homepage if len(homepage) <= HOMEPAGE_LENGTH_MAX else "",
        records=tuple(sorted(records)),
        left_out=tuple(left_out),
    )


def _record_values(members: dict[str, Any], position: int) -> Iterator[tuple[str, str]]:
    repository = members.get("repository")
    if repository is not None and (url := _text(_object(repository, "repository", position), "url", position)):
        yield RecordType.REPOSITORY, url
    for package in _objects(members, "packages", position):
        if value := _package(package, position):
            yield RecordType.PACKAGE, value
    for remote in _objects(members, "remotes", position):
        if url := _text(remote, "url", position):
            yield RecordType.MCP, url


def _package(package: dict[str, Any], position: int) -> str:
    """A purl (ECMA-427) where the kind of package has one, ``kind:name`` otherwise."""
    kind = _text(package, "registry_name", position).strip().lower() or _UNKNOWN_KIND
    name, version = _text(package, "name", position).strip(), _text(package, "version", position).strip()
    if not name:
        return ""
    if kind not in _PURL_TYPES:
        return f"{kind}:{name}"
    canonical = name.lower().replace("_", "-") if kind == "pypi" else name
    suffix = f"@{quote(version, safe='.+-', errors='replace')}" if version else ""
    return f"pkg:{kind}/{quote(canonical, safe='/.+-_', errors='replace')}{suffix}"


def _capabilities(members: dict[str, Any], position: int) -> tuple[str, ...]:
    kinds = {_text(package, "registry_name", position) for package in _objects(members, "packages", position)}
    transports = {_text(remote, "transport_type", position) for remote in _objects(members, "remotes", position)}
    stated = {one.strip().lower() for one in kinds | transports} - {_UNKNOWN_KIND}
    return tuple(sorted({"mcp", *(one for one in stated if _CAPABILITY.fullmatch(one))}))


def _object(value: Any, what: str, position: int) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BrokenFile(f"{what} is not an object", position=position)
    return value


def _objects(members: dict[str, Any], name: str, position: int) -> list[dict[str, Any]]:
    values = members.get(name)
    if values is None:
        return []
    if not isinstance(values, list):
        raise BrokenFile(f"{name} is not a list", position=position)
    return [_object(value, f"an item of {name}", position) for value in values]


def _text(members: dict[str, Any], name: str, position: int) -> str:
    value = members.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BrokenFile(f"{name} is not text", position=position)
    return value
