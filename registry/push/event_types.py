"""The types of status events, a closed list, each under one URI.

Those of CAEP 1.0 and of the Shared Signals Framework 1.0 where they say exactly this; our own otherwise.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from django.conf import settings

_CAEP: Final = "https://schemas.openid.net/secevent/caep/event-type/"
_SSF: Final = "https://schemas.openid.net/secevent/ssf/event-type/"


class EventType(StrEnum):
    """The short names, as in a subscription's ``event_types``."""

    DELEGATION_REVOKED = "delegation-revoked"
    DELEGATION_SUSPENDED = "delegation-suspended"
    DELEGATION_RESUMED = "delegation-resumed"
    AGENT_STATUS_CHANGE = "agent-status-change"
    OPERATOR_STATUS_CHANGE = "operator-status-change"
    VENDOR_STATUS_CHANGE = "vendor-status-change"
    KEY_COMPROMISED = "key-compromised"
    AUTHORIZATION_VOIDED = "authorization-voided"
    CREDENTIAL_CHANGE = "credential-change"
    ASSURANCE_LEVEL_CHANGE = "assurance-level-change"
    RISK_LEVEL_CHANGE = "risk-level-change"


VERIFICATION: Final = "verification"  # is not chosen: every receiver gets it, so that silence can be told from peace
_BASES: Final = {
    EventType.CREDENTIAL_CHANGE: _CAEP,
    EventType.ASSURANCE_LEVEL_CHANGE: _CAEP,
    EventType.RISK_LEVEL_CHANGE: _CAEP,
    VERIFICATION: _SSF,
}


def event_uri(event_type: str) -> str:
    """The member of ``events`` (RFC 8417 section 2.2) that a token of this type has."""
    return f"{_BASES.get(event_type, f'{settings.PUBLIC_URL}/events/')}{event_type}"
