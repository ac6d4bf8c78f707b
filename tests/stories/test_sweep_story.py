"""The story of credentials that others issued: real foreign servers that change, break, hang, lie and come back, a
real worker that is killed with ``kill -9``, and what everybody who asks is told meanwhile, read over HTTP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from identity.primitives.clock import now
from tests.credentials.watch.foreign import Issuer, foreign_server, wait_until
from tests.stories.test_directory_story import AgentKey, created, prove, resolve_and_verify, service_key_of, sign_up
from tests.stories.visitor import Program

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(300)]

ROOT = Path(__file__).resolve().parent.parent.parent
STATED_BOUND_SECONDS = 45


class Registry:
    """The owner's program, her agent, and what a vendor is told about it."""

    def __init__(self, base: str) -> None:
        alice = sign_up(base, "alice@example.org")
        page = alice.submit(alice.get("/console/organizations/new/"), having="country", name="Acme", country="DE")
        self.owner = Program(base, service_key_of(alice, "/" + "/".join(page.url.split("/")[3:5]) + "/"))
        self.vendor = Program(base)
        created(self.owner.post("/v1/zones", {"label": "acme"}))
        proof = prove(self.owner, "register", AgentKey())
        body = {**proof, "display_name": "Concierge", "name": "concierge.acme"}
        self.agent = created(self.owner.post("/v1/agents", body))

    def attach(self, issuer: Issuer, index: int) -> str:
        credential = issuer.credential(self.agent["did"], index, at=now())
        return str(created(self.owner.post(self._address(), {"credential": credential}))["id"])

    def check(self, credential: str) -> None:
        assert self.owner.post(f"{self._address()}/{credential}/check", {}).status == 200

    def told(self) -> dict[str, Any]:
        """The signed answer's word on credentials of others, verified as a vendor would."""
        return dict(resolve_and_verify(self.vendor, "concierge.acme")["evidence"]["credentials"])

    def states(self) -> dict[str, str]:
        return {item["id"]: item["state"] for item in self.told()["items"]}

    def _address(self) -> str:
        return f"/v1/agents/{self.agent['id']}/credentials"


@contextmanager
def foreign_issuers(count: int) -> Iterator[list[Issuer]]:
    with ExitStack() as stack:
        servers = [stack.enter_context(foreign_server()) for _ in range(count)]
        issuers = [Issuer(server, purposes=("revocation",)) for server in servers]
        for issuer in issuers:
            issuer.publish(at=now())
        yield issuers


def environment(issuers: list[Issuer]) -> dict[str, str]:
    """The settings of the test's own process, for the processes beside it."""
    url = connection.settings_dict
    database = f"postgres://{url['USER']}@{url['HOST'] or ''}:{url['PORT'] or ''}/{url['NAME']}"
    if str(url["HOST"]).startswith("/"):
        database = f"postgres://{url['USER']}@/{url['NAME']}?host={url['HOST']}"
    return {
        **os.environ,
        "DATABASE_URL": database,
        "REDIS_URL": settings.REDIS_URL,
        "FETCH_ALLOW_ADDRESSES": ",".join(issuer.server.address for issuer in issuers),
        "PYTHONWARNINGS": "ignore",
    }


