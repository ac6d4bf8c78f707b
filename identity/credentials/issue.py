"""Issuing: who an agent is, by the registry; what an organization states about its agent, by the organization."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from copy import copy
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction

from identity.agents.enroll import lock_living
from identity.agents.models import Agent, AgentStatus
from identity.agents.profile import clean_description
from identity.credentials.bodies import Claims, body_of
from identity.credentials.checks import CredentialFormat
from identity.credentials.documents import (
    IDENTITY_TYPE,
    STATEMENT_TYPE,
    Document,
    Envelope,
    identity_subject,
    statement_subject,
)
from identity.credentials.identity_facts import holder_key, identity_facts
from identity.credentials.issuers import current_signer, registry_did
from identity.credentials.limits import CREDENTIALS_PER_AGENT_MAX, VALID_FOR_MAX
from identity.credentials.models import (
    Credential,
    CredentialKind,
    CredentialStatus,
    StatusEntry,
    StatusSetter,
    TenantIssuer,
)
from identity.credentials.securing import DIDKIT_FORMATS, Securing, allowed_algorithms, securing
from identity.credentials.status_lists import allocate, set_revoked, set_suspended
from identity.credentials.tenant_issuers import algorithm_in_charge, current_issuer, issuer_signer
from identity.journal.actor import Actor, ActorKind
from identity.journal.kinds import CredentialIssued, CredentialRevoked
from identity.journal.record import record
from identity.primitives.did import did_key
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from identity.primitives.ids import new_credential_id
from identity.primitives.multikey import KeyAlgorithm
from identity.primitives.signing import Signer

SUPERSEDED = "superseded"
_FORMATS_LOOKED_AT = 50  # the latest identity credentials of an agent: every format it can hold is among them


def issue_credential(
    *,
    agent: Agent,
    kind: CredentialKind = CredentialKind.IDENTITY,
    format: CredentialFormat = CredentialFormat.DATA_INTEGRITY,
    cryptosuites: Sequence[str] = (),
    algorithm: KeyAlgorithm | None = None,
    statement: str = "",
    issuer: TenantIssuer | None = None,
    valid_for: timedelta | None = None,
    former_ends_at: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> Credential:
    """A credential about ``agent``: an identity by the registry, a statement by the agent's organization.

    A new identity credential takes the place of the one before it in the same format, which is revoked as
    ``superseded``: at once, or at ``former_ends_at`` when the holder needs both for a while. Raises Conflict
    ``agent_unclaimed``, ``agent_suspended``, ``agent_has_no_key``, ``too_many_agent_credentials``,
    ``issuer_key_elsewhere``, InvalidInput for the choices.
    """
    how = securing(format, cryptosuites=cryptosuites, algorithm=algorithm)
    lasts = checked_lifetime(valid_for)
    with transaction.atomic():
        agent = lock_for_issue(agent)
        if kind == CredentialKind.IDENTITY:
            return issue_identity(
                agent=agent, how=how, valid_for=lasts, former_ends_at=former_ends_at, actor=actor, at=at
            )
        refuse_unfit(agent)
        assert agent.organization is not None
        issuer = issuer or current_issuer(agent.organization, actor=actor, at=at)
        if algorithm is None and (held := algorithm_in_charge(issuer, allowed_algorithms(format, cryptosuites))):
            how = securing(format, cryptosuites=cryptosuites, algorithm=held)
        return _issue_statement(
            agent=agent, how=how, statement=statement, issuer=issuer, valid_for=lasts, actor=actor, at=at
        )


def issue_identity(
    *,
    agent: Agent,
    how: Securing | None = None,
    valid_for: timedelta | None = None,
    former_ends_at: datetime | None = None,
    follows_agent: bool = False,
    actor: Actor,
    at: datetime,
) -> Credential:
    """As ``issue_credential`` for an agent that the caller's transaction has locked. ``follows_agent`` issues to a
    suspended one too, suspended from its first moment: its key was rotated meanwhile."""
    if not follows_agent:
        refuse_unfit(agent)
        _refuse_overriding(agent, actor)
    how = how or securing(CredentialFormat.DATA_INTEGRITY)
    subject = identity_subject(identity_facts(agent, at=at))
    former = end_identity(agent, format=how.format, ends_at=former_ends_at, actor=actor, at=at)
    credential = _issue(
        agent=agent,
        kind=CredentialKind.IDENTITY,
        how=how,
        claims=Claims(IDENTITY_TYPE, subject, holder_key(agent, at=at)),
        issuer=registry_did(),
        signer=current_signer(how.algorithm),
        valid_for=valid_for or checked_lifetime(None),
        actor=actor,
        at=at,
    )
    paused = next((each for each in former if follows_agent and each.status == CredentialStatus.SUSPENDED), None)
    if paused is not None:
        begin_suspended(credential, reason=paused.status_reason, by=StatusSetter(paused.status_set_by), at=at)
    elif agent.status == AgentStatus.SUSPENDED:
        begin_suspended(credential, reason="agent_suspended", by=StatusSetter.AGENT, at=at)
    return credential


def end_identity(
    agent: Agent, *, format: CredentialFormat | None, ends_at: datetime | None, actor: Actor, at: datetime
) -> list[Credential]:
    """Let the agent's current identity credentials make room, in ``format`` or in all: revoked now, or from
    ``ends_at`` on. They are returned as they stood before."""
    current = (
        Credential.objects.select_for_update(of=("self",))
        .select_related("status_entry")
        .filter(agent=agent, kind=CredentialKind.IDENTITY, ends_at=None)
    )
    current = current.exclude(status=CredentialStatus.REVOKED)
    if format is not None:
        current = current.filter(format=format)
    former = list(current.order_by("id"))
    for credential in (copy(each) for each in former):
        if ends_at is not None and ends_at > at:
            credential.ends_at = ends_at
            credential.save(update_fields=["ends_at"])
        else:
            end_credential(credential, reason=SUPERSEDED, by=StatusSetter.AGENT, actor=actor, at=at)
    return former


def end_credential(credential: Credential, *, reason: str, by: StatusSetter, actor: Actor, at: datetime) -> None:
    """Revoke a credential whose row the caller has locked; the bit in its list is set with it."""
    credential.status, credential.status_reason = CredentialStatus.REVOKED, reason
    credential.status_set_by, credential.status_changed_at = by, at
    credential.save(update_fields=["status", "status_reason", "status_set_by", "status_changed_at"])
    if credential.status_entry is not None:
        set_revoked(credential.status_entry, at=at)
    event = CredentialRevoked(credential=credential.pk, reason=reason)
    record(event, subject=subject_of(credential), actor=actor, at=at, organization=credential.organization_id)


def lock_for_issue(agent: Agent) -> Agent:
    """The agent's row as it stands, locked; Conflict ``agent_unclaimed``, Gone ``agent_deactivated``."""
    agent = lock_living(agent)
    if agent.organization_id is None or agent.status == AgentStatus.UNCLAIMED:
        raise Conflict("agent_unclaimed", "Nobody answers for this agent.")
    return agent


