"""``/v1/approvers``, ``/v1/approver-groups`` and ``/v1/absences``: who answers agents' questions, together and in whose
place. The answers themselves are people's to give, each with a passkey: none of these calls gives one."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.models import Membership, Organization
from identity.accounts.permissions import Permission
from identity.delegation.absences import end_absence, not_over, set_absence
from identity.delegation.approver_groups import change_group, make_group, people_who_answer, remove_group
from identity.delegation.limits import ABSENCE_DAYS_MAX, GROUP_NAME_LENGTH_MAX, GROUP_PEOPLE_MAX
from identity.delegation.models import Absence, ApproverGroup, GroupSeat
from identity.primitives.errors import InvalidInput, NotFound
from identity.primitives.ids import ID_LENGTH_MAX
from registry.api.schema import describe
from registry.api.serializers import StrictSerializer
from registry.api.views import Resource, page_of


def _people_field(**more: Any) -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=ID_LENGTH_MAX),
        min_length=1,
        max_length=GROUP_PEOPLE_MAX,
        help_text="Membership ids, see `GET /v1/approvers`.",
        **more,
    )


def _name_field(**more: Any) -> serializers.CharField:
    return serializers.CharField(max_length=GROUP_NAME_LENGTH_MAX, **more)


def _needed_field(**more: Any) -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=1, max_value=GROUP_PEOPLE_MAX, help_text="How many of the people have to agree.", **more
    )


class ApproverOut(StrictSerializer):
    """A member whose role answers questions, and who may have a place in a group or stand in."""

    membership = serializers.CharField()
    name = serializers.CharField(allow_blank=True)
    email = serializers.EmailField()
    role = serializers.CharField()


class ApproversOut(StrictSerializer):
    items = ApproverOut(many=True)


class ApproverGroupIn(StrictSerializer):
    name = _name_field()
    needed = _needed_field()
    people = _people_field()


class ApproverGroupChange(StrictSerializer):
    """What is absent stays."""

    name = _name_field(required=False)
    needed = _needed_field(required=False)
    people = _people_field(required=False)


class ApproverGroupOut(serializers.Serializer[ApproverGroup]):
    """Some of an organization's people. A root names the group's id as `approvers` of its `step_up`."""

    id = serializers.CharField()
    name = serializers.CharField()
    needed = serializers.IntegerField()
    people = serializers.SerializerMethodField(help_text="Membership ids.")
    created_at = serializers.DateTimeField()

    def get_people(self, group: ApproverGroup) -> list[str]:
        return [seat.membership_id for seat in group.seats.all()]


class AbsenceIn(StrictSerializer):
    membership = serializers.CharField(max_length=ID_LENGTH_MAX, help_text="Who is away.")
    stand_in = serializers.CharField(max_length=ID_LENGTH_MAX, help_text="The membership that answers meanwhile.")
    begins_at = serializers.DateTimeField(required=False, help_text="Absent: at once.")
    ends_at = serializers.DateTimeField(help_text=f"At most {ABSENCE_DAYS_MAX} days after it begins.")


class AbsenceOut(serializers.Serializer[Absence]):
    """One person stands in for another; it ends by itself."""

    id = serializers.CharField()
    membership = serializers.CharField(source="membership_id")
    stand_in = serializers.CharField(source="stand_in_id")
    begins_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True, help_text="When it was ended before its time.")


class Approvers(Resource):
    scopes = {"GET": Permission.APPROVERS_WRITE}

    @describe("List who may answer", answers={200: ApproversOut}, tag="delegations")
    def get(self, request: Request) -> Response:
        """The members whose role answers questions, by name. An organization has few: there are no pages."""
        return Response({"items": [_shown(member) for member in people_who_answer(self.organization)]})


class ApproverGroups(Resource):
    scopes = {"GET": Permission.DELEGATIONS_READ, "POST": Permission.APPROVERS_WRITE}

    @describe("List approver groups", answers={200: page_of(ApproverGroupOut)}, tag="delegations")
    def get(self, request: Request) -> Response:
        return self.page(_groups(self.organization), ApproverGroupOut)

    @describe(
        "Make an approver group",
        request=ApproverGroupIn,
        answers={201: ApproverGroupOut},
        problems=["approver_group_invalid", "too_many_approver_groups"],
        tag="delegations",
    )
    def post(self, request: Request) -> Response:
        """Only members whose role answers questions have a place: a group gives nobody more than the role does."""
        group = make_group(
            organization=self.organization, **self.body(ApproverGroupIn), actor=self.caller.actor, at=self.at
        )
        response = Response(ApproverGroupOut(group_of(self.organization, group.pk)).data, status=201)
        response.headers["Location"] = f"/v1/approver-groups/{group.pk}"
        return response


class OneApproverGroup(Resource):
    scopes = {
        "GET": Permission.DELEGATIONS_READ,
        "PATCH": Permission.APPROVERS_WRITE,
        "DELETE": Permission.APPROVERS_WRITE,
    }

    @describe("Look at an approver group", answers={200: ApproverGroupOut}, problems=["not_found"], tag="delegations")
    def get(self, request: Request, group_id: str) -> Response:
        return Response(ApproverGroupOut(group_of(self.organization, group_id)).data)

    @describe(
        "Change an approver group",
        request=ApproverGroupChange,
        answers={200: ApproverGroupOut},
        problems=["not_found", "approver_group_invalid"],
        tag="delegations",
    )
    def patch(self, request: Request, group_id: str) -> Response:
        """A question that waits keeps the number it was put with; a yes of somebody who is put out is void."""
        before = group_of(self.organization, group_id)
        stands = {
            "name": before.name,
            "needed": before.needed,
            "people": [seat.membership_id for seat in before.seats.all()],
        }
        wanted = {**stands, **self.body(ApproverGroupChange)}
        change_group(group=before, **wanted, actor=self.caller.actor, at=self.at)
        return Response(ApproverGroupOut(group_of(self.organization, group_id)).data)

    @describe(
        "Remove an approver group",
        answers={204: None},
        problems=["not_found", "approver_group_in_use"],
        tag="delegations",
    )
    def delete(self, request: Request, group_id: str) -> Response:
        """Refused while a living delegation, or one that waits for its signature, names it."""
        remove_group(group=group_of(self.organization, group_id), actor=self.caller.actor, at=self.at)
        return Response(status=204)


class Absences(Resource):
    scopes = {"GET": Permission.APPROVERS_WRITE, "POST": Permission.APPROVERS_WRITE}

    @describe("List absences", answers={200: page_of(AbsenceOut)}, tag="delegations")
    def get(self, request: Request) -> Response:
        """Those that have begun or are planned."""
        return self.page(not_over(self.organization, self.at), AbsenceOut)

    @describe(
        "Set an absence",
        request=AbsenceIn,
        answers={201: AbsenceOut},
        problems=["absence_invalid", "absence_overlaps"],
        tag="delegations",
    )
    def post(self, request: Request) -> Response:
        """The stand-in answers in groups from the place of whoever is away; one hop and no further."""
        body, members = self.body(AbsenceIn), {each.pk: each for each in people_who_answer(self.organization)}
        absence = set_absence(
            membership=_member(members, body, "membership"),
            stand_in=_member(members, body, "stand_in"),
            begins_at=body.get("begins_at") or self.at,
            ends_at=body["ends_at"],
            actor=self.caller.actor,
            at=self.at,
        )
        response = Response(AbsenceOut(absence).data, status=201)
        response.headers["Location"] = f"/v1/absences/{absence.pk}"
        return response


class OneAbsence(Resource):
    scopes = {"GET": Permission.APPROVERS_WRITE, "DELETE": Permission.APPROVERS_WRITE}

    @describe("Look at an absence", answers={200: AbsenceOut}, problems=["not_found"], tag="delegations")
    def get(self, request: Request, absence_id: str) -> Response:
        """Also one that is over."""
        return Response(AbsenceOut(absence_of(self.organization, absence_id)).data)

    @describe("End an absence", answers={204: None}, problems=["not_found"], tag="delegations")
    def delete(self, request: Request, absence_id: str) -> Response:
        """At once. Ending it again changes nothing."""
        end_absence(absence=absence_of(self.organization, absence_id), actor=self.caller.actor, at=self.at)
        return Response(status=204)


def group_of(organization: Organization, group_id: str) -> ApproverGroup:
    """NotFound ``not_found`` for another organization's, as for none."""
    found = _groups(organization).filter(pk=group_id).first()
    if found is None:
        raise NotFound("not_found", "Your organization has no such approver group.")
    return found


