"""Who is told: vendors with a hold or a dealing, followers by name; never everybody."""

from __future__ import annotations

from datetime import timedelta

import pytest

from identity.agents.keys import RevocationReason as KeyReason
from identity.agents.keys import revoke_key
from identity.delegation.capacity import BY_REGISTRY
from identity.delegation.freeze import freeze_principal
from identity.delegation.revoke import RevocationReason, revoke_delegation
from identity.journal.actor import system
from identity.journal.drain import replay
from identity.spending.expiry import void_ended
from identity.spending.models import Authorization
from registry.push.limits import DEALING
from registry.push.models import StatusEvent
from registry.push.readers import STATUS_EVENTS
from tests.push.conftest import follow
from tests.push.opening import claims_of, event_of
from tests.spending.conftest import TOTAL_500

pytestmark = pytest.mark.django_db


def told(stream) -> list[str]:
    return list(stream.events.order_by("seq").values_list("event_type", flat=True))


def test_it_tells_nobody_without_a_dealing(subscribe, acme, buyer, nordlicht, stop, at) -> None:
    mine, theirs = subscribe(), subscribe(organization=acme)
    stop()
    follow(at)
    assert (told(mine), told(theirs)) == ([], [])


def test_it_tells_a_follower_of_the_agent_or_of_its_organization(subscribe, acme, buyer, stop, at) -> None:
    by_agent = subscribe(agents=[buyer.agent.did])
    by_organization = subscribe(organizations=[acme.pk], has_dealings=False)
    stop()
    follow(at)
    assert told(by_agent) == told(by_organization) == ["agent-status-change"]


def test_it_tells_only_the_types_that_were_chosen(subscribe, bought, stop, at) -> None:
    stream = subscribe(event_types=["key-compromised"])
    stop()
    follow(at)
    assert told(stream) == []


def test_it_forgets_a_dealing_after_thirty_days(subscribe, bought, stop, at) -> None:
    stream = subscribe()
    old = at - DEALING - timedelta(days=1)
    ended = {"state": "closed", "open": 0, "close_reason": "expired", "closed_at": old}
    Authorization.objects.update(created_at=old, **ended)
    stop()
    follow(at)
    assert told(stream) == []


def test_it_remembers_a_dealing_as_long_as_money_is_held(subscribe, bought, stop, at) -> None:
    stream = subscribe()
    Authorization.objects.update(created_at=at - DEALING - timedelta(days=1))
    stop()
    follow(at)
    assert told(stream) == ["agent-status-change"]


def test_it_tells_of_the_link_the_vendor_knows_and_of_the_one_that_fell(
    subscribe, planner, buyer, shop, grant, pass_on, at
) -> None:
    root = grant(planner, TOTAL_500, max_further_depth=1)
    child = pass_on(root, planner, buyer, TOTAL_500)
    assert shop.spend(buyer, child, 500).verdict == "approved"
    stream = subscribe()
    revoke_delegation(
        delegation=root, reason=RevocationReason.MISUSE, capacities=[BY_REGISTRY], actor=system("tests"), at=at
    )
    follow(at)
    event = stream.events.get()
    claims, said = claims_of(event), event_of(event)
    assert event.event_type == "delegation-revoked"
    assert claims["sub_id"]["delegation"] == {"format": "uri", "uri": child.credential_id}
    assert claims["sub_id"]["agent"] == {"format": "did", "url": buyer.agent.did}
    assert said["cascade_from"] == root.credential_id
    assert (said["reason"], said["invalid_since"], said["initiating_entity"], said["seq"]) == (
        "misuse",
        None,
        "system",
        1,
    )


def test_it_tells_vendors_below_an_agent_that_is_stopped(
    subscribe, planner, buyer, shop, grant, pass_on, stop, at
) -> None:
    root = grant(planner, TOTAL_500, max_further_depth=1)
    child = pass_on(root, planner, buyer, TOTAL_500)
    assert shop.spend(buyer, child, 500).verdict == "approved"
    stream = subscribe()
    stop(planner.agent)
    follow(at)
    assert told(stream) == ["delegation-suspended"]
    assert event_of(stream.events.get())["cascade_from"] == root.credential_id


def test_it_tells_when_a_principal_pauses_everything(subscribe, bought, acme, at) -> None:
    stream = subscribe()
    freeze_principal(principal=acme, actor=system("tests"), at=at)
    follow(at)
    assert told(stream) == ["delegation-suspended"]
    assert event_of(stream.events.get())["reason"] == "principal_paused"


def test_it_tells_no_stranger_who_lends_an_agent_authority(subscribe, acme, charlie, buyer, bought, at) -> None:
    stranger = subscribe(agents=[buyer.agent.pk], has_dealings=False)
    own = subscribe(organization=acme, agents=[buyer.agent.pk], has_dealings=False)
    revoke_delegation(
        delegation=bought, reason=RevocationReason.MISUSE, capacities=[BY_REGISTRY], actor=system("tests"), at=at
    )
    follow(at)
    assert told(stranger) == []
    assert told(own) == ["delegation-revoked"]


def test_it_tells_of_a_stolen_key_and_of_what_was_released(subscribe, bought, buyer, at) -> None:
    stream = subscribe()
    reason = KeyReason.COMPROMISED
    revoke_key(agent=buyer.agent, fragment="key-1", reason=reason, actor=system("tests"), at=at)
    revoke_delegation(
        delegation=bought, reason=RevocationReason.MISUSE, capacities=[BY_REGISTRY], actor=system("tests"), at=at
    )
    void_ended(at=at)
    follow(at)
    assert told(stream) == ["key-compromised", "delegation-revoked", "authorization-voided"]
    stolen, _, voided = stream.events.order_by("seq")
    assert claims_of(stolen)["sub_id"]["key"]["url"] == f"{buyer.agent.did}#key-1"
    assert claims_of(voided)["sub_id"]["authorization"]["id"] == Authorization.objects.get().pk
    assert event_of(voided)["amount"] == 1_000


def test_it_tells_nobody_twice_when_the_journal_is_read_again(subscribe, bought, change, at) -> None:
    stream = subscribe()
    change(3)
    follow(at)
    before = list(stream.events.order_by("seq").values_list("pk", "seq"))
    replay(STATUS_EVENTS, at=at)
    follow(at)
    assert list(stream.events.order_by("seq").values_list("pk", "seq")) == before
    stream.refresh_from_db()
    assert (stream.last_seq, StatusEvent.objects.count()) == (3, 3)


def test_it_tells_nobody_what_happened_before_she_asked(seller, bought, stop, subscribe, at) -> None:
    stop()
    stream = subscribe()
    type(stream).objects.update(created_at=at + timedelta(hours=1))
    follow(at)
    assert told(stream) == []
