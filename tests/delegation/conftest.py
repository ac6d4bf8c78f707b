"""Anna delegates to a planner, who passes on to a buyer: the parties of the worked example."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from identity.primitives.multikey import PrivateKey

LIMITS: list[dict[str, Any]] = [
    {"type": "total", "amount": 50000, "currency": "EUR", "refundRestores": True},
    {"type": "per_transaction", "max": 10000, "currency": "EUR"},
]


@dataclass(frozen=True)
class Party:
    """An agent and its key."""

    agent: Any
    key: PrivateKey


@pytest.fixture
def anna(make_person: Callable[..., Any], at: datetime) -> Any:
    """A person of her own: the principal."""
    from identity.accounts.models import OrganizationKind
    from identity.accounts.organizations import create_organization
    from identity.journal.actor import system

    person = make_person("Anna")
    return create_organization(name="Anna", kind=OrganizationKind.PERSON, owner=person, actor=system("tests"), at=at)


@pytest.fixture
def make_party(make_agent: Callable[..., Any]) -> Callable[..., Party]:
    def make(organization: Any, name: str) -> Party:
        key = PrivateKey.generate()
        return Party(make_agent(organization, name, private_key=key), key)

    return make


@pytest.fixture
def planner(acme: Any, make_party: Callable[..., Party]) -> Party:
    return make_party(acme, "Planner")


@pytest.fixture
def buyer(acme: Any, make_party: Callable[..., Party]) -> Party:
    return make_party(acme, "Buyer")


@pytest.fixture
def terms(at: datetime) -> Callable[..., Any]:
    """Terms of 30 days with the limits given, by default 500 EUR in total and 100 EUR at once."""
    from identity.delegation.constraints import complete_draft, parse_constraints
    from identity.delegation.link import Terms

    def make(limits: list[dict[str, Any]] | None = None, **changes: Any) -> Terms:
        wanted = {
            "constraints": parse_constraints(complete_draft(LIMITS if limits is None else limits)),
            "valid_from": at,
            "valid_until": at + timedelta(days=30),
            "max_further_depth": 1,
        }
        return Terms(**(wanted | changes))

    return make


@pytest.fixture
def consent(at: datetime) -> dict[str, Any]:
    from identity.delegation.delegate import strong_sign_in_evidence

    return strong_sign_in_evidence(method="webauthn", signed_in_at=at)


@pytest.fixture
def give(terms: Callable[..., Any], consent: dict[str, Any], at: datetime) -> Callable[..., Any]:
    """Give a root: ``give(anna, planner.agent)``."""
    from identity.delegation.delegate import delegate_root
    from identity.journal.actor import system

    def make(principal: Any, agent: Any, *, replaces: Any = None, **changes: Any) -> Any:
        return delegate_root(
            principal=principal,
            agent=agent,
            terms=terms(**changes),
            evidence=consent,
            replaces=replaces,
            actor=system("tests"),
            at=at,
        )

    return make


@pytest.fixture
def sign() -> Callable[..., dict[str, Any]]:
    """Sign an unsigned link as the parent's agent does."""
    from identity.credentials.proofs import eddsa_jcs_2022
    from identity.primitives.signing import LocalSigner

    def make(document: dict[str, Any], issuer: Party, created: datetime, **changes: Any) -> dict[str, Any]:
        signer = LocalSigner(issuer.key, f"{issuer.agent.did}#key-1")
        purpose = changes.pop("purpose", "capabilityDelegation")
        return eddsa_jcs_2022.secure(document, signer=signer, created=created, purpose=purpose)

    return make


@pytest.fixture
def pass_on(terms: Callable[..., Any], sign: Callable[..., dict[str, Any]], at: datetime) -> Callable[..., Any]:
    """Draft, sign and register a child: ``pass_on(root, planner, buyer)``."""
    from identity.delegation.pass_on import draft_child, register_child
    from identity.journal.actor import Actor, ActorKind

    def make(parent: Any, issuer: Party, holder: Party, *, replaces: Any = None, **changes: Any) -> Any:
        wanted = terms(**({"max_further_depth": 0} | changes))
        draft = draft_child(parent=parent, agent=holder.agent, terms=wanted, replaces=replaces, at=at)
        actor = Actor(ActorKind.AGENT, issuer.agent.pk)
        return register_child(credential=sign(draft.document, issuer, at), actor=actor, at=at)

    return make
