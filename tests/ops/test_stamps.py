"""What was made from files is made again when they, or what it was made for, have changed."""

from __future__ import annotations

import os
from pathlib import Path

from registry.ops.stamps import is_current, remember


def test_it_is_current_until_a_file_changes(tmp_path: Path) -> None:
    stamp, source = tmp_path / "var" / "made.stamp", tmp_path / "source.py"
    source.write_text("one")
    assert not is_current(stamp, [source])
    remember(stamp, [source])
    assert is_current(stamp, [source])
    os.utime(source, ns=(1, 1))
    assert not is_current(stamp, [source])


def test_it_is_not_current_with_a_file_more_or_less(tmp_path: Path) -> None:
    stamp, first, second = tmp_path / "made.stamp", tmp_path / "a.py", tmp_path / "b.py"
    first.write_text("one")
    remember(stamp, [first, second])
    assert is_current(stamp, [first])  # what is not there is no source
    second.write_text("two")
    assert not is_current(stamp, [first, second])
    remember(stamp, [second, first])
    assert is_current(stamp, [first, second])
    first.unlink()
    assert not is_current(stamp, [first, second])


def test_it_is_current_for_what_it_was_made_for_alone(tmp_path: Path) -> None:
    stamp = tmp_path / "made.stamp"
    remember(stamp, [], of="postgres://one")
    assert is_current(stamp, [], of="postgres://one")
    assert not is_current(stamp, [], of="postgres://two")
