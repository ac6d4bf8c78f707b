"""What a person's leaving cuts: everything of an organization that rests on her word or that she could still use.

Each set is read by one query, and ``off_board`` ends what these very queries find.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from allauth.usersessions.models import UserSession
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Concat
from django.db.models.lookups import Exact

from identity.accounts.models import Invitation, Membership, ServiceKey
from identity.delegation.models import Delegation, DelegationStatus, PendingRaise, RaiseState
from identity.journal.actor import Actor, ActorKind
from identity.journal.delegation_kinds import DelegationIssued
from identity.journal.models import Event
from identity.journal.raise_kinds import RaiseAsked
from identity.spending.expiry import open_holds_on
from identity.spending.models import (
    ApprovalState,
    ApprovalVote,
    Authorization,
    AuthorizationState,
    Elevation,
    Vote,
)


@dataclass(frozen=True, slots=True)
class Leaver:
    """One person in one organization, seen at one instant."""

    organization: str
    user: str
    at: datetime

    @classmethod
    def of(cls, membership: Membership, *, at: datetime) -> Leaver:
        return cls(membership.organization_id, membership.user_id, at)

    def delegations(self) -> QuerySet[Delegation]:
        """The roots that the organization lent on her consent, given in the console or through a key that she made.
        Those that are over count while something is still held on them."""
        issued = self._events(DelegationIssued.kind).filter(subject=OuterRef("pk"))
        agreed = self._raises_asked(OuterRef("pk")).filter(subject=OuterRef("replaces_id"))
        held = Authorization.objects.filter(root=OuterRef("pk")).exclude(state=AuthorizationState.CLOSED)
        hers = Delegation.objects.filter(Exists(issued) | Exists(agreed), principal_id=self.organization, depth=0)
        living = hers.exclude(status=DelegationStatus.REVOKED).filter(Q(valid_until__gt=self.at) | Exists(held))
        return living.order_by("pk")

    def raises(self) -> QuerySet[PendingRaise]:
        """Wider limits that she agreed to and that wait out their time."""
        asked = self._raises_asked(OuterRef("draft_id")).filter(subject=OuterRef("delegation_id"))
        waiting = PendingRaise.objects.filter(state=RaiseState.PENDING, delegation__principal_id=self.organization)
        return waiting.filter(Exists(asked)).order_by("pk")

    def service_keys(self) -> QuerySet[ServiceKey]:
        """Keys she made that still work: whoever makes a key has seen its text."""
        made = ServiceKey.objects.filter(organization_id=self.organization, created_by_id=self.user, revoked_at=None)
        return made.exclude(expires_at__lte=self.at).order_by("pk")

    def invitations(self) -> QuerySet[Invitation]:
        """Invitations she sent that somebody could still accept."""
        sent = Invitation.objects.filter(organization_id=self.organization, invited_by_id=self.user)
        return sent.filter(accepted_at=None, revoked_at=None, expires_at__gt=self.at).order_by("pk")

    def votes(self) -> QuerySet[ApprovalVote]:
        """Her yes to questions that wait for somebody else's, too."""
        given = ApprovalVote.objects.filter(approver_id=self.user, vote=Vote.APPROVE)
        waiting = given.filter(approval__principal_id=self.organization, approval__state=ApprovalState.PENDING)
        return waiting.filter(approval__expires_at__gt=self.at).order_by("pk")

    def unused_approvals(self) -> QuerySet[Elevation]:
        """Purchases that her yes let through and that nobody has made yet."""
        hers = ApprovalVote.objects.filter(approval=OuterRef("approval"), approver_id=self.user, vote=Vote.APPROVE)
        minted = Elevation.objects.filter(Exists(hers), approval__principal_id=self.organization, consumed_by=None)
        return minted.filter(valid_until__gt=self.at).order_by("pk")

    def sessions(self, actor: Actor) -> QuerySet[UserSession]:
        """Where she is signed in, if somebody else removes her and she belongs to nothing else: then there is nothing
        left to be signed in for. Otherwise her browsers stay, and see nothing of this organization any more."""
        if actor == Actor(ActorKind.USER, self.user):
            return cast("QuerySet[UserSession]", UserSession.objects.none())
        elsewhere = Membership.objects.filter(user_id=OuterRef("user_id")).exclude(organization_id=self.organization)
        found = UserSession.objects.filter(~Exists(elsewhere), user_id=self.user).order_by("pk")
        return cast("QuerySet[UserSession]", found)

    def _raises_asked(self, draft: OuterRef) -> QuerySet[Event]:
        return self._events(RaiseAsked.kind).filter(Exact(KeyTextTransform("draft", "payload"), draft))

    def _events(self, kind: str) -> QuerySet[Event]:
        keys = ServiceKey.objects.filter(organization_id=self.organization, created_by_id=self.user)
        programs = keys.annotate(actor=Concat(Value(f"{ActorKind.SERVICE_KEY}:"), "pk")).values("actor")
        hers = Q(actor=f"{ActorKind.USER}:{self.user}") | Q(actor__in=programs)
        return Event.objects.filter(hers, kind=kind)


def open_holds_of(delegations: list[str]) -> QuerySet[Authorization]:
    """Everything held on these roots and below them."""
    return open_holds_on(*delegations) if delegations else Authorization.objects.none()
