"""Approvals: the human is asked, answers once, and the answer is worth one purchase."""

from __future__ import annotations

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from identity.accounts.models import Organization, User
from identity.primitives.ids import ID_LENGTH_MAX, new_approval_id, new_elevation_id, new_vote_id


class ApprovalState(models.TextChoices):
    PENDING = "pending", "waiting for an answer"
    APPROVED = "approved", "approved"
    DENIED = "denied", "denied"
    EXPIRED = "expired", "nobody answered in time"
    CANCELLED = "cancelled", "withdrawn by the agent's side"


class Approval(models.Model):
    """A question to the principal about exactly one purchase.

    ``binding_digest`` is over the delegations, the parties, the amounts and the order, without nonce or time: the
    agent may sign a fresh intent for the same purchase after a slow answer. ``transaction`` and ``why`` are what the
    page shows, made of registered facts; ``agent_note`` is the one text from the agent and is shown as such.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_approval_id, editable=False)
    binding_digest = models.CharField(max_length=64)
    principal = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="approvals")
    path = ArrayField(models.CharField(max_length=ID_LENGTH_MAX))
    leaf = models.CharField(max_length=ID_LENGTH_MAX)
    agent = models.CharField(max_length=ID_LENGTH_MAX)
    vendor = models.CharField(max_length=ID_LENGTH_MAX)
    transaction = models.JSONField()
    why = models.JSONField()
    lifts = ArrayField(models.CharField(max_length=60))
    agent_note = models.CharField(max_length=280, blank=True)
    # The group of approvers that the delegation names, or nobody in particular; its number when this was asked.
    group = models.CharField(max_length=ID_LENGTH_MAX, blank=True, default="", db_default="", editable=False)
    quorum = models.PositiveSmallIntegerField(default=1)
    # The agent that issued the link and answers for it; the principal's people may answer in its place.
    asked_agent = models.CharField(max_length=ID_LENGTH_MAX, blank=True, default="", db_default="", editable=False)
    state = models.CharField(max_length=10, choices=ApprovalState.choices, default=ApprovalState.PENDING)
    created_at = models.DateTimeField(editable=False)
    expires_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["binding_digest"], condition=Q(state="pending"), name="approval_pending_once"
            ),
            models.CheckConstraint(
                condition=Q(state="pending", decided_at__isnull=True)
                | (~Q(state="pending") & Q(decided_at__isnull=False)),
                name="approval_ends_once",
            ),
        ]
        indexes = [
            models.Index(fields=["principal", "-created_at"], name="approval_by_principal"),
            models.Index(fields=["binding_digest", "-created_at"], name="approval_by_binding"),
            models.Index(fields=["leaf", "state"], name="approval_by_leaf"),
        ]

    def __str__(self) -> str:
        return self.id

    def state_at(self, at: datetime) -> ApprovalState:
        """The state as it counts: a question past its end is expired, whoever noticed it yet."""
        if self.state == ApprovalState.PENDING and self.expires_at <= at:
            return ApprovalState.EXPIRED
        return ApprovalState(self.state)


class Vote(models.TextChoices):
    APPROVE = "approve", "approve once"
    DENY = "deny", "decline"


class ApprovalVote(models.Model):
    """One person's answer, with the passkey's signature over the purchase and the text that was shown. ``seat`` is
    whose place she answered from, another's only as the stand-in of ``absence``; each place answers once. Older rows
    have none: they were answered from the person's own."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_vote_id, editable=False)
    approval = models.ForeignKey(Approval, on_delete=models.PROTECT, related_name="votes")
    approver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    seat = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    absence = models.CharField(max_length=ID_LENGTH_MAX, blank=True, default="", db_default="")
    vote = models.CharField(max_length=8, choices=Vote.choices)
    evidence = models.JSONField(null=True)
    displayed_text_digest = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["approval", "approver"], name="vote_once"),
            models.UniqueConstraint(fields=["approval", "seat"], name="vote_once_a_seat"),
            models.CheckConstraint(condition=~Q(vote="approve") | Q(evidence__isnull=False), name="vote_has_evidence"),
        ]

    def __str__(self) -> str:
        return f"{self.vote} by {self.approver_id}"


class IssuerAnswer(models.Model):
    """The answer of the agent that was asked, with its signature: ``token`` is a compact JWS over the question and its
    binding digest."""

    approval = models.OneToOneField(Approval, primary_key=True, on_delete=models.PROTECT, related_name="issuer_answer")
    agent = models.CharField(max_length=ID_LENGTH_MAX)
    vote = models.CharField(max_length=8, choices=Vote.choices)
    token = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.vote} by {self.agent}"


class Elevation(models.Model):
    """The right that one approval minted: this purchase, once, within minutes. ``consumed_by`` is the authorization
    that used it or, where an authorization grew by it, the decision that let it."""

    id = models.CharField(primary_key=True, max_length=ID_LENGTH_MAX, default=new_elevation_id, editable=False)
    approval = models.OneToOneField(Approval, on_delete=models.PROTECT, related_name="elevation")
    binding_digest = models.CharField(max_length=64)
    max_amount = models.BigIntegerField()
    lifts = ArrayField(models.CharField(max_length=60))
    valid_until = models.DateTimeField()
    consumed_by = models.CharField(max_length=ID_LENGTH_MAX, null=True, unique=True)

    def __str__(self) -> str:
        return self.id
