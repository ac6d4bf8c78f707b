"""Which version this is, whether it was installed as a package or runs from a clone."""

from __future__ import annotations

import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def installed_version() -> str:
    """Such as ``0.1.0``."""
    try:
        return version("attorn")
    except PackageNotFoundError:
        project = Path(__file__).resolve().parent.parent.parent / "pyproject.toml"
        return str(tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"])
