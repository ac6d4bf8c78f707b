"""What agents and vendors call the register with, from a program of their own. No Django settings are needed.

An agent learns who the vendor is before it reveals anything, and signs for one purchase; a vendor has it decided:

>>> with AgentClient(URL, agent_did, agent_key) as agent, VendorClient(URL, vendor_did, key=vendor_key) as shop:
...     order = digest_of_items({"items": ["1 x USB-C dock"]})
...     token = shop.offer(agent=agent.did, nonce=agent.new_nonce(), total=Money(4000, "EUR"), items_digest=order)
...     offer = agent.check_offer(token, assurance_min=1)
...     intent = agent.sign_intent(offer, delegation="dlg_...")
...     outcome = shop.authorize(intent, Money(4000, "EUR"), order_hash=order, offer=token)
"""

from __future__ import annotations

from identity.delegation.offer import digest_of_items
from identity.primitives.money import Money
from identity.primitives.multikey import PrivateKey
from registry.client.agent import AgentClient, ApprovalAnswer, CheckedOffer, Vendor
from registry.client.errors import ClientError, Declined, NotVerified, Refused, Unreachable
from registry.client.outcomes import Approved, Hold, Insured, Settled, StepUp
from registry.client.receiver import Duplicate, Gap, SignOfLife, StatusEvent, StatusReceiver
from registry.client.vendor import VendorClient

__all__ = [
    "AgentClient",
    "ApprovalAnswer",
    "Approved",
    "CheckedOffer",
    "ClientError",
    "Declined",
    "Duplicate",
    "Gap",
    "Hold",
    "Insured",
    "Money",
    "NotVerified",
    "PrivateKey",
    "Refused",
    "Settled",
    "SignOfLife",
    "StatusEvent",
    "StatusReceiver",
    "StepUp",
    "Unreachable",
    "Vendor",
    "VendorClient",
    "digest_of_items",
]
