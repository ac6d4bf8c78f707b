"""The form of a token: RFC 8417, and the Shared Signals Framework where it says more."""

from __future__ import annotations

import pytest
from django.conf import settings

from identity.credentials.issuers import current_signer, registry_did
from identity.credentials.jws import parse_jws
from identity.journal.models import Event
from registry.push.event_types import EventType, event_uri
from registry.push.tokens import verification_token
from tests.push.conftest import follow
from tests.push.opening import claims_of

pytestmark = pytest.mark.django_db


def test_it_says_who_to_whom_about_whom_and_what(subscribe, buyer, bought, stop, at) -> None:
    stream = subscribe()
    stop()
    follow(at)
    event = stream.events.get()
    claims = claims_of(event)
    source = Event.objects.get(kind="agent.suspended")
    assert set(claims) == {"iss", "jti", "iat", "aud", "txn", "sub_id", "events"}
    assert (claims["iss"], claims["jti"], claims["aud"]) == (settings.PUBLIC_URL, event.pk, stream.audience)
    assert claims["txn"] == source.pk
    assert claims["sub_id"] == {"format": "complex", "agent": {"format": "did", "url": buyer.agent.did}}
    assert claims["events"] == {
        f"{settings.PUBLIC_URL}/events/agent-status-change": {
            "event_timestamp": int(at.timestamp()),
            "initiating_entity": "admin",
            "status": "suspended",
            "reason": "abuse_reported",
            "seq": 1,
        }
    }
    header = parse_jws(event.token).header
    assert (header["typ"], header["alg"]) == ("secevent+jwt", "EdDSA")
    assert header["kid"].startswith(f"{registry_did()}#")


def test_it_uses_the_standards_names_where_they_say_the_same() -> None:
    assert event_uri(EventType.RISK_LEVEL_CHANGE).startswith("https://schemas.openid.net/secevent/caep/event-type/")
    assert event_uri(EventType.KEY_COMPROMISED) == f"{settings.PUBLIC_URL}/events/key-compromised"


def test_it_gives_a_sign_of_life_the_number_of_the_last_event(at) -> None:
    token = verification_token(jti="evt_1", audience="a", stream="sub_1", last_seq=7, at=at, signer=current_signer())
    claims = parse_jws(token).payload
    uri = "https://schemas.openid.net/secevent/ssf/event-type/verification"
    assert claims["events"][uri] == {"event_timestamp": int(at.timestamp()), "state": "evt_1", "seq": 7}
    assert claims["sub_id"] == {"format": "opaque", "id": "sub_1"}
