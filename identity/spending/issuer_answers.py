"""Questions that an agent answers: about a link that it issued and whose step-up rule names its issuer.

The agent may lift only what it set itself, on that link and below: everything above binds as ever, since nothing of it
can be lifted here. Where anything above stands in the way, or a rule that names somebody else asks, the principal is
asked, who may lift the rest too.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from identity.agents.addresses import registry_did
from identity.agents.models import Agent, AgentStatus
from identity.credentials.key_resolution import resolve_key
from identity.credentials.keys import Unresolved
from identity.delegation.issuer_answer import CLOCK_SKEW_SECONDS, SignedWord, answer_invalid, read_word
from identity.delegation.proof import CHILD_PURPOSE
from identity.delegation.revoke import SuspensionReason
from identity.journal.actor import Actor, system
from identity.primitives.errors import NotPermitted
from identity.spending.answers import declines_often, end_question, mint_elevation
from identity.spending.approvals import lock_pending
from identity.spending.models import Approval, ApprovalState, IssuerAnswer, Vote
from identity.spending.pausing import pause_link

# Answers are dated in whole seconds, keys to the microsecond: a key made in the same second counts.
_WITHIN_ITS_SECOND = timedelta(microseconds=999_999)


def answer_as_issuer(*, approval: Approval, token: str, actor: Actor, at: datetime) -> Approval:
    """Take the signed answer of the agent that was asked. A yes mints the elevation; a no ends the question, and after
    five in seven days about one link the registry suspends it, as with a human's.

    Raises InvalidInput ``answer_invalid``; NotPermitted ``approver_not_eligible``; Conflict ``approval_ended``.
    """
    signed = read_word(token)
    is_yes = signed.word.answer == Vote.APPROVE
    agent = Agent.objects.filter(pk=approval.asked_agent, status=AgentStatus.ACTIVE).first()
    if agent is None:
        raise NotPermitted("approver_not_eligible", "This question was not put to an agent that may answer it.")
    _check(signed, approval, agent, at=at)
    with transaction.atomic():
        if not is_yes and declines_often(approval.leaf, at):  # before any row lock: the fence comes first
            reason = SuspensionReason.DECLINED_OFTEN
            pause_link(approval.leaf, reason=reason, actor=system("approvals"), at=at)
        approval = lock_pending(approval, at)
        IssuerAnswer.objects.create(approval=approval, agent=agent.pk, vote=signed.word.answer, token=token, at=at)
        if is_yes:
            mint_elevation(approval, at=at)
        end_question(approval, ApprovalState.APPROVED if is_yes else ApprovalState.DENIED, actor=actor, at=at)
    return approval


def _check(signed: SignedWord, approval: Approval, agent: Agent, *, at: datetime) -> None:
    """InvalidInput ``answer_invalid``. Stops another agent's word, a word about another question or purchase, one
    meant for another register, an old one, and one signed with a key that may not pass authority on."""
    word = signed.word
    if (word.approval, word.binding_digest) != (approval.pk, approval.binding_digest):
        raise answer_invalid("The answer is to another question.")
    if (word.agent, word.registry) != (agent.did, registry_did()):
        raise answer_invalid("The answer is another agent's, or meant for another register.")
    if at >= word.expires_at or (at - word.issued_at).total_seconds() < -CLOCK_SKEW_SECONDS:
        raise answer_invalid("The answer is too old, or from the future.")
    if signed.key_id.partition("#")[0] != agent.did:
        raise answer_invalid("The answer is not signed by a key of the agent.")
    key = resolve_key(signed.key_id, at=at)
    if isinstance(key, Unresolved):
        raise answer_invalid(key.detail)
    refusal = key.refusal(purpose=CHILD_PURPOSE, at=at + _WITHIN_ITS_SECOND)
    if refusal is not None:
        raise answer_invalid(refusal.detail)
    if key.revoked_at is not None or not signed.is_signed_by(key.public_key):
        raise answer_invalid("The signature of the answer does not hold.")
