"""The story of a name that changes hands, and of those who try to get at it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from identity.accounts.models import Organization
from identity.agents.models import Agent
from identity.journal.actor import Actor
from identity.journal.models import Event
from identity.primitives.errors import AttornError, Conflict, Gone, InvalidInput, NotFound, NotPermitted
from registry.directory.models import Name, NameStatus, NameTransfer
from registry.directory.records import RecordForm, replace_records
from registry.directory.register import point_name, release
from registry.directory.status import clear_client_status, set_client_status, set_server_status, statuses_at
from registry.directory.transfer import accept_transfer, cancel_transfer, request_transfer


@pytest.fixture
def offer(name: Name, globex: Organization, by_alice: Actor, at: datetime) -> tuple[NameTransfer, str]:
    return request_transfer(name=name, to=globex, actor=by_alice, at=at)


def code_of(refused: pytest.ExceptionInfo[AttornError]) -> str:
    return refused.value.code


def test_it_moves_the_name_and_leaves_the_agent_behind(
    name: Name, offer, globex: Organization, by_alice: Actor, by_charlie: Actor, at: datetime
) -> None:
    transfer, code = offer
    accept_transfer(transfer_id=transfer.pk, code=code, organization=globex, actor=by_charlie, at=at)
    name.refresh_from_db()
    assert (name.organization, name.agent, name.records.count(), name.statuses) == (globex, None, 0, [])
    kinds = list(Event.objects.filter(subject=name.pk).order_by("id").values_list("kind", flat=True))
    assert kinds[-2:] == ["name.transfer_requested", "name.transferred"]


def test_it_takes_the_records_away_with_the_old_agent(
    name: Name, globex: Organization, by_alice: Actor, by_charlie: Actor, at: datetime
) -> None:
    replace_records(name=name, records=[RecordForm("MCP", "https://mcp.acme.example/")], actor=by_alice, at=at)
    transfer, code = request_transfer(name=name, to=globex, actor=by_alice, at=at)
    accept_transfer(transfer_id=transfer.pk, code=code, organization=globex, actor=by_charlie, at=at)
    assert name.records.count() == 0


def test_it_keeps_the_code_as_its_hash_only(offer) -> None:
    transfer, code = offer
    assert code not in str(NameTransfer.objects.filter(pk=transfer.pk).values().get())


def test_it_refuses_a_wrong_code_and_a_stranger(name: Name, offer, acme, globex, by_charlie: Actor, at) -> None:
    transfer, code = offer
    with pytest.raises(NotPermitted) as refused:
        accept_transfer(transfer_id=transfer.pk, code="guess", organization=globex, actor=by_charlie, at=at)
    assert code_of(refused) == "transfer_code_wrong"
    with pytest.raises(NotFound):  # even with the right code: it was not offered to Acme
        accept_transfer(transfer_id=transfer.pk, code=code, organization=acme, actor=by_charlie, at=at)


def test_it_works_once_and_for_five_days(name: Name, offer, globex, by_charlie: Actor, at: datetime) -> None:
    transfer, code = offer
    with pytest.raises(Gone) as refused:
        accept_transfer(
            transfer_id=transfer.pk, code=code, organization=globex, actor=by_charlie, at=at + timedelta(days=5)
        )
    assert code_of(refused) == "transfer_ended"
    accept_transfer(transfer_id=transfer.pk, code=code, organization=globex, actor=by_charlie, at=at)
    with pytest.raises(Gone):
        accept_transfer(transfer_id=transfer.pk, code=code, organization=globex, actor=by_charlie, at=at)


@pytest.mark.parametrize("status", [NameStatus.CLIENT_TRANSFER_PROHIBITED, NameStatus.SERVER_TRANSFER_PROHIBITED])
def test_it_is_blocked_by_either_prohibition_also_when_set_meanwhile(
    name: Name, offer, globex, by_alice: Actor, by_charlie: Actor, at: datetime, status: NameStatus
) -> None:
    transfer, code = offer
    set_server_status(name=name, status=status, actor=by_alice, at=at)
    with pytest.raises(Conflict) as refused:
        accept_transfer(transfer_id=transfer.pk, code=code, organization=globex, actor=by_charlie, at=at)
    assert code_of(refused) == "name_status_prohibits"
    cancel_transfer(transfer_id=transfer.pk, organization=globex, actor=by_charlie, at=at)
    with pytest.raises(Conflict):
        request_transfer(name=name, to=globex, actor=by_alice, at=at)


def test_it_freezes_the_name_until_it_is_called_off(
    name: Name, offer, acme, agent: Agent, by_alice: Actor, at: datetime
) -> None:
    transfer, _ = offer
    assert statuses_at(name, at) == ["pendingTransfer"]
    for change in (
        lambda: point_name(name=name, agent=None, actor=by_alice, at=at),
        lambda: release(name=name, actor=by_alice, at=at),
        lambda: replace_records(name=name, records=[], actor=by_alice, at=at),
        lambda: request_transfer(name=name, to=transfer.to, actor=by_alice, at=at),
    ):
        with pytest.raises(Conflict) as refused:
            change()
        assert code_of(refused) == "name_transfer_pending"
    cancel_transfer(transfer_id=transfer.pk, organization=acme, actor=by_alice, at=at)
    assert statuses_at(name, at) == ["ok"]
    point_name(name=name, agent=None, actor=by_alice, at=at)


def test_it_thaws_by_itself_when_the_offer_ends(name: Name, offer, globex, by_alice: Actor, at: datetime) -> None:
    later = at + timedelta(days=5)
    assert statuses_at(name, later) == ["ok"]
    transfer, _ = request_transfer(name=name, to=globex, actor=by_alice, at=later)
    assert transfer.state == "pending"


def test_it_is_not_offered_to_its_own_holder(name: Name, acme, by_alice: Actor, at: datetime) -> None:
    with pytest.raises(InvalidInput) as refused:
        request_transfer(name=name, to=acme, actor=by_alice, at=at)
    assert code_of(refused) == "transfer_to_self"


def test_it_lets_the_holder_set_client_statuses_only(name: Name, by_alice: Actor, at: datetime) -> None:
    with pytest.raises(InvalidInput) as refused:
        set_client_status(name=name, status="serverHold", actor=by_alice, at=at)
    assert code_of(refused) == "status_not_yours"
    set_server_status(name=name, status=NameStatus.SERVER_UPDATE_PROHIBITED, actor=by_alice, at=at)
    with pytest.raises(Conflict):
        clear_client_status(name=name, status="clientHold", actor=by_alice, at=at)
