"""The Unicode tables the look-alike rules stand on.

They come with the package confusable-homoglyphs 3.3 (MIT), made from Unicode's ``Scripts.txt`` and
``confusables.txt`` (Unicode licence). Read as data: importing the package would load both at once.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any


def unicode_table(filename: str) -> Any:
    """One table, parsed; callers keep what they derive from it."""
    return json.loads(files("confusable_homoglyphs").joinpath(filename).read_text(encoding="utf-8"))
