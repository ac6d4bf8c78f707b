"""rdfc suites sign a dataset; policy reads JSON. What changes the JSON and not the dataset must be refused.

Each attack here is real: the independent RDF library still finds the signature good on the changed document.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from tests.foreigner import V2, Foreigner, quads, verifies

VOCABULARY = "https://www.w3.org/2018/credentials#"
Change = Callable[[dict[str, Any]], object]


def _rename(document: dict[str, Any], name: str, other: str) -> None:
    document[other] = document.pop(name)


def _typed(value: str) -> dict[str, str]:
    return {"@value": value, "@type": "http://www.w3.org/2001/XMLSchema#dateTime"}


UNSIGNED: dict[str, Change] = {
    "a property of the credential that no context maps": lambda d: d.update(admin=True),
    "a property of the subject that no context maps": lambda d: d["credentialSubject"].update(admin=True),
    "a type that no context maps": lambda d: d["type"].append("AdminCredential"),
    "a subject's type that no context maps": lambda d: d["credentialSubject"].update(type="Admin"),
    "a term scoped to another type": lambda d: d.update(encodedList="uH4sIAAAA"),
    "what is known already, said again in @included": lambda d: d.update(
        {"@included": [{"id": d["credentialSubject"]["id"], "name": "Concierge"}]}
    ),
    "a graph that says nothing": lambda d: d.update({"@reverse": {}}),
    "an expiry spelled as an IRI, unseen by who reads JSON": lambda d: d.update(
        {f"{VOCABULARY}validUntil": _typed(d.pop("validUntil"))}
    ),
    "an expiry behind a new alias": lambda d: (
        d["@context"].append({"harmless": {"@id": f"{VOCABULARY}validUntil", "@type": "xsd:dateTime"}}),
        d["@context"].append({"xsd": "http://www.w3.org/2001/XMLSchema#"}),
        d["@context"].reverse(),
        d["@context"].insert(0, d["@context"].pop()),
        _rename(d, "validUntil", "harmless"),
    ),
    "an expiry as an expanded value": lambda d: d.update(validUntil=_typed(d["validUntil"])),
    "an expiry inside a set": lambda d: d.update(validUntil={"@set": [_typed(d["validUntil"])]}),
    "a status spelled as an IRI, unseen by who reads JSON": lambda d: _rename(
        d, "credentialStatus", f"{VOCABULARY}credentialStatus"
    ),
    "a subject inside a set": lambda d: d.update(credentialSubject={"@set": [d["credentialSubject"]]}),
    "a subject whose id is a keyword": lambda d: _rename(d["credentialSubject"], "id", "@id"),
    "an issuer spelled as an IRI": lambda d: d.update({f"{VOCABULARY}issuer": {"@id": d.pop("issuer")}}),
    "an id that is a keyword": lambda d: _rename(d, "id", "@id"),
}


def _credential(foreigner: Foreigner) -> dict[str, Any]:
    return foreigner.credential(
        validUntil="2036-01-01T00:00:00Z",
        credentialStatus={
            "id": "https://status.example/1#4",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": "4",
            "statusListCredential": "https://status.example/1",
        },
    )


@pytest.mark.parametrize("attack", list(UNSIGNED))
def test_it_refuses_what_the_signature_does_not_cover(
    attack: str, foreigner: Foreigner, refused: Callable[..., set[str]]
) -> None:
    secured = foreigner.secured(_credential(foreigner), "eddsa-rdfc-2022")
    changed = deepcopy(secured)
    UNSIGNED[attack](changed)
    assert changed != secured
    assert verifies(changed, changed["proof"], foreigner.multikey), "the attack is not one: the signature is broken"
    codes = refused(changed)
    assert not codes & {"status_unknown", "status_list_unreachable"}, codes


def test_it_accepts_the_document_as_it_was_signed(foreigner: Foreigner, verified: Callable[[Any], object]) -> None:
    verified(foreigner.secured(foreigner.credential(), "eddsa-rdfc-2022"))


def test_it_refuses_unmapped_terms_that_were_signed_too(foreigner: Foreigner, refused: Callable[..., set[str]]) -> None:
    """Signed with them, the dataset still does not hold them: a second verifier would read another credential."""
    for cryptosuite in ("eddsa-rdfc-2022", "eddsa-jcs-2022"):
        refused(foreigner.secured(foreigner.credential(admin=True), cryptosuite))


def test_a_context_of_the_documents_own_gives_new_words_only(
    foreigner: Foreigner, verified: Callable[[Any], object], refused: Callable[..., set[str]]
) -> None:
    """Inline contexts are allowed, and may not say anew what the published ones say."""
    seats = {"seats": "https://vocabulary.example/seats"}
    subject = {"id": "did:example:subject", "seats": 4}
    for cryptosuite in ("eddsa-rdfc-2022", "eddsa-jcs-2022"):
        document = foreigner.credential(**{"@context": [V2, seats]}, credentialSubject=subject)
        verified(foreigner.secured(document, cryptosuite))
    redefined = foreigner.credential(**{"@context": [V2, {"name": "https://vocabulary.example/seats"}]})
    refused(foreigner.secured(redefined, "eddsa-jcs-2022"))


def test_a_context_that_nobody_can_read_is_refused_at_once(
    foreigner: Foreigner, refused: Callable[..., set[str]]
) -> None:
    """Contexts are bundled and never fetched: a changed context would change what is signed."""
    document = foreigner.credential(**{"@context": [V2, "https://context.example/v1"]})
    assert "unknown_context" in refused(foreigner.secured(document, "eddsa-jcs-2022"))


def test_the_attacks_leave_the_dataset_alone(foreigner: Foreigner) -> None:
    """What makes them attacks, said once in the open."""
    signed = _credential(foreigner)
    for attack in UNSIGNED.values():
        changed = deepcopy(signed)
        attack(changed)
        assert quads(changed) == quads(signed)
