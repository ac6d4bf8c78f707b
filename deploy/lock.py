"""Compile the pinned requirements: exact versions with hashes for every platform, and no word on where from."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEPLOY = ROOT / "deploy"
OPTIONS = [
    *("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header", "--quiet"),
    *("--universal", "--python-version", "3.11"),
]


def main() -> int:
    compile_list(DEPLOY / "requirements.txt")
    compile_list(DEPLOY / "requirements-dev.txt", "--extra", "dev", "--constraint", "deploy/requirements.txt")
    return 0


def compile_list(output: Path, *extra: str) -> None:
    uv = Path(sys.executable).with_name("uv")
    command = [str(uv), "pip", "compile", "pyproject.toml", *OPTIONS, *extra, "-o", str(output)]
    subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.DEVNULL)  # noqa: S603
    text = output.read_text(encoding="utf-8")
    if re.search(r"://|^--|file:", text, re.MULTILINE):
        sys.exit(f"{output.name} names a place to download from; it must not")


if __name__ == "__main__":
    sys.exit(main())
