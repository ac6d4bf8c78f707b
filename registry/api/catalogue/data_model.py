"""Codes of the data model, of JSON-LD and of Data Integrity proofs."""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {
    "malformed_credential": Problem(
        422,
        "This is no credential",
        "A credential or presentation is a JSON object of the W3C Verifiable Credentials Data Model 2.0 or "
        "1.1; `verifiableCredential` holds such objects, not their text or address.",
    ),
    "context_missing": Problem(
        422,
        "There is no @context",
        "A credential, a presentation and each credential inside one begin with an `@context` that says what "
        "their members mean.",
    ),
    "wrong_context": Problem(
        422,
        "The first context is another",
        "`@context` is a list; its first item is `https://www.w3.org/ns/credentials/v2`, or "
        "`https://www.w3.org/2018/credentials/v1` for the data model 1.1.",
    ),
    "unknown_context": Problem(
        422,
        "The context is not bundled",
        "Contexts are never fetched: whoever answered could change what a signature says. Use a bundled "
        "context, or define your terms in an object within `@context`.",
    ),
    "malformed_context": Problem(
        422,
        "The context makes no sense",
        "An item of `@context` is a URL or an object, and each term in it stands for one absolute IRI.",
    ),
    "unsupported_context": Problem(
        422,
        "The context uses what is not taken",
        "Inline contexts define terms. `@base`, `@import`, `@reverse`, `@nest`, `@index` and second names for "
        "keywords are not taken, nor very many terms or contexts.",
    ),
    "protected_term": Problem(
        422,
        "A protected term would change its meaning",
        "The contexts of credentials protect their terms: no later context may define `issuer` or "
        "`VerifiableCredential` anew.",
    ),
    "renamed_term": Problem(
        422,
        "A known term has another name",
        "A bundled context has a name for this property or type already. Under a second name a reader would "
        "not see it, while the signature stayed good.",
    ),
    "unmapped_term": Problem(
        422,
        "A member has no meaning",
        "No context of the document defines this member, so a signature would not cover it. Define it in "
        "`@context` or leave it out.",
    ),
    "unmapped_type": Problem(
        422, "A type has no meaning", "A type is a term that the context defines, or an absolute URL."
    ),
    "json_ld_keyword": Problem(
        422,
        "A JSON-LD keyword is not taken",
        "Members are plain names; `@graph`, `@included`, `@id` and their like hide what a reader of the JSON "
        "would look for. Write `id` and `type`.",
    ),
    "malformed_json_ld": Problem(
        422, "This is no JSON-LD document", "The JSON-LD processor cannot read it; the detail says why."
    ),
    "malformed_value": Problem(
        422,
        "A value object makes no sense",
        "A value object has an `@value`, and a language with a direction or a datatype beside it.",
    ),
    "nested_list": Problem(422, "A list stands within a list", "JSON-LD takes such lists as one; write one list."),
    "not_signed": Problem(
        422,
        "A signature would not cover this",
        "JSON-LD leaves out nulls and empty lists, so a signature over its meaning says nothing of them. "
        "Leave them out.",
    ),
    "described_twice": Problem(
        422,
        "Two objects describe the same thing",
        "Two objects have the same `id` and both say something of it. A signature over the meaning cannot "
        "tell which said what; say all of it in one.",
    ),
    "too_many_anonymous_nodes": Problem(
        422,
        "Too many objects without an id",
        "At most six objects may look alike and have no `id`. Telling more of them apart takes time without "
        "bound. Give them ids.",
    ),
    "document_too_large": Problem(
        413, "The document is too large to canonicalize", "At most 64 KiB are canonicalized as RDF."
    ),
    "malformed_url": Problem(
        422,
        "This is no URL",
        "An `id`, and each member that links, is one absolute URL such as a DID, a `urn:uuid:` or an `https:` address.",
    ),
    "wrong_type": Problem(
        422,
        "The type is missing or another",
        "A credential has the type `VerifiableCredential`, a presentation `VerifiablePresentation`, an "
        "envelope its own; more types may stand beside it.",
    ),
    "malformed_issuer": Problem(422, "The issuer makes no sense", "`issuer` is a URL, or an object whose `id` is one."),
    "malformed_holder": Problem(422, "The holder makes no sense", "`holder` is a URL, or an object whose `id` is one."),
    "malformed_subject": Problem(
        422, "The subject makes no sense", "`credentialSubject` is one or more objects, none of them empty."
    ),
    "malformed_member": Problem(
        422,
        "A member does not have its form",
        "Status, schema, refresh service, terms of use and evidence are objects with a `type`; a schema has "
        "an `id` too.",
    ),
    "malformed_text": Problem(
        422,
        "A name or description makes no sense",
        "`name` and `description` are texts, or objects with `@value`, `@language` and `@direction` and nothing else.",
    ),
    "malformed_date": Problem(
        422, "A date makes no sense", "Dates are such as `2026-11-21T08:00:00Z`: date, time and offset."
    ),
    "date_missing": Problem(
        422, "The issuance date is missing", "A credential of the data model 1.1 has an `issuanceDate`."
    ),
    "dates_reversed": Problem(
        422, "It ends before it begins", "The end of the validity is earlier than its beginning."
    ),
    "not_yet_valid": Problem(422, "The credential does not count yet", "Its validity begins later."),
    "expired": Problem(422, "The credential has expired", "Its validity has ended."),
    "malformed_related_resource": Problem(
        422,
        "A related resource makes no sense",
        "`relatedResource` is one or more objects, each with an `id` of its own and a `digestSRI` or "
        "`digestMultibase`.",
    ),
    "digest_mismatch": Problem(
        422,
        "The digest is not that of the resource",
        "The credential names a resource with a digest, and the resource is another. An issuer that means a "
        "newer edition states its digest.",
    ),
    "malformed_proof": Problem(
        422,
        "The proof makes no sense",
        "`proof` is one or more objects with `type`, `cryptosuite`, `verificationMethod`, `proofPurpose` and "
        "`proofValue`.",
    ),
    "too_many_credentials": Problem(422, "Too many credentials in one presentation", "At most 32."),
    "too_many_proofs": Problem(422, "Too many proofs", "A document carries at most 8 proofs."),
    "unknown_cryptosuite": Problem(
        422,
        "The cryptosuite is not known",
        "The suites are `eddsa-jcs-2022`, `eddsa-rdfc-2022`, `ecdsa-jcs-2019` and `ecdsa-rdfc-2019`.",
    ),
    "previous_proof_missing": Problem(
        422,
        "A previous proof is missing",
        "The proof builds on a proof that the document does not carry, or carries twice.",
    ),
}
