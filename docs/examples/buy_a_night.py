"""One purchase under the demo's delegation, both sides of it: ``python docs/examples/buy_a_night.py [CENTS]``.

The booker asks for an offer and checks who makes it before it shows anything; it signs for this one purchase; the
hotel has the register decide, and captures. Needs ``make run`` in another terminal. Above 80 EUR Alice is asked first.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from registry.client import (
    AgentClient,
    Approved,
    Declined,
    Money,
    PrivateKey,
    VendorClient,
    digest_of_items,
)


def buy(url: str, demo: dict[str, str], price: Money) -> str:
    """What came of it, in a sentence. ``demo`` is ``var/demo/spending.json``."""
    booker_key, hotel_key = (PrivateKey.from_pem(Path(demo[name]).read_text()) for name in ("agent_key", "vendor_key"))
    with (
        AgentClient(url, demo["agent"], booker_key) as booker,
        VendorClient(url, demo["vendor"], key=hotel_key) as hotel,
    ):
        order = digest_of_items(["one night, Kiel"])
        token = hotel.offer(agent=booker.did, nonce=booker.new_nonce(), total=price, items_digest=order)
        intent = booker.sign_intent(booker.check_offer(token), delegation=demo["delegation"])
        try:
            outcome = hotel.authorize(intent, price, order_hash=order, offer=token, order_display="one night, Kiel")
        except Declined as declined:
            return f"declined: {', '.join(declined.codes)} ({declined.decision_id})"
        if not isinstance(outcome, Approved):
            return f"its human is asked: {outcome.approve_url}"
        settled = hotel.capture(str(outcome.authorization_id), price, is_final=True)
        return f"captured {settled.amount} cents under {outcome.authorization_id}; receipt {settled.receipt[:40]}…"


if __name__ == "__main__":
    facts = json.loads(Path("var/demo/spending.json").read_text())
    print(buy("http://localhost:8000", facts, Money(int(sys.argv[1]) if len(sys.argv) > 1 else 5_900, "EUR")))
