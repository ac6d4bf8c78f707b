"""What we write is read by libraries of others, and what they write is read here.

The Python libraries are there wherever the tests run. The npm ones are installed by ``make interop``; without them
their tests are skipped and say how to get them.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.interop.npm_side import Npm, absent


@pytest.fixture(scope="session")
def npm() -> Iterator[Npm]:
    if reason := absent():
        pytest.skip(reason)
    node = Npm()
    yield node
    node.close()