def refuse_unfit(agent: Agent) -> None:
    """Stops a paused agent from being given fresh papers, and one agent from filling the status lists."""
    if agent.status == AgentStatus.SUSPENDED:
        raise Conflict("agent_suspended", "The agent is suspended; reinstate it first.")
    living = Credential.objects.filter(agent=agent).exclude(status=CredentialStatus.REVOKED)
    if living.count() >= CREDENTIALS_PER_AGENT_MAX:
        raise Conflict(
            "too_many_agent_credentials", f"An agent has at most {CREDENTIALS_PER_AGENT_MAX} credentials; revoke some."
        )


def checked_lifetime(valid_for: timedelta | None) -> timedelta:
    """How long a credential counts; None is the instance's default. InvalidInput ``valid_for_out_of_range``."""
    lasts = timedelta(days=settings.IDENTITY_CREDENTIAL_DAYS) if valid_for is None else valid_for
    if not timedelta(0) < lasts <= VALID_FOR_MAX:
        raise InvalidInput(
            "valid_for_out_of_range", f"A credential counts for up to {VALID_FOR_MAX.days} days.", field="valid_for"
        )
    return lasts


def new_credential_urn() -> str:
    """A fresh ``urn:uuid``, version 4: nothing can be read from it."""
    return f"urn:uuid:{uuid4()}"


def subject_of(credential: Credential) -> str:
    """Under what an event of this credential is found: its agent, or itself when it is about none."""
    return credential.agent_id or credential.pk


