"""Documents of an organization's own making, secured by the key the registry holds for it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from identity.accounts.models import Organization
from identity.agents.models import Agent, AgentStatus
from identity.credentials.checks import CredentialFormat
from identity.credentials.data_model import (
    Version,
    check_credential,
    issuer_of,
    subjects_of,
    validity_of,
    version_of,
)
from identity.credentials.documents import IDENTITY_TYPE
from identity.credentials.issue import begin_suspended, new_credential_urn, store
from identity.credentials.models import Credential, CredentialKind, StatusEntry, StatusSetter, TenantIssuer
from identity.credentials.models.credential import CREDENTIAL_ID_LENGTH_MAX, TYPE_LENGTH_MAX, TYPES_MAX
from identity.credentials.securing import Securing, allowed_algorithms, secure, securing
from identity.credentials.status_lists import allocate
from identity.credentials.tenant_issuers import algorithm_in_charge, current_issuer, issuer_signer
from identity.journal.actor import Actor
from identity.primitives.errors import InvalidInput
from identity.primitives.ids import new_credential_id

# What only the registry itself says, or a chain of delegations: nobody may issue look-alikes of these from here.
RESERVED_TYPES = frozenset({IDENTITY_TYPE, "AgentDelegationCredential"})
_FORMATS = {Version.V1: CredentialFormat.DATA_INTEGRITY_V1, Version.V2: CredentialFormat.DATA_INTEGRITY}

Document = dict[str, Any]


def issue_document(
    *,
    organization: Organization,
    document: Document,
    cryptosuites: Sequence[str] = (),
    as_jwt: bool = False,
    actor: Actor,
    at: datetime,
) -> Credential:
    """Secure a credential that the organization wrote itself, in its own name.

    A place in our status lists is added unless the document brings a status of its own (or is of VCDM 1.1, whose base
    context knows none); a proof it comes with is left out. InvalidInput for what the data model refuses,
    ``issuer_not_yours``, ``type_reserved``; Conflict ``issuer_key_elsewhere``, ``issuer_key_missing``.
    """
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    check_credential(unsecured)
    _refuse_reserved(unsecured)
    is_v2 = version_of(unsecured) is Version.V2
    if as_jwt and not is_v2:
        raise InvalidInput("format_not_applicable", "vc+jwt secures documents of VCDM 2.0.", field="format")
    form = CredentialFormat.VC_JWT if as_jwt else _FORMATS[version_of(unsecured)]
    with transaction.atomic():
        issuer = current_issuer(organization, actor=actor, at=at)
        algorithm = algorithm_in_charge(issuer, allowed_algorithms(form, cryptosuites))
        how = securing(form, cryptosuites=cryptosuites, algorithm=algorithm)
        _require_own_name(unsecured, issuer)
        signer = issuer_signer(issuer, how.algorithm, actor=actor, at=at)
        row_id = new_credential_id()
        entry = allocate(purpose_subject=row_id, at=at) if is_v2 and "credentialStatus" not in unsecured else None
        complete = _completed(unsecured, entry)
        body = secure(complete, how=how, signer=signer, created=at)
        return _stored(
            complete, body, row_id=row_id, entry=entry, organization=organization, how=how, actor=actor, at=at
        )


def _completed(document: Document, entry: StatusEntry | None) -> Document:
    completed = document if "id" in document else {**document, "id": new_credential_urn()}
    if len(str(completed["id"])) > CREDENTIAL_ID_LENGTH_MAX:
        raise InvalidInput("malformed_url", f"An id has at most {CREDENTIAL_ID_LENGTH_MAX} characters.", field="id")
    return {**completed, "credentialStatus": entry.credential_status()} if entry else completed


def _stored(
    document: Document,
    body: bytes,
    *,
    row_id: str,
    entry: StatusEntry | None,
    organization: Organization,
    how: Securing,
    actor: Actor,
    at: datetime,
) -> Credential:
    validity = validity_of(document)
    valid_from = validity.valid_from or at
    if validity.valid_until is not None and validity.valid_until <= valid_from:
        raise InvalidInput("dates_reversed", "The credential would end before it begins.", field="validUntil")
    types = document["type"] if isinstance(document["type"], list) else [document["type"]]
    agent = _agent_of(document, organization)
    if (same := _already_issued(body)) is not None:
        return same
    credential = store(
        credential_id=document["id"],
        row_id=row_id,
        agent=agent,
        organization_id=organization.pk,
        issuer=issuer_of(document),
        kind=CredentialKind.DOCUMENT,
        how=how.format,
        types=[str(each)[:TYPE_LENGTH_MAX] for each in types[:TYPES_MAX]],
        body=body,
        entry=entry,
        valid_from=valid_from,
        valid_until=validity.valid_until,
        actor=actor,
        at=at,
    )
    if agent is not None and agent.status == AgentStatus.SUSPENDED:
        begin_suspended(credential, reason="agent_suspended", by=StatusSetter.AGENT, at=at)
    return credential


def _already_issued(body: bytes) -> Credential | None:
    """The same document signed in the same second gives the same bytes: it is one credential, however often it was
    asked for. Whoever asks at the same time waits for the lock and finds it."""
    digest = hashlib.sha256(body).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [digest])
    return Credential.objects.select_related("agent", "status_entry").filter(digest=digest).first()


def _agent_of(document: Document, organization: Organization) -> Agent | None:
    """The organization's own living agent that the document is about, so that it follows the agent's standing."""
    own = Agent.objects.filter(did__in=subjects_of(document), organization=organization)
    living = own.filter(status__in=(AgentStatus.ACTIVE, AgentStatus.SUSPENDED))
    return living.select_for_update(no_key=True).order_by("id").first()


def _require_own_name(document: Document, issuer: TenantIssuer) -> None:
    """Stops an organization from having a document signed that names another as its issuer."""
    if issuer_of(document) != issuer.did:
        raise InvalidInput("issuer_not_yours", f"Your organization issues as {issuer.did}.", field="issuer")


def _refuse_reserved(document: Document) -> None:
    types = document["type"] if isinstance(document["type"], list) else [document["type"]]
    reserved = RESERVED_TYPES & {each.rsplit("#", 1)[-1] for each in types if isinstance(each, str)}
    if reserved:
        raise InvalidInput("type_reserved", f"{sorted(reserved)[0]} is issued by the registry alone.", field="type")
