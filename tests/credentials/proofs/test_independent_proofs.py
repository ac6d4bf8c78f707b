"""Proofs that another library made: all of them hold here, and none survives a change."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from identity.credentials.data_model import check_credential, check_presentation
from identity.credentials.keys import ResolvedKey, Unresolved
from identity.credentials.proofs.data_integrity import ProofResult, are_verified, verify_proofs
from identity.primitives.did import did_key_public_key
from identity.primitives.errors import InvalidInput

VECTORS = Path(__file__).parents[2] / "vectors" / "data_integrity"
SIGNED: dict[str, Any] = json.loads((VECTORS / "independent.json").read_text())
CREDENTIALS = [name for name in SIGNED if name != "presentation"]
AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
OCCASION = {"purpose": "authentication", "challenge": "once-only", "domain": "vendor.example"}


def key_for(method: str) -> ResolvedKey | Unresolved:
    did = method.partition("#")[0]
    try:
        did_key_public_key(did)
    except InvalidInput as error:
        return Unresolved(error.code, error.detail)
    return ResolvedKey(did_key_public_key(did), did, frozenset({"assertionMethod", "authentication"}))


def verify(document: Any, **expected: Any) -> tuple[ProofResult, ...]:
    return verify_proofs(document, key_for=key_for, issuer=None, at=AT, **expected)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of each text in a document."""
    if isinstance(value, str):
        yield path
        return
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in members:
        yield from leaves(inner, (*path, name))


@pytest.mark.parametrize("name", CREDENTIALS)
def test_it_verifies_what_another_library_signed(name: str) -> None:
    check_credential(SIGNED[name], at=AT)
    assert are_verified(verify(SIGNED[name]))


@pytest.mark.parametrize("name", CREDENTIALS)
def test_it_refuses_each_text_changed_by_one_letter(name: str) -> None:
    for path in leaves(SIGNED[name]):
        changed = copy.deepcopy(SIGNED[name])
        place = changed
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] += "x"
        assert not are_verified(verify(changed)), path


@pytest.mark.parametrize("name", CREDENTIALS)
def test_it_refuses_each_member_taken_away(name: str) -> None:
    members = {leaf[: depth + 1] for leaf in leaves(SIGNED[name]) for depth in range(len(leaf))}
    members.discard(("@context", 1, "operator", "@type"))  # says only how to read a text, and an object stands there
    for path in members:
        changed = copy.deepcopy(SIGNED[name])
        place = changed
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]
        assert not are_verified(verify(changed)), path


def test_it_verifies_a_presentation_for_its_occasion_only() -> None:
    presentation = SIGNED["presentation"]
    check_presentation(presentation)
    holder = presentation["holder"]
    assert are_verified(verify_proofs(presentation, key_for=key_for, issuer=holder, at=AT, **OCCASION))
    for member, other, code in [
        ("challenge", "another", "wrong_challenge"),
        ("domain", "mallory.example", "wrong_domain"),
        ("purpose", "assertionMethod", "wrong_purpose"),
    ]:
        results = verify_proofs(presentation, key_for=key_for, issuer=holder, at=AT, **{**OCCASION, member: other})
        assert [result.code for result in results] == [code]


def test_it_verifies_the_credentials_within_one_by_one() -> None:
    assert all(are_verified(verify(credential)) for credential in SIGNED["presentation"]["verifiableCredential"])
