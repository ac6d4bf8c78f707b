"""The members of credentials and presentations, one rule each (VCDM 2.0 sections 4.4 to 4.13 and 5.3 to 5.6)."""

from __future__ import annotations

from typing import Any

from identity.credentials.contexts.digests import digest_agrees
from identity.credentials.iri import is_absolute_iri
from identity.primitives.errors import InvalidInput

LIST_ITEMS_MAX = 100

_TYPED_OBJECTS = (
    "credentialStatus",
    "credentialSchema",
    "refreshService",
    "termsOfUse",
    "evidence",
    "renderMethod",
    "confidenceMethod",
)
_LANGUAGE_VALUE = frozenset({"@value", "@language", "@direction"})

Document = dict[str, Any]


def items_of(value: Any) -> list[Any]:
    """``value`` as a list: JSON-LD writes a set of one as the one. Absent (None) is empty."""
    return value if isinstance(value, list) else [] if value is None else [value]


def objects_of(value: Any) -> list[Document]:
    """The objects among the items of ``value``."""
    return [item for item in items_of(value) if isinstance(item, dict)]


def check_id(node: Document, name: str = "id") -> None:
    """One URL, if there is one at all (section 4.4)."""
    if "id" in node and not is_absolute_iri(node["id"]):
        raise InvalidInput("malformed_url", f"{name} is one absolute URL.", field=name)


def check_types(document: Document, required: str) -> None:
    """One or more texts, ``required`` among them (section 4.5). What they mean is the context's to say."""
    types = items_of(document.get("type"))
    if not types or not all(isinstance(name, str) for name in types) or required not in types:
        raise InvalidInput("wrong_type", f"type is one or more names, {required} among them.", field="type")


def check_party(document: Document, name: str, *, is_required: bool) -> None:
    """``issuer`` or ``holder``: a URL, or an object with one as its id (section 4.7)."""
    if name not in document and not is_required:
        return
    party = document.get(name)
    if isinstance(party, dict):
        check_texts(party, within=f"{name}.")
        party = party.get("id")
    if not is_absolute_iri(party):
        sentence = f"{name} is a URL, or an object whose id is one."
        raise InvalidInput("malformed_issuer" if name == "issuer" else "malformed_holder", sentence, field=name)


def check_typed_objects(document: Document, *, needs_id: frozenset[str]) -> None:
    """Status, schema, refresh service, terms of use, evidence: objects that say their type (sections 4.10, 4.11, 5.4
    to 5.6); those in ``needs_id`` have an id too."""
    for name in _TYPED_OBJECTS:
        if name not in document:
            continue
        for item in _some_items(document, name):
            if not isinstance(item, dict) or not _has_type(item):
                raise InvalidInput(
                    "malformed_member", f"{name} is one or more objects, each with its type.", field=name
                )
            check_id(item, f"{name}.id")
            if name in needs_id and "id" not in item:
                raise InvalidInput("malformed_member", f"{name} has an id.", field=f"{name}.id")


def check_related_resources(document: Document) -> None:
    """Each with its own id and a digest that agrees with the resource, as far as we have it (section 5.3).

    Stops an issuer from vouching for one context while its readers use another. Only bundled resources are compared.
    """
    if "relatedResource" not in document:
        return
    seen: set[str] = set()
    for item in _some_items(document, "relatedResource"):
        if not isinstance(item, dict) or not is_absolute_iri(item.get("id")) or item["id"] in seen:
            raise _bad_resource("relatedResource is one or more objects, each with an id of its own.")
        seen.add(item["id"])
        if not any(isinstance(item.get(digest), str) for digest in ("digestSRI", "digestMultibase")):
            raise _bad_resource("A related resource has a digestSRI or a digestMultibase.")
        if not digest_agrees(item["id"], item):
            sentence = f"The digest given for {item['id']} is not that of the resource."
            raise InvalidInput("digest_mismatch", sentence, field="relatedResource")


def check_texts(node: Document, within: str = "") -> None:
    """``name`` and ``description``: texts, or texts in languages (sections 4.6 and 11.1)."""
    for name in ("name", "description"):
        if name in node and not all(_is_text(item) for item in _some_items(node, name)):
            sentence = f"{within}{name} is a text, or a text with its language and direction."
            raise InvalidInput("malformed_text", sentence, field=f"{within}{name}")


def check_proofs(document: Document) -> None:
    """``proof``, if there, is an object or a list of them, each with its type."""
    if "proof" in document and not all(isinstance(proof, dict) and _has_type(proof) for proof in _proofs(document)):
        raise InvalidInput("malformed_proof", "proof is one or more objects, each with its type.", field="proof")


def _proofs(document: Document) -> list[Any]:
    return _some_items(document, "proof")


def _some_items(node: Document, name: str) -> list[Any]:
    items = items_of(node[name])
    if not 0 < len(items) <= LIST_ITEMS_MAX:
        raise InvalidInput("malformed_member", f"{name} has 1 to {LIST_ITEMS_MAX} values.", field=name)
    return items


def _has_type(item: Document) -> bool:
    types = items_of(item.get("type"))
    return bool(types) and all(isinstance(name, str) and name for name in types)


def _is_text(item: Any) -> bool:
    if isinstance(item, str):
        return True
    if not isinstance(item, dict) or not set(item) <= _LANGUAGE_VALUE or not isinstance(item.get("@value"), str):
        return False
    return isinstance(item.get("@language", ""), str) and item.get("@direction", "ltr") in ("ltr", "rtl")


def _bad_resource(sentence: str) -> InvalidInput:
    return InvalidInput("malformed_related_resource", sentence, field="relatedResource")
