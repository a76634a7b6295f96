"""Where everything stands in a JSON text."""

from __future__ import annotations

import re
from bisect import bisect_left

from gittrack.configs.nodes import Entry, Node, set_commas

_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


def json_nodes(text: str) -> list[Node]:
    """The one document of a JSON text that is known to be readable, as flow nodes."""
    opened: list[Node] = []
    keys: list[Node | None] = []
    colons: list[int] = []
    commas: list[int] = []
    done: Node | None = None
    for match in _TOKEN.finditer(text):
        piece, start, end = match[0], match.start(), match.end()
        if piece in "{[":
            opened.append(Node("mapping" if piece == "{" else "list", start, start, end, flow=True))
            keys.append(None)
            continue
        if piece == ":":
            colons.append(start)
            continue
        if piece == ",":
            commas.append(start)
            continue
        if piece in "}]":
            done = opened.pop()
            keys.pop()
            done.end = end
            set_commas(done, commas)
        else:
            style = '"' if piece[0] == '"' else None
            done = Node("scalar", start, start, end, style=style)
        if opened:
            _put(opened[-1], keys, done, colons)
    return [] if done is None else [done]


def _put(holder: Node, keys: list[Node | None], node: Node, colons: list[int]) -> None:
    key = keys[-1]
    if holder.kind == "list":
        holder.entries.append(Entry(node.start, node.start, node))
    elif key is None:
        keys[-1] = node
    else:
        colon = colons[bisect_left(colons, key.end)]
        holder.entries.append(Entry(key.start, colon + 1, node, key))
        keys[-1] = None
