"""Keys in files: never readable by others, never overwritten."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from identity.primitives.errors import InvalidInput
from identity.primitives.multikey import PrivateKey
from registry.cli.exits import Exit, Stop

KEY_FILE_BYTES_MAX = 16_384
PRIVATE_MODE = 0o600


def write_private_key(path: Path, key: PrivateKey) -> None:
    """Write ``key`` to a new file with mode 0600.

    The file is made with that mode in one step, so nobody can open it in between, and an existing one (or a link
    somebody laid in its place) is refused: a key that was overwritten is an identity that was lost.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_MODE)
    except FileExistsError as error:
        raise Stop(Exit.USAGE, f"{path} exists already; a key is never overwritten. Name another file.") from error
    except OSError as error:
        raise Stop(Exit.USAGE, f"{path} cannot be written: {error.strerror}.") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key.to_pem())


def read_private_key(path: Path) -> PrivateKey:
    """The key in ``path``; refused when others than its owner may read the file."""
    try:
        return PrivateKey.from_pem(read_private_text(path))
    except InvalidInput as error:
        raise Stop(Exit.USAGE, f"{path}: {error.detail}") from error


def read_private_text(path: Path) -> str:
    """The text of a file that holds a secret. A file that a group or everybody may read is refused: whoever read it
    can act as you, so the key in it is better replaced than used."""
    text, mode = _read(path)
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Stop(Exit.USAGE, f"{path} may be read by others. Run: chmod 600 {path} (and think of a new key).")
    return text


def read_public_text(path: Path) -> str:
    """The text of a small file that holds no secret."""
    return _read(path)[0]


def _read(path: Path) -> tuple[str, int]:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            data = file.read(KEY_FILE_BYTES_MAX + 1)
    except OSError as error:
        raise Stop(Exit.USAGE, f"{path} cannot be read: {error.strerror}.") from error
    if len(data) > KEY_FILE_BYTES_MAX:
        raise Stop(Exit.USAGE, f"{path} is larger than any key ({KEY_FILE_BYTES_MAX} bytes).")
    try:
        return data.decode("utf-8"), mode
    except UnicodeDecodeError as error:
        raise Stop(Exit.USAGE, f"{path} is not a text file.") from error
