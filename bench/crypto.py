"""Signatures and proofs in this process, against raw Ed25519 of the same library on the same core."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from bench.machine import Busy
from identity.credentials.contexts import CREDENTIALS_V2, accept_instance
from identity.credentials.keys import ResolvedKey
from identity.credentials.proofs import eddsa_jcs_2022, signatures
from identity.credentials.proofs.ahead import verify_ahead
from identity.credentials.proofs.data_integrity import add_proofs, are_verified, verify_proofs
from identity.credentials.proofs.second_core import second_core
from identity.credentials.proofs.verdicts import GoodSignatures
from identity.primitives.canonical import canonicalize
from identity.primitives.multikey import PrivateKey
from identity.primitives.signing import LocalSigner

INSTANCE = "https://registry.example"
ISSUER = "did:web:registry.example"
AT = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
CREDENTIALS = 2_000
ROUNDS = 5
PIECES = 10
FOREIGN_SHARE_MAX = 0.04  # of the machine: a round with more is measured again
TRIES_MAX = 12
STARTING_SECONDS_MAX = 30.0

_SIGNER = LocalSigner(PrivateKey.generate(), f"{ISSUER}#key-1")
_PUBLIC = _SIGNER.public_key
Figures = dict[str, list[float]]
Work = tuple[Sequence[Any], Callable[[Any], bool]]


def run(*, short: bool) -> Figures:
    """Rates a second. ``raw.*``: Ed25519 over messages as long as a credential's canonical form. ``two_cores.*``
    and ``one_core.*``: ``verify_ahead`` over the same batch with a second process and alone."""
    accept_instance(INSTANCE)
    _start_second_core()
    count = CREDENTIALS // 10 if short else CREDENTIALS
    work = _work(count)
    figures: Figures = {name: [] for name in (*work, "one_core.per_second", "two_cores.per_second")}
    batch = [eddsa_jcs_2022.secure(_credential(number), signer=_SIGNER, created=AT) for number in range(count)]
    for _ in range(1 if short else ROUNDS):
        for name, measured in _quiet_round(work, batch).items():
            figures[name].append(measured)
    for name, rates in figures.items():
        print(f"  {name:32} {statistics.median(rates):10,.0f}", file=sys.stderr)
    return figures


def _quiet_round(work: dict[str, Work], batch: Sequence[dict[str, Any]]) -> dict[str, float]:
    """One measurement of everything while nobody else used much of the machine; after enough tries the last one
    counts, and its note says so."""
    for left in reversed(range(TRIES_MAX)):
        busy, began = Busy.start(), time.process_time()
        rates = _interleaved_rates(work)
        rates["one_core.per_second"] = _batch_rate(batch, cores=1)
        rates["two_cores.per_second"] = _batch_rate(batch, cores=2)
        share = busy.share_of_others(time.process_time() - began)
        if share <= FOREIGN_SHARE_MAX or not left:
            break
    if share > FOREIGN_SHARE_MAX:
        print(f"  others used {share:.0%} of the machine meanwhile", file=sys.stderr)
    return rates


def _work(count: int) -> dict[str, Work]:
    credentials = [_credential(number) for number in range(count)]
    jcs = [eddsa_jcs_2022.secure(credential, signer=_SIGNER, created=AT) for credential in credentials]
    few = credentials[: count // 20]
    rdfc = [add_proofs(one, signer=_SIGNER, created=AT, cryptosuites=("eddsa-rdfc-2022",)) for one in few]
    sets = [add_proofs(one, signer=_SIGNER, created=AT) for one in few]
    messages = [canonicalize(credential) for credential in credentials]
    signed = [(_SIGNER.sign(message), message) for message in messages]
    return {
        "raw_sign.per_second": (messages, _signs),
        "raw_verify.per_second": (signed, _verifies_raw),
        "jcs_sign.per_second": (credentials, _secures),
        "jcs_verify.per_second": (jcs, _verifies_jcs),
        "rdfc_verify.per_second": (rdfc, _verifies_proofs),
        "set_verify.per_second": (sets, _verifies_proofs),
    }


def _interleaved_rates(work: dict[str, Work]) -> dict[str, float]:
    """How many a second of this thread's own processor time. The kinds take turns in small pieces, so that what else
    the machine does meanwhile slows all of them alike; each result must be good."""
    taken = dict.fromkeys(work, 0.0)
    for piece in range(PIECES):
        for name, (items, good) in work.items():
            signatures._good_signatures = GoodSignatures()  # nothing known from what was measured before
            share = items[piece::PIECES]
            began = time.thread_time()
            if not all(map(good, share)):
                raise RuntimeError("A good signature was found bad: the figures would mean nothing.")
            taken[name] += time.thread_time() - began
    return {name: len(items) / taken[name] for name, (items, _) in work.items()}


def _batch_rate(batch: Sequence[dict[str, Any]], *, cores: int) -> float:
    """How many a second by the wall clock."""
    signatures._good_signatures = GoodSignatures()
    began = time.perf_counter()
    good = verify_ahead(batch, key_for=_key_for, cores=cores)
    taken = time.perf_counter() - began
    if good != len(batch):
        raise RuntimeError(f"{len(batch) - good} good signatures were found bad: the figures would mean nothing.")
    return len(batch) / taken


def _start_second_core() -> None:
    """It is started once in the life of a process; the rates are those of every batch after the first."""
    with second_core() as other:
        if other is None or not other.is_ready(within=STARTING_SECONDS_MAX):
            raise RuntimeError("The second core does not start.")


def _signs(message: bytes) -> bool:
    return len(_SIGNER.sign(message)) == 64


def _verifies_raw(pair: tuple[bytes, bytes]) -> bool:
    return _PUBLIC.verify(*pair)


def _secures(credential: dict[str, Any]) -> bool:
    return "proof" in eddsa_jcs_2022.secure(credential, signer=_SIGNER, created=AT)


def _verifies_jcs(credential: dict[str, Any]) -> bool:
    return eddsa_jcs_2022.verify(credential, public_key=_PUBLIC)


def _verifies_proofs(credential: dict[str, Any]) -> bool:
    return are_verified(verify_proofs(credential, key_for=_key_for, issuer=ISSUER, at=AT))


def _key_for(method: str) -> ResolvedKey:
    return ResolvedKey(_PUBLIC, ISSUER, frozenset({"assertionMethod"}))


def _credential(number: int) -> dict[str, Any]:
    """An identity credential as the registry issues it, about 1.1 kB."""
    return {
        "@context": [CREDENTIALS_V2, f"{INSTANCE}/contexts/agent/v1"],
        "id": f"urn:uuid:5c1e0a34-6d8e-4f7c-9a43-{number:012d}",
        "type": ["VerifiableCredential", "AgentIdentityCredential"],
        "issuer": ISSUER,
        "validFrom": "2026-11-21T08:00:00Z",
        "validUntil": "2027-11-21T08:00:00Z",
        "credentialStatus": [_status(number, "revocation"), _status(number, "suspension")],
        "credentialSubject": {
            "id": f"{ISSUER}:agents:agt_{number}",
            "type": "Agent",
            "displayName": "Concierge",
            "verificationKey": {
                "id": f"{ISSUER}:agents:agt_{number}#key-1",
                "type": "AgentKey",
                "publicKeyMultibase": _PUBLIC.multikey,
            },
            "accountableParty": {
                "id": f"{ISSUER}:organizations:org_1",
                "type": "AccountableParty",
                "displayName": "Acme",
                "country": "DE",
                "assuranceLevel": 2,
            },
        },
    }


def _status(number: int, purpose: str) -> dict[str, Any]:
    address = f"{INSTANCE}/status/{purpose[0]}/1"
    return {
        "id": f"{address}#{number}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(number),
        "statusListCredential": address,
    }
