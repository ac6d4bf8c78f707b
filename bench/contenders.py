"""The programs that are measured, each started the way its own documentation says."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

from bench.processes import ROOT, Program, free_port, program_path, running, workplace
from registry.ops.services import BEHIND_RESOLVER

PREFIX = "/v1/resolve/"

_NGINX = """
{user}
worker_processes 1;
daemon off;
pid {place}/nginx.pid;
error_log {place}/nginx-error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    default_type application/json;
    sendfile {sendfile};
    tcp_nopush {sendfile};
    keepalive_timeout 75;
    keepalive_requests 1000000000;
    open_file_cache max=200000 inactive=600s;
    open_file_cache_valid 600s;
    client_body_temp_path {place}/body;
    proxy_temp_path {place}/proxy;
    fastcgi_temp_path {place}/fastcgi;
    uwsgi_temp_path {place}/uwsgi;
    scgi_temp_path {place}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {root};
        add_header Cache-Control "public, max-age=300";
        add_header Access-Control-Allow-Origin "*";
        add_header Cross-Origin-Resource-Policy cross-origin;
        add_header X-Content-Type-Options nosniff;
    }}
}}
"""


@contextmanager
def nginx(bodies: Mapping[str, bytes]) -> Iterator[Program]:
    """nginx with one worker, serving ``bodies`` by name as files, its file cache on. Small files go out faster in one
    write than by sendfile, so that is off: the reference is given its best form."""
    place = workplace() / "nginx"
    root = place / "root" / PREFIX.strip("/")
    root.mkdir(parents=True, exist_ok=True)
    for name, body in bodies.items():
        (root / name).write_bytes(body)
    port = free_port()
    user = "user root;" if os.geteuid() == 0 else ""
    sendfile = os.environ.get("BENCH_NGINX_SENDFILE", "off")
    configuration = place / "nginx.conf"
    configuration.write_text(
        _NGINX.format(user=user, place=place, root=place / "root", port=port, sendfile=sendfile), encoding="utf-8"
    )
    with running("nginx", [program_path("nginx"), "-c", str(configuration)], port=port, environment={}) as program:
        yield program


@contextmanager
def resolver(
    environment: Mapping[str, str], *options: str, entries: int = 0, name: str = "resolver"
) -> Iterator[Program]:
    """The resolver, once it listens and remembers ``entries`` answers."""
    port = free_port()
    command = [sys.executable, str(ROOT / "manage.py"), "resolver", "--port", str(port), *options]
    with running(name, command, port=port, environment=environment) as program:
        deadline = time.monotonic() + 600
        while True:
            state = resolver_state(program)
            if state["listening"] and state["entries"] >= entries:
                break
            if time.monotonic() > deadline:
                raise RuntimeError(f"the resolver remembers {state['entries']} of {entries} answers")
            time.sleep(0.1)
        yield program


def resolver_state(program: Program) -> dict[str, int]:
    with urlopen(f"http://127.0.0.1:{program.port}/health/resolver", timeout=10) as response:
        return dict(json.load(response))


@contextmanager
def drf_orm(environment: Mapping[str, str]) -> Iterator[Program]:
    """The plain view in granian, one worker, with the registry's whole middleware; it stands as far behind the
    resolver as the real pages do."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "registry.wsgi:application", "--interface", "wsgi", "--no-ws"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "--blocking-threads", "4"]
    command += ["--no-access-log", "--log-level", "warning"]
    own = {**environment, "DJANGO_SETTINGS_MODULE": "bench.baseline.settings", "PYTHONPATH": str(ROOT)}
    with running("drf_orm", command, port=port, environment=own, niceness=BEHIND_RESOLVER) as program:
        yield program


def fetch(program: Program, path: str) -> bytes:
    with urlopen(f"http://127.0.0.1:{program.port}{path}", timeout=30) as response:
        return bytes(response.read())


def write_paths(name: str, paths: list[str]) -> Path:
    """The paths that a load asks for, one a line."""
    file = workplace() / f"{name}.paths"
    file.write_text("\n".join(paths) + "\n", encoding="utf-8")
    return file
