"""``python -m bench [part …] [--short]``: measure, print the ratios, fail below a floor.

``python -m bench install-peers`` installs the peers that are measured beside us.
"""

from __future__ import annotations

import argparse
import importlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench import peers
from bench.goals import Outcome, judge, read_goals
from bench.machine import describe
from bench.processes import program_path, workplace
from bench.report import table, write_docs, write_json

# Each part is a module of this folder with ``run(*, short)``, which gives its figures; ``resolve`` gives its runs too.
PARTS = {
    "crypto": "crypto",
    "resolve": "resolve",
    "growth": "growth",
    "import": "importing",
    "status": "status",
    "sweep": "sweep",
    "authorize": "authorize",
    "scores": "scores",
    "push": "push",
    "console": "console",
    "approvals": "approvals",
}
# The parts that are measured beside nginx, by wrk.
WITH_PROGRAMS = frozenset({"resolve", "growth", "authorize"})


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"of {', '.join(PARTS)}; all when none is named")
    parser.add_argument("--short", action="store_true", help="one short round: shows that it works, not how fast it is")
    parser.add_argument("--no-peers", action="store_true", help="leave out the peers that install by name")
    parser.add_argument("--json", type=Path, default=workplace() / "report.json")
    parser.add_argument("--write-docs", action="store_true", help="put the table into docs/performance.md")
    options = parser.parse_args()
    if options.parts == ["install-peers"]:
        peers.install()
        return 0
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "registry.settings")
    missing = [program for program in ("nginx", "wrk") if shutil.which(program_path(program)) is None]
    if missing and WITH_PROGRAMS & set(options.parts or PARTS):
        print(f"The bench measures against real programs; install {' and '.join(missing)} first.", file=sys.stderr)
        return 2
    return _measure(options)


def _measure(options: argparse.Namespace) -> int:
    outcomes: list[Outcome] = []
    figures: dict[str, list[float]] = {}
    runs: list[dict[str, object]] = []
    for part in options.parts or PARTS:
        print(f"{part}:", file=sys.stderr)
        part_figures, part_runs = _run_part(part, options)
        figures.update(part_figures)
        runs.extend(part_runs)
        outcomes.extend(judge(goal, part_figures) for goal in read_goals(part))
        write_json(options.json, machine=describe(_programs()), figures=figures, runs=runs, outcomes=outcomes)
    print(table(outcomes))
    if options.write_docs:
        write_docs(table(outcomes), describe(_programs()))
    return 0 if options.short or all(outcome.is_met for outcome in outcomes) else 1


def _run_part(part: str, options: argparse.Namespace) -> tuple[dict[str, list[float]], list[dict[str, object]]]:
    run = importlib.import_module(f"bench.{PARTS[part]}").run
    if part == "resolve":
        figures, runs = run(short=options.short, with_peers=not options.no_peers)
        return dict(figures), list(runs)
    return dict(run(short=options.short)), []


def _programs() -> dict[str, str]:
    """The versions of the references, of those that are here."""
    if any(shutil.which(program_path(program)) is None for program in ("nginx", "wrk")):
        return {}
    nginx = subprocess.run([program_path("nginx"), "-v"], capture_output=True, text=True).stderr.strip()
    wrk = subprocess.run(["wrk", "-v"], capture_output=True, text=True).stdout.splitlines()[0]
    return {"nginx": nginx.removeprefix("nginx version: "), "wrk": wrk.split(" [")[0]}


if __name__ == "__main__":
    sys.exit(main())
