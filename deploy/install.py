"""Install what is pinned into .venv, with nothing but Python's own library. ``make`` runs this before anything else.

    install.py run     what serving needs
    install.py dev     what tests and checks need too
    install.py clean   remove .venv, var and the caches

A step that nothing has changed for is skipped, so that a second start costs milliseconds.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

PYTHON_MIN = (3, 11)
ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
CACHES = [".ruff_cache", ".mypy_cache", ".pytest_cache", ".hypothesis", ".import_linter_cache", "build", "dist"]


def main(purpose: str) -> int:
    if sys.version_info < PYTHON_MIN:
        found = ".".join(map(str, sys.version_info[:3]))
        print(f"Attorn needs Python 3.11 or newer; {sys.executable} is {found}.", file=sys.stderr)
        print("Name another one with: make PYTHON=/path/to/python3.11 run", file=sys.stderr)
        return 1
    if purpose == "clean":
        return clean()
    lists = ["requirements.txt"] if purpose == "run" else ["requirements.txt", "requirements-dev.txt"]
    make_environment()
    for name in lists:
        install_list(ROOT / "deploy" / name)
    install_project()
    return 0


def make_environment() -> None:
    """A virtual environment, made again when the Python under it is gone or another one is asked for."""
    stamp = VENV / "attorn-python"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == version and PYTHON.exists():
        return
    if VENV.exists() and (stamp.is_file() or not PYTHON.exists()):
        shutil.rmtree(VENV)
    if not VENV.exists():
        say("Making a virtual environment in .venv")
        made = subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=False)  # noqa: S603
        if made.returncode != 0:
            shutil.rmtree(VENV, ignore_errors=True)
            sys.exit("Python could not make a virtual environment. On Debian and Ubuntu: apt install python3-venv")
    stamp.write_text(version, encoding="utf-8")


def install_list(path: Path) -> None:
    """Install the pinned packages of one list unless exactly this list is installed."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    stamp = VENV / f"attorn-{path.stem}"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == digest:
        return
    say(f"Installing the packages of deploy/{path.name} (a minute or two the first time)")
    pip("--require-hashes", "-r", str(path))
    stamp.write_text(digest, encoding="utf-8")


def install_project() -> None:
    """Put the project itself on the environment's path and its command in .venv/bin, without building anything."""
    site = next((VENV / "lib").glob("python3*/site-packages"))
    (site / "attorn.pth").write_text(f"{ROOT}\n", encoding="utf-8")
    command = VENV / "bin" / "attorn"
    command.write_text(
        f"#!{PYTHON}\nimport sys\n\nfrom registry.cli.main import main\n\nsys.exit(main())\n", encoding="utf-8"
    )
    command.chmod(0o755)


def clean() -> int:
    away = stand_ins() if os.geteuid() == 0 else []
    for path in [*(ROOT / name for name in [".venv", "var", *CACHES]), *away]:
        shutil.rmtree(path, ignore_errors=True)
    return 0


def stand_ins() -> list[Path]:
    """What the engines keep under /var/lib when the clone cannot be reached by their user (registry.ops.place)."""
    bases = [ROOT / "var", *(VENV / "lib").glob("python3*/site-packages")]
    digests = [hashlib.sha256(os.fsencode(base)).hexdigest()[:12] for base in bases]
    return [Path("/var/lib") / f"attorn-{digest}" for digest in digests]


def pip(*arguments: str) -> None:
    """Run pip install, counting packages on a terminal; pip's own words are shown only when it fails."""
    cache = [] if os.access(os.environ.get("HOME") or "/nonexistent", os.W_OK) else ["--no-cache-dir"]
    options = [*cache, "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    command = [str(PYTHON), "-m", "pip", "install", *options, *arguments]
    told: list[str] = []
    found, installing = 0, False
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:  # noqa: S603
        for line in process.stdout or ():
            told.append(line)
            found += line.startswith(("Collecting ", "Requirement already satisfied"))
            installing = installing or line.startswith("Installing collected")
            progress("putting them in place" if installing else f"{found} packages fetched")
    progress("")
    if process.returncode != 0:
        print("".join(told[-40:]), file=sys.stderr)
        sys.exit("Installing the packages failed; pip's reason stands above.")


def progress(words: str) -> None:
    if sys.stdout.isatty():
        print(f"\r\x1b[K{f'attorn   … {words}' if words else ''}", end="", flush=True)


def say(sentence: str) -> None:
    print(f"attorn   {sentence}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "run"))
