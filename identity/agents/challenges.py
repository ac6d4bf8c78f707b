"""Proof of control: a document that only the holder of a private key can sign, good once and for ten minutes."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from identity.accounts.bars import refuse_barred, refuse_barred_organization
from identity.accounts.models import BarKind, Organization
from identity.agents.addresses import registry_did
from identity.agents.enroll import refuse_known_key
from identity.agents.limits import CHALLENGE_SECONDS, OPEN_CHALLENGES_PER_ORGANIZATION_MAX
from identity.agents.models import Agent, AgentStatus, Challenge, ChallengePurpose
from identity.journal.actor import Actor
from identity.primitives.canonical import canonicalize
from identity.primitives.clock import rfc3339
from identity.primitives.errors import Conflict, Gone, InvalidInput, NotFound, TooMany
from identity.primitives.multikey import PublicKey

_NONCE_BYTES = 24


def issue_challenge(
    *,
    organization: Organization,
    purpose: ChallengePurpose,
    public_key: PublicKey,
    agent: Agent | None = None,
    actor: Actor,
    at: datetime,
) -> Challenge:
    """A fresh challenge for ``public_key``; ``signing_input(challenge)`` is what it must sign.

    Writes no journal event: nothing about any agent has changed yet. ``actor`` is who asked.
    Raises Conflict ``key_already_registered`` or ``agent_already_claimed``, TooMany ``too_many_challenges``,
    InvalidInput ``challenge_agent``, NotPermitted ``barred``, NotFound ``not_found`` for the keys of somebody else's
    agent.
    """
    _refuse_wrong_agent(organization, purpose, agent)
    if agent is None or purpose == ChallengePurpose.CLAIM:
        refuse_barred_organization(organization, actor=actor, at=at)
    refuse_barred({BarKind.THUMBPRINT: [public_key.thumbprint()]}, at=at)
    refuse_known_key(public_key)
    expires_at = at + timedelta(seconds=CHALLENGE_SECONDS)
    with transaction.atomic():
        Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
        _refuse_too_many_open(organization, at)
        document = {
            "type": "AttornChallenge",
            "registry": registry_did(),
            "purpose": purpose.value,
            "organization": organization.pk,
            "public_key": public_key.multikey,
            "agent": agent.did if agent else None,
            "nonce": secrets.token_urlsafe(_NONCE_BYTES),
            "expires_at": rfc3339(expires_at),
        }
        return Challenge.objects.create(
            organization=organization, agent=agent, purpose=purpose, document=document, expires_at=expires_at
        )


def signing_input(challenge: Challenge) -> bytes:
    """The bytes to sign: the RFC 8785 form of the challenge's document."""
    return canonicalize(challenge.document)


def consume_challenge(
    *,
    organization: Organization,
    challenge_id: str,
    purpose: ChallengePurpose,
    agent: Agent | None,
    signature: bytes,
    at: datetime,
) -> PublicKey:
    """The key whose control ``signature`` proves. Call inside the transaction of the change it permits.

    Each check stops one attack:

    - *another organization's challenge*: a signature that the victim made for its own registration would enrol
      the victim's key under the thief's organization; challenges of others do not exist for the caller;
    - *another purpose or agent*: a signature given to add a key to one agent would claim or extend another;
    - *key swap*: the key is read from the document that was signed, never from the request that presents it;
    - *late use*: a recorded signature found in a log works for ten minutes at most;
    - *replay, also two at once*: the row is locked and marked used in this transaction, so the second of two
      simultaneous uses waits, then sees the mark; a wrong signature changes nothing.

    Raises NotFound ``challenge_not_found``, InvalidInput ``challenge_purpose`` or ``signature_invalid``,
    Gone ``challenge_expired``, Conflict ``challenge_already_used``.
    """
    challenge = Challenge.objects.select_for_update().filter(pk=challenge_id, organization=organization).first()
    if challenge is None:
        raise NotFound("challenge_not_found", "There is no such challenge; ask for a new one.", field="challenge")
    if challenge.purpose != purpose or challenge.agent_id != (agent.pk if agent else None):
        raise InvalidInput("challenge_purpose", "This challenge was made for something else.", field="challenge")
    if challenge.consumed_at is not None:
        raise Conflict("challenge_already_used", "This challenge was used; each works once.", field="challenge")
    if at >= challenge.expires_at:
        raise Gone("challenge_expired", "This challenge has expired; ask for a new one.", field="challenge")
    public_key = PublicKey.from_multikey(challenge.document["public_key"])
    if not public_key.verify(signature, signing_input(challenge)):
        raise InvalidInput(
            "signature_invalid", "The signature is not this key's over the challenge.", field="signature"
        )
    challenge.consumed_at = at
    challenge.save(update_fields=["consumed_at"])
    return public_key


def delete_expired_challenges(*, at: datetime) -> int:
    """Forget challenges that nobody can use any more; an hour's grace keeps the clear "expired" answer."""
    deleted, _ = Challenge.objects.filter(expires_at__lt=at - timedelta(hours=1)).delete()
    return deleted


def _refuse_wrong_agent(organization: Organization, purpose: ChallengePurpose, agent: Agent | None) -> None:
    if (agent is None) != (purpose == ChallengePurpose.REGISTER):
        raise InvalidInput(
            "challenge_agent", "To register, name no agent; for a key or a claim, name the agent.", field="agent"
        )
    if agent and purpose == ChallengePurpose.KEY and agent.organization_id != organization.pk:
        raise NotFound("not_found", "There is no such agent.", field="agent")
    if agent and purpose == ChallengePurpose.CLAIM and agent.status != AgentStatus.UNCLAIMED:
        raise Conflict("agent_already_claimed", "Somebody answers for this agent already.", field="agent")


def _refuse_too_many_open(organization: Organization, at: datetime) -> None:
    open_now = Challenge.objects.filter(organization=organization, consumed_at=None, expires_at__gt=at).count()
    if open_now >= OPEN_CHALLENGES_PER_ORGANIZATION_MAX:
        raise TooMany(
            "too_many_challenges",
            f"An organization has at most {OPEN_CHALLENGES_PER_ORGANIZATION_MAX} open challenges.",
            retry_after_seconds=CHALLENGE_SECONDS,
        )
