"""An answer as ``dig`` would print it: remarks after ``;;``, everything else one record a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from registry.cli.terminal import paint, printable

NAME_WIDTH_MIN = 24
_EVIDENCE = ("registered", "reachable", "verified", "in_good_standing")
_STATUS_STYLES = {"active": "good", "suspended": "bad", "revoked": "bad", "deactivated": "bad", "unclaimed": "warn"}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How the answer was got; ``verification`` is the line about its signature."""

    server: str
    elapsed_ms: int
    size_bytes: int
    verification: str


def dig_lines(answer: dict[str, Any], how: Circumstances) -> list[str]:
    """The lines to print. Members that are missing or of another shape are left out: the answer may be a stranger's."""
    query = printable(answer.get("query"))
    return [
        paint(f";; ->>ANSWER<<- status: {_status(answer)}, epoch: {printable(answer.get('epoch'))}", "bold"),
        f";; flags: {' '.join(_flags(answer))}; KEYS: {len(_keys(answer))}, RECORDS: {len(_records(answer))}",
        "",
        ";; QUESTION SECTION:",
        f";{query}",
        "",
        *_answer_section(answer, query),
        *_authority_section(answer),
        *_standing_section(answer),
        f";; {how.verification}",
        f";; Valid: from {printable(answer.get('evaluated_at'))} until {printable(answer.get('valid_until'))}",
        f";; Query time: {how.elapsed_ms} msec",
        f";; SERVER: {how.server}",
        f";; MSG SIZE  rcvd: {how.size_bytes}",
    ]


def _status(answer: dict[str, Any]) -> str:
    reason = f" ({printable(answer['reason'])})" if answer.get("reason") else ""
    return f"{printable(answer.get('rcode'))}{reason}"


def _flags(answer: dict[str, Any]) -> list[str]:
    standing, evidence = _part(answer, "standing"), _part(answer, "evidence")
    flags = ["signed"] if _part(answer, "proof") else []
    if standing.get("status"):
        flags.append(printable(standing["status"]))
    return flags + [name for name in ("reachable", "verified") if _state(evidence.get(name)) == "yes"]


def _answer_section(answer: dict[str, Any], query: str) -> list[str]:
    identity = _part(answer, "identity")
    if not identity:
        return []
    ttl = answer.get("ttl_seconds")
    rows: list[tuple[Any, Any, Any]] = [(ttl, "DID", identity.get("did")), (ttl, "AGENT", identity.get("display_name"))]
    rows += [(ttl, "NAME", name) for name in _items(identity, "names") if name != answer.get("query")]
    rows += [(ttl, "CAPABILITY", capability) for capability in _items(identity, "capabilities")]
    rows += [(ttl, "KEY", _key_text(key)) for key in _keys(answer)]
    rows += [(record.get("ttl_seconds"), record.get("type"), record.get("value")) for record in _records(answer)]
    width = max(NAME_WIDTH_MIN, len(query) + 1)
    lines = [
        f"{query:<{width}} {printable(left):>6} {printable(kind):<10} {printable(value)}" for left, kind, value in rows
    ]
    return [";; ANSWER SECTION:", *lines, ""]


def _authority_section(answer: dict[str, Any]) -> list[str]:
    """dig's AUTHORITY says which servers answer for a zone; ours says who answers for the agent."""
    accountable = _part(answer, "accountable")
    if not _part(answer, "identity"):
        return []
    if not accountable:
        return [";; AUTHORITY SECTION:", ";; nobody has claimed this agent", ""]
    details = [accountable.get("kind"), accountable.get("country"), f"assurance {accountable.get('assurance_level')}"]
    domains = [f"domain {domain}" for domain in _items(accountable, "domains")]
    known = ", ".join(printable(detail) for detail in [*details, *domains] if detail)
    return [
        ";; AUTHORITY SECTION:",
        f";; {printable(accountable.get('name'))} ({known}) {printable(accountable.get('id'))}",
        "",
    ]


def _reputation(reputation: dict[str, Any]) -> str:
    """The band, and the score where it is shown."""
    score = reputation.get("score")
    return printable(reputation.get("band")) + ("" if score is None else f", {printable(score)} of 1000")


def _measure_lines(standing: dict[str, Any]) -> list[str]:
    """The registry's measures in force, one a line."""
    measures = [item for item in _items(_part(standing, "sanctions"), "items") if isinstance(item, dict)]
    return [
        f";; MEASURE: {paint(printable(item.get('measure')), 'warn')} {printable(item.get('id'))}, "
        f"{printable(item.get('reason'))}, since {printable(item.get('since'))}, "
        f"until {printable(item.get('until') or 'lifted')}, appeal {printable(item.get('appeal'))}"
        for item in measures
    ]


def _standing_section(answer: dict[str, Any]) -> list[str]:
    standing, reputation = _part(answer, "standing"), _part(answer, "reputation")
    if not standing:
        return []
    status = printable(standing.get("status"))
    reason = f", {printable(standing['reason'])}" if standing.get("reason") else ""
    by = f" by the {printable(standing['suspended_by'])}" if standing.get("suspended_by") else ""
    shown = paint(status, _STATUS_STYLES.get(status, "warn"))
    facts = _part(answer, "evidence")
    evidence = [f"{name.replace('_', ' ')} {_state(facts[name])}" for name in _EVIDENCE if name in facts]
    return [
        f";; STANDING: {shown}{by}{reason}, since {printable(standing.get('since'))}",
        *_measure_lines(standing),
        f";; REPUTATION: {_reputation(reputation)} (sample of {printable(reputation.get('sample_size'))})",
        f";; EVIDENCE: {printable(', '.join(evidence))}",
        "",
    ]


def _key_text(key: dict[str, Any]) -> str:
    purposes = ",".join(str(purpose) for purpose in _items(key, "purposes"))
    until = f" until {key['valid_until']}" if key.get("valid_until") else ""
    return f"{key.get('public_key_multibase')} #{str(key.get('id')).partition('#')[2]} {purposes}{until}"


def _part(members: dict[str, Any], name: str) -> dict[str, Any]:
    value = members.get(name)
    return value if isinstance(value, dict) else {}


def _items(members: dict[str, Any], name: str) -> list[Any]:
    value = members.get(name)
    return value if isinstance(value, list) else []


def _keys(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [key for key in _items(_part(answer, "identity"), "verification_methods") if isinstance(key, dict)]


def _records(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [record for record in _items(_part(answer, "identity"), "records") if isinstance(record, dict)]


def _state(value: object) -> str:
    return str(value.get("state")) if isinstance(value, dict) else str(value)
