"""The canonical quads of a proof configuration without a JSON-LD processor: its words have one meaning each.

``DataIntegrityProof`` and all within it are protected terms of the bundled contexts, so under contexts named by URL the
dataset of a configuration is known beforehand. This halves the cost of an rdfc proof. Anything unusual takes the long
way, and a test compares the two.
"""

from __future__ import annotations

from typing import Any

from pyoxigraph import BlankNode, Literal, NamedNode, Quad

from identity.credentials.contexts import CREDENTIALS_V2, DATA_INTEGRITY_V1, DATA_INTEGRITY_V2
from identity.credentials.iri import is_absolute_iri

_SECURITY = "https://w3id.org/security#"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
_PROOF = NamedNode(f"{_SECURITY}DataIntegrityProof")
_DATE_TIME = NamedNode(f"{_XSD}dateTime")
_PURPOSE = NamedNode(f"{_SECURITY}proofPurpose")
_PURPOSES = {
    "assertionMethod": NamedNode(f"{_SECURITY}assertionMethod"),
    "authentication": NamedNode(f"{_SECURITY}authenticationMethod"),
}
_TEXTS = {
    "created": (NamedNode("http://purl.org/dc/terms/created"), _DATE_TIME),
    "expires": (NamedNode(f"{_SECURITY}expiration"), _DATE_TIME),
    "cryptosuite": (NamedNode(f"{_SECURITY}cryptosuite"), NamedNode(f"{_SECURITY}cryptosuiteString")),
    "challenge": (NamedNode(f"{_SECURITY}challenge"), None),
    "domain": (NamedNode(f"{_SECURITY}domain"), None),
    "nonce": (NamedNode(f"{_SECURITY}nonce"), None),
}
_METHOD = NamedNode(f"{_SECURITY}verificationMethod")
_KNOWN = frozenset({"@context", "type", "proofPurpose", "verificationMethod"}) | frozenset(_TEXTS)


def proof_quads(config: dict[str, Any]) -> bytes | None:
    """What ``canonical_quads(config)`` gives, for the usual configuration; None for any other."""
    if not set(config) <= _KNOWN or not _has_known_meaning(config.get("@context")):
        return None
    purpose, method = _PURPOSES.get(str(config.get("proofPurpose"))), config.get("verificationMethod")
    texts = {name: value for name, value in config.items() if name in _TEXTS}
    if config.get("type") != "DataIntegrityProof" or purpose is None or not is_absolute_iri(method):
        return None
    if not all(isinstance(value, str) for value in texts.values()):
        return None
    subject = BlankNode("c14n0")
    quads = [
        Quad(subject, _TYPE, _PROOF),
        Quad(subject, _PURPOSE, purpose),
        Quad(subject, _METHOD, NamedNode(str(method))),
        *(Quad(subject, _TEXTS[name][0], Literal(value, datatype=_TEXTS[name][1])) for name, value in texts.items()),
    ]
    return "".join(sorted(f"{quad} .\n" for quad in quads)).encode()


def _has_known_meaning(contexts: Any) -> bool:
    """Contexts by URL only, one of which types the suite's name as the second edition of the vocabulary does."""
    if not isinstance(contexts, list) or not all(isinstance(url, str) for url in contexts):
        return False
    return DATA_INTEGRITY_V1 not in contexts and (contexts[:1] == [CREDENTIALS_V2] or DATA_INTEGRITY_V2 in contexts)
