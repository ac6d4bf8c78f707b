"""Whether every member of a JSON-LD document means something: the walk that expansion makes, without its output.

A JSON-LD processor drops what it cannot map and says nothing. Whoever reads the JSON still sees it. So nothing is
taken that a processor would drop (VCDM 2.0 section 5.2, Data Integrity 1.0 section 4.7 DATA_LOSS_DETECTION_ERROR).
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Any

from pyoxigraph import Literal

from identity.credentials.iri import is_absolute_iri
from identity.credentials.json_ld_context import INITIAL, ActiveContext, Term, names_of, unwrapped
from identity.primitives.canonical import JSON_DEPTH_MAX
from identity.primitives.errors import InvalidInput

CONTEXTS_MAX = 128  # contexts named or written in one document: 3 for each credential of the largest presentation
CREDENTIAL_CONTEXTS_MAX = 12  # in one credential: each costs a processor a millisecond and its sender 50 bytes

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_RDF_TYPE = f"{_RDF}type"
_VALUE_KEYWORDS = frozenset({"@value", "@language", "@direction", "@type"})


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the walk is: whose members (``subject``), in which RDF graph, under which context. ``described`` holds
    the ids that objects of this graph have described so far."""

    active: ActiveContext
    depth: int = 0
    graph: Hashable = None
    subject: Hashable = None
    described: set[str] = field(default_factory=set)


class Walk:
    """One pass over one document.

    ``signed_whole`` adds what matters when a signature covers the RDF dataset and not the JSON: each difference in
    the JSON that leaves the dataset as it is, and that a reader of the JSON could notice, is refused. ``statements``
    then says how many statements the document makes; a processor that finds another number has dropped something.
    """

    def __init__(self, *, signed_whole: bool) -> None:
        self.signed_whole = signed_whole
        self._contexts = 0
        self._contexts_max = CONTEXTS_MAX
        self._anonymous = 0
        self._said: set[Hashable] = set()

    @property
    def statements(self) -> int:
        return len(self._said)

    def document(self, document: Any) -> None:
        """InvalidInput for the first member without a meaning."""
        if not isinstance(document, dict) or "@context" not in document:
            raise _refused("context_missing", "A JSON-LD document is an object with an @context.", "@context")
        types = document.get("type")
        if "VerifiableCredential" in (types if isinstance(types, list) else [types]):
            self._contexts_max = CREDENTIAL_CONTEXTS_MAX
        self._node(document, _Place(INITIAL))

    def _node(self, node: dict[str, Any], place: _Place) -> Hashable:
        """Walk one object; returns what stands for it in statements: its id, or a number of its own."""
        if place.depth > JSON_DEPTH_MAX:
            raise _refused("json_too_deep", f"The document nests deeper than {JSON_DEPTH_MAX} levels.", None)
        active = place.active
        if "@context" in node:
            self._count_contexts(node["@context"])
            active = active.with_local(node["@context"])
        types = self._types(node, active)
        typed = active.with_types(types)
        subject = self._identity(node, typed, place.described)
        here = replace(place, active=typed, subject=subject)
        for name in types:
            self._say(here, _RDF_TYPE, ("iri", active.iri_of(name)))
        for name, value in node.items():
            if name != "@context":
                self._member(name, value, here)
        return subject

    def _count_contexts(self, local: Any) -> None:
        waiting = [local]
        while waiting:
            part = unwrapped(waiting.pop())
            self._contexts += 1
            if self._contexts > self._contexts_max:
                sentence = f"A document of this type has at most {self._contexts_max} contexts."
                raise _refused("unsupported_context", sentence, "@context")
            waiting.extend(part if isinstance(part, list) else ())

    def _types(self, node: dict[str, Any], active: ActiveContext) -> list[str]:
        if "type" not in node or active.iri_of("type") != "@type":
            return []
        types = node["type"] if isinstance(node["type"], list) else [node["type"]]
        for name in types:
            if not isinstance(name, str) or not self._is_known_type(name, active):
                raise _refused("unmapped_type", f"The type {_shown(name)} has no meaning in this context.", "type")
        if self.signed_whole and len(set(types)) < len(types):
            raise _refused("not_signed", "A type stands twice, and a signature covers it once.", "type")
        return types

    def _is_known_type(self, name: str, active: ActiveContext) -> bool:
        iri = active.iri_of(name)
        if iri is None or not is_absolute_iri(iri):
            return False
        is_compact = ":" in name and iri != name
        return not self.signed_whole or (not is_compact and name in names_of(iri, name))

    def _identity(self, node: dict[str, Any], active: ActiveContext, described: set[str]) -> Hashable:
        """Stops members from moving between two objects that speak of one node: the dataset has one node, and a
        reader of the JSON would find a validity or a claim in another place than where its issuer put it."""
        if "id" not in node or active.iri_of("id") != "@id":
            self._anonymous += 1
            return self._anonymous
        name = node["id"]
        _check_reference(name, active, "id")
        if self.signed_whole and not set(node) <= {"id", "type", "@context"}:
            if name in described:
                sentence = f"Two objects describe {_shown(name)}; say all of it in one."
                raise _refused("described_twice", sentence, "id")
            described.add(name)
        return str(name)

    def _member(self, name: str, value: Any, place: _Place) -> None:
        if name.startswith("@"):
            raise _refused("json_ld_keyword", f"The JSON-LD keyword {_shown(name)} is not taken here.", name)
        iri = place.active.iri_of(name)
        if iri in ("@id", "@type"):
            return
        term = place.active.terms.get(name)
        is_written_out = term is None and ":" in name
        if iri is None or not is_absolute_iri(iri) or (is_written_out and self.signed_whole):
            raise _refused("unmapped_term", f"The member {_shown(name)} has no meaning in this context.", name)
        if self.signed_whole and (name not in names_of(iri, name) or iri.startswith(_RDF)):
            raise _refused("renamed_term", f"The member {_shown(name)} is another name for a known term.", name)
        self._value(name, value, term or Term(iri), place)

    def _value(self, name: str, value: Any, term: Term, place: _Place) -> None:
        if term.coercion == "@json":
            _check_json_literal(name, value)
            self._say(place, term.iri, "json")
            return
        if "@language" in term.containers and isinstance(value, dict):
            value = [
                {"@value": text, "@language": language}
                for language, texts in value.items()
                for text in (texts if isinstance(texts, list) else [texts])
            ]
        items = value if isinstance(value, list) else [value]
        if "@list" in term.containers:
            self._list(name, items, term, place)
            return
        if self.signed_whole and not items:
            raise _refused("not_signed", f"The empty list {_shown(name)} would not be signed.", name)
        values = [self._item(name, item, term, place) for item in items]
        if self.signed_whole and len(set(values)) < len(values):
            raise _refused("not_signed", f"{_shown(name)} says the same twice, and a signature covers it once.", name)
        for said in values:
            self._say(place, term.iri, said)

    def _list(self, name: str, items: list[Any], term: Term, place: _Place) -> None:
        """A list is a chain of nodes, each with what it holds and what follows (RDF 1.1 Semantics section D.3)."""
        self._anonymous += 1
        head = self._anonymous
        self._say(place, term.iri, ("list", head))
        for position, item in enumerate(items):
            self._item(name, item, term, place)
            cell = replace(place, subject=("list", head, position))
            self._say(cell, "first", None)
            self._say(cell, "rest", None)

    def _item(self, name: str, item: Any, term: Term, place: _Place) -> Hashable:
        if isinstance(item, list):
            raise _refused("nested_list", f"The member {_shown(name)} holds a list within a list.", name)
        if isinstance(item, dict):
            return self._value_object(name, item, term) if "@value" in item else self._object(name, item, term, place)
        if item is None and self.signed_whole:
            raise _refused("not_signed", f"The null of {_shown(name)} would not be signed.", name)
        if not isinstance(item, str) or term.coercion not in ("@id", "@vocab"):
            return type(item).__name__, item
        inside = place.active.inside(name, term)
        if term.coercion == "@id":
            _check_reference(item, inside, name)
            return "iri", item
        if not self._is_known_type(item, inside):
            raise _refused("unmapped_term", f"{_shown(item)} in {_shown(name)} has no meaning in this context.", name)
        return "iri", inside.iri_of(item)

    def _value_object(self, name: str, item: dict[str, Any], term: Term) -> Hashable:
        _check_value_object(name, item)
        if self.signed_whole and (set(item) == {"@value"} or item.get("@type", "") == term.coercion):
            raise _refused("renamed_term", f"The value of {_shown(name)} is written in a roundabout way.", name)
        return "value", item["@value"], item.get("@language"), item.get("@direction"), item.get("@type")

    def _object(self, name: str, item: dict[str, Any], term: Term, place: _Place) -> Hashable:
        active = place.active
        if active.previous is not None and set(item) != {"id"}:
            active = active.previous
        inner = replace(place, active=active.inside(name, term), depth=place.depth + 1)
        if "@graph" not in term.containers:
            return "iri", self._node(item, inner)
        self._anonymous += 1
        graph = ("graph", self._anonymous)
        self._node(item, replace(inner, graph=graph, described=set()))
        return graph

    def _say(self, place: _Place, predicate: str | None, value: Hashable) -> None:
        if self.signed_whole:
            self._said.add((place.graph, place.subject, predicate, value))


