"""The delegation credential (W3C VCDM 2.0): written, and read strictly. No Django here.

One closed schema: a member that is not known is refused, so that no signed word is passed over. Which parent it
follows, whether it is signed and whether it still counts is for ``chain`` and the register to say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from identity.delegation.constraints import Constraint, parse_constraints
from identity.delegation.limits import AUDIENCE_ITEMS_MAX, DEPTH_MAX, LINK_BYTES_MAX
from identity.delegation.sentence import delegation_sentence
from identity.primitives import base58btc
from identity.primitives.canonical import canonicalize
from identity.primitives.clock import rfc3339
from identity.primitives.errors import InvalidInput

CREDENTIALS_CONTEXT = "https://www.w3.org/ns/credentials/v2"
CONTEXT_PATH = "/contexts/delegation/v1"
TYPES = ["VerifiableCredential", "AgentDelegationCredential"]
SUBJECT_TYPE = "AgentDelegation"
CLAIM_VERSION = 1
ANY_VENDOR = "urn:attorn:any-verified-vendor"
ALLOCATIONS = ("shared", "reserved")
ON_REVOCATION = ("void_open_holds", "honor_open_holds")

_URN = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DID = re.compile(r"did:[a-z0-9]+:[A-Za-z0-9._:%-]{1,280}")
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_MEMBERS = frozenset({"@context", "id", "type", "issuer", "validFrom", "validUntil", "credentialSubject", "proof"})
_MAY_HAVE = frozenset({"description", "relatedResource", "credentialStatus", "evidence"})
_SUBJECT = frozenset({"id", "type", "version", "root", "principal", "operator", "depth", "maxFurtherDepth"}) | {
    "allocation",
    "cnf",
    "ledger",
    "audience",
    "limits",
    "onRevocation",
}
_STATUS = frozenset({"type", "statusPurpose", "statusListIndex", "statusListCredential"})
_PURPOSES = ("revocation", "suspension")
_EVIDENCE_MAX = 4

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a delegation grants, besides who to whom. Times are whole seconds UTC."""

    constraints: tuple[Constraint, ...]
    valid_from: datetime
    valid_until: datetime
    max_further_depth: int = 0
    allocation: str = "shared"
    on_revocation: str = "void_open_holds"
    audience: tuple[str, ...] = (ANY_VENDOR,)

    def sentence(self, *, subject: str) -> str:
        """All of it in plain words."""
        return delegation_sentence(
            subject=subject,
            constraints=self.constraints,
            valid_from=self.valid_from,
            valid_until=self.valid_until,
            max_further_depth=self.max_further_depth,
            audience=() if ANY_VENDOR in self.audience else self.audience,
            is_reserved=self.allocation == "reserved",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a link stands: its parties, its root, its parent. ``parent_digest`` is a multibase SHA-256 multihash."""

    id: str
    issuer: str
    subject: str
    holder_thumbprint: str
    root: str
    principal: str
    operator: str
    ledger: str
    depth: int
    parent_id: str | None = None
    parent_digest: str | None = None
    replaces: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A delegation credential as read. Nothing about it is believed yet."""

    document: Document
    place: Place
    terms: Terms
    status: tuple[dict[str, str], ...]
    evidence: tuple[dict[str, Any], ...]
    description: str | None

    @property
    def digest(self) -> str:
        return multibase_digest(self.document)

    @property
    def sentence(self) -> str:
        return self.terms.sentence(subject=self.place.subject)

    def unsigned(self) -> Document:
        """What a principal consents to: the credential without the consent itself and the signature."""
        return {name: value for name, value in self.document.items() if name not in ("proof", "evidence")}


def unsigned_link(*, place: Place, terms: Terms, status: Sequence[dict[str, Any]], context: str) -> Document:
    """The credential without evidence and proof; ``context`` is the address of our JSON-LD context."""
    subject: Document = {
        "id": place.subject,
        "type": SUBJECT_TYPE,
        "version": CLAIM_VERSION,
        "root": place.root,
        "principal": place.principal,
        "operator": place.operator,
        "depth": place.depth,
        "maxFurtherDepth": terms.max_further_depth,
        "allocation": terms.allocation,
        "cnf": {"jkt": place.holder_thumbprint},
        "ledger": place.ledger,
        "audience": list(terms.audience),
        "limits": [constraint.claim() for constraint in terms.constraints],
        "onRevocation": terms.on_revocation,
    }
    if place.replaces is not None:
        subject["replaces"] = place.replaces
    document: Document = {
        "@context": [CREDENTIALS_CONTEXT, context],
        "id": place.id,
        "type": list(TYPES),
        "issuer": place.issuer,
        "validFrom": rfc3339(terms.valid_from),
        "validUntil": rfc3339(terms.valid_until),
        "description": terms.sentence(subject=place.subject),
        "credentialSubject": subject,
    }
    if place.parent_id is not None:
        parent = {"id": place.parent_id, "mediaType": "application/vc", "digestMultibase": place.parent_digest}
        document["relatedResource"] = [parent]
    if status:
        document["credentialStatus"] = list(status)
    return document


def read_link(document: Any) -> Link:
    """The link a signed credential spells. InvalidInput ``credential_invalid``, ``unknown_limit_type``,
    ``constraint_invalid`` or a code of money; a description that says something else than the limits is refused, so
    that nobody signs "up to 10 EUR" over a limit of 10,000."""
    if not isinstance(document, dict) or not _MEMBERS <= set(document) <= _MEMBERS | _MAY_HAVE:
        raise _bad("It does not have exactly the members of a delegation credential.")
    if len(canonicalize(document)) > LINK_BYTES_MAX:
        raise _bad(f"It has more than {LINK_BYTES_MAX} bytes.")
    _check_frame(document)
    subject = document["credentialSubject"]
    if not isinstance(subject, dict) or not _SUBJECT <= set(subject) <= _SUBJECT | {"replaces"}:
        raise _bad("Its subject does not have exactly the members of a delegation.")
    if subject["type"] != SUBJECT_TYPE or type(subject["version"]) is not int or subject["version"] != CLAIM_VERSION:
        raise _bad("It is not version 1 of a delegation.")
    link = Link(
        document=document,
        place=_place(document, subject),
        terms=_terms(document, subject),
        status=_status(document.get("credentialStatus", [])),
        evidence=_evidence(document.get("evidence", [])),
        description=document.get("description"),
    )
    if link.description is not None and link.description != link.sentence:
        raise _bad("Its description says something else than its limits.")
    return link


def check_terms(terms: Terms) -> None:
    """InvalidInput ``validity_invalid`` or ``depth_invalid``: what no delegation may say, whoever issues it."""
    if terms.valid_until <= terms.valid_from:
        raise InvalidInput("validity_invalid", "A delegation ends after it begins.", field="valid_until")
    if not 0 <= terms.max_further_depth <= DEPTH_MAX:
        raise InvalidInput(
            "depth_invalid", f"A delegation is passed on 0 to {DEPTH_MAX} times.", field="max_further_depth"
        )


def digest_of(document: Document) -> bytes:
    """SHA-256 of the JCS form of the complete signed credential."""
    return sha256(canonicalize(document)).digest()


def multibase_digest(document: Document) -> str:
    """The digest as multibase base58btc of a multihash (VCDM 2.0 ``digestMultibase``)."""
    return "z" + base58btc.encode(b"\x12\x20" + digest_of(document))


def read_audience(value: Any) -> tuple[str, ...]:
    """Vendors by DID, or any vendor that the register knows. InvalidInput ``credential_invalid``."""
    known = isinstance(value, list) and 0 < len(value) <= AUDIENCE_ITEMS_MAX
    if not known or not all(isinstance(item, str) and (item == ANY_VENDOR or _DID.fullmatch(item)) for item in value):
        raise _bad(f"Its audience lists vendors by DID, or is [{ANY_VENDOR}].")
    return tuple(value)


def _check_frame(document: Document) -> None:
    context = document["@context"]
    known = isinstance(context, list) and len(context) == 2 and context[0] == CREDENTIALS_CONTEXT
    if not known or not isinstance(context[1], str) or not context[1].endswith(CONTEXT_PATH):
        raise _bad(f"Its contexts are {CREDENTIALS_CONTEXT} and one that ends with {CONTEXT_PATH}.")
    if document["type"] != TYPES:
        raise _bad(f"Its types are {' and '.join(TYPES)}.")
    if not isinstance(document["proof"], dict):
        raise _bad("It has one proof.")


def _place(document: Document, subject: Document) -> Place:
    depth = subject["depth"]
    if type(depth) is not int or not 0 <= depth <= DEPTH_MAX:
        raise _bad(f"Its depth is a whole number from 0 to {DEPTH_MAX}.")
    confirmation = subject["cnf"]
    if not isinstance(confirmation, dict) or set(confirmation) != {"jkt"}:
        raise _bad('Its cnf reads {"jkt": thumbprint}.')
    parent_id, parent_digest = _parent(document.get("relatedResource"))
    if (depth == 0) != (parent_id is None):
        raise _bad("A root names no parent, every other link one.")
    return Place(
        id=_text(document["id"], _URN, "id"),
        issuer=_text(document["issuer"], _DID, "issuer"),
        subject=_text(subject["id"], _DID, "subject"),
        holder_thumbprint=_text(confirmation["jkt"], _THUMBPRINT, "cnf.jkt"),
        root=_text(subject["root"], _URN, "root"),
        principal=_text(subject["principal"], _DID, "principal"),
        operator=_text(subject["operator"], _DID, "operator"),
        ledger=_text(subject["ledger"], _DID, "ledger"),
        depth=depth,
        parent_id=parent_id,
        parent_digest=parent_digest,
        replaces=_text(subject["replaces"], _URN, "replaces") if "replaces" in subject else None,
    )


def _terms(document: Document, subject: Document) -> Terms:
    if subject["allocation"] not in ALLOCATIONS or subject["onRevocation"] not in ON_REVOCATION:
        raise _bad("Its allocation or onRevocation is not one of those known.")
    further = subject["maxFurtherDepth"]
    if type(further) is not int or not 0 <= further <= DEPTH_MAX - subject["depth"]:
        raise _bad("Its maxFurtherDepth does not fit into a chain of eight links.")
    terms = Terms(
        constraints=parse_constraints(subject["limits"]),
        valid_from=_instant(document["validFrom"], "validFrom"),
        valid_until=_instant(document["validUntil"], "validUntil"),
        max_further_depth=further,
        allocation=subject["allocation"],
        on_revocation=subject["onRevocation"],
        audience=read_audience(subject["audience"]),
    )
    if terms.valid_until <= terms.valid_from:
        raise _bad("It ends before it begins.")
    return terms


def _parent(value: Any) -> tuple[str | None, str | None]:
    if value is None:
        return None, None
    one = value[0] if isinstance(value, list) and len(value) == 1 else None
    if not isinstance(one, dict) or set(one) != {"id", "mediaType", "digestMultibase"}:
        raise _bad("Its relatedResource is its parent: id, mediaType and digestMultibase.")
    if one["mediaType"] != "application/vc" or not isinstance(one["digestMultibase"], str):
        raise _bad("Its relatedResource is its parent, an application/vc.")
    return _text(one["id"], _URN, "relatedResource"), one["digestMultibase"]


def _status(value: Any) -> tuple[dict[str, str], ...]:
    entries = value if isinstance(value, list) else [value]
    for entry in entries:
        if not isinstance(entry, dict) or not _STATUS <= set(entry) <= _STATUS | {"id"}:
            raise _bad("Its credentialStatus holds Bitstring Status List entries.")
        if not all(isinstance(text, str) for text in entry.values()) or entry["type"] != "BitstringStatusListEntry":
            raise _bad("Its credentialStatus holds Bitstring Status List entries.")
    purposes = [entry["statusPurpose"] for entry in entries]
    if len(set(purposes)) != len(purposes) or not set(purposes) <= set(_PURPOSES):
        raise _bad("Its credentialStatus has one entry for revocation and one for suspension.")
    return tuple(entries)


def _evidence(value: Any) -> tuple[dict[str, Any], ...]:
    entries = value if isinstance(value, list) else [value]
    if len(entries) > _EVIDENCE_MAX or not all(isinstance(entry, dict) for entry in entries):
        raise _bad(f"Its evidence is a list of at most {_EVIDENCE_MAX} objects.")
    return tuple(entries)


def _instant(value: Any, name: str) -> datetime:
    text = _text(value, _INSTANT, name)
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise _bad(f"Its {name} is no day of the calendar.") from error


def _text(value: Any, form: re.Pattern[str], name: str) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise _bad(f"Its {name} does not have its form.")
    return value


def _bad(sentence: str) -> InvalidInput:
    return InvalidInput("credential_invalid", sentence, field="credential")
