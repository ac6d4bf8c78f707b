"""A process that spends: orders as JSON lines on standard input, verdicts as JSON lines on standard output.

Run by ``test_spend_processes``. It says ``ready`` and waits for a line of its own before it begins.
"""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

THREADS = 6


def main() -> None:
    import django

    django.setup()
    from django.db import connection

    from identity.journal.actor import system
    from identity.primitives.clock import now
    from identity.primitives.errors import Unavailable
    from identity.primitives.money import Money
    from identity.spending.authorize import Order, authorize_spend

    def spend(order: dict[str, Any]) -> dict[str, Any]:
        begun_at = time.time()
        asked = Order(**{**order, "amount": Money(order["amount"], "EUR")})
        try:
            verdict = authorize_spend(asked, actor=system("tests"), at=now()).verdict
        except Unavailable as error:
            verdict = error.code
        finally:
            if is_pooled:
                connection.close()  # as the end of a request does
        return {"begun_at": begun_at, "verdict": verdict}

    is_pooled = bool(connection.settings_dict["OPTIONS"].get("pool"))
    orders = json.loads(sys.stdin.readline())
    with ThreadPoolExecutor(THREADS) as pool:
        if not is_pooled:
            list(pool.map(lambda _: connection.ensure_connection(), range(THREADS)))
        print("ready", flush=True)
        sys.stdin.readline()
        answers = list(pool.map(spend, orders))
    print(json.dumps(answers), flush=True)


if __name__ == "__main__":
    main()
