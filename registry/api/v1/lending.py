"""``/v1/lending-rules`` and ``/v1/limit-templates``: who may lend how much, and what an organization offers to begin
with. Both are set in the console, by a person."""

from __future__ import annotations

from dataclasses import asdict

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from identity.accounts.permissions import Permission
from identity.delegation.lending_bounds import WINDOWS
from identity.delegation.lending_rules import LENDING_ROLES, bounds_by_role
from identity.delegation.models import LimitTemplate
from registry.api.schema import describe
from registry.api.serializers import StrictSerializer
from registry.api.v1.delegation_shapes import ObjectField
from registry.api.views import Resource, page_of

ROLE_CHOICES = [(role.value, role.value) for role in LENDING_ROLES]


class LendingCeilingOut(StrictSerializer):
    """The most of one currency in one delegation, in minor units; null where nothing is said."""

    currency = serializers.CharField()
    per_purchase = serializers.IntegerField(allow_null=True)
    per_window = serializers.IntegerField(allow_null=True, help_text="In each window.")
    window = serializers.ChoiceField([("", ""), *((each, each) for each in WINDOWS)], allow_blank=True)
    total = serializers.IntegerField(allow_null=True, help_text="Over its whole life.")


class LendingRuleOut(StrictSerializer):
    """What whoever has the role may lend in one delegation."""

    role = serializers.ChoiceField(ROLE_CHOICES)
    may_lend = serializers.BooleanField()
    days_max = serializers.IntegerField(allow_null=True, help_text="How long it may last.")
    open_max = serializers.IntegerField(allow_null=True, help_text="How many of one person are in force at one time.")
    ceilings = LendingCeilingOut(many=True, help_text="Empty: any amount. Else no other currency may be lent.")


class LendingRulesOut(StrictSerializer):
    items = LendingRuleOut(many=True)


class LimitTemplateOut(serializers.Serializer[LimitTemplate]):
    """Limits with a name. A template allows nothing by itself."""

    id = serializers.CharField()
    name = serializers.CharField()
    roles = serializers.ListField(
        child=serializers.ChoiceField(ROLE_CHOICES), help_text="Whom it is offered to; empty: everybody who lends."
    )
    constraints = serializers.ListField(child=ObjectField(), help_text="As a delegation spells them.")
    days = serializers.IntegerField(help_text="How long a delegation made with it lasts.")
    max_further_depth = serializers.IntegerField()
    version = serializers.IntegerField(help_text="One more with every change.")
    changed_at = serializers.DateTimeField()


class LendingRules(Resource):
    scopes = {"GET": Permission.DELEGATIONS_READ}

    @describe("Read who may lend how much", answers={200: LendingRulesOut}, tag="delegations")
    def get(self, request: Request) -> Response:
        """Of every role that lends. Roots that go beyond are refused with `lending_rule_exceeded`, whoever drafts them:
        a service key counts as whoever made it."""
        bounds = bounds_by_role(self.organization)
        rows = [LendingRuleOut({"role": role, **asdict(each)}).data for role, each in bounds.items()]
        return Response({"items": rows})


class LimitTemplates(Resource):
    scopes = {"GET": Permission.DELEGATIONS_READ}

    @describe("List limit templates", answers={200: page_of(LimitTemplateOut)}, tag="delegations")
    def get(self, request: Request) -> Response:
        """Send a template's constraints with `POST /v1/delegations/drafts` to draft a delegation as it says."""
        return self.page(LimitTemplate.objects.filter(organization=self.organization), LimitTemplateOut)


urlpatterns = [
    path("v1/lending-rules", LendingRules.as_view(), name="api_lending_rules"),
    path("v1/limit-templates", LimitTemplates.as_view(), name="api_limit_templates"),
]
