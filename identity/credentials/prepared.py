"""Statements that an organization signs itself: we prepare the document with its place in our lists, the organization
adds its signature, we check and keep it. The private key never comes near us."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.credentials.asking import Asking, asking
from identity.credentials.checks import CredentialFormat
from identity.credentials.documents import STATEMENT_TYPE, Envelope, credential_v2
from identity.credentials.issue import (
    checked_lifetime,
    lock_for_issue,
    new_credential_urn,
    refuse_unfit,
    statement_claims,
    store,
)
from identity.credentials.jose import verify_vc_jwt
from identity.credentials.jwt_checks import Refused
from identity.credentials.keys import Unresolved
from identity.credentials.limits import CREDENTIAL_BYTES_MAX, PREPARED_FOR, PREPARED_OPEN_MAX
from identity.credentials.models import Credential, CredentialKind, PreparedCredential, TenantIssuer
from identity.credentials.proofs.data_integrity import verify_proofs
from identity.credentials.status_lists import allocate, set_revoked
from identity.credentials.tenant_issuers import current_issuer, is_registered_key
from identity.journal.actor import Actor
from identity.primitives.canonical import canonicalize
from identity.primitives.errors import Conflict, Gone, InvalidInput, TooLarge
from identity.primitives.ids import new_credential_id


def prepare_statement(
    *, agent: Agent, statement: str, valid_for: timedelta | None = None, actor: Actor, at: datetime
) -> PreparedCredential:
    """The document that the agent's organization may sign within 24 hours. Conflict ``too_many_prepared`` and what
    issuing a statement raises."""
    lasts = checked_lifetime(valid_for)
    with transaction.atomic():
        organization = Organization.objects.select_for_update(no_key=True).get(pk=agent.organization_id)
        agent = lock_for_issue(agent)
        refuse_unfit(agent)
        waiting = PreparedCredential.objects.filter(organization=organization, completed_at=None, expires_at__gt=at)
        if waiting.count() >= PREPARED_OPEN_MAX:
            raise Conflict("too_many_prepared", f"At most {PREPARED_OPEN_MAX} documents wait for a signature.")
        issuer = current_issuer(organization, actor=actor, at=at)
        row_id = new_credential_id()
        entry = allocate(purpose_subject=row_id, at=at)
        envelope = Envelope(
            credential_id=new_credential_urn(),
            issuer=issuer.did,
            valid_from=at.replace(microsecond=0),
            valid_until=(at + lasts).replace(microsecond=0),
            status=tuple(entry.credential_status()),
        )
        return PreparedCredential.objects.create(
            id=row_id,
            organization=organization,
            agent=agent,
            issuer=issuer.did,
            kind=CredentialKind.STATEMENT,
            document=credential_v2(STATEMENT_TYPE, statement_claims(agent, statement), envelope),
            status_entry=entry,
            created_at=at,
            expires_at=at + PREPARED_FOR,
        )


def complete_credential(
    *, prepared: PreparedCredential, secured: dict[str, Any] | str, actor: Actor, at: datetime
) -> Credential:
    """Keep the document that came back, with Data Integrity proofs or as a ``vc+jwt``.

    It must be exactly what was prepared and signed by a key that the organization registered: stops a signature over
    other words, other dates or another's place in the list from entering under this one's name. Gone
    ``prepared_ended``, InvalidInput ``prepared_mismatch``, ``malformed_proof``, TooLarge ``body_too_large``.
    """
    with transaction.atomic():
        agent = lock_for_issue(prepared.agent)
        locked = PreparedCredential.objects.select_for_update().select_related("status_entry").get(pk=prepared.pk)
        if locked.completed_at is not None or locked.expires_at <= at:
            raise Gone("prepared_ended", "This document was completed or has waited too long; prepare another.")
        issuer = TenantIssuer.objects.get(organization=locked.organization_id, did=locked.issuer)
        how, body = _checked(secured, locked, issuer, asking(at))
        locked.completed_at = at
        locked.save(update_fields=["completed_at"])
        document = locked.document
        return store(
            credential_id=document["id"],
            row_id=locked.pk,
            agent=agent,
            organization_id=locked.organization_id,
            issuer=locked.issuer,
            kind=CredentialKind(locked.kind),
            how=how,
            types=document["type"],
            body=body,
            entry=locked.status_entry,
            valid_from=datetime.fromisoformat(document["validFrom"]),
            valid_until=datetime.fromisoformat(document["validUntil"]),
            actor=actor,
            at=at,
        )


def delete_expired_prepared(*, at: datetime) -> int:
    """Forget what was never signed; its place in the list stays taken and is set, so that a signature that turns up
    late counts for nothing. How many."""
    done = 0
    rows = PreparedCredential.objects.select_related("status_entry")
    for prepared in rows.filter(completed_at=None, expires_at__lte=at).order_by("id")[:1_000]:
        with transaction.atomic():
            set_revoked(prepared.status_entry, at=at)
            done += prepared.delete()[0]
    return done


def _checked(
    secured: dict[str, Any] | str, prepared: PreparedCredential, issuer: TenantIssuer, questions: Asking
) -> tuple[CredentialFormat, bytes]:
    if isinstance(secured, str):
        return CredentialFormat.VC_JWT, _checked_token(secured, prepared, issuer, questions)
    unsecured = {name: value for name, value in secured.items() if name != "proof"}
    _require_same(unsecured, prepared)
    results = verify_proofs(secured, key_for=questions.key_for, issuer=issuer.did, at=questions.at)
    for result in results:
        if not result.is_verified or result.verification_method is None:
            raise InvalidInput("malformed_proof", f"The proof does not hold: {result.detail}", field="proof")
        _require_registered(result.verification_method, issuer, questions)
    body = json.dumps(secured, ensure_ascii=False, separators=(",", ":")).encode()
    if len(body) > CREDENTIAL_BYTES_MAX:
        raise TooLarge("body_too_large", f"A credential has at most {CREDENTIAL_BYTES_MAX} bytes.")
    return CredentialFormat.DATA_INTEGRITY, body


def _checked_token(token: str, prepared: PreparedCredential, issuer: TenantIssuer, questions: Asking) -> bytes:
    opened = verify_vc_jwt(token, key_for=questions.key_for, at=questions.at)
    if isinstance(opened, Refused):
        raise InvalidInput("malformed_proof", f"The token does not hold: {opened.detail}", field="token")
    _require_same(opened.document, prepared)
    _require_registered(opened.verification_method, issuer, questions)
    return token.encode("ascii")


def _require_same(unsecured: dict[str, Any], prepared: PreparedCredential) -> None:
    if canonicalize(unsecured) != canonicalize(prepared.document):
        raise InvalidInput("prepared_mismatch", "This is not the document that was prepared.")


def _require_registered(verification_method: str, issuer: TenantIssuer, questions: Asking) -> None:
    """The key must be the one the organization told us of, not only one that its DID document happens to show."""
    key = questions.key_for(verification_method)
    is_known = not isinstance(key, Unresolved) and is_registered_key(issuer, key.public_key.multikey, at=questions.at)
    if not is_known:
        raise InvalidInput("malformed_proof", "The signing key is not registered for this issuer.", field="proof")
