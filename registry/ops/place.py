"""Where the private engines keep their programs and data, and as whom they run.

PostgreSQL refuses to run as root. Started by root, the engines run as a system user of their own; when the clone
lies where that user may not go (a home directory of mode 0700), their programs are copied and their data kept under
``/var/lib/attorn-<hash of the path>`` instead. See docs/decisions/0007-private-engines.md.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from registry.ops.processes import Account

ACCOUNT_NAME = "attorn-engines"
# A unix socket's path holds 107 bytes (unix(7)); PostgreSQL adds "/.s.PGSQL.5432.lock".
SOCKET_DIRECTORY_LENGTH_MAX = 85

Say = Callable[[str], None]


class EngineFault(Exception):
    """A private engine cannot be had here; the sentence says what to do about it."""


@dataclass(frozen=True, slots=True)
class Place:
    """A directory for engine data, and the account that the engines run as (None: our own)."""

    root: Path
    account: Account | None

    def make(self, name: str) -> Path:
        """The directory ``name`` below the root, made when missing, for the engines' account alone."""
        directory = self.root / name
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        own(directory, self.account)
        directory.chmod(0o700)
        return directory

    def sockets(self) -> Path:
        """A directory for unix sockets whose path is short enough for one."""
        if len(os.fsencode(self.root / "sockets")) <= SOCKET_DIRECTORY_LENGTH_MAX:
            return self.make("sockets")
        return self._short_sockets()

    def _short_sockets(self) -> Path:
        """One under the temporary directory, remembered so that the next start takes it again."""
        note = self.root / "sockets.path"
        if note.is_file():
            known = Path(note.read_text(encoding="utf-8"))
            if known.is_dir() and known.stat().st_uid == (self.account.uid if self.account else os.geteuid()):
                return known
        directory = Path(tempfile.mkdtemp(prefix="attorn-"))
        own(directory, self.account)
        note.write_text(str(directory), encoding="utf-8")
        return directory


def choose_place(root: Path, *, say: Say) -> Place:
    """``root`` itself, or a reachable stand-in for it when the engines must run as another user."""
    root.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        return Place(root, None)
    account = engine_account()
    if may_enter(root, account):
        return Place(root, account)
    stand_in = stand_in_for(root)
    stand_in.mkdir(parents=True, exist_ok=True, mode=0o755)
    stand_in.chmod(0o755)
    say(f"{root} lies where only its owner may go; the engines keep their data in {stand_in}")
    return Place(stand_in, account)


def stand_in_for(root: Path) -> Path:
    """The directory that stands in for an unreachable ``root``, the same at every start."""
    return Path("/var/lib") / f"attorn-{hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:12]}"


def engine_account() -> Account:
    """The system user that engines run as when root starts them, created when it is missing."""
    try:
        entry = pwd.getpwnam(ACCOUNT_NAME)
    except KeyError:
        entry = _create_account()
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def may_enter(directory: Path, account: Account) -> bool:
    """Whether this account may enter the directory, asked of the kernel rather than guessed from mode bits."""
    asked = subprocess.run(  # noqa: S603
        ["/bin/sh", "-c", 'cd "$1"', "sh", str(directory)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        stderr=subprocess.DEVNULL,
        cwd="/",
        check=False,
    )
    return asked.returncode == 0


def reachable_copy(program: Path, *, base: Path, folders: list[Path], place: Place) -> Path:
    """``program``, or a copy of it that the engines' account can reach. ``folders`` are copied together and keep
    their places below ``base``, because the program finds its libraries by relative path."""
    if place.account is None or may_enter(program.parent, place.account):
        return program
    copies = stand_in_for(base) / "programs"
    for folder in folders:
        _copy_once(folder, copies / folder.relative_to(base))
    return copies / program.relative_to(base)


def own(path: Path, account: Account | None) -> None:
    """Give the path to the engines' account."""
    if account is not None:
        os.chown(path, account.uid, account.gid)


def _create_account() -> pwd.struct_passwd:
    program = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if program is not None:
        options = ["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
        subprocess.run(  # noqa: S603
            [program, *options, "--shell", "/bin/false", ACCOUNT_NAME], capture_output=True, check=False
        )
    try:  # another process may have won the race to create it
        return pwd.getpwnam(ACCOUNT_NAME)
    except KeyError:
        raise EngineFault(
            f"PostgreSQL refuses to run as root and the system user {ACCOUNT_NAME} could not be created. "
            "Run as an ordinary user, or name servers with DATABASE_URL and REDIS_URL."
        ) from None


def _copy_once(origin: Path, target: Path) -> None:
    """Copy a folder unless this very version of it is there; seen whole or not at all."""
    stamp = target.with_name(f"{target.name}.stamp")
    version = f"{origin.stat().st_mtime_ns}"
    if target.is_dir() and stamp.is_file() and stamp.read_text(encoding="utf-8") == version:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    for parent in [target.parent, *target.parent.parents]:
        if parent == Path("/var/lib"):
            break
        parent.chmod(0o755)
    fresh = Path(tempfile.mkdtemp(prefix=".copy-", dir=target.parent))
    shutil.copytree(origin, fresh / "new", symlinks=True)
    (fresh / "new").chmod(0o755)
    if target.exists():
        target.rename(fresh / "old")
    try:
        (fresh / "new").rename(target)
    except OSError:  # another process put it there first
        if not target.is_dir():
            raise
    stamp.write_text(version, encoding="utf-8")
    shutil.rmtree(fresh, ignore_errors=True)
