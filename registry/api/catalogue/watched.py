"""Codes of credentials that others issued and that are kept an eye on."""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {
    "credential_not_foreign": Problem(
        422,
        "This credential was issued here",
        "Only credentials of other issuers are attached. Those of this register, and of organizations whose issuer it "
        "hosts, are read from the database whenever somebody asks.",
    ),
    "credential_not_verified": Problem(
        422,
        "The credential does not verify",
        "What is attached to an agent is shown to everybody, so its proof, issuer and dates must hold. `checks` says "
        "what did not.",
    ),
    "credential_not_about_agent": Problem(
        422,
        "The credential is about somebody else",
        "Its subject must be the agent's DID or one of its keys as a did:key, or it must be bound to a key of the "
        "agent (`cnf`). Otherwise anybody's good name could be hung on any agent.",
    ),
    "status_not_supported": Problem(
        422,
        "This kind of status cannot be watched",
        "Bitstring Status List, StatusList2021 and Token Status List are watched, for revocation and suspension. A "
        "credential whose withdrawal nobody would notice is not attached.",
    ),
    "too_many_attached_credentials": Problem(
        409, "The agent has too many attached credentials", "An agent has at most 32; remove one first."
    ),
    "sweep_running": Problem(
        409, "A sweep is running already", "One at a time is enough: it asks every source. Wait for it, or help it."
    ),
}
