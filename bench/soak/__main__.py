"""``python -m bench.soak``: the ledger under load, stops and kills, round after round; exit 1 on any violation."""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from bench.processes import ROOT
from bench.soak.ground import VICTIMS, Ground
from bench.soak.tickets import Tickets
from registry.ops.processes import stop, tie_to_parent

# Connections of a process of direct clients, which share them: whoever waits for one holds no lock meanwhile.
DIRECT_POOL = 6
HEALING_SECONDS_MAX = 120.0
LOOK_SECONDS = 0.25
PROGRESS_SECONDS = 30.0  # between two lines of a log
# A killed process costs some three seconds of a processor to start, the whole web eight: at this pace all of it is
# about a twentieth of two processors.
KILL_EVERY = 30.0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--attempts", type=int, default=1_000_000, help="purchases begun in all (default 1,000,000)")
    parser.add_argument("--clients", type=int, default=200, help="at one time, half of them over HTTP (default 200)")
    parser.add_argument("--processes", type=int, default=4, help="that the clients are threads of (default 4)")
    parser.add_argument("--round", type=int, default=100_000, help="purchases between two verdicts (default 100,000)")
    parser.add_argument("--kill-every", type=float, default=KILL_EVERY, help="seconds between kills, about; 0 for none")
    parser.add_argument("--seed", type=int, default=None, help="of what is killed when")
    options = parser.parse_args()
    if options.processes < 2 or options.clients < options.processes:
        parser.error("at least two processes, and a client for each")
    random.seed(options.seed)
    tie_to_parent(signal.SIGTERM)
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda number, _: sys.exit(128 + number))  # so that what was started is stopped
    folder = Path(tempfile.mkdtemp(prefix="attorn-soak-"))
    folder.chmod(0o755)
    ground = Ground(folder)
    is_sound = False
    try:
        is_sound = Soak(ground, options).run()
    finally:
        ground.stop()
        if is_sound:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            print(f"Logs and notes are kept in {folder}", file=sys.stderr)
    return 0 if is_sound else 1