def _check_reference(text: Any, active: ActiveContext, field_name: str) -> None:
    """An id or a link: one absolute IRI, as written. Stops a prefix of the document's own context from making the
    signed ``https://a.example/b`` read ``did:b``, relative ids that a reader resolves as it likes, and blank node
    labels, with which a document of 400 bytes ties up a canonicalizer for seconds."""
    if not is_absolute_iri(text) or active.iri_of_reference(text) != text:
        raise _refused("malformed_url", f"{_shown(text)} is no absolute URL.", field_name)


def _check_json_literal(name: str, value: Any) -> None:
    """A context inside a JSON literal is data there and a context elsewhere: two readers would see two documents."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            if "@context" in item:
                raise _refused("json_ld_keyword", f"The JSON of {_shown(name)} holds an @context.", name)
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def _check_value_object(name: str, item: dict[str, Any]) -> None:
    value, language, datatype = item.get("@value"), item.get("@language"), item.get("@type")
    if not set(item) <= _VALUE_KEYWORDS or not isinstance(value, str | int | float):
        raise _refused("malformed_value", f"The value of {_shown(name)} has a text and at most a language.", name)
    if datatype is not None and (language is not None or not is_absolute_iri(datatype)):
        raise _refused("malformed_value", f"The datatype of {_shown(name)} is no absolute IRI.", name)
    if item.get("@direction") not in (None, "ltr", "rtl"):
        raise _refused("malformed_value", f"The direction of {_shown(name)} is ltr or rtl.", name)
    if language is not None and not _is_language(value, language):
        raise _refused("malformed_value", f"The language of {_shown(name)} is a tag such as en or de-AT.", name)


def _is_language(value: Any, language: Any) -> bool:
    try:
        Literal(value, language=language)
    except (ValueError, TypeError):
        return False
    return isinstance(value, str)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else f"{text[:120]}…"


def _refused(code: str, sentence: str, field_name: str | None) -> InvalidInput:
    return InvalidInput(code, sentence, field=field_name)
