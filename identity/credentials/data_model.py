"""The W3C Verifiable Credentials Data Model: 2.0 (https://www.w3.org/TR/vc-data-model-2.0/) and 1.1.

What these functions let pass has the members the model asks for, in the form it asks for, and no member without a
meaning. They say nothing about signatures.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from identity.credentials import data_model_members as members
from identity.credentials.contexts import CREDENTIALS_V1, CREDENTIALS_V2
from identity.credentials.data_model_dates import Validity, read_validity
from identity.credentials.json_ld import check_terms
from identity.primitives.clock import rfc3339
from identity.primitives.errors import InvalidInput

__all__ = [
    "Validity",
    "Version",
    "check_credential",
    "check_envelope",
    "check_presentation",
    "holder_of",
    "issuer_of",
    "subjects_of",
    "validity_of",
    "version_of",
]

CREDENTIALS_PER_PRESENTATION_MAX = 32

Document = dict[str, Any]


class Version(StrEnum):
    """Which edition of the data model a document follows; its first context says so."""

    V1 = "1.1"
    V2 = "2.0"


def check_credential(document: Any, *, at: datetime | None = None) -> None:
    """Refuse what is no verifiable credential; a ``proof`` may be there or not, and only its form is looked at.

    InvalidInput with the member in ``field``. With ``at``, ``not_yet_valid`` or ``expired`` too.
    """
    version = version_of(document)
    members.check_types(document, "VerifiableCredential")
    members.check_id(document)
    members.check_party(document, "issuer", is_required=True)
    _check_subjects(document)
    validity = validity_of(document)
    members.check_typed_objects(document, needs_id=_needs_id(version))
    members.check_related_resources(document)
    members.check_texts(document)
    members.check_proofs(document)
    check_terms({name: value for name, value in document.items() if name != "proof"})
    if at is not None:
        _check_time(validity, at)


def check_presentation(document: Any) -> None:
    """Refuse what is no verifiable presentation. Credentials inside are looked at from outside only: each is an
    object of its own with its own proof, and whoever verifies it checks it as one. InvalidInput."""
    version = version_of(document)
    members.check_types(document, "VerifiablePresentation")
    members.check_id(document)
    members.check_party(document, "holder", is_required=False)
    members.check_typed_objects(document, needs_id=frozenset())
    members.check_texts(document)
    members.check_proofs(document)
    for credential in credentials_in(document):
        _check_inside(credential, version)
    check_terms({name: value for name, value in document.items() if name not in ("proof", "verifiableCredential")})


def check_envelope(document: Any, kind: str) -> None:
    """Refuse what is no ``EnvelopedVerifiableCredential`` or ``EnvelopedVerifiablePresentation`` (VCDM 2.0 section
    4.13): its context, its type, and a ``data:`` URL as its id. InvalidInput."""
    contexts = document.get("@context") if isinstance(document, dict) else None
    first = contexts[0] if isinstance(contexts, list) and contexts else contexts
    if first != CREDENTIALS_V2:
        raise InvalidInput("wrong_context", f"The first context of an envelope is {CREDENTIALS_V2}.", field="@context")
    types = document.get("type")
    if types not in (kind, [kind]):
        raise InvalidInput("wrong_type", f"The type of this envelope is {kind}.", field="type")
    location = document.get("id")
    if not isinstance(location, str) or not location.startswith("data:") or "," not in location:
        raise InvalidInput(
            "malformed_url", "The id of an envelope is a data: URL that holds what is secured.", field="id"
        )


def version_of(document: Any) -> Version:
    """By the first context, which must be one of the two. InvalidInput ``context_missing``, ``wrong_context``."""
    if not isinstance(document, dict):
        raise InvalidInput("malformed_credential", "A credential or presentation is a JSON object.")
    contexts = document.get("@context")
    if contexts is None:
        raise InvalidInput("context_missing", "There is no @context.", field="@context")
    if not isinstance(contexts, list) or not all(isinstance(part, str | dict) for part in contexts):
        raise InvalidInput("wrong_context", "@context is a list of URLs and objects.", field="@context")
    match contexts[:1]:
        case [url] if url == CREDENTIALS_V2:
            return Version.V2
        case [url] if url == CREDENTIALS_V1:
            return Version.V1
    sentence = f"The first context is {CREDENTIALS_V2}, or {CREDENTIALS_V1} for the data model 1.1."
    raise InvalidInput("wrong_context", sentence, field="@context")


def validity_of(document: Document) -> Validity:
    """From when until when it counts. InvalidInput ``malformed_date``, ``dates_reversed``, ``date_missing``."""
    return read_validity(document, is_version_2=version_of(document) is Version.V2)


def issuer_of(document: Document) -> str:
    """The issuer's id. The document has passed ``check_credential``."""
    return _id_of(document["issuer"])


def holder_of(document: Document) -> str | None:
    """The holder's id, None when the presentation names none. It has passed ``check_presentation``."""
    return _id_of(document["holder"]) if "holder" in document else None


def subjects_of(document: Document) -> tuple[str, ...]:
    """The ids of those spoken of, in order; a subject without an id is left out."""
    return tuple(subject["id"] for subject in members.objects_of(document["credentialSubject"]) if "id" in subject)


def credentials_in(presentation: Document) -> list[Any]:
    """What ``verifiableCredential`` holds, as a list. InvalidInput ``too_many_credentials``."""
    credentials = members.items_of(presentation.get("verifiableCredential", []))
    if len(credentials) > CREDENTIALS_PER_PRESENTATION_MAX:
        sentence = f"A presentation holds at most {CREDENTIALS_PER_PRESENTATION_MAX} credentials."
        raise InvalidInput("too_many_credentials", sentence, field="verifiableCredential")
    return credentials


def _check_inside(credential: Any, version: Version) -> None:
    if isinstance(credential, str) and version is Version.V1:
        return  # a credential as a JWT; VCDM 2.0 wraps it into an envelope instead
    types = members.items_of(credential.get("type", [])) if isinstance(credential, dict) else []
    if "EnvelopedVerifiableCredential" in types:
        check_envelope(credential, "EnvelopedVerifiableCredential")
    elif "VerifiableCredential" not in types:
        sentence = "verifiableCredential holds credentials, each an object with its type."
        raise InvalidInput("malformed_credential", sentence, field="verifiableCredential")


def _check_subjects(document: Document) -> None:
    subjects = members.items_of(document.get("credentialSubject"))
    if not subjects or not all(isinstance(subject, dict) and subject for subject in subjects):
        sentence = "credentialSubject is one or more objects, each with something to say."
        raise InvalidInput("malformed_subject", sentence, field="credentialSubject")
    for subject in subjects:
        members.check_id(subject, "credentialSubject.id")


def _check_time(validity: Validity, at: datetime) -> None:
    if validity.valid_from is not None and at < validity.valid_from:
        raise InvalidInput("not_yet_valid", f"Valid from {rfc3339(validity.valid_from)} on.", field="validFrom")
    if validity.valid_until is not None and at > validity.valid_until:
        raise InvalidInput("expired", f"Valid until {rfc3339(validity.valid_until)}.", field="validUntil")


def _needs_id(version: Version) -> frozenset[str]:
    if version is Version.V2:
        return frozenset({"credentialSchema"})
    return frozenset({"credentialSchema", "credentialStatus", "refreshService"})


def _id_of(party: Any) -> str:
    name: str = party["id"] if isinstance(party, dict) else party
    return name
