"""Codes of names, zones, resource records, domains and resolution."""

from __future__ import annotations

from registry.api.catalogue.problem import Problem

PROBLEMS: dict[str, Problem] = {
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
}
