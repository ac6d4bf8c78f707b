"""The chain from a human to her agents and theirs as SVG: what each link allows on its edge, each node a link.

Pure Python, no script; colours come from style classes. The table beside it says the same in words, so the drawing is
a help and never the only place where something stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

NODE_WIDTH, NODE_HEIGHT = 168, 56
EDGE_WIDTH = 148
ROW_HEIGHT = 76
MARGIN = 4
NAME_LENGTH_MAX = 20
EDGE_LENGTH_MAX = 24


@dataclass(frozen=True, slots=True)
class TreeNode:
    """``edge`` are up to two short lines on the way from its parent: what the link allows, and what was used of it.
    The root of the drawing, the human, has no parent and no edge."""

    key: str
    parent: str | None
    name: str
    state: str
    address: str = ""
    edge: tuple[str, ...] = ()
    is_active: bool = True
    is_current: bool = False


@dataclass(frozen=True, slots=True)
class _Placed:
    node: TreeNode
    x: int
    y: float


def tree(*, title: str, nodes: Sequence[TreeNode]) -> SafeString:
    """The drawing of ``nodes``, parents before their children. A node whose parent is not among them is left out."""
    placed = _place(nodes)
    if not placed:
        return SafeString("")
    width = max(one.x for one in placed.values()) + NODE_WIDTH + MARGIN
    height = round(max(one.y for one in placed.values()) + NODE_HEIGHT + MARGIN)
    return format_html(
        '<svg class="tree" viewBox="0 0 {} {}" width="{}" height="{}" role="group" aria-label="{}">{}{}</svg>',
        width,
        height,
        width,
        height,
        title,
        format_html_join("", "{}", ((_edge(placed[one.node.parent], one),) for one in placed.values() if _up(one))),
        format_html_join("", "{}", ((_node(one),) for one in placed.values())),
    )


def _up(one: _Placed) -> bool:
    return one.node.parent is not None


def _place(nodes: Sequence[TreeNode]) -> dict[str | None, _Placed]:
    """Leaves below each other in the order given, every parent in the middle of its children, a column a generation."""
    known: dict[str | None, TreeNode] = {}
    children: dict[str | None, list[TreeNode]] = {}
    depth: dict[str | None, int] = {}
    for node in nodes:
        if node.parent is None or node.parent in known:
            known[node.key] = node
            depth[node.key] = depth[node.parent] + 1 if node.parent is not None else 0
            children.setdefault(node.parent, []).append(node)
    middle: dict[str | None, float] = {}
    rows = 0
    for node in _children_first(children):
        below = [middle[child.key] for child in children.get(node.key, [])]
        if below:
            middle[node.key] = (below[0] + below[-1]) / 2
        else:
            middle[node.key], rows = float(rows), rows + 1
    return {
        key: _Placed(node, MARGIN + depth[key] * (NODE_WIDTH + EDGE_WIDTH), round(MARGIN + middle[key] * ROW_HEIGHT, 1))
        for key, node in known.items()
    }


def _children_first(children: dict[str | None, list[TreeNode]]) -> list[TreeNode]:
    """Every node after all of its children, siblings in their order. Without recursion: chains may be deep."""
    found: list[TreeNode] = []
    waiting = list(reversed(children.get(None, [])))
    opened: set[str] = set()
    while waiting:
        node = waiting[-1]
        below = children.get(node.key, [])
        if below and node.key not in opened:
            opened.add(node.key)
            waiting.extend(reversed(below))
            continue
        found.append(waiting.pop())
    return found


def _edge(parent: _Placed, child: _Placed) -> SafeString:
    x0, y0 = parent.x + NODE_WIDTH, round(parent.y + NODE_HEIGHT / 2, 1)
    x1, y1 = child.x, round(child.y + NODE_HEIGHT / 2, 1)
    bend = x0 + 16
    lines = format_html_join(
        "",
        '<text class="tree-limit" x="{}" y="{}">{}</text>',
        (
            (bend + 8, round(y1 - 7 + 20 * place, 1), _short(text, EDGE_LENGTH_MAX))
            for place, text in enumerate(child.node.edge[:2])
        ),
    )
    return format_html(
        '<path class="tree-edge{}" d="M{} {}H{}V{}H{}"/>{}',
        "" if child.node.is_active else " tree-off",
        x0,
        y0,
        bend,
        y1,
        x1,
        lines,
    )


def _node(one: _Placed) -> SafeString:
    node = one.node
    box = format_html(
        '<rect class="tree-node{}{}" x="{}" y="{}" width="{}" height="{}" rx="10"/>'
        '<text class="tree-name" x="{}" y="{}">{}</text> <text class="tree-state" x="{}" y="{}">{}</text>',
        "" if node.is_active else " tree-off",
        " tree-here" if node.is_current else "",
        one.x,
        one.y,
        NODE_WIDTH,
        NODE_HEIGHT,
        one.x + 12,
        one.y + 24,
        _short(node.name, NAME_LENGTH_MAX),
        one.x + 12,
        one.y + 43,
        node.state,
    )
    if not node.address:
        return format_html("<g>{}</g>", box)
    here = SafeString(' aria-current="page"') if node.is_current else ""
    return format_html('<a href="{}"{}>{}</a>', node.address, here, box)


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
