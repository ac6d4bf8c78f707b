"""Peers that install by name, in directories of their own under var/bench. Each is asked for what it holds.

They build an answer for each request and do not sign it; ours was signed beforehand. The table says so.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

from bench.contenders import fetch, write_paths
from bench.processes import Program, free_port, running, workplace
from bench.synthetic import CAPABILITIES
from identity.primitives.multikey import PrivateKey

AGENTS = 1_000
HERE = Path(__file__).parent
# What a2a-registry needs to serve its REST API from memory; its vector search would add several gigabytes.
_A2A_NEEDS = (
    *("fastapi", "httpx", "httpx-sse", "pydantic", "sse-starlette", "fasta2a", "jsonrpcserver", "click", "pyjwt"),
    *("protobuf", "google-api-core", "grpcio", "grpcio-reflection", "strawberry-graphql[fastapi]", "redis", "numpy"),
    *("faiss-cpu", "uvicorn", "uvloop", "httptools"),
)
_NPM = ("did-resolver", "web-did-resolver", "key-did-resolver", "express")


@dataclass(frozen=True)
class Peer:
    name: str
    is_installed: Callable[[], bool]
    running: Callable[[], AbstractContextManager[Program]]
    paths: Callable[[], Path]


def install() -> None:
    """Install both peers under var/bench/peers, from the registries that pip and npm are set up for."""
    place = _place()
    subprocess.run([sys.executable, "-m", "venv", str(place / "a2a")], check=True)
    pip = [str(place / "a2a" / "bin" / "pip"), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "a2a-registry"], check=True)
    subprocess.run([*pip, *_A2A_NEEDS], check=True)
    if shutil.which("npm"):
        target = place / "did-resolver"
        target.mkdir(exist_ok=True)
        subprocess.run(["npm", "install", "--no-fund", "--no-audit", *_NPM], cwd=target, check=True)


def available() -> Iterator[Peer]:
    """Those that are installed; ``python -m bench install-peers`` installs them."""
    return (peer for peer in PEERS if peer.is_installed())


@contextmanager
def _a2a_registry() -> Iterator[Program]:
    """a2a-registry as its command serves it: uvicorn, one process, in memory."""
    port = free_port()
    command = [str(_place() / "a2a" / "bin" / "a2a-registry"), "serve", "--port", str(port)]
    with running("a2a_registry", command, port=port, environment={}) as program:
        for number in range(AGENTS):
            card = json.dumps({"agent_card": _card(number)}).encode()
            request = Request(f"http://127.0.0.1:{port}/agents", card, {"Content-Type": "application/json"})
            urlopen(request, timeout=30).close()
        yield program


def _card(number: int) -> dict[str, object]:
    return {
        "name": f"agent-{number}",
        "description": f"Synthetic agent number {number} that answers to questions about {number % 977} things.",
        "url": f"https://bench.example/{number}/a2a",
        "version": "1.0.0",
        "protocol_version": "0.3.0",
        "capabilities": {},
        "skills": [{"id": name, "name": name, "description": name, "tags": [name]} for name in CAPABILITIES[:4]],
        "default_input_modes": ["text"],
        "default_output_modes": ["text"],
    }


@contextmanager
def _did_resolver() -> Iterator[Program]:
    """did-resolver behind Express on Node, asked for did:key, which needs no network."""
    port = free_port()
    place = _place() / "did-resolver"
    shutil.copy(HERE / "did_resolver.mjs", place / "server.mjs")
    environment = {"NODE_ENV": "production"}
    command = ["node", "server.mjs", str(port)]
    with running("did_resolver", command, port=port, environment=environment, directory=place) as program:
        first = _did_paths().read_text().splitlines()[0]
        if b"verificationMethod" not in fetch(program, first):
            raise RuntimeError("did_resolver resolves nothing")
        yield program


def _did_paths() -> Path:
    file = workplace() / "did_resolver.paths"
    if file.exists():
        return file
    dids = (f"did:key:{PrivateKey.generate().public_key.multikey}" for _ in range(AGENTS))
    return write_paths("did_resolver", [f"/1.0/identifiers/{did}" for did in dids])


def _place() -> Path:
    place = workplace() / "peers"
    place.mkdir(exist_ok=True)
    return place


PEERS = (
    Peer(
        "a2a_registry",
        is_installed=lambda: (_place() / "a2a" / "bin" / "a2a-registry").exists(),
        running=_a2a_registry,
        paths=lambda: write_paths("a2a_registry", [f"/agents/agent-{number}" for number in range(AGENTS)]),
    ),
    Peer(
        "did_resolver",
        is_installed=lambda: (
            shutil.which("node") is not None and (_place() / "did-resolver" / "node_modules" / "express").exists()
        ),
        running=_did_resolver,
        paths=_did_paths,
    ),
)