class Soak:
    def __init__(self, ground: Ground, options: argparse.Namespace) -> None:
        self.ground, self.options = ground, options
        self.began = time.monotonic()
        self.done = 0
        self.verdict: Counter[str] = Counter()
        self.happened: Counter[str] = Counter()
        self.is_terminal = sys.stderr.isatty()
        self.next_line = PROGRESS_SECONDS
        self.last_line = (0.0, 0)  # when, and how many there were

    def run(self) -> bool:
        self._prepare()
        from bench.soak.market import settle_people
        from identity.primitives.clock import now

        people = settle_people(now())
        number = 0
        while self.done < self.options.attempts:
            number += 1
            self._round(number, people, min(self.options.round, self.options.attempts - self.done))
        return self._report()

    def _is_time_for_all(self, number: int) -> bool:
        """Whether this round's verdict reads the whole ledger: the last one does, and so few before it that all of them
        together read at most twice as much as the last."""
        return self.done >= self.options.attempts or number & (number - 1) == 0

    def _prepare(self) -> None:
        self._say("starting a registry of its own")
        self.ground.start_engines()
        self.ground.run("migrate", "--verbosity", "0", "--skip-checks")
        os.environ.update(self.ground.environment)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
        import django

        django.setup()
        from django.db import connection

        from bench.soak.stops import TABLE

        with connection.cursor() as cursor:
            cursor.execute(TABLE)
        self.ground.start_services()

    def _round(self, number: int, people: Any, attempts: int) -> None:
        from bench.soak.ledger import full_budgets, judge, spoken, this_moment, unread_events
        from bench.soak.market import AMOUNT_MAX, open_market
        from bench.soak.stops import Stops
        from identity.primitives.clock import now

        self._heal()
        since = this_moment()
        market = open_market(people, attempts=attempts, at=now())
        plan = self._plan(market, people, attempts)
        stops = Stops(market)
        stops.start()
        notes = self._clients(number, plan)
        self._heal()
        stops.end()
        self.done += attempts
        self._say(f"round {number}: {attempts:,} purchases, now the verdict")
        found = judge(notes, roots=market.roots, since=since, is_whole=self._is_time_for_all(number))
        found["a standing that could not be changed"] = len(stops.failures)
        for sentence in (*spoken(notes)[:5], *stops.failures[:5]):
            print(f"  {sentence}", file=sys.stderr)
        self.verdict.update(found)
        self.happened.update({f"stops: {name}": count for name, count in stops.counts.items() if name})
        self.happened.update(_tally(notes))
        self.happened["budgets without room for the largest purchase"] = full_budgets(AMOUNT_MAX)
        self.happened["journal events that a reader has not come to"] = unread_events()
        self._progress(self.done)
        broken = [f"{name}: {count}" for name, count in found.items() if count]
        self._say(f"round {number}: {'; '.join(broken) or 'sound'}")
        if not broken:
            for path in notes:
                path.unlink()

    def _plan(self, market: Any, people: Any, attempts: int) -> Path:
        """What the clients need, private keys included: readable by us alone, and gone with the folder."""
        from bench.soak.market import AMOUNT_MAX, AMOUNT_MIN
        from identity.agents.addresses import registry_did

        tickets = self.ground.folder / "tickets"
        Tickets(tickets).fill(attempts)
        path = self.ground.folder / "plan.json"
        path.touch(mode=0o600)
        plan = {
            "leaves": market.leaves,
            "amounts": [AMOUNT_MIN, AMOUNT_MAX],
            "shops": [{"id": shop.pk, "did": shop.did} for shop in people.shops],
            "token": people.token,
            "url": self.ground.environment["PUBLIC_URL"],
            "registry_did": registry_did(),
            "tickets": str(tickets),
        }
        path.write_text(json.dumps(plan))
        return path

    def _clients(self, number: int, plan: Path) -> list[Path]:
        """Run them to their end, and kill what they speak to meanwhile."""
        notes, children, counted = [], [], {}
        for place in range(self.options.processes):
            path = self.ground.folder / f"notes-{number}-{place}.tsv"
            children.append(self._start_client(plan, path, is_http=_is_http(place)))
            notes.append(path)
        readers = [threading.Thread(target=_read_counts, args=(child, counted), daemon=True) for child in children]
        for reader in readers:
            reader.start()
        try:
            self._tend(children, counted)
        finally:
            for child in children:
                if child.poll() is None:
                    stop(child, with_signal=signal.SIGTERM, grace_seconds=2)  # type: ignore[arg-type]
        failed = [child.returncode for child in children if child.returncode]
        if failed:
            raise RuntimeError(f"clients ended with {failed}; see {self.ground.folder}/clients.log")
        return notes

    def _start_client(self, plan: Path, notes: Path, *, is_http: bool) -> subprocess.Popen[str]:
        clients = self.options.clients // self.options.processes
        command = [sys.executable, "-m", "bench.soak.client", str(plan), str(notes), "--clients", str(clients)]
        environment = {**self.ground.environment, "DATABASE_POOL_SIZE": str(DIRECT_POOL)}
        with (self.ground.folder / "clients.log").open("ab") as log:
            return subprocess.Popen(
                [*command, "--over-http"] if is_http else command,
                env=environment,
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def _tend(self, children: list[subprocess.Popen[str]], counted: dict[int, int]) -> None:
        next_kill = self._next_kill()
        while any(child.poll() is None for child in children):
            time.sleep(LOOK_SECONDS)
            self.ground.revive()
            if time.monotonic() >= next_kill:
                self.ground.kill(random.choice(VICTIMS))
                next_kill = self._next_kill()
            self._progress(self.done + sum(counted.values()))

    def _next_kill(self) -> float:
        mean = self.options.kill_every
        return time.monotonic() + random.expovariate(1 / mean) if mean else float("inf")

    def _heal(self) -> None:
        """Everything runs again, and this process has a good connection."""
        from django.db import OperationalError, connection

        self.ground.wait_until_up()
        deadline = time.monotonic() + HEALING_SECONDS_MAX
        while True:
            connection.close()
            try:
                connection.ensure_connection()
            except OperationalError:
                if time.monotonic() > deadline:
                    raise
                self.ground.revive()
                time.sleep(0.2)
            else:
                return

    def _progress(self, done: int) -> None:
        seconds = time.monotonic() - self.began
        if not self.is_terminal:
            self._log_progress(done, seconds)
            return
        share = done / self.options.attempts
        left = seconds / share - seconds if share > 0.01 else 0
        bar = "#" * int(share * 30)
        print(
            f"\r[{bar:<30}] {done:,} of {self.options.attempts:,}, {seconds / 60:.0f} min, {left / 60:.0f} left ",
            end="",
            file=sys.stderr,
            flush=True,
        )

    def _log_progress(self, done: int, seconds: float) -> None:
        if seconds < self.next_line:
            return
        before, counted = self.last_line
        self._say(f"{done:,} of {self.options.attempts:,}, {(done - counted) / (seconds - before):.0f} a second")
        self.last_line, self.next_line = (seconds, done), seconds + PROGRESS_SECONDS

    def _say(self, sentence: str) -> None:
        minutes, seconds = divmod(int(time.monotonic() - self.began), 60)
        start = "\r" + " " * 78 + "\r" if self.is_terminal else ""
        print(f"{start}{minutes:3}:{seconds:02} {sentence}", file=sys.stderr, flush=True)

    def _report(self) -> bool:
        seconds = time.monotonic() - self.began
        print(
            f"\n{self.done:,} purchases by {self.options.clients} clients in {seconds / 60:.1f} minutes, "
            f"{self.done / seconds:.0f} a second with all that it took"
        )
        for name, count in sorted(self.happened.items()):
            print(f"  {name:58} {count:12,}")
        for name, count in self.ground.killed.items():
            print(f"  {'kill -9: ' + name:58} {count:12,}")
        print("\nviolations")
        for name, count in self.verdict.items():
            print(f"  {name:70} {count:6,}")
        is_sound = not any(self.verdict.values())
        print(
            "\nSound: nothing over, nothing lost, nothing twice, nothing after a stop." if is_sound else "\nNOT SOUND"
        )
        return is_sound


def _tally(notes: list[Path]) -> Counter[str]:
    """What clients were told, by kind."""
    found: Counter[str] = Counter()
    seen: set[str] = set()
    for number, line in (
        (number, line.split("\t")) for number, path in enumerate(notes) for line in path.read_text().splitlines()
    ):
        found["calls answered over HTTP" if _is_http(number) else "calls answered in process"] += 1
        match line[0]:
            case "A" if line[1] in seen:
                found["answers repeated"] += 1
            case "A":
                seen.add(line[1])
                found[f"answers: {line[3]}"] += 1
            case "S":
                found[f"{line[4]}s"] += 1
            case "V":
                found["voids"] += 1
            case "R":
                found["keys refused for another body"] += 1
            case "N":
                found[f"{line[1]} refused: {line[2]}"] += 1
    return found


def _is_http(place: int) -> bool:
    """Whether the clients of this process call over HTTP: every other one."""
    return place % 2 == 1


def _read_counts(child: subprocess.Popen[str], counted: dict[int, int]) -> None:
    assert child.stdout is not None
    for line in child.stdout:
        if line.strip().isdigit():
            counted[child.pid] = int(line)


if __name__ == "__main__":
    sys.exit(main())
