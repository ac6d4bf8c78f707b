"""Synthetic chains of delegations for the bench: seeded by COPY, each with agents and a key of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import psycopg

from identity.primitives.ids import new_id
from identity.primitives.multikey import PrivateKey

STARTED = datetime(2026, 1, 1, tzinfo=UTC)
ENDS = datetime(2035, 1, 1, tzinfo=UTC)
ORGANIZATION = "org_00000000000000000000000000"
PLENTY = 900_000_000_000  # nothing may run out while it is measured

_AGENTS = """COPY agents_agent (id, did, kind, organization_id, display_name, description, capabilities, homepage,
    status, status_reason, status_changed_at, suspended_by, origin, origin_id, origin_digest, created_at) FROM STDIN"""
_KEYS = """COPY agents_verificationmethod (id, agent_id, fragment, multikey, algorithm, thumbprint, purposes,
    valid_from, revoked_reason) FROM STDIN"""
_DELEGATIONS = """COPY delegation_delegation (id, credential_id, credential, digest, root_id, parent_id, path, depth,
    max_depth_left, principal_id, principal_did, issuer_agent_id, issuer_did, agent_id, holder_thumbprint, valid_from,
    valid_until, allocation, on_revocation, constraints, sentence, status, status_reason, status_changed_at,
    status_set_by, status_setter, created_at) FROM STDIN"""


@dataclass(frozen=True)
class Leaf:
    """Who may spend under a chain: the holder's DID, its key in PEM, the leaf's id."""

    agent_did: str
    pem: str
    delegation: str


@dataclass(frozen=True)
class Market:
    leaves: list[Leaf]
    vendor: str
    vendor_did: str


def limits(currency: str = "EUR") -> list[dict[str, Any]]:
    """What every link carries: two budgets to count in, and four rules that need no counting."""
    money = {"currency": currency, "exponent": 2}
    return [
        {"id": "L1", "type": "total", "amount": PLENTY, **money, "refundRestores": True},
        {"id": "L2", "type": "per_period", "amount": PLENTY, **money, "period": "month", "alignment": "calendar",
         "timezone": "Europe/Berlin"},
        {"id": "L3", "type": "per_transaction", "max": 1_000_000, **money},
        {"id": "L4", "type": "categories", "allow": ["5000-6000"], "deny": ["5999"]},
        {"id": "L5", "type": "countries", "allow": ["DE", "FR", "NL"]},
        {"id": "L6", "type": "vendor_assurance", "min": 1},
    ]  # fmt: skip


def seed_market(url: str, *, chains: int, depth: int, shared_root: bool = False, host: str = "localhost") -> Market:
    """``chains`` leaves at ``depth`` links each; with ``shared_root`` all below one root."""
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "INSERT INTO accounts_organization (id, kind, name, country, website, assurance_level, created_at) "
            "VALUES (%s, 'organization', 'Bench', 'DE', '', 3, %s) ON CONFLICT DO NOTHING",
            [ORGANIZATION, STARTED],
        )
        writer = _Writer(host)
        vendor = writer.agent()
        root = writer.link(None) if shared_root else None
        leaves = [writer.chain(root, depth) for _ in range(chains)]
        writer.copy(connection)
        connection.execute(
            "INSERT INTO agents_vendor (agent_id, mcc, country, domains, assurance_level, cluster, created_at) "
            "VALUES (%s, '5734', 'DE', '{}', 2, '', %s)",
            [vendor, STARTED],
        )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    return Market(leaves, vendor, writer.did(vendor))


class _Writer:
    def __init__(self, host: str) -> None:
        self.host = host
        self.agents: list[tuple[Any, ...]] = []
        self.keys: list[tuple[Any, ...]] = []
        self.links: list[tuple[Any, ...]] = []
        self.pems: dict[str, str] = {}

    def did(self, agent: str) -> str:
        return f"did:web:{self.host}:agents:{agent}"

    def agent(self) -> str:
        agent = new_id("agt")
        said = ("hosted", ORGANIZATION, "Bench", "", "{}", "", "active", "", STARTED, "", "", "", "", STARTED)
        self.agents.append((agent, self.did(agent), *said))
        return agent

    def chain(self, root: tuple[Any, ...] | None, depth: int) -> Leaf:
        link = root
        for _ in range(depth - (1 if root else 0)):
            link = self.link(link)
        assert link is not None
        return Leaf(self.did(link[13]), self.pems[link[13]], link[0])

    def link(self, parent: tuple[Any, ...] | None) -> tuple[Any, ...]:
        agent, private_key = self.agent(), PrivateKey.generate()
        self.pems[agent] = private_key.to_pem()
        public_key = private_key.public_key
        thumbprint = public_key.thumbprint()
        purposes = "{authentication,assertionMethod,capabilityDelegation,capabilityInvocation}"
        self.keys.append(
            (new_id("vmt"), agent, "key-1", public_key.multikey, "Ed25519", thumbprint, purposes, STARTED, "")
        )
        delegation = new_id("dlg")
        subject = {"audience": ["urn:attorn:any-verified-vendor"]}
        credential = json.dumps({"credentialSubject": subject, "id": delegation})
        path = [*(parent[6].strip("{}").split(",") if parent else []), delegation]
        row = (
            delegation,
            f"urn:uuid:{delegation}",
            credential.encode(),
            sha256(credential.encode()).hexdigest(),
            path[0],
            parent[0] if parent else None,
            "{" + ",".join(path) + "}",
            len(path) - 1,
            8 - len(path),
            ORGANIZATION,
            "did:web:localhost:p:bench",
            parent[13] if parent else None,
            "did:web:localhost",
            agent,
            thumbprint,
            STARTED,
            ENDS,
            "shared",
            "void_open_holds",
            json.dumps(limits()),
            "",
            "active",
            "",
            STARTED,
            "",
            "",
            STARTED,
        )
        self.links.append(row)
        return row

    def copy(self, connection: psycopg.Connection[Any]) -> None:
        for statement, rows in ((_AGENTS, self.agents), (_KEYS, self.keys), (_DELEGATIONS, self.links)):
            with connection.cursor().copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
