"""From the options of a command to a client that may act."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from identity.primitives.did import canonical_did
from identity.primitives.errors import InvalidInput
from identity.primitives.multikey import KeyAlgorithm, PrivateKey
from registry.cli.client import Client
from registry.cli.exits import Exit, Stop
from registry.cli.files import read_private_key, read_private_text, write_private_key
from registry.cli.terminal import remark
from registry.cli.verification import did_of_url

_ALGORITHMS = {"ed25519": KeyAlgorithm.ED25519, "p256": KeyAlgorithm.P256}


def public_client(options: argparse.Namespace) -> Client:
    """For what anybody may ask; no credential is sent."""
    return Client(options.registry, options.timeout)


def service_client(options: argparse.Namespace) -> Client:
    """With the service key of ``--service-key-file``, ATTORN_KEY or ATTORN_KEY_FILE.

    There is no option that takes the key itself: the command line of a process is visible to everybody on the machine.
    """
    named = options.service_key_file or os.environ.get("ATTORN_KEY_FILE")
    secret = os.environ.get("ATTORN_KEY", "")
    if options.service_key_file or not secret:
        secret = read_private_text(Path(named)) if named else ""
    if not secret.strip():
        raise Stop(
            Exit.USAGE, "This needs a service key: set ATTORN_KEY or --service-key-file. The console makes them."
        )
    if any(not 33 <= ord(character) <= 126 for character in secret.strip()):
        raise Stop(Exit.USAGE, "The service key has a character no service key has; it reads atn_….")
    return Client(options.registry, options.timeout, service_key=secret.strip())


def signing_client(options: argparse.Namespace, key: PrivateKey) -> Client:
    """Signs each request as the agent that holds ``key`` (RFC 9421)."""
    return Client(options.registry, options.timeout, signing_key=key)


def registry_did_of(options: argparse.Namespace) -> str:
    """The DID the asker expects: the one it named, or did:web of the address it asked."""
    try:
        return canonical_did(options.registry_did) if options.registry_did else did_of_url(options.registry)
    except InvalidInput as error:
        raise Stop(Exit.USAGE, f"--registry-did: {error.detail}") from error


def algorithm_of(options: argparse.Namespace) -> KeyAlgorithm:
    return _ALGORITHMS[options.algorithm]


def key_from_file(options: argparse.Namespace) -> PrivateKey:
    """The key in ``--key-file``; a fresh one, written there, when there is no such file."""
    path: Path = options.key_file
    if path.exists():
        return read_private_key(path)
    key = PrivateKey.generate(algorithm_of(options))
    write_private_key(path, key)
    remark(f"Made a new {key.public_key.algorithm} key in {path}. Keep it: whoever has it is this agent.")
    return key
