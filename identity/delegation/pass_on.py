"""Authority passed on: an agent issues a narrower link to another, signed by its own key, and registers it here."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction

from identity.agents import fence
from identity.agents.addresses import registry_did
from identity.agents.models import Agent
from identity.credentials.key_resolution import resolve_key
from identity.credentials.keys import Unresolved
from identity.delegation.chain import verify_chain
from identity.delegation.constraints import parse_constraints
from identity.delegation.delegate import check_validity, store_draft, whole_seconds
from identity.delegation.freeze import refuse_frozen
from identity.delegation.holders import holder_key, key_still_good, operator_did, refuse_bare_key, require_active
from identity.delegation.limits import LINK_BYTES_MAX
from identity.delegation.link import Link, Place, Terms, check_terms, read_link
from identity.delegation.models import Delegation, DelegationDraft
from identity.delegation.proof import CHILD_PURPOSE
from identity.delegation.records import consume_draft, refuse_too_many, require_replaceable, store_link
from identity.delegation.sandbox import refuse_mixed
from identity.delegation.standing import judge_path
from identity.journal.actor import Actor
from identity.primitives.base58btc import encode
from identity.primitives.canonical import parse_json
from identity.primitives.errors import Conflict, InvalidInput
from identity.primitives.ids import new_delegation_id


def draft_child(
    *,
    parent: Delegation,
    agent: Agent,
    terms: Terms,
    holder_fragment: str | None = None,
    replaces: Delegation | None = None,
    at: datetime,
) -> DelegationDraft:
    """A child for the parent's agent to sign as it stands (``eddsa-jcs-2022``, ``capabilityDelegation``), with its
    place in the status lists. Raises as ``register_child``, which checks it all again, and ``too_many_drafts``."""
    terms = whole_seconds(terms)
    check_terms(terms)
    check_validity(terms, at=at)
    issuer_organization = require_active(parent.agent)
    operator = require_active(agent)
    refuse_mixed(agent, terms)
    _refuse_wider(terms, parent)
    if terms.max_further_depth >= parent.max_depth_left:
        raise InvalidInput(
            "redelegation_not_allowed", "The delegation above does not allow passing on this far.", field="parent"
        )
    if terms.valid_until > parent.valid_until:
        raise InvalidInput("validity_invalid", "It would end after the delegation above it.", field="valid_until")
    if replaces is not None:
        require_replaceable(replaces, principal=parent.principal, agent=agent, parent=parent)
    place = Place(
        id=f"urn:uuid:{uuid4()}",
        issuer=parent.agent.did,
        subject=agent.did,
        holder_thumbprint=holder_key(agent, fragment=holder_fragment, at=at).thumbprint,
        root=parent.root.credential_id,
        principal=parent.principal_did,
        operator=operator_did(operator),
        ledger=registry_did(),
        depth=parent.depth + 1,
        parent_id=parent.credential_id,
        parent_digest="z" + encode(b"\x12\x20" + bytes.fromhex(parent.digest)),
        replaces=replaces.credential_id if replaces else None,
    )
    with transaction.atomic():
        return store_draft(
            organization=issuer_organization,
            agent=agent,
            place=place,
            terms=terms,
            parent=parent,
            replaces=replaces,
            at=at,
        )


def register_child(*, credential: bytes | dict[str, Any], actor: Actor, at: datetime) -> Delegation:
    """Register a link that the parent's agent signed. Nothing is born under a parent that is not active when this
    commits: the standing of the whole path is read under its fences, and the row locks its ancestors.

    Raises InvalidInput ``credential_invalid``, ``delegation_unregistered``, ``unknown_limit_type``,
    ``constraint_invalid``, ``constraint_wider``, ``chain_broken``, ``chain_cycle``, ``principal_mismatch``,
    ``ledger_mismatch``, ``redelegation_not_allowed``, ``credential_expired``, ``holder_key_not_valid``,
    ``holder_unregistered``, ``agent_unknown``, ``sandbox_only``; Conflict ``parent_not_active``,
    ``principal_frozen``, ``agent_not_active``, ``delegation_exists``, ``already_replaced``, ``draft_already_used``,
    ``too_many_delegations``.
    """
    link = read_link(parse_json(credential, bytes_max=LINK_BYTES_MAX) if isinstance(credential, bytes) else credential)
    parent = _parent_of(link)
    agent = _subject_of(link)
    replaces = _replaced_by(link)
    with transaction.atomic():
        path = _hold_path(parent, agent, replaces)
        _require_path_active(path, at=at)
        operator = require_active(agent)
        refuse_mixed(agent, link.terms)
        _check_chain(path, link, at=at)
        _check_subject(link, agent, operator_did(operator), at=at)
        _refuse_wider(link.terms, parent)
        refuse_too_many(principal=parent.principal, parent=parent)
        if replaces is not None:
            require_replaceable(replaces, principal=parent.principal, agent=agent, parent=parent)
        draft = _matching_draft(link, at=at)
        return store_link(
            delegation_id=draft.pk if draft else new_delegation_id(),
            link=link,
            principal=parent.principal,
            agent=agent,
            parent=path[-1],
            replaces=replaces,
            status_entry=draft.status_entry if draft else None,
            consent="",
            actor=actor,
            at=at,
        )


def _parent_of(link: Link) -> Delegation:
    parent = Delegation.objects.select_related("agent", "principal").filter(credential_id=link.place.parent_id).first()
    if parent is None:
        raise InvalidInput(
            "delegation_unregistered", "The delegation above this one is not registered here.", field="credential"
        )
    return parent


def _subject_of(link: Link) -> Agent:
    agent = Agent.objects.filter(did=link.place.subject).first()
    if agent is None:
        refuse_bare_key(link.place.subject)
        raise InvalidInput("agent_unknown", "The agent that shall hold this is not registered.", field="credential")
    return agent


def _replaced_by(link: Link) -> Delegation | None:
    if link.place.replaces is None:
        return None
    replaces = Delegation.objects.filter(credential_id=link.place.replaces).first()
    if replaces is None:
        raise InvalidInput("delegation_unregistered", "What it replaces is not registered here.", field="credential")
    return replaces


def _hold_path(parent: Delegation, agent: Agent, replaces: Delegation | None) -> list[Delegation]:
    """The path to ``parent`` as it stands, behind the fences of everything its standing depends on."""
    known = Delegation.objects.path_of(parent).values_list("agent_id", "agent__organization_id")
    parties = {party for row in known for party in row if party} | {agent.pk, agent.organization_id or ""}
    fence.hold(shared=[*parent.path, *parties, parent.principal_id], alone=[replaces.pk] if replaces else [])
    agent.refresh_from_db(fields=["status", "organization"])
    return list(Delegation.objects.path_of(parent).select_related("agent", "principal"))


def _require_path_active(path: list[Delegation], *, at: datetime) -> None:
    parent = path[-1]
    refuse_frozen(parent.principal)
    standing = judge_path(path, is_frozen=False, at=at)
    if not standing.is_active:
        raise Conflict(
            "parent_not_active",
            f"The delegation above this one is not active: {standing.reasons[0].detail}",
            reasons=[reason.code for reason in standing.reasons],
        )


def _check_chain(path: list[Delegation], link: Link, *, at: datetime) -> None:
    """The ten steps over the registered path and the new link; one that begins later is judged at its beginning.

    The key must be good now, whatever date the proof bears: stops a retired or stolen key from backdating a link.
    """
    documents = [parse_json(bytes(ancestor.credential), bytes_max=LINK_BYTES_MAX) for ancestor in path]
    verdict = verify_chain(
        [*documents, link.document],
        key_for=lambda method: resolve_key(method, at=at),
        ledger=registry_did(),
        at=max(at, link.terms.valid_from),
    )
    if verdict.failure is not None:
        raise InvalidInput(verdict.failure.code, verdict.failure.detail, field="credential")
    key = resolve_key(link.document["proof"]["verificationMethod"], at=at)
    refusal = key if isinstance(key, Unresolved) else key.refusal(purpose=CHILD_PURPOSE, at=at)
    if refusal is not None:
        raise InvalidInput("credential_invalid", refusal.detail, field="credential")


def _check_subject(link: Link, agent: Agent, operator: str, *, at: datetime) -> None:
    if link.evidence:
        raise InvalidInput("credential_invalid", "Evidence of consent stands in roots only.", field="credential")
    if link.place.operator != operator:
        raise InvalidInput("credential_invalid", f"Its operator is {operator}.", field="credential")
    if not key_still_good(agent, link.place.holder_thumbprint, at=at):
        raise InvalidInput("holder_key_not_valid", "The agent has no such key that is valid now.", field="credential")


def _refuse_wider(terms: Terms, parent: Delegation) -> None:
    """InvalidInput ``constraint_wider``: both limits would hold anyway, but who reads the child alone is misled."""
    above = parse_constraints(parent.constraints)
    for constraint in terms.constraints:
        wider = next(
            (limit for limit in above if limit.kind == constraint.kind and not constraint.narrows(limit)), None
        )
        if wider is not None:
            raise InvalidInput(
                "constraint_wider",
                f"{constraint.id} ({constraint.sentence()}) is wider than above: {wider.sentence()}.",
                field="credential",
            )


def _matching_draft(link: Link, *, at: datetime) -> DelegationDraft | None:
    """The draft this link was signed from, used up; None when it was written elsewhere and has no status entry.

    Stops a link from naming somebody else's place in the status lists, whose bit would then speak for it.
    """
    draft = DelegationDraft.objects.filter(credential_id=link.place.id, parent__isnull=False).first()
    if draft is None:
        if link.status:
            raise InvalidInput(
                "credential_invalid", "Its credentialStatus is of no draft made here.", field="credential"
            )
        return None
    draft = consume_draft(draft, at=at)
    if list(link.status) != draft.status_entry.credential_status():
        raise InvalidInput("credential_invalid", "Its credentialStatus is not the draft's.", field="credential")
    return draft
