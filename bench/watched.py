"""Synthetic watched credentials, seeded by COPY, and the foreign lists they hang on, signed and lying in a folder."""

from __future__ import annotations

import gzip
import os
import sys
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from bench.synthetic import CHUNK, STARTED, agent_id
from identity.credentials.proofs.eddsa_jcs_2022 import secure_bytes
from identity.primitives.clock import rfc3339
from identity.primitives.did import did_key
from identity.primitives.multikey import PrivateKey
from identity.primitives.signing import LocalSigner

ENTRIES = 131_072
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


class Lists:
    """``count`` status lists of one issuer each, as files that a plain HTTP server serves."""

    def __init__(self, place: Path, port: int, count: int) -> None:
        self.keys = [PrivateKey.generate() for _ in range(count)]
        self._place, self._port = place, port
        self._bits = [bytearray(ENTRIES // 8) for _ in range(count)]
        self._written_at = time.time() - 3_600
        for number in range(count):
            self.revoke(number, ())

    def did(self, number: int) -> str:
        return did_key(self.keys[number].public_key)

    def url(self, number: int) -> str:
        return f"http://127.0.0.1:{self._port}/list-{number:02d}.json"

    def revoke(self, number: int, places: Iterable[int]) -> None:
        """Set these bits and publish the list anew, a second younger for whoever asks If-Modified-Since."""
        for place in places:
            self._bits[number][place >> 3] |= 0x80 >> (place & 7)
        self._written_at += 2
        path = self._place / f"list-{number:02d}.json"
        path.write_bytes(self._signed(number))
        os.utime(path, (self._written_at, self._written_at))

    def _signed(self, number: int) -> bytes:
        did, at = self.did(number), datetime.fromtimestamp(int(self._written_at), UTC)
        packed = gzip.compress(bytes(self._bits[number]), mtime=0)
        document = {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "id": self.url(number),
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": did,
            "validFrom": rfc3339(at),
            "validUntil": rfc3339(at + timedelta(days=1)),
            "credentialSubject": {
                "id": f"{self.url(number)}#list",
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "encodedList": "u" + urlsafe_b64encode(packed).rstrip(b"=").decode(),
            },
        }
        signer = LocalSigner(self.keys[number], f"{did}#{did.removeprefix('did:key:')}")
        return secure_bytes(document, signer=signer, created=at)


def seed_watched(url: str, lists: Lists, *, credentials: int, agents: int) -> None:
    """``credentials`` watched credentials, evenly over the lists and the agents; each has one place in one list."""
    count = len(lists.keys)
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        with connection.cursor().copy(
            "COPY credentials_watchsource (id, url, issuer, form, purpose, created_at, state, state_since, bits, etag, "
            "last_modified, next_check_at, failures, last_result, doubted_methods, doubts) FROM STDIN"
        ) as copy:
            for number in range(count):
                copy.write_row([_id("src", number), lists.url(number), lists.did(number), "bitstring", "revocation",
                                STARTED, "unchecked", STARTED, b"", "", "", STARTED, 0, "", [], 0])  # fmt: skip
        for start in range(0, credentials, CHUNK):
            numbers = range(start, min(start + CHUNK, credentials))
            _credentials(connection, lists, numbers, agents)
            connection.commit()
            print(f"  seeded {numbers.stop:,} watched credentials", file=sys.stderr, flush=True)
        connection.execute(
            "SELECT setval(pg_get_serial_sequence('credentials_watchedentry', 'id'), %s)", [credentials + 1]
        )
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _credentials(connection: psycopg.Connection, lists: Lists, numbers: range, agents: int) -> None:
    count = len(lists.keys)
    dids = [lists.did(number) for number in range(count)]
    with connection.cursor().copy(
        "COPY credentials_watchedcredential (id, agent_id, seen, seen_at, digest, document, credential_id, type, "
        "issuer, is_expiry_noted, verification_method, multikey, created_at) FROM STDIN"
    ) as copy:
        for number in numbers:
            copy.write_row([_id("wcr", number), agent_id(number % agents + 1), "presented", STARTED, f"{number:064x}",
                            b"{}", "", "Bench", dids[number % count], False, "", "", STARTED])  # fmt: skip
    with connection.cursor().copy(
        'COPY credentials_watchedentry (id, credential_id, agent_id, source_id, "index", purpose, is_set) FROM STDIN'
    ) as copy:
        for number in numbers:
            copy.write_row([number + 1, _id("wcr", number), agent_id(number % agents + 1),
                            _id("src", number % count), number // count, "revocation", False])  # fmt: skip


def _id(prefix: str, number: int) -> str:
    return f"{prefix}_{''.join(_ALPHABET[number >> shift & 31] for shift in range(125, -5, -5))}"