def store(
    *,
    credential_id: str,
    row_id: str,
    agent: Agent | None,
    organization_id: str,
    issuer: str,
    kind: CredentialKind,
    how: CredentialFormat,
    types: Sequence[str],
    body: bytes,
    entry: StatusEntry | None,
    valid_from: datetime,
    valid_until: datetime | None,
    actor: Actor,
    at: datetime,
) -> Credential:
    """Keep a secured credential, and write the journal."""
    credential = Credential.objects.create(
        id=row_id,
        credential_id=credential_id,
        agent=agent,
        organization_id=organization_id,
        issuer=issuer,
        kind=kind,
        format=how.value,
        types=list(types),
        document=body,
        digest=hashlib.sha256(body).hexdigest(),
        status_entry=entry,
        valid_from=valid_from,
        valid_until=valid_until,
        issued_at=at,
        status_changed_at=at,
    )
    event = CredentialIssued(credential=row_id, credential_kind=str(kind), issuer=issuer, format=how.value)
    record(event, subject=subject_of(credential), actor=actor, at=at, organization=organization_id)
    return credential


def _issue_statement(
    *,
    agent: Agent,
    how: Securing,
    statement: str,
    issuer: TenantIssuer,
    valid_for: timedelta,
    actor: Actor,
    at: datetime,
) -> Credential:
    return _issue(
        agent=agent,
        kind=CredentialKind.STATEMENT,
        how=how,
        claims=Claims(STATEMENT_TYPE, statement_claims(agent, statement), holder_key(agent, at=at)),
        issuer=issuer.did,
        signer=issuer_signer(issuer, how.algorithm, actor=actor, at=at),
        valid_for=valid_for,
        actor=actor,
        at=at,
    )


def statement_claims(agent: Agent, statement: str) -> Document:
    """The claims of a statement in clean text. InvalidInput ``statement_missing``, ``description_invalid``."""
    text = clean_description(statement)
    if not text:
        raise InvalidInput("statement_missing", "Say what your organization states about the agent.", field="statement")
    return statement_subject(did=agent.did, display_name=agent.display_name, statement=text)


def _issue(
    *,
    agent: Agent,
    kind: CredentialKind,
    how: Securing,
    claims: Claims,
    issuer: str,
    signer: Signer,
    valid_for: timedelta,
    actor: Actor,
    at: datetime,
) -> Credential:
    # didkit signs as a did:key and as nobody else; it is the same key under its own name.
    issuer = did_key(signer.public_key) if how.format in DIDKIT_FORMATS else issuer
    row_id = new_credential_id()
    entry = allocate(purpose_subject=row_id, at=at)
    envelope = Envelope(
        credential_id=new_credential_urn(),
        issuer=issuer,
        valid_from=at.replace(microsecond=0),
        valid_until=(at + valid_for).replace(microsecond=0),
        status=tuple(entry.credential_status()),
    )
    body = body_of(claims, envelope, token_status=entry.token_status(), how=how, signer=signer, at=at)
    assert agent.organization_id is not None
    return store(
        credential_id=envelope.credential_id,
        row_id=row_id,
        agent=agent,
        organization_id=agent.organization_id,
        issuer=issuer,
        kind=kind,
        how=how.format,
        types=["VerifiableCredential", claims.type_name],
        body=body,
        entry=entry,
        valid_from=envelope.valid_from,
        valid_until=envelope.valid_until,
        actor=actor,
        at=at,
    )


def _refuse_overriding(agent: Agent, actor: Actor) -> None:
    """Stops an organization from walking around the registry's word by having a fresh credential issued in the place
    of one that the registry suspended or revoked."""
    if actor.kind in (ActorKind.OPERATOR, ActorKind.SYSTEM):
        return
    identities = Credential.objects.filter(agent=agent, kind=CredentialKind.IDENTITY).order_by("-id")
    latest = {credential.format: credential for credential in reversed(identities[:_FORMATS_LOOKED_AT])}
    if any(credential.status_set_by == StatusSetter.REGISTRY for credential in latest.values()):
        raise NotPermitted(
            "credential_suspended_by_registry",
            "The registry suspended or revoked an identity credential of this agent; only it can issue another.",
        )


def begin_suspended(credential: Credential, *, reason: str, by: StatusSetter, at: datetime) -> None:
    """Suspended from its first moment; the journal has told of the suspension when it was imposed."""
    credential.status, credential.status_reason = CredentialStatus.SUSPENDED, reason
    credential.status_set_by, credential.status_changed_at = by, at
    credential.save(update_fields=["status", "status_reason", "status_set_by", "status_changed_at"])
    if credential.status_entry is not None:
        set_suspended(credential.status_entry, at=at)
