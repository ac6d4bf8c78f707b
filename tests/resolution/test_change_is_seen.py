"""After any committed change the very next question shows it, whoever made the change and by whatever way."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from identity.credentials.issuers import current_signer, rotate_registry_key
from identity.primitives.clock import now
from identity.primitives.multikey import PrivateKey
from registry.directory.models import Domain, Name, ResourceRecord
from registry.resolution.models import Answer, Subject
from registry.resolution.resolve import resolve
from registry.resolution.state import read_records, read_states
from tests.resolution.conftest import Listed

pytestmark = pytest.mark.django_db


def _rename(listed: Listed, text: str) -> None:
    type(listed.agent).objects.filter(pk=listed.agent.pk).update(display_name=text)


def _describe_in_sql(listed: Listed, text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE agents_agent SET description = %s WHERE id = %s", [text, listed.agent.pk])


def _rename_organization(listed: Listed, text: str) -> None:
    type(listed.organization).objects.filter(pk=listed.organization.pk).update(name=text)


def _add_record(listed: Listed, text: str) -> None:
    ResourceRecord.objects.get_or_create(name=listed.name, type="TXT", value=text)


def _remove_records(listed: Listed, text: str) -> None:
    ResourceRecord.objects.filter(name=listed.name).delete()


def _add_name(listed: Listed, text: str) -> None:
    fqn = f"n{len(text)}.acme"
    Name.objects.get_or_create(fqn=fqn, defaults={"zone": listed.name.zone, "skeleton": fqn, "agent": listed.agent})


def _move_ttl(listed: Listed, text: str) -> None:
    Name.objects.filter(pk=listed.name.pk).update(ttl_seconds=30 + len(text))


def _end_key_soon(listed: Listed, text: str) -> None:
    listed.agent.verification_methods.update(valid_until=now() + timedelta(hours=1 + len(text)))


def _add_key(listed: Listed, text: str) -> None:
    key = PrivateKey.generate().public_key
    listed.agent.verification_methods.create(
        fragment=f"k{key.thumbprint()[:10]}",
        multikey=key.multikey,
        algorithm="Ed25519",
        thumbprint=key.thumbprint(),
        purposes=["authentication"],
    )


def _prove_domain(listed: Listed, text: str) -> None:
    state = "proven" if len(text) % 2 else "lost"
    Domain.objects.update_or_create(
        organization=listed.organization, domain="acme.example", defaults={"token": "t", "state": state}
    )


CHANGES = [
    _rename,
    _describe_in_sql,
    _rename_organization,
    _add_record,
    _remove_records,
    _add_name,
    _move_ttl,
    _end_key_soon,
    _add_key,
    _prove_domain,
]


@pytest.fixture
def said(listed):
    """What the tables say now, by reading them anew: the answer's parts that the changes touch."""

    def say() -> dict:
        state = read_states([listed.agent.pk])[listed.agent.pk]
        organization = state.agent.organization
        return {
            "display_name": state.agent.display_name,
            "description": state.agent.description,
            "organization": organization.name,
            "domains": list(state.domains),
            "names": sorted(name.fqn for name in state.names),
            "keys": sorted(method.multikey for method in state.methods),
            "records": sorted(record.value for record in read_records([listed.name.pk])[listed.name.pk]),
            "epoch": state.epoch,
        }

    return say


def _parts(answer: dict) -> dict:
    identity = answer["identity"]
    return {
        "display_name": identity["display_name"],
        "description": identity["description"],
        "organization": answer["accountable"]["name"],
        "domains": answer["accountable"]["domains"],
        "names": identity["names"],
        "keys": sorted(method["public_key_multibase"] for method in identity["verification_methods"]),
        "records": sorted(record["value"] for record in identity["records"]),
        "epoch": answer["epoch"],
    }


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(CHANGES), st.text("abcdefgh", min_size=1, max_size=20)), min_size=1, max_size=8
    )
)
def test_the_next_question_shows_every_change(listed, said, steps):
    for change, text in steps:
        listed.answer()  # so that there are bytes to be wrong
        change(listed, text)
        assert _parts(listed.answer()) == said()
        assert _parts(listed.answer(listed.agent.did)) == said()


def test_a_change_that_changes_nothing_leaves_the_bytes(listed):
    before = resolve("concierge.acme", at=now())

    _rename(listed, listed.agent.display_name)
    Domain.objects.create(organization=listed.organization, domain="other.example", token="t")

    assert resolve("concierge.acme", at=now()) == before
    assert before.is_stored


def test_a_name_pointed_elsewhere_leaves_the_first_agent(listed, make_agent):
    other = make_agent(listed.organization, "Butler")
    assert listed.answer()["identity"]["did"] == listed.agent.did

    Name.objects.filter(pk=listed.name.pk).update(agent=other)

    assert listed.answer()["identity"]["did"] == other.did
    assert listed.answer(listed.agent.did)["identity"]["names"] == []


def test_a_new_name_is_there_at_once_after_a_denial(listed):
    assert resolve("later.acme", at=now()).status == 404

    Name.objects.create(fqn="later.acme", zone=listed.name.zone, skeleton="later.acme", agent=listed.agent)

    assert resolve("later.acme", at=now()).status == 200


def test_no_answer_outlives_the_key_it_was_signed_with(listed, at):
    before = listed.answer()

    rotate_registry_key(actor=listed.actor, at=at)

    after = listed.answer()
    assert after["proof"]["verificationMethod"] == current_signer().verification_method
    assert after["proof"]["verificationMethod"] != before["proof"]["verificationMethod"]


def test_a_row_of_a_passed_epoch_is_not_believed_even_if_it_is_still_there(listed):
    listed.answer()
    row = Answer.objects.get(key="concierge.acme")
    _rename(listed, "Renamed")
    row.save(force_insert=True)  # as if the trigger had failed to delete it

    assert Subject.objects.get(agent=listed.agent).epoch > row.epoch
    assert json.loads(resolve("concierge.acme", at=now()).body)["identity"]["display_name"] == "Renamed"


def test_a_stale_row_is_replaced_when_its_time_has_come(listed):
    first = resolve("concierge.acme", at=now())

    later = resolve("concierge.acme", at=first.refresh_at + timedelta(seconds=1))

    assert later.body != first.body
    assert resolve("concierge.acme", at=first.refresh_at + timedelta(seconds=2)) == later
