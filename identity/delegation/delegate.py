"""A principal's authority given to an agent: the root of a chain, drafted, consented to, signed by the registry."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from identity.accounts.models import Organization
from identity.agents import fence
from identity.agents.addresses import registry_did
from identity.agents.models import Agent
from identity.credentials.contexts import delegation_context_url
from identity.credentials.issuers import current_signer
from identity.credentials.status_lists import allocate
from identity.delegation.approver_groups import refuse_unknown_group
from identity.delegation.chain import relying_party
from identity.delegation.freeze import refuse_frozen
from identity.delegation.holders import holder_key, key_still_good, operator_did, require_active
from identity.delegation.lending_rules import lender_of, refuse_beyond, refuse_beyond_when_drafting
from identity.delegation.limits import DRAFT_SECONDS, OPEN_DRAFTS_PER_ORGANIZATION_MAX, VALID_DAYS_MAX
from identity.delegation.link import Place, Terms, check_terms, read_link, unsigned_link
from identity.delegation.models import Delegation, DelegationDraft
from identity.delegation.proof import consent_refusal, sign_link
from identity.delegation.records import consume_draft, refuse_too_many, require_replaceable, store_link
from identity.delegation.sandbox import refuse_mixed, refuse_sandbox_consent
from identity.journal.actor import Actor
from identity.primitives.clock import rfc3339
from identity.primitives.did import did_web
from identity.primitives.errors import Conflict, InvalidInput
from identity.primitives.ids import new_delegation_id
from identity.primitives.webauthn import EVIDENCE_TYPE

STRONG_SIGN_IN = "StrongSignIn"


def draft_root(
    *,
    principal: Organization,
    agent: Agent,
    terms: Terms,
    holder_fragment: str | None = None,
    replaces: Delegation | None = None,
    actor: Actor | None = None,
    at: datetime,
) -> DelegationDraft:
    """Everything of a root but the consent: its id, its sentence and its place in the status lists are fixed, so that
    what the principal sees is what is signed. Good for an hour. ``actor``, where one is named, is held to the
    organization's lending rule at once; whoever consents is in any case.

    Raises Conflict ``agent_not_active``, ``too_many_delegations``, ``too_many_drafts`` or ``already_replaced``;
    NotPermitted ``lending_rule_exceeded`` or ``lending_not_allowed``;
    InvalidInput ``validity_invalid``, ``depth_invalid``, ``holder_key_not_valid``, ``sandbox_only`` or
    ``replacement_differs``.
    """
    terms = whole_seconds(terms)
    check_terms(terms)
    check_validity(terms, at=at)
    operator = require_active(agent)
    refuse_mixed(agent, terms)
    if replaces is not None:
        require_replaceable(replaces, principal=principal, agent=agent, parent=None)
    refuse_unknown_group(terms.constraints, principal=principal)
    refuse_beyond_when_drafting(principal=principal, actor=actor, terms=terms, replaces=replaces, at=at)
    with transaction.atomic():
        refuse_too_many(principal=principal, parent=None)
        credential_id = f"urn:uuid:{uuid4()}"
        place = Place(
            id=credential_id,
            issuer=registry_did(),
            subject=agent.did,
            holder_thumbprint=holder_key(agent, fragment=holder_fragment, at=at).thumbprint,
            root=credential_id,
            principal=did_web(settings.PUBLIC_HOST, "p", secrets.token_hex(16)),
            operator=operator_did(operator),
            ledger=registry_did(),
            depth=0,
            replaces=replaces.credential_id if replaces else None,
        )
        return store_draft(
            organization=principal, agent=agent, place=place, terms=terms, parent=None, replaces=replaces, at=at
        )


def issue_root(
    *, draft: DelegationDraft, evidence: dict[str, Any], lender: str | None = None, actor: Actor, at: datetime
) -> Delegation:
    """Sign the draft with the principal's consent in it. The registry signs its own copy: nothing comes from outside
    but the evidence, a passkey's assertion over this very draft or a recent strong sign-in, as its type says.
    ``lender`` is the id of the login that consented where ``actor`` does not say it.

    Raises InvalidInput ``consent_invalid``, ``draft_expired``; Conflict ``draft_already_used``, ``principal_frozen``;
    NotPermitted ``lending_rule_exceeded``, ``lending_not_allowed``; and what ``draft_root`` raises, since an hour may
    have passed.
    """
    _check_evidence_form(evidence)
    principal, agent, replaces = draft.organization, draft.agent, draft.replaces
    refuse_sandbox_consent(agent, evidence)
    with transaction.atomic():
        fences = [principal.pk, agent.pk, agent.organization_id or ""]
        fence.hold(shared=fences, alone=[replaces.pk] if replaces else [])
        draft = consume_draft(draft, at=at)
        agent.refresh_from_db(fields=["status", "organization"])
        require_active(agent)
        refuse_frozen(principal)
        refuse_too_many(principal=principal, parent=None)
        if replaces is not None:
            require_replaceable(replaces, principal=principal, agent=agent, parent=None)
        document = {**draft.document, "evidence": [evidence]}
        link = read_link(sign_link(document, signer=current_signer(), created=at))
        if not key_still_good(agent, link.place.holder_thumbprint, at=at):
            raise InvalidInput(
                "holder_key_not_valid", "The key in the draft is not valid any more.", field="holder_key"
            )
        check_validity(link.terms, at=at)
        lender = lender_of(actor) if lender is None else lender
        refuse_beyond(principal=principal, lender=lender, terms=link.terms, replaces=replaces, at=at)
        rp_id, origins = relying_party(registry_did())
        refusal = consent_refusal(link, rp_id=rp_id, origins=origins)
        if refusal is not None:
            raise InvalidInput("consent_invalid", refusal, field="evidence")
        return store_link(
            delegation_id=draft.pk,
            link=link,
            principal=principal,
            agent=agent,
            parent=None,
            replaces=replaces,
            status_entry=draft.status_entry,
            consent=str(evidence["type"]),
            lent_by=lender,
            actor=actor,
            at=at,
        )


def delegate_root(
    *,
    principal: Organization,
    agent: Agent,
    terms: Terms,
    evidence: dict[str, Any],
    holder_fragment: str | None = None,
    replaces: Delegation | None = None,
    actor: Actor,
    at: datetime,
) -> Delegation:
    """``draft_root`` and ``issue_root`` in one transaction, for a consent that is not over the draft's words."""
    with transaction.atomic():
        draft = draft_root(
            principal=principal,
            agent=agent,
            terms=terms,
            holder_fragment=holder_fragment,
            replaces=replaces,
            actor=actor,
            at=at,
        )
        return issue_root(draft=draft, evidence=evidence, actor=actor, at=at)


