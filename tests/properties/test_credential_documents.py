"""Whatever is changed in a signed credential, it verifies no more, and nothing breaks on the way to saying so."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from identity.credentials.checks import CredentialFormat
from identity.credentials.issue import issue_credential
from identity.credentials.verify import verify_credential
from identity.credentials.verify_presentation import verify_presentation
from identity.journal.actor import system

pytestmark = pytest.mark.django_db
NOT_A_VALUE = object()
JUNK = [
    None,
    True,
    0,
    -1,
    1.5,
    "",
    "x",
    "did:key:z",
    "did:web:",
    "urn:uuid:x",
    "\u202e",
    "9999-12-31T23:59:59-14:00",
    "0001-01-01T00:00:00+14:00",
    [],
    {},
    [[]],
    [{}],
    {"id": "_:b0"},
    {"@id": "x"},
    {"@value": 1},
    {"@context": {"x": "urn:y"}},
    NOT_A_VALUE,
]
MEMBERS = ["@id", "@type", "@context", "@included", "@graph", "id", "type", "credentialSchema", "admin", "evidence"]


@pytest.fixture
def signed(acme: Any, make_agent: Any, at: Any) -> dict[str, Any]:
    agent = make_agent(acme)
    return {
        form: json.loads(issue_credential(agent=agent, format=form, actor=system("tests"), at=at).text)
        for form in (CredentialFormat.DATA_INTEGRITY, CredentialFormat.DATA_INTEGRITY_V1)
    }


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a document but inside its proofs: a proof set may be shown with one of its proofs."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path] if path else []
    return found + [place for name, each in inner if name != "proof" for place in places(each, (*path, name))]


def changed(document: Any, path: tuple[Any, ...], value: Any, extra: str | None) -> Any:
    copy = deepcopy(document)
    holder = copy
    for name in path[:-1]:
        holder = holder[name]
    if extra is not None and isinstance(holder, dict):
        holder[extra] = value if value is not NOT_A_VALUE else "x"
    elif value is NOT_A_VALUE:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return copy


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_it_believes_no_changed_document(signed: Any, at: Any, data: Any) -> None:
    document = signed[data.draw(st.sampled_from(sorted(signed)))]
    path = data.draw(st.sampled_from(places(document)))
    extra = data.draw(st.none() | st.sampled_from(MEMBERS))
    forged = changed(document, path, data.draw(st.sampled_from(JUNK)), extra)
    assert verify_credential(document, at=at).is_verified
    assert verify_credential(forged, at=at).is_verified == (forged == document)
    assert not verify_presentation(forged, challenge="x", domain="y", at=at).is_verified


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.one_of(st.text(max_size=300), st.binary(max_size=300)))
def test_it_says_no_to_anything_at_all(at: Any, data: Any) -> None:
    assert not verify_credential(data, at=at).is_verified
    assert not verify_presentation(data, challenge=None, domain=None, at=at).is_verified
