"""Attaching a credential of a foreign issuer to an agent, for everybody to see."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from identity.agents.models import Agent
from identity.agents.proof_text import read_public_key
from identity.credentials.checks import Outcome, Verification, VerifyOptions
from identity.credentials.models.watch import WatchedCredential
from identity.credentials.verify import verify_credential
from identity.credentials.watch.sighting import Sighting, sight
from identity.credentials.watch.watching import is_foreign, keep_attached
from identity.journal.actor import Actor
from identity.primitives.did import did_key
from identity.primitives.errors import AttornError, InvalidInput
from identity.primitives.multikey import PublicKey


def attach_credential(*, agent: Agent, data: dict[str, Any] | str, actor: Actor, at: datetime) -> WatchedCredential:
    """Verify a credential about ``agent`` and watch it from now on. Attaching it again changes nothing.

    Its status is not asked here but by the background checks, within seconds; a credential that is revoked may be
    attached and is then shown as revoked. Raises InvalidInput ``malformed_credential``, ``status_not_supported``,
    ``credential_not_foreign``, ``credential_not_verified``, ``credential_not_about_agent``; Conflict
    ``too_many_attached_credentials``; Gone ``agent_deactivated``.
    """
    sighting = sight(data)
    if not is_foreign(sighting.issuer):
        raise InvalidInput("credential_not_foreign", "This credential was issued here.", field="credential")
    verification = verify_credential(data, at=at, options=VerifyOptions(check_status=False))
    if not verification.is_verified:
        raise _not_verified(verification)
    require_about(agent, sighting, at=at)
    return keep_attached(sighting, agent=agent, actor=actor, at=at)


def require_about(agent: Agent, sighting: Sighting, *, at: datetime) -> None:
    """Stops somebody's good credential from being hung on another's agent: it must name the agent's DID or one of its
    keys as a did:key as its only subject, or be bound to one of its keys."""
    keys = [method for method in agent.verification_methods.all() if method.is_valid(at)]
    own = {agent.did, *(did_key(PublicKey.from_multikey(method.multikey)) for method in keys)}
    if sighting.subjects and set(sighting.subjects) <= own:
        return
    if sighting.holder_key is not None and not set(sighting.subjects) - own:
        try:
            bound = read_public_key(sighting.holder_key).thumbprint()
        except AttornError:
            bound = ""
        if bound in {method.thumbprint for method in keys}:
            return
    raise InvalidInput(
        "credential_not_about_agent", f"Its subject is not {agent.did}, nor one of its keys.", field="credential"
    )


def _not_verified(verification: Verification) -> InvalidInput:
    checks = [check for check in verification.checks if check.outcome in (Outcome.FAILED, Outcome.UNKNOWN)]
    telling = next((check for check in checks if check.outcome is Outcome.FAILED), checks[0] if checks else None)
    return InvalidInput(
        "credential_not_verified",
        telling.detail if telling else "The credential does not verify.",
        field="credential",
        checks=[{"name": str(check.name), "outcome": str(check.outcome), "code": check.code} for check in checks],
    )