def absence_of(organization: Organization, absence_id: str) -> Absence:
    """NotFound ``not_found`` for another organization's, as for none."""
    found = Absence.objects.filter(pk=absence_id, membership__organization=organization).first()
    if found is None:
        raise NotFound("not_found", "Your organization has no such absence.")
    return found


def _groups(organization: Organization) -> QuerySet[ApproverGroup]:
    seats = Prefetch("seats", queryset=GroupSeat.objects.order_by("membership_id"))
    return ApproverGroup.objects.filter(organization=organization).prefetch_related(seats)


def _member(members: dict[str, Membership], body: dict[str, Any], field: str) -> Membership:
    """InvalidInput ``absence_invalid`` for anybody whose role here does not answer."""
    if body[field] not in members:
        raise InvalidInput("absence_invalid", "No member with this id has a role that answers questions.", field=field)
    return members[body[field]]


def _shown(member: Membership) -> dict[str, str]:
    person = member.user
    return {"membership": member.pk, "name": person.display_name, "email": person.email, "role": member.role}


urlpatterns = [
    path("v1/approvers", Approvers.as_view(), name="api_approvers"),
    path("v1/approver-groups", ApproverGroups.as_view(), name="api_approver_groups"),
    path("v1/approver-groups/<str:group_id>", OneApproverGroup.as_view(), name="api_approver_group"),
    path("v1/absences", Absences.as_view(), name="api_absences"),
    path("v1/absences/<str:absence_id>", OneAbsence.as_view(), name="api_absence"),
]
