"""``attorn search``."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from registry.cli.caller import public_client
from registry.cli.client import accepted
from registry.cli.exits import Exit, Stop
from registry.cli.terminal import paint, printable, remark, say

DESCRIPTION_WIDTH = 100


def run(options: argparse.Namespace) -> Exit:
    """One page of agents, a line or two each; exit code 1 when there is none."""
    if not options.words and not options.capability:
        raise Stop(Exit.USAGE, "Search for what? Give a word or --capability.")
    query = {"q": " ".join(options.words), "capability": options.capability, "limit": options.limit}
    if options.cursor:
        query["cursor"] = options.cursor
    reply = public_client(options).get(
        "/v1/search", {name: value for name, value in query.items() if value}, is_public=True
    )
    page = accepted(reply)
    found = page.get("items")
    items = [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
    if options.json:
        sys.stdout.write(reply.body.decode("utf-8", "replace") + "\n")
    else:
        _print(items, page.get("next_cursor"))
    return Exit.OK if items else Exit.NO


def _print(items: list[dict[str, Any]], next_cursor: object) -> None:
    for item in items:
        say(f"{paint(printable(item.get('name') or item.get('agent')), 'bold')}  {_about(item)}")
        if description := printable(item.get("summary") or ""):
            say(f"    {description[:DESCRIPTION_WIDTH]}{'…' if len(description) > DESCRIPTION_WIDTH else ''}")
    if not items:
        remark("No agent matches.")
    if next_cursor:
        remark(f"There are more: --cursor {printable(next_cursor)}")


def _about(item: dict[str, Any]) -> str:
    parts = [item.get("status"), item.get("title"), item.get("organization")]
    return paint(" · ".join(printable(part) for part in parts if isinstance(part, str) and part), "dim")
