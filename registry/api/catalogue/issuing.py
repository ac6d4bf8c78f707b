"""Codes of issuing credentials, of their standing, of organizations as issuers, and of verdicts."""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {
    # Verdicts
    "not_verified": Problem(
        400,
        "It does not verify",
        "`checks` lists every check with its outcome and reason; `unknown` means that a status list or a DID document "
        "could not be had, which is neither yes nor no. A verdict of yes is a 200.",
    ),
    "malformed_presentation": Problem(
        422, "This is no presentation", "An object of type VerifiablePresentation, an envelope of one, or a vp+jwt."
    ),
    "batch_too_large": Problem(413, "The batch is too large", "At most 100 credentials are verified in one call."),
    # Issuing
    "agent_suspended": Problem(
        409, "The agent is suspended", "While it is, nothing is issued to it and nothing of it is reinstated."
    ),
    "agent_has_no_key": Problem(
        409, "The agent has no valid key", "Nobody could prove to be the one a credential is about. Add a key first."
    ),
    "too_many_agent_credentials": Problem(
        409, "The agent has as many credentials as it may", "1,000 that are not revoked. Revoke some first."
    ),
    "valid_for_out_of_range": Problem(422, "The lifetime is out of range", "More than nothing, at most 366 days."),
    "statement_missing": Problem(422, "There is no statement", "Say what your organization states about the agent."),
    "format_not_applicable": Problem(
        422, "The format does not fit", "vc+jwt and SD-JWT VC secure credentials of the data model 2.0."
    ),
    "cryptosuite_unknown": Problem(
        422,
        "There is no such cryptosuite",
        "`eddsa-jcs-2022`, `eddsa-rdfc-2022`, `ecdsa-jcs-2019` or `ecdsa-rdfc-2019`.",
    ),
    "cryptosuite_mixed": Problem(422, "The suites need different keys", "One key signs a proof set: eddsa or ecdsa."),
    "cryptosuite_not_applicable": Problem(
        422, "The format has no cryptosuites", "Only Data Integrity proofs have; a token's algorithm is its key's."
    ),
    "issuer_not_yours": Problem(
        422, "The issuer is another", "`issuer` is the DID your organization issues under; `GET /v1/issuers` names it."
    ),
    "type_reserved": Problem(
        422, "The type is reserved", "Identities of agents and delegations are issued by the registry's own doors."
    ),
    "prepared_mismatch": Problem(
        422, "It is not the document that was prepared", "Sign it as it was given: add the proof, change nothing else."
    ),
    "prepared_ended": Problem(
        410, "The prepared document has ended", "It waits 24 hours and is completed once. Prepare another."
    ),
    "too_many_prepared": Problem(409, "As many documents wait as may", "100. Complete some, or wait a day."),
    # Standing
    "credential_revoked": Problem(410, "The credential was revoked", "That is for good. Issue another."),
    "credential_already_suspended": Problem(409, "The credential is suspended already", "Leave it, or reinstate it."),
    "credential_not_suspended": Problem(409, "The credential is not suspended", "There is nothing to lift."),
    "credential_suspended_by_registry": Problem(
        403, "The registry suspended this credential", "Only the registry can lift its own suspension."
    ),
    "credential_reason_unknown": Problem(422, "There is no such reason", "The detail lists the reasons."),
    "revocation_is_terminal": Problem(
        409, "A revocation stands", "It cannot be taken back; issue the credential anew."
    ),
    # Organizations as issuers
    "issuer_is_its_key": Problem(409, "A did:key has no other key", "Choose a new issuer instead of another key."),
    "issuer_key_missing": Problem(
        409, "The issuer has no key for this", "Choose another suite, or add a key of the kind it needs."
    ),
    "issuer_key_elsewhere": Problem(
        409,
        "Your organization holds the key",
        "The registry cannot sign for it. Ask for the prepared document, sign it, and send it back.",
    ),
    "issuer_domain_missing": Problem(422, "No domain is named", "A did:web of your own lies at a domain of yours."),
    "issuer_domain_unproven": Problem(
        422, "The domain is not proven", "Prove that your organization controls it, under Domains, then issue as it."
    ),
}
