"""Places in the status lists, for the tests of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import count

import pytest

from identity.credentials.models import StatusEntry


@pytest.fixture
def place(db: None, at: datetime) -> Callable[[], StatusEntry]:
    """Hand out a place to a credential that no other test has."""
    from identity.credentials.status_lists import allocate

    numbers = count()
    return lambda: allocate(purpose_subject=f"crd_test{next(numbers)}", at=at)
