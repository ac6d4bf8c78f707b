"""Verdicts on the wire: the checks of a credential, and of those inside a presentation."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers

from identity.credentials.checks import Check, CheckName, CredentialFormat, Outcome, Verification
from registry.api.serializers import StrictSerializer

FORMAT_CHOICES = [(form.value, form.value) for form in CredentialFormat]
OUTCOME_CHOICES = [(outcome.value, outcome.value) for outcome in Outcome]
CHECK_CHOICES = [(name.value, name.value) for name in CheckName]


class CheckOut(StrictSerializer):
    """One question that was asked, and its answer."""

    name = serializers.ChoiceField(CHECK_CHOICES)
    outcome = serializers.ChoiceField(OUTCOME_CHOICES)
    code = serializers.CharField(help_text="Stable and snake_case: branch on this.")
    detail = serializers.CharField(help_text="A sentence for a person.")


class VerdictOut(StrictSerializer):
    """The verdict on one credential. `unknown` is neither yes nor no: a status list was out of reach."""

    verified = serializers.BooleanField()
    format = serializers.ChoiceField(FORMAT_CHOICES, allow_null=True)
    issuer = serializers.CharField(allow_null=True)
    subjects = serializers.ListField(child=serializers.CharField())
    checks = CheckOut(many=True)


class PresentationVerdictOut(VerdictOut):
    """The verdict on a presentation, whose `issuer` is its holder, and on each credential in it."""

    credentials = VerdictOut(many=True)


def check_document(check: Check) -> dict[str, Any]:
    return {"name": str(check.name), "outcome": str(check.outcome), "code": check.code, "detail": check.detail}


def verdict_document(verification: Verification) -> dict[str, Any]:
    """A verdict as ``VerdictOut`` describes it."""
    return {
        "verified": verification.is_verified,
        "format": None if verification.format is None else str(verification.format),
        "issuer": verification.issuer,
        "subjects": list(verification.subjects),
        "checks": [check_document(check) for check in verification.checks],
    }


def presentation_verdict_document(verification: Verification) -> dict[str, Any]:
    """A verdict as ``PresentationVerdictOut`` describes it."""
    inner = [verdict_document(each) for each in verification.credentials]
    return {**verdict_document(verification), "credentials": inner}


def problem_details(verification: Verification) -> list[dict[str, str]]:
    """Whatever did not pass, as VCDM 2.0 section 7.1 wants it: the presentation's own first."""
    checks = [*verification.checks, *(check for inner in verification.credentials for check in inner.checks)]
    return [
        {"type": f"{settings.PUBLIC_URL}/problems/not_verified", "title": check.code, "detail": check.detail}
        for check in checks
        if check.outcome in (Outcome.FAILED, Outcome.UNKNOWN)
    ]
