"""Development secrets: made once into ``var/secrets``, readable by their owner only, used when none are named."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path

# Read aloud without doubt; five pairs of them are 60 bits.
_SYLLABLES = [first + vowel for first in "bdfghjklmnprstvz" for vowel in "aeiou"][:64]
_MAKERS: dict[str, Callable[[], str]] = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(50),
    "MASTER_KEY": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    "DEMO_PASSWORD": lambda: "-".join(secrets.choice(_SYLLABLES) + secrets.choice(_SYLLABLES) for _ in range(5)),
}


def local_secrets(directory: Path, *, named: Mapping[str, str]) -> dict[str, str]:
    """``<NAME>_FILE`` for each secret that the environment does not name, made when it is missing.

    Files rather than values: the environment of a process can be read by its children and in crash reports.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    directory.chmod(0o700)
    files = {}
    for name, make in _MAKERS.items():
        if name in named or f"{name}_FILE" in named:
            continue
        path = directory / name.lower()
        if not path.is_file():
            _write_once(path, make())
        files[f"{name}_FILE"] = str(path)
    return files


def _write_once(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(f"{text}\n")
