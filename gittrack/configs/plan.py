"""From what a text says and what it shall say: the characters to replace; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gittrack.canonical import Plain
from gittrack.configs import flow, spelling
from gittrack.configs.lines import (
    begins_line,
    comments_start,
    line_break,
    line_end,
    line_start,
    next_line,
)
from gittrack.configs.nodes import Entry, Node, Slot, entry_end
from gittrack.configs.spelling import Layout
from gittrack.configs.splices import CannotError, Operation, Splice
from gittrack.diff import same

_PROPERTIES = re.compile(r"\s*(?:[&!]\S*\s*)*")


def layout_of(root: Node) -> Layout:
    """How far in the text writes its first nested mapping and list."""
    found: dict[str, int] = {}
    waiting = [root]
    while waiting:
        node = waiting.pop(0)
        for entry in node.entries:
            inner = entry.value
            if inner.flow or not inner.entries:
                continue
            if node.kind == "mapping":
                found.setdefault(inner.kind, max(inner.column - node.column, 0))
            waiting.append(inner)
    mapping = max(found.get("mapping", 2), 1)
    return Layout(mapping, found.get("list", mapping))


class Plan:
    """The operations that bring one document of a text nearer to what it shall say."""

    def __init__(self, text: str, root: Node, *, json: bool) -> None:
        self._text = text
        self._root = root
        self._json = json
        self._layout = layout_of(root)
        self._break = line_break(text)
        self.operations: list[Operation] = []

    def revise(self, slot: Slot, node: Node, old: Plain, new: Plain) -> None:
        """Plan what makes `new` of a node that says `old`."""
        if same(old, new):
            return
        if node.kind == "mapping" and isinstance(old, dict) and isinstance(new, dict):
            self._revise_mapping(slot, node, old, new)
        elif node.kind == "list" and isinstance(old, list) and isinstance(new, list):
            self._revise_list(slot, node, old, new)
        else:
            self.replace(slot, node, old, new)

    def _revise_mapping(
        self, slot: Slot, node: Node, old: dict[str | int, Plain], new: dict[str | int, Plain]
    ) -> None:
        own = {entry.name for entry in node.entries if not entry.merge}
        merged = {key: new[key] for key in old if key not in own and key in new}
        unmerge = len(own) + len(merged) < len(old)  # a merged key goes: that cannot be said
        if unmerge:
            own |= merged.keys()
        gone = [
            e for e in node.entries if (unmerge and not merged if e.merge else e.name not in new)
        ]
        kept = [entry for entry in node.entries if entry not in gone]
        if not kept:
            self.replace(slot, node, old, new)
            return
        for entry in kept:
            if entry.name is not None:
                inner = Slot(node, entry)
                self.revise(inner, entry.value, old[entry.name], new[entry.name])
            elif unmerge:
                self.expand(Slot(node, entry), merged)
        for entry in gone:
            self.remove(node, entry)
        added = [k for k in new if k not in own and not (k in old and same(old[k], new[k]))]
        self._insert(node, kept[-1], [(key, new[key]) for key in added])

    def expand(self, slot: Slot, value: Plain) -> None:
        """Plan that an alias, or a merge key with all its aliases, gives way to its meaning."""
        holder, entry = slot.holder, slot.entry
        if holder is None or entry is None:
            raise CannotError
        if not entry.merge:
            self.replace(slot, entry.value, value, value)
        elif not isinstance(value, dict) or not value:
            self.remove(holder, entry)
        elif holder.flow:
            text = ", ".join(spelling.flow_entry(key, item) for key, item in value.items())
            self._add(Splice(entry.start, entry_end(entry), text))
        else:
            text = self._joined(value, holder.column)
            self._add(Splice(entry.start, entry_end(entry), text))

    def _revise_list(self, slot: Slot, node: Node, old: list[Plain], new: list[Plain]) -> None:
        if not old or not new:
            self.replace(slot, node, old, new)
            return
        head = _common(old, new)
        tail = _common(old[head:][::-1], new[head:][::-1])
        pairs = min(len(old), len(new)) - head - tail
        if not head + tail + pairs:
            self.replace(slot, node, old, new)
            return
        for index in range(head, head + pairs):
            entry = node.entries[index]
            self.revise(Slot(node, entry), entry.value, old[index], new[index])
        for entry in node.entries[head + pairs : len(old) - tail]:
            self.remove(node, entry)
        added = new[head + pairs : len(new) - tail]
        if head + pairs:
            self._insert(node, node.entries[head + pairs - 1], list(enumerate(added)))
        else:
            self._insert_first(node, added)

    def replace(self, slot: Slot, node: Node, old: Plain, new: Plain) -> None:
        """Plan that a node as a whole gives way to `new`."""
        in_flow = self._json or (slot.holder is not None and slot.holder.flow)
        inline = spelling.is_inline(new)
        kind = "list" if isinstance(new, list) else "mapping"
        flow_to_flow = node.flow and node.entries and not inline and node.kind == kind
        if in_flow or flow_to_flow:
            self._replace_text(slot, node, self._scalar_or_flow(node, old, new))
        elif node.entries and not node.flow:
            self._replace_block(slot, node, new)
        elif inline:
            self._replace_text(slot, node, self._scalar_or_flow(node, old, new))
        else:
            self._open_block(slot, node, new)

    def _scalar_or_flow(self, node: Node, old: Plain, new: Plain) -> str:
        if self._json:
            return spelling.json_text(new)
        if isinstance(new, dict | list) or node.kind != "scalar":
            return spelling.flow_text(new)
        return spelling.restyled(new, node.style, old)

    def _replace_text(self, slot: Slot, node: Node, new: str) -> None:
        """A scalar keeps its anchor, not its tag; all else gives way with both."""
        if node.anchor is not None and node.kind == "scalar":
            new = f"&{node.anchor} {new}"
        if node.start < node.end:
            self._add(Splice(node.start, node.end, new))
        else:  # nothing was written: the value was empty
            mark = self._mark(slot)
            self._add(Splice(mark, mark, f" {new}"))

    def _replace_block(self, slot: Slot, node: Node, new: Plain) -> None:
        """A block collection gives way: its lines, to the end of the last."""
        if slot.entry is None or slot.holder is None:
            self._add(Splice(node.start, node.end, self._joined(new, node.column)))
            return
        mark = self._mark(slot)
        end = line_end(self._text, node.end)
        if spelling.is_inline(new):
            text = f" {spelling.flow_text(new)}{self._comment_after(mark, node)}"
            self._add(Splice(mark, end, text))
            return
        column = self._inner_column(slot, new)
        lead = " "
        if slot.holder.kind == "mapping":
            lead = f"{self._comment_after(mark, node)}{self._break}{' ' * column}"
        self._add(Splice(mark, end, lead + self._joined(new, column)))

    def _open_block(self, slot: Slot, node: Node, new: Plain) -> None:
        """A value on its key's line gives way to lines below it; a comment there stays."""
        if slot.entry is None or slot.holder is None:
            self._add(Splice(node.start, node.end, self._joined(new, 0)))
            return
        mark = self._mark(slot)
        column = self._inner_column(slot, new)
        empty = node.start == node.end
        end = line_end(self._text, mark if empty else node.end)
        rest = self._text[mark if empty else node.end : end].strip()
        if slot.holder.kind == "list" and not rest:
            self._add(Splice(mark, end, " " + self._joined(new, column)))
            return
        lines = f"{self._break}{' ' * column}{self._joined(new, column)}"
        comment = f"  {rest}" if rest else ""
        if "#" in self._text[mark : node.start]:  # between the key and its value
            cut = Splice(node.start, end, comment.strip())
            self._add(cut, Splice(end, end, lines))
            return
        self._add(Splice(mark, end, comment + lines))

    def _inner_column(self, slot: Slot, new: Plain) -> int:
        assert slot.holder is not None
        assert slot.entry is not None
        if slot.holder.kind == "list":
            return slot.holder.column + 2
        value = slot.entry.value
        same_kind = value.kind == ("list" if isinstance(new, list) else "mapping")
        if same_kind and value.entries and not value.flow:
            return value.column
        return slot.holder.column + (
            self._layout.dash if isinstance(new, list) else self._layout.mapping
        )

    def _comment_after(self, mark: int, node: Node) -> str:
        """The comment that stands between a key and its block, on the key's line."""
        end = line_end(self._text, mark)
        if node.content < end:
            return ""
        match = _PROPERTIES.match(self._text, mark, end)
        rest = self._text[mark if match is None else match.end() : end].strip()
        return f"  {rest}" if rest.startswith("#") else ""

    def remove(self, node: Node, entry: Entry) -> None:
        """Plan that an entry goes, while others of its collection stay."""
        if node.flow:
            self._add(*flow.removal(self._text, node, entry))
        else:
            self._remove_lines(node, entry)

    def _remove_lines(self, node: Node, entry: Entry) -> None:
        text = self._text
        start = self._entry_start(node, entry)
        end = next_line(text, entry_end(entry))
        if begins_line(text, start):
            first = node is self._root and entry is node.entries[0]  # the file's own header
            above = line_start(text, start) if first else comments_start(text, start)
            self._add(Splice(above, end, ""))
            return
        index = node.entries.index(entry)
        if index + 1 == len(node.entries):
            raise CannotError
        following = self._entry_start(node, node.entries[index + 1])
        if text[end:following].strip():  # comments: leave the dash alone on its line
            self._add(Splice(start, line_end(text, entry_end(entry)), ""))
        else:
            self._add(Splice(start, following, ""))

    def _insert(self, node: Node, after: Entry, added: list[tuple[str | int, Plain]]) -> None:
        if not added:
            return
        if node.flow:
            pieces = [self._flow_entry(node, name, value) for name, value in added]
            self._add(*flow.insertion(self._text, after, pieces, self._break))
            return
        self._entry_start(node, after)
        lines: list[str] = []
        for name, value in added:
            if node.kind == "list":
                lines += spelling.element_lines(value, self._layout)
            else:
                lines += spelling.entry_lines(name, value, self._layout)
        end = line_end(self._text, entry_end(after))
        margin = self._break + " " * node.column
        self._add(Splice(end, end, "".join(margin + line for line in lines)))

    def _insert_first(self, node: Node, added: list[Plain]) -> None:
        if not added:
            return
        start = node.entries[0].start
        if node.flow:
            pieces = "".join(f"{self._flow_entry(node, 0, value)}, " for value in added)
            self._add(Splice(start, start, pieces))
            return
        margin = self._break + " " * node.column
        lines = [line for value in added for line in spelling.element_lines(value, self._layout)]
        self._add(Splice(start, start, margin.join(lines) + margin))

    def _flow_entry(self, node: Node, name: str | int, value: Plain) -> str:
        if node.kind == "list":
            return spelling.json_text(value) if self._json else spelling.flow_text(value)
        if self._json:
            return spelling.json_entry(name, value)
        return spelling.flow_entry(name, value)

    def _mark(self, slot: Slot) -> int:
        if slot.entry is None or slot.entry.mark is None:
            raise CannotError
        return slot.entry.mark

    def _entry_start(self, node: Node, entry: Entry) -> int:
        if (
            node.kind == "mapping" and entry.mark is None
        ):  # `? key` and its value on lines of their own
            raise CannotError
        return entry.start

    def _joined(self, value: Plain, column: int) -> str:
        return (self._break + " " * column).join(spelling.block_lines(value, self._layout))

    def _add(self, *splices: Splice) -> None:
        self.operations.append(splices)


def _common(left: Sequence[Plain], right: Sequence[Plain]) -> int:
    """How many elements the two share at their heads."""
    count = 0
    for one, other in zip(left, right, strict=False):
        if not same(one, other):
            break
        count += 1
    return count