@contextmanager
def worker(issuers: list[Issuer], place: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A real Celery worker with its timetable, in a process group of its own."""
    command = [sys.executable, "-m", "celery", "--app", "registry.celery", "--quiet", "worker", "--beat"]
    command += ["--schedule", str(place / f"beat-{time.monotonic_ns()}"), "--concurrency", "2", "--loglevel", "error"]
    with (place / "worker.log").open("ab") as log:
        child = subprocess.Popen(
            command, env=environment(issuers), cwd=ROOT, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield child
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGTERM)
                try:
                    child.wait(20)
                except subprocess.TimeoutExpired:
                    kill_hard(child)


def kill_hard(child: subprocess.Popen[bytes]) -> None:
    """``kill -9`` of the worker and its children: nobody of them gets to say goodbye."""
    os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def manage(issuers: list[Issuer], *arguments: str) -> str:
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    done = subprocess.run(command, env=environment(issuers), cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def allow(settings: Any) -> Any:
    """The web process of the test may reach these servers, as the workers may."""

    def reach(issuers: list[Issuer]) -> None:
        settings.FETCH_ALLOW_ADDRESSES = [issuer.server.address for issuer in issuers]

    return reach


def test_whatever_a_foreign_server_does_is_shown_as_what_it_is(live_server: Any, allow: Any, tmp_path: Path) -> None:
    registry = Registry(live_server.url)
    assert registry.told() == {"state": "none", "counts": {}, "items": []}
    with foreign_issuers(6) as issuers, foreign_server() as inside:
        allow(issuers)
        changing, failing, lying, hanging, leading, steady = issuers
        wcr = {name: registry.attach(issuer, 77) for name, issuer in zip(NAMES, issuers, strict=True)}
        with worker(issuers, tmp_path):
            assert wait_until(lambda: set(registry.states().values()) == {"valid"}, 60), registry.told()

            # The first withdraws. Nobody here is told; the timetable finds it within the stated bound.
            changing.set("revocation", 77)
            changing.publish(at=now())
            began = time.monotonic()
            assert wait_until(lambda: registry.states()[wcr["changing"]] == "revoked", STATED_BOUND_SECONDS + 15)
            assert time.monotonic() - began <= STATED_BOUND_SECONDS

            # The others break, each in its own way; the first tries are made at once, the rest by the timetable.
            failing.server.mode, lying.server.mode, hanging.server.mode = "error", "garbage", "hang"
            leading.server.mode, leading.server.redirect_to = "redirect", inside.url("/latest/meta-data/")
            for name in NAMES[1:]:
                registry.check(wcr[name])
            assert registry.states() == {
                each: "revoked" if name == "changing" else "valid" for name, each in wcr.items()
            }, "one bad try says nothing"
            expected = {
                wcr["changing"]: "revoked",
                wcr["failing"]: "unreachable",
                wcr["lying"]: "invalid",
                wcr["hanging"]: "unreachable",
                wcr["leading"]: "unreachable",
                wcr["steady"]: "valid",
            }
            assert wait_until(lambda: registry.states() == expected, 75), registry.told()
            assert registry.told()["state"] == "revoked"
            assert inside.asked == [], "nobody was led inside"

            # They come back, and are what they were; what was withdrawn stays withdrawn.
            for issuer in issuers:
                issuer.server.mode = "ok"
            for name in NAMES[1:]:
                registry.check(wcr[name])
            assert set(registry.states().items()) == {
                (each, "revoked" if name == "changing" else "valid") for name, each in wcr.items()
            }
        assert not steady.server.statuses("/revocation")[1:] or 304 in steady.server.statuses("/revocation")
        assert changes() == {("revoked", wcr["changing"]): 1}, "nothing was wrongly revoked, and nothing twice"


NAMES = ("changing", "failing", "lying", "hanging", "leading", "steady")


def test_a_worker_killed_in_the_middle_of_a_sweep_loses_nothing_and_doubles_nothing(
    live_server: Any, allow: Any, tmp_path: Path
) -> None:
    registry = Registry(live_server.url)
    with foreign_issuers(3) as issuers:
        allow(issuers)
        attached = {
            (number, index): registry.attach(issuers[number], index) for number in range(3) for index in range(4)
        }
        assert "finished" in manage(issuers, "sweep")
        assert set(registry.states().values()) == {"valid"}

        # Half of them are withdrawn; the sweep that would find it gets stuck in the middle of a transaction.
        gone = {wcr for (_, index), wcr in attached.items() if index < 2}
        for issuer in issuers:
            issuer.set("revocation", 0, 1)
            issuer.publish(at=now())
        manage(issuers, "sweep", "--background")
        with held_agent(registry.agent["id"]) as release, worker(issuers, tmp_path) as first:
            assert wait_until(somebody_waits_for_a_lock, 60), (tmp_path / "worker.log").read_text()
            kill_hard(first)
            release()
        assert not any(state == "revoked" for state in registry.states().values()), "nothing half done is seen"
        assert "%;" in manage(issuers, "sweep", "--status").replace(" %", "%")

        with worker(issuers, tmp_path):
            revoked = lambda: {wcr for wcr, state in registry.states().items() if state == "revoked"}  # noqa: E731
            assert wait_until(lambda: revoked() == gone, 90), registry.told()
            assert wait_until(lambda: "finished" in manage(issuers, "sweep", "--status"), 90)
        status = manage(issuers, "sweep", "--status")
        assert "3 of 3 sources asked, 12 of 12 entries compared" in status, status
        assert changes() == {("revoked", wcr): 1 for wcr in gone}


def changes() -> dict[tuple[str, str], int]:
    """How often the journal says what of which credential."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT payload ->> 'change', payload ->> 'credential', count(*) FROM journal_event "
            "WHERE kind = 'watched_credential.changed' GROUP BY 1, 2"
        )
        return {(change, credential): count for change, credential, count in cursor.fetchall()}


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchone()[0])


@contextmanager
def held_agent(agent_id: str) -> Iterator[Any]:
    """Hold what marking a credential must touch, so that whoever marks one waits inside its transaction."""
    parameters = connection.get_connection_params()
    wanted = {name: parameters[name] for name in ("dbname", "user", "host", "port", "password") if parameters.get(name)}
    with psycopg.connect(**wanted) as holder:
        holder.execute("SELECT 1 FROM resolution_subject WHERE agent_id = %s FOR UPDATE", [agent_id])
        yield holder.rollback


def test_the_bound_is_the_one_that_the_reference_states() -> None:
    page = (ROOT / "docs" / "reference" / "watched-credentials.md").read_text("utf-8")
    assert f"within {STATED_BOUND_SECONDS} seconds" in page
