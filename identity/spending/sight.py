"""Everything the decisions of a group rest on, and how it is read from the rows of the ledger's first statements."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson

from identity.credentials.issuers import registry_signer
from identity.primitives.round_trip import Row
from identity.primitives.signing import Signer
from identity.spending.decision import ApprovalSeen, BudgetSeen, VendorSeen
from identity.spending.models import Decision
from identity.spending.underwriting import Terms


@dataclass(slots=True)
class Sight:
    """Everything the decisions of a group rest on. ``terms`` are those of the agents that spend. ``crowded_roots``
    have holds that ran out and were not released; ``deplatformed`` are principals, and agents by their organization.
    ``callers`` are the organizations of the service keys that count, ``sellers`` those of the vendors. ``repeated`` are
    calls that were answered before, ``answered`` says how. ``places`` are where the locked rows of budgets lie in their
    table, and stay until one of them is changed."""

    links: dict[str, str] = field(default_factory=dict)
    agents: dict[str, str] = field(default_factory=dict)
    terms: dict[str, Terms] = field(default_factory=dict)
    deplatformed: set[str] = field(default_factory=set)
    frozen: set[str] = field(default_factory=set)
    valid_keys: dict[str, str] = field(default_factory=dict)
    used_nonces: set[str] = field(default_factory=set)
    vendors: dict[str, VendorSeen] = field(default_factory=dict)
    repeated: set[str] = field(default_factory=set)
    answered: dict[str, Decision] = field(default_factory=dict)
    known_payees: set[tuple[str, str]] = field(default_factory=set)
    budgets: dict[str, BudgetSeen] = field(default_factory=dict)
    places: dict[str, bytes] = field(default_factory=dict)
    approvals: dict[str, ApprovalSeen] = field(default_factory=dict)
    growing: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    crowded_roots: set[str] = field(default_factory=set)
    callers: dict[str, str] = field(default_factory=dict)
    sellers: dict[str, str | None] = field(default_factory=dict)
    signer: Signer | None = None


def note_state(rows: Iterable[Row], spaced: Collection[str], sight: Sight) -> None:
    """What ``ledger_reads`` read, into ``sight``: of each kind of row its text, or None. ``spaced`` are budgets whose
    last use matters."""
    for kind, text in rows:
        if text is None:  # no lines
            continue
        match kind:
            case b"budgets":
                _note_budgets(text, spaced, sight)
            case b"links":
                sight.links.update(_pairs(text))
            case b"agents":
                _note_agents(text, sight)
            case b"keys":
                sight.valid_keys.update(_pairs(text))
            case b"deplatformed":
                sight.deplatformed.add(text.decode())
            case b"vendor":
                vendor, _, known = text.partition(b" ")
                sight.vendors[vendor.decode()], sight.sellers[vendor.decode()] = _vendor(known)
            case b"caller":
                caller, organization = text.decode().split()
                sight.callers[caller] = organization
            case b"frozen":
                sight.frozen.add(text.decode())
            case b"nonce":
                sight.used_nonces.add(text.decode())
            case b"answered":
                sight.repeated.add(text.decode())
            case b"expired":
                sight.crowded_roots.add(text.decode())
            case b"signer":
                fragment, sealed = text.decode().split()
                sight.signer = registry_signer(fragment, bytes.fromhex(sealed))


def _pairs(text: bytes) -> Iterator[tuple[str, str]]:
    words = iter(text.decode().split())
    return zip(words, words, strict=True)


def _note_budgets(text: bytes, spaced: Collection[str], sight: Sight) -> None:
    for line in text.split(b"\n"):
        budget, place, held, captured, uses, cap, last_used_at = line.split(b" ", 6)
        name = budget.decode()
        seen = sight.budgets[name] = BudgetSeen(int(held), int(captured), int(uses))
        sight.places[name] = place
        seen.cap = int(cap) if cap else None
        if last_used_at and name in spaced:
            seen.last_used_at = datetime.fromisoformat(last_used_at.decode())


def _note_agents(text: bytes, sight: Sight) -> None:
    for line in text.split(b"\n"):
        agent, status, is_deplatformed, terms = line.split(b" ", 3)
        name = agent.decode()
        sight.agents[name] = status.decode()
        if is_deplatformed == b"t":
            sight.deplatformed.add(name)
        if terms:
            sight.terms[name] = _terms(terms)


@lru_cache(maxsize=20_000)
def _vendor(text: bytes) -> tuple[VendorSeen, str | None]:
    """The vendor, and the organization that sells as it."""
    did, status, mcc, country, domains, level, cluster, organization = orjson.loads(text)
    return VendorSeen(did, status, mcc, country, tuple(domains), level, cluster), organization


@lru_cache(maxsize=20_000)
def _terms(text: bytes) -> Terms:
    """The terms of an agent that spends, from what is known of it and its organization."""
    assurance_level, score, band, *rest = orjson.loads(text)
    if band is None:
        return Terms(assurance_level=assurance_level or 0)
    is_throttled, insured_up_to, insurer, certificate, actions, insured_until, bond, bond_until = rest
    return Terms(
        assurance_level=assurance_level or 0,
        band=band,
        score=score,
        is_throttled=is_throttled,
        insured_up_to=insured_up_to,
        insurer=insurer,
        certificate=certificate,
        insured_actions=tuple(actions),
        insured_until=insured_until and datetime.fromisoformat(insured_until),
        bond=bond,
        bond_until=bond_until and datetime.fromisoformat(bond_until),
    )
