"""What ``bench.status`` runs inside Django; each function prints its figures as one line of JSON."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from random import Random
from urllib.request import Request, urlopen

from identity.accounts.models import OrganizationKind, User
from identity.accounts.organizations import create_organization
from identity.accounts.permissions import Permission
from identity.accounts.service_keys import create_service_key
from identity.agents.challenges import issue_challenge, signing_input
from identity.agents.models import Agent, ChallengePurpose
from identity.agents.register import register_agent
from identity.credentials.issue import issue_credential
from identity.credentials.models import StatusEntry, StatusListForm, status_list_url
from identity.credentials.publish import publish_list
from identity.credentials.status_lists import allocate
from identity.credentials.verify import verify_credential
from identity.journal.actor import system
from identity.primitives.bitstring import bit_at, bits_of, decode_bitstring, encode_bitstring
from identity.primitives.clock import now
from identity.primitives.multikey import PrivateKey

SIZE = 131_072
POLL_SECONDS = 0.02
GIVE_UP_SECONDS = 60


def encoding(*, short: bool) -> None:
    """Encode and decode alone; publish a list with 1,000 and with half of its bits set, signatures and writes too."""
    rounds = 5 if short else 50
    bits = bits_of(Random(1).sample(range(SIZE), 1_000), size=SIZE)
    encoded = encode_bitstring(bits)
    figures = {
        "encode": _median_ms(lambda: encode_bitstring(bits), rounds),
        "decode": _median_ms(lambda: decode_bitstring(encoded), rounds),
    }
    number = _taken(1_000)
    figures["publish"] = _median_ms(lambda: publish_list(number, at=now(), force=True), rounds)
    if not short:
        number = _taken(SIZE // 2)
        figures["publish_full"] = _median_ms(lambda: publish_list(number, at=now(), force=True), 10)
    # Each measured list must have said what it was given.
    assert decode_bitstring(encoded) == bits
    _print(figures)


def revocations(*, port: int, count: int) -> None:
    """Revoke one credential after the other over HTTP, at odd moments, and watch the public list as a verifier does."""
    listed, online, random = [], [], Random(2)
    agents, secret = _agents(count)
    for agent in agents:
        credential = issue_credential(agent=agent, actor=system("bench"), at=now())
        assert credential.status_entry is not None
        url, index = _place(credential.status_entry)
        assert not _is_listed(url, index)
        time.sleep(random.uniform(0, 1))
        _post(port, f"/v1/credentials/{credential.pk}/revoke", secret, {"reason": "unspecified"})
        done = time.perf_counter()
        found = verify_credential(credential.text, at=now())
        online.append((time.perf_counter() - done) * 1e3)
        assert not found.is_verified
        while not _is_listed(url, index):
            if time.perf_counter() - done > GIVE_UP_SECONDS:
                raise RuntimeError("the list was not published; see var/bench/status-worker.log")
            time.sleep(POLL_SECONDS)
        listed.append(time.perf_counter() - done)
    _print({"listed_seconds": listed, "online_ms": online})


def _agents(count: int) -> tuple[list[Agent], str]:
    """Agents of one organization, registered as everybody's are, and the service key of its program."""
    at, actor = now(), system("bench")
    owner = User.objects.create_user("bench@example.org", display_name="Bench")
    bench = create_organization(name="Bench", kind=OrganizationKind.ORGANIZATION, owner=owner, actor=actor, at=at)
    scopes = [Permission.CREDENTIALS_WRITE]
    _, secret = create_service_key(
        organization=bench, name="bench", scopes=scopes, expires_at=None, actor=actor, at=at, created_by=owner
    )
    agents = []
    for number in range(count):
        key = PrivateKey.generate()
        challenge = issue_challenge(
            organization=bench, purpose=ChallengePurpose.REGISTER, public_key=key.public_key, actor=actor, at=at
        )
        signature = key.sign(signing_input(challenge))
        agents.append(
            register_agent(
                organization=bench,
                challenge_id=challenge.pk,
                signature=signature,
                display_name=f"Number {number}",
                actor=actor,
                at=at,
            )
        )
    return agents, secret


def _place(entry: StatusEntry) -> tuple[str, int]:
    return status_list_url(entry.status_list_id, StatusListForm.REVOCATION), entry.index


def _post(port: int, path: str, secret: str, body: dict[str, str]) -> None:
    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    request = Request(f"http://127.0.0.1:{port}{path}", json.dumps(body).encode(), headers, method="POST")
    with urlopen(request, timeout=GIVE_UP_SECONDS) as response:
        response.read()


def _is_listed(url: str, index: int) -> bool:
    with urlopen(url, timeout=GIVE_UP_SECONDS) as response:
        document = json.load(response)
    return bit_at(decode_bitstring(document["credentialSubject"]["encodedList"]), index)


def _taken(count: int) -> int:
    """The number of a list in which ``count`` places are taken and revoked."""
    at = now()
    entry = allocate(purpose_subject=f"crd_first{count}", at=at)
    indexes = Random(count).sample([index for index in range(SIZE) if index != entry.index], count - 1)
    held = set(StatusEntry.objects.filter(status_list=entry.status_list_id).values_list("index", flat=True))
    StatusEntry.objects.bulk_create(
        [
            StatusEntry(
                status_list_id=entry.status_list_id, index=index, subject=f"crd_{count}_{index}", allocated_at=at,
                revoked_at=at,
            )
            for index in indexes
            if index not in held
        ],
        batch_size=5_000,
    )  # fmt: skip
    return entry.status_list_id


def _median_ms(measured: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        measured()
        times.append((time.perf_counter() - began) * 1e3)
    return statistics.median(times)


def _print(figures: object) -> None:
    print(json.dumps(figures))