def strong_sign_in_evidence(*, method: str, signed_in_at: datetime) -> dict[str, Any]:
    """Evidence of the weaker kind: the registry's own word that the principal had just signed in strongly."""
    return {"type": STRONG_SIGN_IN, "method": method, "signedInAt": rfc3339(signed_in_at)}


def store_draft(
    *,
    organization: Organization,
    agent: Agent,
    place: Place,
    terms: Terms,
    parent: Delegation | None,
    replaces: Delegation | None,
    at: datetime,
) -> DelegationDraft:
    """The draft's row with its place in the status lists, in the caller's transaction. Conflict ``too_many_drafts``."""
    waiting = DelegationDraft.objects.filter(organization=organization, consumed_at=None, expires_at__gt=at)
    if waiting.count() >= OPEN_DRAFTS_PER_ORGANIZATION_MAX:
        raise Conflict("too_many_drafts", f"At most {OPEN_DRAFTS_PER_ORGANIZATION_MAX} drafts wait at one time.")
    delegation_id = new_delegation_id()
    entry = allocate(purpose_subject=delegation_id, at=at)
    document = unsigned_link(
        place=place, terms=terms, status=entry.credential_status(), context=delegation_context_url()
    )
    return DelegationDraft.objects.create(
        id=delegation_id,
        credential_id=place.id,
        organization=organization,
        agent=agent,
        parent=parent,
        replaces=replaces,
        document=document,
        status_entry=entry,
        created_at=at,
        expires_at=at + timedelta(seconds=DRAFT_SECONDS),
    )


def check_validity(terms: Terms, *, at: datetime) -> None:
    """InvalidInput ``validity_invalid``: a delegation that has ended before it begins, or one for too long."""
    if terms.valid_until <= at:
        raise InvalidInput("validity_invalid", "The delegation would have ended already.", field="valid_until")
    if terms.valid_until - terms.valid_from > timedelta(days=VALID_DAYS_MAX):
        raise InvalidInput(
            "validity_invalid", f"A delegation lives at most {VALID_DAYS_MAX} days.", field="valid_until"
        )


def whole_seconds(terms: Terms) -> Terms:
    """Signed times have whole seconds; a fraction is cut, so that what is stored is what is signed."""
    begin, end = terms.valid_from.replace(microsecond=0), terms.valid_until.replace(microsecond=0)
    return replace(terms, valid_from=begin, valid_until=end)


def _check_evidence_form(evidence: dict[str, Any]) -> None:
    kind = evidence.get("type")
    if kind == EVIDENCE_TYPE:
        return
    if kind != STRONG_SIGN_IN or not all(isinstance(evidence.get(name), str) for name in ("method", "signedInAt")):
        raise InvalidInput("consent_invalid", "The evidence of consent is of no kind that counts.", field="evidence")
