"""Every problem code of the API: its HTTP status, its title, and the page at ``/problems/<code>``.

A code never changes its meaning. ``registry.api.problems`` turns an exception with a code into a problem document
(RFC 9457); a test says that every code raised anywhere has an entry here. Keep the groups, add at a group's end.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """``explanation`` is read by a developer at ``/problems/<code>``: why it happens and what to do about it."""

    status: int
    title: str
    explanation: str


CATALOGUE: dict[str, Problem] = {
    # The request itself
    "malformed_json": Problem(
        400,
        "The body is not JSON",
        "The body must be one JSON value in UTF-8 (RFC 8259); NaN is none.",
    ),
    "duplicate_key": Problem(
        400,
        "A JSON object names a member twice",
        "Two programs that read the same object could each believe another value, so such objects are refused.",
    ),
    "json_too_deep": Problem(400, "The JSON is nested too deep", "At most 32 levels of arrays and objects."),
    "body_too_large": Problem(413, "The body is too large", "A request body may have at most 65,536 bytes."),
    "malformed_request": Problem(
        400, "The request cannot be read", "The request line, a header or the query is not what HTTP allows."
    ),
    "length_required": Problem(411, "The body's length is not known", "Send the body with a `Content-Length`."),
    "unsupported_media_type": Problem(
        415, "The body's media type is not understood", "Send `Content-Type: application/json`."
    ),
    "not_acceptable": Problem(
        406, "None of the accepted media types can be sent", "Answers are `application/json`; accept it, or `*/*`."
    ),
    "method_not_allowed": Problem(
        405, "The method is not for this resource", "The `Allow` header names the methods that are."
    ),
    "not_found": Problem(
        404,
        "There is no such thing",
        "It does not exist, or this caller may not see it. The two are never told apart, so that nobody can probe.",
    ),
    "invalid_input": Problem(
        422, "A value is not acceptable", "The `errors` member lists each field that was refused, and why."
    ),
    "unknown_field": Problem(
        422,
        "The body has a member that is not known",
        "A misspelt limit that is silently ignored would be dangerous, so unknown members are refused.",
    ),
    "malformed_did": Problem(
        422, "This is not a DID", "A DID reads `did:<method>:<identifier>`, without path, query or fragment."
    ),
    "invalid_cursor": Problem(
        400, "The page cursor does not hold", "Use `next_cursor` exactly as it was given, with the same query."
    ),
    # Who is asking
    "authentication_required": Problem(
        401,
        "This needs a credential",
        "Send `Authorization: Bearer <service key>`, or sign the request by a registered agent's key (RFC 9421).",
    ),
    "invalid_service_key": Problem(
        401, "The service key does not hold", "It is unknown, expired or revoked. Make a new one in the console."
    ),
    "invalid_signature": Problem(
        401,
        "The request's signature does not hold",
        "The signature, its parameters or what it covers is not as the API reference asks; the detail says which.",
    ),
    "signature_replayed": Problem(
        401, "This signed request was already received", "Sign every request with a fresh nonce."
    ),
    "signer_not_permitted": Problem(403, "The signing agent may not act", "It is suspended, deactivated or unclaimed."),
    "scope_missing": Problem(
        403,
        "The credential does not carry the needed scope",
        "The detail names the scope. Make a service key that has it; scopes of a key cannot be widened.",
    ),
    "role_lacks_permission": Problem(
        403, "Your role does not allow this", "Ask an owner or administrator of the organization."
    ),
    "not_permitted": Problem(403, "This caller may not do this", "The detail says why."),
    # Repeating
    "malformed_idempotency_key": Problem(
        400,
        "The idempotency key cannot be used",
        "`Idempotency-Key` is 1 to 255 visible ASCII characters, plain or as a quoted string.",
    ),
    "idempotency_key_reused": Problem(
        422,
        "The idempotency key belongs to another request",
        "The same key was sent with another body within 24 hours. Use a fresh key for a new request.",
    ),
    "idempotency_in_progress": Problem(
        409, "The first request with this key is still running", "Wait a moment and send the same request again."
    ),
    "too_many_requests": Problem(
        429, "A rate limit was passed", "Wait as many seconds as the `Retry-After` header says."
    ),
    # Names, zones, records, domains
    "name_invalid": Problem(
        422,
        "The name is not well formed",
        "Labels of 1 to 63 octets as in DNS, letters a to z, digits and inner hyphens, or one other writing system "
        "(IDNA 2008); at least two labels, 253 octets in all. The detail names the label.",
    ),
    "name_mixed_scripts": Problem(
        422,
        "The name mixes writing systems",
        "Letters of two writing systems in one label are how look-alikes are hidden (UTS #39); use one.",
    ),
    "name_reserved": Problem(
        422,
        "The name is reserved",
        "Some words stand for the registry, for trusted roles or for machinery, and so does what looks like them.",
    ),
    "name_taken": Problem(409, "The name is taken", "Somebody holds it. Choose another."),
    "name_confusable": Problem(
        409,
        "The name looks like one that exists",
        "A quick eye would take one for the other (UTS #39 skeleton, hyphens and digits for letters included). The "
        "detail names the one that exists.",
    ),
    "name_expired": Problem(410, "The name's term is over", "Its 30 days of grace are over too; register it anew."),
    "name_has_no_term": Problem(
        409, "The name belongs to its directory", "Imported names are neither renewed nor released here."
    ),
    "name_status_prohibits": Problem(
        409,
        "A status of the name forbids this",
        "EPP statuses (RFC 5731): a client status is cleared by the holder, a server status by the registry.",
    ),
    "name_transfer_pending": Problem(
        409, "The name is on its way to another organization", "Cancel the transfer first, or wait until it ends."
    ),
    "name_limit_reached": Problem(409, "The organization holds as many names as it may", "1,000 names at most."),
    "zone_limit_reached": Problem(409, "The organization holds as many zones as it may", "10 zones at most."),
    "zone_not_yours": Problem(403, "The zone is another's", "Names are registered in zones of the own organization."),
    "agent_not_yours": Problem(
        409, "The agent belongs to another organization", "A name may stand only for an agent of its own organization."
    ),
    "ttl_out_of_range": Problem(422, "The TTL is out of range", "30 to 86,400 seconds."),
    "term_too_long": Problem(422, "The term is too long", "Renew by 1 to 10 years, ending at most 10 years ahead."),
    "status_not_yours": Problem(
        422,
        "This status is not the holder's to set",
        "clientHold, clientTransferProhibited and clientUpdateProhibited are.",
    ),
    "record_invalid": Problem(
        422,
        "A resource record is not acceptable",
        "A2A, MCP, HTTPS and REPOSITORY hold a public https:// URL, PACKAGE a purl or registry:name, TXT any text.",
    ),
    "record_duplicate": Problem(422, "A resource record is there twice", "Type and value together are unique."),
    "too_many_records": Problem(422, "There are too many resource records", "A name has at most 64."),
    "transfer_not_possible": Problem(
        409, "The name cannot change hands", "Names under a proven domain or of another directory stay where they are."
    ),
    "transfer_to_self": Problem(422, "The name is already there", "Name another organization."),
    "transfer_code_wrong": Problem(403, "The transfer code is not right", "Ask the other side for the code."),
    "transfer_ended": Problem(410, "The transfer is over", "It was accepted, cancelled or ran out after five days."),
    "domain_invalid": Problem(
        422, "The domain cannot be proven here", "Name a registered domain of yours, such as example.com."
    ),
    "domain_taken": Problem(409, "The domain is proven by another organization", "Only one can hold it at a time."),
    "domain_limit_reached": Problem(409, "The organization has as many domains as it may", "50 domains at most."),
    "domain_in_use": Problem(409, "The domain carries names", "Release its names first."),
    # Resolution
    "query_malformed": Problem(
        400,
        "The question is neither a name nor a DID",
        "FORMERR. Ask for a name such as `concierge.acme`, a name of another directory such as "
        "`io.github.acme/server`, or a `did:web:` or `did:key:`. The detail says what does not fit.",
    ),
    # Agents
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
    # Organizations, their members and their service keys
    "organization_name_invalid": Problem(
        422, "The organization's name is not taken", "1 to 120 visible characters on one line."
    ),
    "organization_kind_unknown": Problem(422, "There is no such kind of organization", "`person` or `organization`."),
    "country_invalid": Problem(422, "The country is not taken", "Two letters as in ISO 3166-1, such as `DE`."),
    "website_invalid": Problem(422, "The website is not taken", "A full `https://` or `http://` address."),
    "too_many_organizations": Problem(409, "You own as many organizations as one login may", "20."),
    "already_has_personal": Problem(409, "You act for yourself already", "There is one personal organization each."),
    "too_many_members": Problem(409, "The organization has as many members as it may", "200."),
    "role_unknown": Problem(
        422, "There is no such role", "`owner`, `administrator`, `registrar`, `developer`, `auditor` or `member`."
    ),
    "owner_only": Problem(403, "Only an owner may do this", "Owners alone make, change and remove owners."),
    "last_owner": Problem(409, "It would leave no owner", "Make somebody else an owner first."),
    "already_member": Problem(409, "This person is a member already", "Change the role instead."),
    "email_invalid": Problem(422, "This is not an e-mail address", "One address, at most 254 characters."),
    "invitation_ended": Problem(
        410,
        "The invitation has ended",
        "It was used, revoked or replaced, is older than seven days, or whoever sent it may no longer invite.",
    ),
    "invitation_for_another": Problem(
        403, "The invitation is for another address", "Sign in with the address that it was sent to."
    ),
    "too_many_invitations": Problem(409, "As many invitations are open as may be", "50. Revoke some, or wait."),
    "invitations_per_day": Problem(429, "Too many invitations today", "At most 100 in 24 hours."),
    "service_key_name_invalid": Problem(
        422, "The key's name is not taken", "1 to 80 visible characters, to tell it apart later."
    ),
    "scopes_required": Problem(422, "A key needs a scope", "Without one it could do nothing."),
    "scope_unknown": Problem(
        422,
        "There is no such scope",
        "`agents_read`, `agents_write`, `keys_write`, `names_write`, `domains_write` or `activity_read`.",
    ),
    "scope_beyond_role": Problem(
        403, "You may not give this scope", "A key never reaches further than the role of whoever makes it."
    ),
    "expiry_out_of_range": Problem(422, "The expiry is out of range", "In the future, at most 730 days from now."),
    "service_key_ended": Problem(409, "The key has ended", "Create a new one instead of rotating it."),
    "too_many_service_keys": Problem(409, "The organization has as many keys as it may", "50 active ones."),
    "second_factor_unreadable": Problem(
        503, "The second factor cannot be opened", "The registry's master key changed; its operator must look."
    ),
    "position_out_of_range": Problem(
        422, "The reader was never there", "A journal reader is set back to a position it has reached already."
    ),
    # Us
    "conflict": Problem(409, "It clashes with what already stands", "The detail says with what."),
    "gone": Problem(410, "It has ended for good", "It existed once; it will not come back."),
    "internal_error": Problem(
        500,
        "The registry failed",
        "This is our fault. It was logged with the request id in `instance`; nothing was changed.",
    ),
    "unavailable": Problem(
        503, "We cannot answer truthfully right now", "Try again after a moment; nothing was changed."
    ),
}
