"""A chain of delegations, checked by whoever holds it: ten steps, no database, no network. No Django here.

The result says *structurally valid*, never *may spend*: what was spent before only the ledger knows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from itertools import pairwise
from typing import Any
from urllib.parse import unquote

from identity.credentials.checks import Outcome
from identity.credentials.keys import KeyFor
from identity.delegation.constraints import refusals
from identity.delegation.facts import SpendFacts
from identity.delegation.limits import CHAIN_BYTES_MAX, CHAIN_LINKS_MAX
from identity.delegation.link import ANY_VENDOR, Link, read_link
from identity.delegation.proof import consent_refusal, proof_refusal
from identity.primitives.canonical import canonicalize, parse_json
from identity.primitives.errors import AttornError, InvalidInput

# Answers for one status entry of a credential: "active", "suspended", "revoked", or None when it cannot be known.
StatusFor = Callable[[dict[str, str]], str | None]


class Step(IntEnum):
    """The ten questions, in the order in which they are asked; the first "no" ends the check."""

    SIZE = 1
    SIGNATURES = 2
    SUCCESSION = 3
    PARENT_DIGESTS = 4
    ROOT_AND_LEDGER = 5
    DEPTH = 6
    VALIDITY = 7
    CONSTRAINTS = 8
    STATUS = 9
    INTENT = 10


QUESTIONS: dict[Step, str] = {
    Step.SIZE: "Are there one to eight links, well formed and not too large?",
    Step.SIGNATURES: "Is each link signed by a key that its issuer had when it was signed?",
    Step.SUCCESSION: "Is each link issued by the holder of the one above, and does nobody stand twice?",
    Step.PARENT_DIGESTS: "Does each link name the very link above it?",
    Step.ROOT_AND_LEDGER: "Do all links name one root, one principal and one ledger?",
    Step.DEPTH: "Does each link stand one deeper and leave less to pass on?",
    Step.VALIDITY: "Is it now within the time of each link, and does none outlive the one above?",
    Step.CONSTRAINTS: "Does every limit that needs no counting allow this purchase?",
    Step.STATUS: "Is no link revoked or suspended?",
    Step.INTENT: "Is the intent signed by the one key that the last link names?",
}


@dataclass(frozen=True, slots=True)
class StepResult:
    """One question and its answer; ``code`` is a decline code or empty, ``link_depth`` None when it is the whole."""

    step: Step
    outcome: Outcome
    code: str = ""
    link_depth: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """The answers in order, up to the first "no", and the links as far as they could be read."""

    results: tuple[StepResult, ...]
    links: tuple[Link, ...]

    @property
    def is_structurally_valid(self) -> bool:
        return self.failure is None

    @property
    def failure(self) -> StepResult | None:
        return next((result for result in self.results if result.outcome is Outcome.FAILED), None)


class _Broken(Exception):
    def __init__(self, code: str, depth: int | None, detail: str) -> None:
        super().__init__(detail)
        self.code, self.depth, self.detail = code, depth, detail


def read_chain(data: bytes) -> list[Any]:
    """The links of a presentation, root first: a JSON array, or one link by itself.

    InvalidInput ``chain_too_long`` or a code of strict JSON; TooLarge ``body_too_large``.
    """
    value = parse_json(data, bytes_max=CHAIN_BYTES_MAX)
    links = value if isinstance(value, list) else [value]
    if not 0 < len(links) <= CHAIN_LINKS_MAX:
        raise InvalidInput("chain_too_long", f"A chain has one to {CHAIN_LINKS_MAX} links.", field="chain")
    return links


def verify_chain(
    documents: Sequence[Any],
    *,
    key_for: KeyFor,
    ledger: str | None,
    at: datetime,
    facts: SpendFacts | None = None,
    status_for: StatusFor | None = None,
    intent_check: Callable[[Link], tuple[str, str] | None] | None = None,
) -> ChainVerdict:
    """The ten steps over ``documents``, root first.

    ``ledger`` is the DID of the register whose word counts (None: whichever the root names and signs for).
    ``facts`` judge the limits of a purchase, without them only their kinds are known to be known. ``intent_check``
    takes the last link and gives (code, sentence) when the intent is not its holder's.
    """
    links: list[Link] = []
    results: list[StepResult] = []
    steps: tuple[tuple[Step, Callable[[], StepResult | None]], ...] = (
        (Step.SIZE, lambda: _read_links(documents, links)),
        (Step.SIGNATURES, lambda: _check_signatures(links, key_for, ledger, at)),
        (Step.SUCCESSION, lambda: _check_succession(links)),
        (Step.PARENT_DIGESTS, lambda: _check_parents(links)),
        (Step.ROOT_AND_LEDGER, lambda: _check_root(links, ledger)),
        (Step.DEPTH, lambda: _check_depth(links)),
        (Step.VALIDITY, lambda: _check_validity(links, at)),
        (Step.CONSTRAINTS, lambda: _check_constraints(links, facts)),
        (Step.STATUS, lambda: _check_status(links, status_for)),
        (Step.INTENT, lambda: _check_intent(links, intent_check)),
    )
    for step, check in steps:
        try:
            results.append(check() or StepResult(step, Outcome.PASSED))
        except _Broken as broken:
            results.append(StepResult(step, Outcome.FAILED, broken.code, broken.depth, broken.detail))
            break
    return ChainVerdict(tuple(results), tuple(links))


def _read_links(documents: Sequence[Any], links: list[Link]) -> None:
    if not 0 < len(documents) <= CHAIN_LINKS_MAX:
        raise _Broken("chain_too_long", None, f"A chain has one to {CHAIN_LINKS_MAX} links, not {len(documents)}.")
    for depth, document in enumerate(documents):
        try:
            links.append(read_link(document))
        except AttornError as error:
            raise _Broken(_decline_code(error.code), depth, error.detail) from error
    if sum(len(canonicalize(link.document)) for link in links) > CHAIN_BYTES_MAX:
        raise _Broken("credential_invalid", None, f"The chain has more than {CHAIN_BYTES_MAX} bytes.")


def _check_signatures(links: list[Link], key_for: KeyFor, ledger: str | None, at: datetime) -> None:
    for depth, link in enumerate(links):
        sentence = proof_refusal(link, key_for=key_for, at=at)
        if sentence is not None:
            raise _Broken("credential_invalid", depth, sentence)
    root = links[0]
    rp_id, origins = relying_party(ledger or root.place.ledger)
    sentence = consent_refusal(root, rp_id=rp_id, origins=origins)
    if sentence is not None:
        raise _Broken("credential_invalid", 0, sentence)


def _check_succession(links: list[Link]) -> None:
    """Stops a link spliced in from another chain, a changed order, and a ring."""
    if links[0].place.issuer != links[0].place.ledger:
        raise _Broken("chain_broken", 0, "The first link is not issued by the ledger for a principal.")
    for depth, (parent, child) in _pairs(links):
        if child.place.issuer != parent.place.subject:
            raise _Broken("chain_broken", depth, "It is not issued by the holder of the link above.")
    for name, values in (
        ("link", [link.place.id for link in links]),
        ("agent", [link.place.subject for link in links]),
    ):
        if len(set(values)) != len(values):
            raise _Broken("chain_cycle", None, f"The same {name} stands twice in the chain.")


def _check_parents(links: list[Link]) -> None:
    """Stops a parent exchanged for another of the same parties, with wider limits."""
    for depth, (parent, child) in _pairs(links):
        if (child.place.parent_id, child.place.parent_digest) != (parent.place.id, parent.digest):
            raise _Broken("chain_broken", depth, "It names another parent than the link above it.")


def _check_root(links: list[Link], ledger: str | None) -> None:
    root = links[0].place
    if ledger is not None and root.ledger != ledger:
        raise _Broken("ledger_mismatch", 0, f"The chain counts in the ledger of {root.ledger}.")
    for depth, link in enumerate(links):
        if link.place.ledger != root.ledger:
            raise _Broken("ledger_mismatch", depth, "It names another ledger than the root.")
        if (link.place.root, link.place.principal) != (root.id, root.principal):
            raise _Broken("principal_mismatch", depth, "It names another root or principal than the first link.")


def _check_depth(links: list[Link]) -> None:
    for depth, link in enumerate(links):
        if link.place.depth != depth:
            raise _Broken("chain_broken", depth, f"It says that it stands at depth {link.place.depth}.")
    for depth, (parent, child) in _pairs(links):
        if child.terms.max_further_depth >= parent.terms.max_further_depth:
            raise _Broken("redelegation_not_allowed", depth, "The link above does not allow passing on this far.")


def _check_validity(links: list[Link], at: datetime) -> None:
    for depth, (parent, child) in _pairs(links):
        if child.terms.valid_until > parent.terms.valid_until:
            raise _Broken("chain_broken", depth, "It ends after the link above it.")
    for depth, link in enumerate(links):
        if at < link.terms.valid_from:
            raise _Broken("credential_not_yet_valid", depth, "It has not begun.")
        if at >= link.terms.valid_until:
            raise _Broken("credential_expired", depth, "It has ended.")


def _check_constraints(links: list[Link], facts: SpendFacts | None) -> StepResult | None:
    """The kinds were known when the links were read. Being asked first is not a "no"; the ledger asks."""
    if facts is None:
        return StepResult(
            Step.CONSTRAINTS, Outcome.PASSED, detail="All kinds are known; no purchase was given to judge."
        )
    for depth, link in enumerate(links):
        audience = link.terms.audience
        if ANY_VENDOR not in audience and facts.vendor_did not in audience:
            raise _Broken("audience_mismatch", depth, "It is meant for other vendors.")
        for refusal in refusals(link.terms.constraints, facts, depth=depth):
            if refusal.code != "approval_required":
                raise _Broken(refusal.code, depth, f"{refusal.constraint_id}: {refusal.detail}")
    return None


def _check_status(links: list[Link], status_for: StatusFor | None) -> StepResult | None:
    if status_for is None:
        return StepResult(Step.STATUS, Outcome.UNKNOWN, detail="No status lists were asked.")
    unknown: int | None = None
    for depth, link in enumerate(links):
        answers = {status_for(entry) for entry in link.status}
        if "revoked" in answers:
            raise _Broken("chain_link_revoked", depth, "It was revoked.")
        if "suspended" in answers:
            raise _Broken("chain_link_suspended", depth, "It is suspended.")
        if None in answers or not answers:
            unknown = depth if unknown is None else unknown
    if unknown is None:
        return None
    return StepResult(Step.STATUS, Outcome.UNKNOWN, "", unknown, "Its status could not be found out.")


def _check_intent(
    links: list[Link], intent_check: Callable[[Link], tuple[str, str] | None] | None
) -> StepResult | None:
    if intent_check is None:
        return StepResult(Step.INTENT, Outcome.NOT_APPLICABLE, detail="No intent was given.")
    refused = intent_check(links[-1])
    if refused is not None:
        raise _Broken(refused[0], len(links) - 1, refused[1])
    return None


def relying_party(ledger: str) -> tuple[str, tuple[str, ...]]:
    """The host and the origins under which principals of a did:web ledger use their passkeys."""
    authority = unquote(ledger.removeprefix("did:web:").partition(":")[0])
    host = authority.partition(":")[0]
    scheme = "http" if host in ("localhost", "127.0.0.1") else "https"
    return host, (f"{scheme}://{authority}",)


def _pairs(links: list[Link]) -> Iterator[tuple[int, tuple[Link, Link]]]:
    return enumerate(pairwise(links), 1)


def _decline_code(code: str) -> str:
    return "unknown_limit_type" if code == "unknown_limit_type" else "credential_invalid"
