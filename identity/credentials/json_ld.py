"""JSON-LD documents as RDF: expansion and RDFC-1.0, by a library, behind guards (W3C JSON-LD 1.1, RDF-CANON 1.0).

The library never sees a URL of a context: the bundled document stands in its place, so there is nothing to fetch.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from hashlib import sha256
from typing import Any

import orjson
from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, Quad, RdfFormat, parse

from identity.credentials.contexts import context_document
from identity.credentials.json_ld_context import unwrapped
from identity.credentials.json_ld_walk import Walk
from identity.primitives.errors import InvalidInput, TooLarge

RDF_BYTES_MAX = 65_536
ANONYMOUS_NODES_MAX = 256
REMEMBERED_MAX = 8  # datasets of the documents at hand; each is a megabyte at most
ALIKE_NODES_MAX = 6  # 720 orders to try; with ten it is 3.6 million

_ALGORITHMS = {
    "sha256": CanonicalizationAlgorithm.RDFC_1_0_SHA_256,
    "sha384": CanonicalizationAlgorithm.RDFC_1_0_SHA_384,
}


def check_terms(document: Any) -> None:
    """Refuse a document with a member, type or id that has no meaning: InvalidInput ``unmapped_term``,
    ``unmapped_type``, ``malformed_url``, ``protected_term``, ``unknown_context`` and the like."""
    Walk(signed_whole=False).document(document)


def canonical_quads(document: Any, *, algorithm: str = "sha256") -> bytes:
    """The canonical N-Quads of ``document`` (RDFC-1.0 with ``sha256`` or ``sha384``), to be hashed and signed.

    InvalidInput as ``check_terms``, and ``renamed_term``, ``described_twice``, ``not_signed``, ``json_ld_keyword``
    for what a signature over the dataset would leave open, ``too_many_anonymous_nodes``; TooLarge.
    """
    data = _bytes_of(document)
    if len(data) > RDF_BYTES_MAX:
        raise TooLarge("document_too_large", f"A document to canonicalize has at most {RDF_BYTES_MAX} bytes.")
    walk = Walk(signed_whole=True)
    walk.document(document)
    dataset = _dataset(document)
    if len(dataset) != walk.statements:
        raise InvalidInput("not_signed", "A part of this document says nothing that a signature would cover.")
    _check_anonymous_nodes(dataset)
    dataset.canonicalize(_ALGORITHMS[algorithm])
    return "".join(sorted(f"{quad} .\n" for quad in dataset)).encode()


@lru_cache(maxsize=REMEMBERED_MAX)
def quads_of_canonical(written: bytes, *, algorithm: str) -> bytes:
    """As ``canonical_quads``, of a document in its canonical JSON form. The eight proofs of one document
    canonicalize it once: that stops a sender from having the dear part done eight times for 14 kB."""
    return canonical_quads(orjson.loads(written), algorithm=algorithm)


def _bytes_of(document: Any) -> bytes:
    try:
        return orjson.dumps(document)
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise InvalidInput("malformed_json", f"This document is no JSON: {error}") from error


def _dataset(document: dict[str, Any]) -> Dataset:
    try:
        return Dataset(parse(orjson.dumps(_with_contexts(document)), RdfFormat.JSON_LD))
    except (SyntaxError, ValueError) as error:
        raise InvalidInput("malformed_json_ld", f"This is no JSON-LD document: {error}", field="@context") from error


def _with_contexts(value: Any) -> Any:
    """``value`` with the bundled context in place of each context URL."""
    if isinstance(value, list):
        return [_with_contexts(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: _inlined(item) if name == "@context" else _with_contexts(item) for name, item in value.items()}


def _inlined(context: Any) -> Any:
    context = unwrapped(context)
    if isinstance(context, list):
        return [_inlined(part) for part in context]
    return context_document(context)["@context"] if isinstance(context, str) else context


def _check_anonymous_nodes(dataset: Dataset) -> None:
    """Stops canonicalization bombs. Nodes without an id that look alike are told apart by trying every order of
    them, which took 6 seconds for 436 bytes. Nodes that differ in what is said of them cost nothing."""
    nodes = _anonymous_nodes(dataset)
    if len(nodes) <= ALIKE_NODES_MAX:
        return
    if len(nodes) <= ANONYMOUS_NODES_MAX:
        looks = Counter(_look(node, quads) for node, quads in nodes.items())
        if sum(count for count in looks.values() if count > 1) <= ALIKE_NODES_MAX:
            return
    raise InvalidInput(
        "too_many_anonymous_nodes",
        f"At most {ALIKE_NODES_MAX} objects without an id may look alike, and {ANONYMOUS_NODES_MAX} have none at all.",
    )


def _anonymous_nodes(dataset: Dataset) -> dict[BlankNode, list[Quad]]:
    nodes: dict[BlankNode, list[Quad]] = {}
    for quad in dataset:
        for part in {quad.subject, quad.object, quad.graph_name}:
            if isinstance(part, BlankNode):
                nodes.setdefault(part, []).append(quad)
    return nodes


def _look(node: BlankNode, quads: list[Quad]) -> bytes:
    """What RDFC-1.0 calls the first degree hash (section 4.6): the node's statements, with every other nameless node
    written alike."""
    lines = sorted(
        " ".join(
            ("_:a" if part == node else "_:z") if isinstance(part, BlankNode) else str(part)
            for part in (quad.subject, quad.predicate, quad.object, quad.graph_name)
        )
        for quad in quads
    )
    return sha256("\n".join(lines).encode()).digest()
