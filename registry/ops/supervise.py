"""``manage.py up``: the engines and every process of Attorn under one roof, started and stopped together."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from registry.ops.engines import Engines, start_engines
from registry.ops.local import ROOT, Claim, claim, running, var_directory
from registry.ops.output import colours_wanted, say
from registry.ops.place import EngineFault
from registry.ops.processes import tie_to_parent
from registry.ops.secrets import local_secrets
from registry.ops.services import Address, Service, services
from registry.ops.stamps import is_current, remember
from registry.ops.supervisor import Child, Supervisor

# Brings database, static files, registry key and demo up to date.
_PREPARE = Service("prepare", (sys.executable, str(ROOT / "manage.py"), "prepare"), ends_by_itself=True)


def main(arguments: Sequence[str]) -> int:
    """Run until stopped. Returns the exit code: 0 after a clean stop, 1 when it could not start."""
    if "--with-parent" in arguments:
        tie_to_parent(signal.SIGTERM)
    var = var_directory()
    try:
        address = Address.from_environment(os.environ)
    except ValueError as error:
        return _refuse(str(error))
    held = claim(var)
    if held is None:
        other = running(var)
        where = f" at {other.environment.get('PUBLIC_URL')} (process {other.pid})" if other else ""
        return _refuse(f"Attorn already runs from this clone{where}. Stop that one first, with Ctrl-C in its terminal.")
    if taken := address.taken():
        return _refuse("\n".join(taken))
    return _run(held, address=address, var=var)


def _run(held: Claim, *, address: Address, var: Path) -> int:
    environment = _environment(address, var)
    supervisor = Supervisor(environment, Engines())
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, supervisor.ask_to_stop)
    began = time.monotonic()
    try:
        say("Starting PostgreSQL and Valkey")
        supervisor.engines = start_engines(var, durable=True, named=os.environ, say=say)
        environment |= supervisor.engines.environment
        held.publish({name: environment[name] for name in environment if os.environ.get(name) != environment[name]})
        if not supervisor.stopping and not _bring_up(supervisor, address=address, var=var):
            return 0 if supervisor.stopping else 1
        if not supervisor.stopping:
            _welcome(environment, address=address, seconds=time.monotonic() - began)
        while not supervisor.stopping:
            supervisor.tick()
    except EngineFault as fault:
        return _refuse(str(fault))
    finally:
        say("Stopping")
        supervisor.stop_all()
        supervisor.engines.stop()
        held.release()
    say("Stopped; nothing is left running.")
    return 0


def _environment(address: Address, var: Path) -> dict[str, str]:
    """What every process of this instance is told, over what the caller named."""
    environment = dict(os.environ) | local_secrets(var / "secrets", named=os.environ)
    environment["PYTHONUNBUFFERED"] = "1"
    environment.setdefault("PROMETHEUS_MULTIPROC_DIR", str(_empty(var / "metrics")))
    environment.setdefault("PUBLIC_URL", f"http://localhost:{address.port}")
    environment.setdefault("PORT", str(address.port))
    environment.setdefault("RESOLVER_HOST", address.host)
    environment.setdefault("RESOLVER_PORT", str(address.resolver_port))
    # A database of somebody's own gets no made-up agents unless asked.
    environment.setdefault("DEMO", "false" if "DATABASE_URL" in os.environ else "true")
    environment.setdefault("LOG_FORMAT", "pretty" if colours_wanted() else "json")
    return environment


def _empty(directory: Path) -> Path:
    """What earlier processes counted is not what these will."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    return directory


def _bring_up(supervisor: Supervisor, *, address: Address, var: Path) -> bool:
    """Make ready and start everything. False when it could not be made ready or we are asked to stop.

    Where this database was made ready from these very files before, the front doors start beside the process that
    looks whether something is left to do; else after it, since they would find no tables.
    """
    stamp, sources = var / "prepared.stamp", [*ROOT.glob("*/*/migrations/*.py"), ROOT / "deploy" / "requirements.txt"]
    if (cluster := supervisor.engines.cluster) is not None:
        sources.append(cluster)
    database = supervisor.environment["DATABASE_URL"]
    everything = services(address=address, var=var, environment=supervisor.environment)
    preparing = supervisor.start(_PREPARE)
    was_ready = is_current(stamp, sources, of=database)
    if not was_ready and not _is_prepared(supervisor, preparing):
        return False
    doors = [supervisor.start(service) for service in everything if service.port is not None]
    for door in doors:
        if not supervisor.wait_until_up(door, host=address.host) and not supervisor.stopping:
            say(f"{door.service.name} does not answer on port {door.service.port} yet; see its messages above")
    if was_ready and not _is_prepared(supervisor, preparing):
        return False
    remember(stamp, sources, of=database)
    for service in everything:
        if service.port is None and not supervisor.stopping:
            supervisor.start(service)
    return not supervisor.stopping


def _is_prepared(supervisor: Supervisor, preparing: Child) -> bool:
    code = supervisor.wait_until_ended(preparing)
    if code:
        say("Attorn could not be made ready; the reason stands above.")
    return code == 0


def _welcome(environment: dict[str, str], *, address: Address, seconds: float) -> None:
    url = environment["PUBLIC_URL"]
    say(f"Attorn is up ({seconds:.1f} s)")
    say(f"  Open       {url}")
    say(f"  Resolve    curl http://{address.host}:{address.resolver_port}/v1/resolve/concierge.acme")
    if environment["DEMO"] == "true" and "DEMO_PASSWORD_FILE" in environment:
        password = Path(environment["DEMO_PASSWORD_FILE"]).read_text(encoding="utf-8").strip()
        say(f"  Sign in    {url}/accounts/login/  as alice@demo.test  with {password}")
    say("  Stop       Ctrl-C")


def _refuse(sentence: str) -> int:
    say(sentence)
    return 1
