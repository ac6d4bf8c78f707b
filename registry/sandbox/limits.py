"""How much is lent in the sandbox, and for how long. Amounts in minor units of XTS."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

LENT: Final = 20_000  # enough for the whole story a few times over
AT_ONCE_MAX: Final = 6_000
ASKS_ABOVE: Final = 2_000  # between the two purchases of the story: one goes through, one asks
QUESTIONS_PER_DAY_MAX: Final = 5  # half of what a principal is asked in a day: the rest is for agents that are real
LENT_FOR: Final = timedelta(days=7)  # whoever forgets the sandbox is rid of it in a week
