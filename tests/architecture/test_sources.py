"""What no source file may hold."""

from __future__ import annotations

import re
import subprocess

from tests.architecture.sources import ROOT

HOME_PATH = re.compile(r"(?<![\w.])/(?:home/[a-z]|root/|Users/|work/)")
TEXT = {".py", ".md", ".toml", ".html", ".css", ".js", ".yaml", ".yml", ".txt", ".sh", ".conf", ".service", ".sql", ""}


def test_it_names_no_directory_of_a_machine_it_was_written_on() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    found = []
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.suffix not in TEXT or not path.is_file() or name.startswith("tests/"):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if HOME_PATH.search(line):
                found.append(f"{name}:{number}")
    assert found == []
