"""The public npm libraries, in a Node process of their own: ``npm/oracle.mjs`` holds their side of every exchange."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = Path(__file__).resolve().parent / "npm"
PLACE = Path(os.environ.get("ATTORN_VAR_DIR", ROOT / "var")) / "interop"
HOW_TO_GET_THEM = "the npm libraries are not installed: `make interop` installs them into var/interop and runs this"


def absent() -> str:
    """Why the npm libraries cannot be asked here, or an empty text."""
    if shutil.which("node") is None:
        return "no node here: install Node.js 20 or newer, then `make interop`"
    return "" if (PLACE / "node_modules").is_dir() else HOW_TO_GET_THEM


def install() -> str:
    """Install the pinned libraries, without running any script of theirs. Returns why it could not, or nothing."""
    if shutil.which("npm") is None:
        return "no npm here: install Node.js 20 or newer, which brings it"
    PLACE.mkdir(parents=True, exist_ok=True)
    shutil.copy(SOURCE / "package.json", PLACE)
    command = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error"]
    done = subprocess.run(command, cwd=PLACE, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"npm could not install them:\n{done.stderr.strip()}"


class Npm:
    """One Node process, asked one question at a time."""

    def __init__(self) -> None:
        shutil.copy(SOURCE / "oracle.mjs", PLACE)  # Node looks for libraries beside the program
        self._node = subprocess.Popen(
            ["node", "oracle.mjs"], cwd=PLACE, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ask(self, operation: str, **command: Any) -> dict[str, Any]:
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.write(json.dumps({"operation": operation, **command}) + "\n")
        self._node.stdin.flush()
        line = self._node.stdout.readline()
        assert line, "the Node process ended; its own words stand above"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        assert self._node.stdin
        assert self._node.stdout
        self._node.stdin.close()
        self._node.wait(10)
        self._node.stdout.close()
