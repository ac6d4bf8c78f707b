"""Passing on: what the registry drafted is compared with what was asked for before the key signs it.

Stops a registry that was broken into from having an agent sign more than it meant to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from identity.delegation.constraints import complete_draft, parse_constraints
from identity.delegation.link import ANY_VENDOR, Link, read_link
from identity.delegation.proof import sign_link
from identity.primitives.errors import AttornError
from identity.primitives.signing import Signer
from registry.client.errors import NotVerified


@dataclass(frozen=True, slots=True)
class WantedTerms:
    """What the signed link must say, by the names under which ``facts_of`` reads them."""

    facts: dict[str, Any]


def wanted_terms(asked: Mapping[str, Any], *, issuer: str, holder: str, parent: Mapping[str, Any]) -> WantedTerms:
    """From the terms asked for, and the parent as it stands. InvalidInput for constraints that are none."""
    facts = {
        "issuer": issuer,
        "holder": holder,
        "parent": parent["credential_id"],
        "root": parent["chain"][0]["id"],
        "principal": parent["principal_did"],
        "depth": parent["depth"] + 1,
        "constraints": parse_constraints(complete_draft(asked["constraints"])),
        "valid_until": datetime.fromisoformat(asked["valid_until"]).replace(microsecond=0),
        "max_further_depth": asked.get("max_further_depth", 0),
        "allocation": asked.get("allocation", "shared"),
        "on_revocation": asked.get("on_revocation", "void_open_holds"),
        "audience": frozenset(asked.get("audience", [ANY_VENDOR])),
    }
    if "valid_from" in asked:
        facts["valid_from"] = datetime.fromisoformat(asked["valid_from"]).replace(microsecond=0)
    return WantedTerms(facts)


def signed_child(draft: Mapping[str, Any], wanted: WantedTerms, *, signer: Signer, at: datetime) -> dict[str, Any]:
    """The draft's credential, signed. NotVerified when it says anything else than was asked for."""
    document = draft.get("document")
    if not isinstance(document, dict) or "proof" in document or "evidence" in document:
        raise NotVerified("The draft is no unsigned credential.")
    try:
        link = read_link({**document, "proof": {}})
    except AttornError as error:
        raise NotVerified(f"The draft cannot be read: {error.detail}") from error
    found = facts_of(link)
    differing = [name for name, value in wanted.facts.items() if found.get(name) != value]
    if differing:
        raise NotVerified(f"The draft says something else than was asked for: {', '.join(differing)}.")
    return sign_link(document, signer=signer, created=at.replace(microsecond=0))


def facts_of(link: Link) -> dict[str, Any]:
    place, terms = link.place, link.terms
    return {
        "issuer": place.issuer,
        "holder": place.subject,
        "parent": place.parent_id,
        "root": place.root,
        "principal": place.principal,
        "depth": place.depth,
        "constraints": terms.constraints,
        "valid_from": terms.valid_from,
        "valid_until": terms.valid_until,
        "max_further_depth": terms.max_further_depth,
        "allocation": terms.allocation,
        "on_revocation": terms.on_revocation,
        "audience": frozenset(terms.audience),
    }
