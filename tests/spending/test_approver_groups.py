"""A group of approvers: so many distinct people, each with a passkey; one no ends it; nobody judges her own lending."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from identity.accounts.models import Membership, Organization, Role, User
from identity.accounts.organizations import add_member, change_role
from identity.delegation.absences import end_absence, set_absence
from identity.delegation.approver_groups import change_group, make_group, remove_group
from identity.delegation.delegate import strong_sign_in_evidence
from identity.delegation.models import ApproverGroup, Delegation
from identity.journal.actor import Actor, ActorKind, system
from identity.journal.models import Event
from identity.primitives.errors import Conflict, InvalidInput, NotPermitted
from identity.spending import links
from identity.spending.answers import approve, decline
from identity.spending.approvers import people_asked
from identity.spending.models import Approval, ApprovalVote, Elevation
from identity.spending.off_board import off_board
from tests.spending.conftest import TOTAL_500, Holder, Shop, make_terms

SIGNED = {"type": "StrongSignIn", "method": "webauthn", "signedInAt": "2026-05-04T08:00:00Z"}
STAFF = system("tests")


def by(user: User) -> Actor:
    return Actor(ActorKind.USER, user.pk)


@pytest.fixture
def people(acme: Organization, alice: User, bob: User, make_person: Callable[..., User], at: datetime) -> list[User]:
    """Alice, Bob and two more, whose roles all answer."""
    change_role(membership=acme.memberships.get(user=bob), role=Role.ADMINISTRATOR, actor=by(alice), at=at)
    more = [make_person(name) for name in ("Dora", "Emil")]
    for person in more:
        add_member(organization=acme, user=person, role=Role.ADMINISTRATOR, actor=by(alice), at=at)
    return [alice, bob, *more]


@pytest.fixture
def seat(acme: Organization) -> Callable[[User], Membership]:
    return lambda user: acme.memberships.get(user=user)


@pytest.fixture
def group(acme: Organization, people: list[User], seat: Any, at: datetime) -> ApproverGroup:
    """Alice, Bob and Dora, two of whom have to agree."""
    members = [seat(person).pk for person in people[:3]]
    return make_group(organization=acme, name="Finance", needed=2, people=members, actor=by(people[0]), at=at)


@pytest.fixture
def lend(acme: Organization, buyer: Holder, at: datetime) -> Callable[..., Delegation]:
    def make(group_id: str, actor: Actor = STAFF, **terms: Any) -> Delegation:
        over = {"amountOver": 2500, "currency": "EUR", "exponent": 2}
        asks = {"type": "step_up", "when": over, "approvers": group_id}
        return links.delegate_root(
            principal=acme,
            agent=buyer.agent,
            terms=make_terms(at, TOTAL_500, asks, **terms),
            evidence=strong_sign_in_evidence(method="passkey", signed_in_at=at),
            actor=actor,
            at=at,
        )

    return make


@pytest.fixture
def ask(shop: Shop, buyer: Holder) -> Callable[..., Approval]:
    def put(link: Delegation, amount: int = 4_000) -> Approval:
        return Approval.objects.get(pk=shop.spend(buyer, link, amount).approval)

    return put


def say_yes(approval: Approval, person: User, at: datetime) -> Approval:
    return approve(approval=approval, approver=person, evidence=SIGNED, actor=by(person), at=at)


def test_two_of_three_let_it_through(
    group: ApproverGroup, lend: Any, ask: Any, people: list[User], shop: Shop, buyer: Holder, at: datetime
) -> None:
    link = lend(group.pk)
    asked = ask(link)
    assert (asked.group, asked.quorum) == (group.pk, 2)
    assert say_yes(asked, people[0], at).state == "pending"
    assert shop.spend(buyer, link, 4_000, approval=asked.pk).verdict == "step_up_required"
    assert say_yes(asked, people[2], at).state == "approved"
    assert shop.spend(buyer, link, 4_000, approval=asked.pk).verdict == "approved"
    assert Event.objects.get(kind="approval.voted").payload == {"got": 1, "need": 2, "is_stand_in": False}


def test_one_person_says_yes_once(group: ApproverGroup, lend: Any, ask: Any, people: list[User], at: datetime) -> None:
    asked = ask(lend(group.pk))
    say_yes(asked, people[0], at)
    with pytest.raises(Conflict, match="answered"):
        say_yes(asked, people[0], at)
    row = ApprovalVote.objects.get()
    with pytest.raises(IntegrityError, match="vote_once"), transaction.atomic():
        ApprovalVote.objects.create(
            approval=row.approval,
            approver=people[1],
            seat=people[0],
            vote=row.vote,
            evidence=row.evidence,
            displayed_text_digest=row.displayed_text_digest,
            at=at,
        )


def test_one_no_ends_it(group: ApproverGroup, lend: Any, ask: Any, people: list[User], at: datetime) -> None:
    asked = ask(lend(group.pk))
    say_yes(asked, people[0], at)
    assert decline(approval=asked, approver=people[1], actor=by(people[1]), at=at).state == "denied"
    with pytest.raises(Conflict):
        say_yes(asked, people[2], at)
    assert not Elevation.objects.exists()


def test_whoever_is_not_in_the_group_does_not_answer(
    group: ApproverGroup, lend: Any, ask: Any, people: list[User], at: datetime
) -> None:
    asked = ask(lend(group.pk))
    with pytest.raises(NotPermitted) as refused:
        say_yes(asked, people[3], at)
    assert refused.value.code == "approver_not_eligible"
    with pytest.raises(NotPermitted):
        decline(approval=asked, approver=people[3], actor=by(people[3]), at=at)
    assert people_asked(asked, at=at) == sorted(people[:3], key=lambda person: person.pk)


def test_whoever_lent_it_says_no_but_never_yes(
    group: ApproverGroup, lend: Any, ask: Any, people: list[User], at: datetime
) -> None:
    alice, bob, dora, _ = people
    asked = ask(lend(group.pk, by(alice)))
    with pytest.raises(NotPermitted, match="yourself"):
        say_yes(asked, alice, at)
    assert alice not in people_asked(asked, at=at)
    say_yes(asked, bob, at)
    assert say_yes(asked, dora, at).state == "approved"
    again = ask(asked_link := Delegation.objects.get(pk=asked.leaf), 4_100)
    assert asked_link.lent_by == alice.pk
    assert decline(approval=again, approver=alice, actor=by(alice), at=at).state == "denied"


def test_a_yes_from_a_place_that_is_gone_counts_no_more(
    group: ApproverGroup, lend: Any, ask: Any, people: list[User], seat: Any, at: datetime
) -> None:
    alice, bob, dora, emil = people
    asked = ask(lend(group.pk))
    say_yes(asked, bob, at)
    members = [seat(person).pk for person in (alice, dora, emil)]
    change_group(group=group, name="Finance", needed=2, people=members, actor=by(alice), at=at)
    assert say_yes(asked, alice, at).state == "pending", "Bob's place is gone, and his yes with it"
    off_board(membership=seat(dora), actor=by(alice), at=at)
    with pytest.raises(NotPermitted):
        say_yes(asked, dora, at)
    assert say_yes(asked, emil, at).state == "approved"


def test_a_question_keeps_the_number_it_was_put_with(
    group: ApproverGroup, lend: Any, ask: Any, people: list[User], at: datetime
) -> None:
    asked = ask(lend(group.pk))
    members = list(group.seats.values_list("membership_id", flat=True))
    change_group(group=group, name="Finance", needed=1, people=members, actor=by(people[0]), at=at)
    assert say_yes(asked, people[0], at).state == "pending"


def test_what_a_child_names_counts_for_nothing(
    acme: Organization,
    group: ApproverGroup,
    people: list[User],
    seat: Any,
    buyer: Holder,
    planner: Holder,
    lend: Any,
    pass_on: Any,
    ask: Any,
    shop: Shop,
    at: datetime,
) -> None:
    lenient = make_group(
        organization=acme, name="Anybody", needed=1, people=[seat(people[3]).pk], actor=by(people[0]), at=at
    )
    root = lend(group.pk, max_further_depth=1)
    child = pass_on(
        root, buyer, planner, TOTAL_500, {"type": "step_up", "when": {"always": True}, "approvers": lenient.pk}
    )
    asked = Approval.objects.get(pk=shop.spend(planner, child, 4_000).approval)
    assert (asked.group, asked.quorum) == (group.pk, 2)


def test_a_delegation_names_one_group_of_its_principal(
    acme: Organization, group: ApproverGroup, lend: Any, charlie: User, at: datetime
) -> None:
    with pytest.raises(InvalidInput) as refused:
        lend("grp_01m7zfshr21eqqbmtby10h94w1")
    assert refused.value.code == "approver_group_unknown"
    with pytest.raises(InvalidInput):
        lend("everybody")


def test_a_group_that_is_named_stays(group: ApproverGroup, lend: Any, people: list[User], at: datetime) -> None:
    link = lend(group.pk)
    with pytest.raises(Conflict) as refused:
        remove_group(group=group, actor=by(people[0]), at=at)
    assert refused.value.code == "approver_group_in_use"
    Delegation.objects.filter(pk=link.pk).update(status="revoked", status_set_by="principal")
    remove_group(group=group, actor=by(people[0]), at=at)
    assert not ApproverGroup.objects.exists()


def test_nobody_is_asked_when_the_group_is_gone(group: ApproverGroup, lend: Any, shop: Shop, buyer: Holder) -> None:
    link = lend(group.pk)
    group.delete()
    decided = shop.spend(buyer, link, 4_000)
    assert (decided.verdict, Approval.objects.count()) == ("declined", 0)


@pytest.mark.parametrize(
    ("name", "needed", "count"), [("", 1, 1), ("Finance", 1, 1), ("Two", 0, 2), ("Two", 3, 2), ("None", 1, 0)]
)
def test_it_refuses_a_group_that_cannot_work(
    acme: Organization,
    group: ApproverGroup,
    people: list[User],
    seat: Any,
    at: datetime,
    name: str,
    needed: int,
    count: int,
) -> None:
    members = [seat(person).pk for person in people[:count]]
    with pytest.raises(InvalidInput) as refused:
        make_group(organization=acme, name=name, needed=needed, people=members, actor=by(people[0]), at=at)
    assert refused.value.code == "approver_group_invalid"


def test_it_seats_only_people_whose_role_answers(
    acme: Organization, people: list[User], charlie: User, at: datetime
) -> None:
    reader = add_member(organization=acme, user=charlie, role=Role.AUDITOR, actor=by(people[0]), at=at)
    with pytest.raises(InvalidInput):
        make_group(organization=acme, name="Audit", needed=1, people=[reader.pk], actor=by(people[0]), at=at)


class TestAbsence:
    @pytest.fixture
    def away(self, people: list[User], seat: Any, at: datetime) -> Any:
        """Alice is away for two days; Emil, who has no seat, stands in."""
        return set_absence(
            membership=seat(people[0]),
            stand_in=seat(people[3]),
            begins_at=at - timedelta(hours=1),
            ends_at=at + timedelta(days=2),
            actor=by(people[0]),
            at=at - timedelta(hours=1),
        )

    def test_the_stand_in_answers_in_her_place(
        self, away: Any, group: ApproverGroup, lend: Any, ask: Any, people: list[User], at: datetime
    ) -> None:
        alice, bob, _dora, emil = people
        asked = ask(lend(group.pk))
        assert emil in people_asked(asked, at=at)
        say_yes(asked, emil, at)
        vote = ApprovalVote.objects.get()
        assert (vote.approver, vote.seat, vote.absence) == (emil, alice, away.pk)
        with pytest.raises(Conflict, match="place"):
            say_yes(asked, alice, at)
        assert say_yes(asked, bob, at).state == "approved"

    def test_it_ends_by_itself_and_before_its_time(
        self, away: Any, group: ApproverGroup, lend: Any, ask: Any, people: list[User], at: datetime
    ) -> None:
        asked = ask(lend(group.pk))
        later = at + timedelta(days=2)
        assert people[3] not in people_asked(asked, at=later)
        end_absence(absence=away, actor=by(people[0]), at=at)
        end_absence(absence=away, actor=by(people[0]), at=at)
        with pytest.raises(NotPermitted):
            say_yes(asked, people[3], at)
        assert Event.objects.filter(kind="absence.ended").count() == 1

    def test_it_leads_one_hop_and_no_further(
        self, group: ApproverGroup, lend: Any, ask: Any, people: list[User], seat: Any, charlie: User, at: datetime
    ) -> None:
        alice, _bob, _dora, emil = people
        frieda = add_member(
            organization=group.organization, user=charlie, role=Role.ADMINISTRATOR, actor=by(alice), at=at
        )
        for person, other in ((seat(alice), seat(emil)), (seat(emil), frieda)):
            set_absence(
                membership=person, stand_in=other, begins_at=at, ends_at=at + timedelta(days=1), actor=by(alice), at=at
            )
        asked = ask(lend(group.pk))
        with pytest.raises(NotPermitted):
            say_yes(asked, charlie, at)

    def test_one_person_fills_one_place(
        self, group: ApproverGroup, lend: Any, ask: Any, people: list[User], seat: Any, at: datetime
    ) -> None:
        """Bob is in the group himself and stands in for Alice: two yeses of his would be one person's word."""
        alice, bob, _dora, _emil = people
        set_absence(
            membership=seat(alice),
            stand_in=seat(bob),
            begins_at=at,
            ends_at=at + timedelta(days=1),
            actor=by(alice),
            at=at,
        )
        asked = ask(lend(group.pk))
        say_yes(asked, bob, at)
        with pytest.raises(Conflict):
            say_yes(asked, bob, at)
        assert Approval.objects.get().state == "pending"

    def test_nobody_stands_in_to_judge_her_own_lending(
        self, away: Any, group: ApproverGroup, lend: Any, ask: Any, people: list[User], at: datetime
    ) -> None:
        asked = ask(lend(group.pk, by(people[3])))
        with pytest.raises(NotPermitted, match="yourself"):
            say_yes(asked, people[3], at)

    def test_it_refuses_what_makes_no_sense(self, away: Any, people: list[User], seat: Any, at: datetime) -> None:
        alice, emil = seat(people[0]), seat(people[3])
        times = {"begins_at": at, "ends_at": at + timedelta(days=1)}
        for wrong in (
            {"membership": emil, "stand_in": emil, **times},
            {"membership": emil, "stand_in": alice, "begins_at": at, "ends_at": at},
            {"membership": emil, "stand_in": alice, "begins_at": at, "ends_at": at + timedelta(days=400)},
        ):
            with pytest.raises(InvalidInput):
                set_absence(**wrong, actor=by(people[0]), at=at)
        with pytest.raises(Conflict):
            set_absence(membership=alice, stand_in=emil, **times, actor=by(people[0]), at=at)
