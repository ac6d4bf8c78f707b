"""Codes of agents, their keys and the challenges that prove control."""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {
    "malformed_key": Problem(
        422,
        "The public key cannot be read",
        "Send a Multikey (`z6Mk…` for Ed25519, `zDn…` for P-256), a PEM block or a JWK object. Never the private key.",
    ),
    "unsupported_key": Problem(
        422, "This kind of key is not taken", "An agent's key is Ed25519 or P-256; make one with `attorn keygen`."
    ),
    "malformed_signature": Problem(
        422, "The signature cannot be read", "It is 64 bytes in base64url (for P-256: r and s; DER is read too)."
    ),
    "signature_invalid": Problem(
        422,
        "The signature does not prove control",
        "Sign the bytes of `signing_input` exactly as given, without a line break, by the key the challenge names.",
    ),
    "challenge_not_found": Problem(
        404,
        "There is no such challenge",
        "It was made for another organization, or has been forgotten. Ask for a new one.",
    ),
    "challenge_purpose": Problem(
        422,
        "The challenge was made for something else",
        "A challenge is good for one purpose and one agent, so that a signature cannot be carried elsewhere.",
    ),
    "challenge_agent": Problem(
        422,
        "The challenge names an agent where none belongs",
        "Name the agent for `key` and `claim`, none for `register`.",
    ),
    "challenge_already_used": Problem(409, "The challenge was used", "Each works once. Ask for a new one."),
    "challenge_expired": Problem(410, "The challenge has expired", "It lives ten minutes. Ask for a new one."),
    "too_many_challenges": Problem(
        429, "Too many open challenges", "An organization has at most 100; used and expired ones do not count."
    ),
    "key_already_registered": Problem(
        409,
        "The key belongs or belonged to an agent",
        "A key serves one agent, for ever, so that a history cannot be shed nor a key taken over. Make a new key.",
    ),
    "too_many_keys": Problem(409, "The agent has as many valid keys as it may", "16 at one time. Revoke one first."),
    "too_many_agents": Problem(
        409, "The organization has as many agents as it may", "10,000 that are not deactivated."
    ),
    "display_name_invalid": Problem(
        422, "The display name is not taken", "1 to 120 visible characters on one line, none that change how it reads."
    ),
    "description_invalid": Problem(
        422, "The description is not taken", "At most 2,000 characters, none that change how the text reads."
    ),
    "capabilities_invalid": Problem(
        422,
        "A capability is not taken",
        "At most 32, each of lower-case words joined by hyphens (`book-flights`), at most 64 characters.",
    ),
    "homepage_invalid": Problem(422, "The homepage is not taken", "An `https://` address, at most 500 characters."),
    "agent_deactivated": Problem(
        410, "The agent was deactivated", "That is for good: its DID and its keys stay taken. Register a new agent."
    ),
    "agent_revoked": Problem(
        410, "The registry revoked the agent", "Nothing of it can change but by an appeal against the sanction."
    ),
    "registry_hold": Problem(
        409,
        "The registry holds the agent's entry",
        "Until a case about the agent is decided it cannot end, change hands, change its keys or be renamed, and its "
        "names stay where they are. A key that somebody else may hold can still be revoked as `compromised`.",
    ),
    "agent_unclaimed": Problem(409, "Nobody answers for this agent", "It was imported. Claim it first."),
    "agent_already_claimed": Problem(409, "Somebody answers for this agent already", "An agent is claimed once."),
    "claim_needs_domain_proof": Problem(
        409,
        "The claim needs proof of a domain",
        "An imported agent is claimed by whoever controls the domain in its reverse-DNS name. `domains` names those "
        "that would do; prove one of them under Domains. A name without a domain cannot be claimed yet.",
    ),
    "agent_already_suspended": Problem(409, "The agent is suspended already", "Reinstate it, or leave it as it is."),
    "agent_not_suspended": Problem(409, "The agent is not suspended", "There is nothing to lift."),
    "suspended_by_registry": Problem(
        403, "The registry suspended this agent", "Only the registry can lift its own suspension."
    ),
    "suspension_reason": Problem(422, "The reason is the registry's to give", "Give one of your own reasons."),
    "key_not_found": Problem(404, "The agent has no such key", "Keys are named by fragment, such as `key-1`."),
    "key_not_valid": Problem(409, "The key is not valid any more", "Add a key instead of rotating one that has ended."),
    "key_already_revoked": Problem(409, "The key was revoked before", "That is for good; nothing is left to do."),
    "last_key": Problem(
        409,
        "It is the agent's last current key",
        "Rotate it instead, or deactivate the agent. With the reason `compromised` it can be revoked all the same.",
    ),
    "overlap_out_of_range": Problem(422, "The overlap is out of range", "0 seconds to 30 days."),
    "agent_may_not": Problem(
        403,
        "An agent may not make this change itself",
        "While active, an agent may rotate its own key. Everything else is its organization's, by a service key.",
    ),
    "registry_key_unreadable": Problem(
        503, "The registry cannot sign", "Its signing key does not open; an operator must look. Nothing was changed."
    ),
}
