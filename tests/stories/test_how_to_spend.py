"""The programs of the two how-tos are run as they stand, one for the agent and one for the shop, over HTTP."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from registry.client import Approved, StepUp
from tests.stories.test_delegation_story import Market, market

__all__ = ["market"]

pytestmark = pytest.mark.django_db(transaction=True)

DOCS = Path(__file__).resolve().parents[2] / "docs" / "how-to"


class Program:
    """The python blocks of one page, with the page's example names replaced by those of this run."""

    def __init__(self, page: str, names: dict[str, str]) -> None:
        text = (DOCS / page).read_text(encoding="utf-8")
        for name, real in names.items():
            assert name in text, f"{page} does not say {name}"
            text = text.replace(name, real)
        self.blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
        self.names: dict[str, Any] = {}

    def run(self, place: int, **names: Any) -> dict[str, Any]:
        self.names |= names
        exec(self.blocks[place], self.names)
        return self.names


def test_the_programs_buy_something(market: Market, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    url = market.shop.transport.url
    for name, party in (("buyer", market.buyer), ("shop", market.shop)):
        (tmp_path / f"{name}.pem").write_text(party.signer.private_key.to_pem())
    agent = Program(
        "spend-as-an-agent.md",
        {
            "https://attorn.example": url,
            "did:web:attorn.example:agents:agt_buyer": market.buyer.did,
            "buyer.pem": str(tmp_path / "buyer.pem"),
            "dlg_link": market.link,
        },
    )
    shop = Program(
        "accept-agents-as-a-vendor.md",
        {
            "https://attorn.example": url,
            "did:web:attorn.example:agents:agt_shop": market.shop.did,
            "shop.pem": str(tmp_path / "shop.pem"),
        },
    )
    agent.run(0)
    assert market.link in capsys.readouterr().out
    nonce = agent.run(1)["nonce"]
    shop.run(0)
    token = shop.run(1, agent_did=market.buyer.did, nonce=nonce)["token"]
    intent = agent.run(2, token=token)["intent"]
    assert "40.00 EUR" in capsys.readouterr().out
    asked = shop.run(2, intent=intent)["outcome"]
    assert isinstance(asked, StepUp)
    market.anna.say_yes(f"/approve/{asked.approval_id}")
    intent = agent.run(3, approval_id=asked.approval_id)["intent"]
    own = shop.names
    approved = own["shop"].authorize(
        intent, own["Money"](4_000, "EUR"), order_hash=own["order"], offer=token, approval=asked.approval_id
    )
    assert isinstance(approved, Approved)
    shop.run(3, outcome=approved)
    assert capsys.readouterr().out.endswith("500 closed\n")
    agent.names["agent"].close()
    own["shop"].close()


def test_the_program_passes_a_part_on(market: Market, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names = {"dlg_parent": market.root, "did:web:attorn.example:agents:agt_helper": market.sibling.did}
    program = Program("spend-as-an-agent.md", names)
    program.run(4, agent=market.planner)  # nobody asks it anything
    program.run(5, agent=market.planner)
    assert "20.00 EUR" in capsys.readouterr().out
