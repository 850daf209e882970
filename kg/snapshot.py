"""A frozen graph: columns in memory-mapped files, and one content hash that names it.

Layout of the directory (written by :mod:`graphrx.kg.freeze`; integers are little-endian):

=====================  ==========================================================================
``manifest.json``      format, sha256, version, built, counts, size and sha256 of every file
``sources.json``       the sources that the graph names
``strings.txt``        all strings, sorted, UTF-8, end to end; ``strings.offset`` (int64)
``node.*``             id category name name_zh attributes; ``node.names``, ``node.xrefs`` and
                       ``node.coverage`` are offsets into the next rows
``name.*``, ``xref``   text lang kind; CURIE
``edge.*``             subject predicate object qualifiers, sorted; ``edge.evidence`` offsets
``out``, ``into.*``    offsets per node: edges that start there; that end there (``into.edge``)
``evidence.*``         source locator level agent notes publications confidence …
``coverage.*``         check source section date
``index.*``            key (normalised name, sorted), node, name row
=====================  ==========================================================================

A column of strings holds positions in ``strings``; −1 is None. Nodes are sorted by id, edges by
(subject, predicate, object, qualifiers), so the same content gives the same bytes.
Reading needs the standard library only; numpy views are in :mod:`graphrx.kg.frames`.
"""

import hashlib
import json
import math
import mmap
import sys
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from graphrx.kg.errors import IntegrityError, NotAvailableError
from graphrx.kg.model import (
    Coverage,
    Edge,
    EvidenceRow,
    Lang,
    Name,
    NameKind,
    Node,
    SourceInfo,
    canonical_json,
)

if TYPE_CHECKING:
    from graphrx.kg.store.base import GraphStore

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"
SOURCES: Final = "sources.json"
STRINGS: Final = "strings.txt"

TYPES: Final[dict[str, str]] = {
    "strings.offset": "q",
    **dict.fromkeys(("node.id", "node.category", "node.name", "node.name_zh"), "i"),
    **dict.fromkeys(("node.attributes", "node.names", "node.xrefs", "node.coverage"), "i"),
    **dict.fromkeys(("name.text", "name.lang", "name.kind", "xref"), "i"),
    **dict.fromkeys(("edge.subject", "edge.predicate", "edge.object", "edge.qualifiers"), "i"),
    **dict.fromkeys(("edge.evidence", "out", "into.offset", "into.edge"), "i"),
    **dict.fromkeys(("evidence.source", "evidence.locator", "evidence.level"), "i"),
    **dict.fromkeys(("evidence.agent", "evidence.notes", "evidence.publications"), "i"),
    **dict.fromkeys(("evidence.model", "evidence.run", "evidence.document"), "i"),
    **dict.fromkeys(("evidence.span_start", "evidence.span_end"), "i"),
    "evidence.confidence": "d",
    **dict.fromkeys(("coverage.check", "coverage.source"), "i"),
    **dict.fromkeys(("coverage.section", "coverage.date"), "i"),
    **dict.fromkeys(("index.key", "index.node", "index.name"), "i"),
}
"""Column file → type code of :mod:`array` (i: int32, q: int64, d: float64)."""


def content_hash(files: dict[str, str]) -> str:
    """Return the identity of a snapshot from the sha256 of each of its files."""
    return hashlib.sha256(canonical_json({"format": FORMAT, "files": files}).encode()).hexdigest()


class Snapshot:
    """A read-only graph; make one with :meth:`load` or :meth:`freeze`.

    Nodes and edges are numbered from 0. What is read once is kept, so a look-up costs a dict
    access from the second time on.
    """

    def __init__(self, path: Path, manifest: dict[str, Any]) -> None:
        """Map the files that the manifest lists; use :meth:`load`."""
        self.path = path
        self._manifest = manifest
        self.sha256: str = manifest["sha256"]
        self.version: str = manifest["version"]
        self.built: str = manifest["built"]
        self._columns = {name: self._map(name, code) for name, code in TYPES.items()}
        self._text = self._map(STRINGS, "B")
        sources = json.loads(bytes(self._map(SOURCES, "B")))
        self.sources: tuple[SourceInfo, ...] = tuple(SourceInfo(**item) for item in sources)
        self.n_nodes = len(self._columns["node.id"])
        self.n_edges = len(self._columns["edge.subject"])
        self._strings: dict[int, str] = {}
        self._nodes: dict[int, Node] = {}
        self._edges: dict[int, Edge] = {}
        self._evidence: dict[int, tuple[EvidenceRow, ...]] = {}
        self._near: dict[tuple[int, str | None, bool], tuple[int, ...]] = {}
        self._by_category: dict[str, tuple[int, ...]] | None = None

    @classmethod
    def load(cls, path: Path | str) -> "Snapshot":
        """Open a snapshot directory; the content is not re-hashed (see :meth:`verify`).

        :raises NotAvailableError: there is none.
        :raises IntegrityError: it is damaged, or of another format.
        """
        path = Path(path)
        try:
            manifest = json.loads((path / MANIFEST).read_bytes())
        except FileNotFoundError:
            raise NotAvailableError(
                f"no graph snapshot at {path}; make one with graphrx kg build"
            ) from None
        except ValueError:
            raise IntegrityError(f"{path / MANIFEST} is damaged; delete {path}") from None
        if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
            raise IntegrityError(f"{path} is not of snapshot format {FORMAT}; build it anew")
        try:
            return cls(path, manifest)
        except (OSError, KeyError, ValueError, TypeError) as error:
            raise IntegrityError(
                f"snapshot {path} is damaged ({error}); delete it and build it anew"
            ) from error

    @staticmethod
    def freeze(store: "GraphStore", path: Path | str) -> "Snapshot":
        """Write the snapshot of a store; see :func:`graphrx.kg.freeze.freeze`."""
        from graphrx.kg.freeze import freeze

        return freeze(store, Path(path))

    def verify(self) -> None:
        """Hash every file again.

        :raises IntegrityError: naming the first file that differs.
        """
        found: dict[str, str] = {}
        for name, expected in self._manifest["files"].items():
            found[name] = hashlib.sha256((self.path / name).read_bytes()).hexdigest()
            if found[name] != expected["sha256"]:
                raise IntegrityError(
                    f"{self.path / name} was changed; delete {self.path} and build it anew"
                )
        if content_hash(found) != self.sha256:
            raise IntegrityError(f"{self.path / MANIFEST} was changed; delete {self.path}")

    @property
    def counts(self) -> dict[str, int]:
        """Return the manifest's counts, rows left out included (``dangling``, ``violations``)."""
        return dict(self._manifest["counts"])

    def column(self, name: str) -> "memoryview[Any]":
        """Return a column as it lies in its file; names and types in :data:`TYPES`."""
        return self._columns[name]

    def string(self, ref: int) -> str:
        """Return a string by its position in the sorted strings."""
        found = self._strings.get(ref)
        if found is None:
            start, end = self._columns["strings.offset"][ref : ref + 2]
            found = self._strings[ref] = str(self._text[start:end], "utf-8")
        return found

    def index(self, node_id: str) -> int | None:
        """Return the number of a node, or None when the graph does not have it."""
        ids = self._columns["node.id"]
        at = bisect_left(range(self.n_nodes), node_id, key=lambda i: self.string(ids[i]))
        return at if at < self.n_nodes and self.string(ids[at]) == node_id else None

    def category(self, i: int) -> str:
        """Return the category of a node."""
        return self.string(self._columns["node.category"][i])

    def name(self, i: int) -> str:
        """Return the preferred English name of a node."""
        return self.string(self._columns["node.name"][i])

    def attributes_text(self, i: int) -> str:
        """Return the attributes of a node as canonical JSON text, unread."""
        return self.string(self._columns["node.attributes"][i])

    def node(self, i: int) -> Node:
        """Return a node with all that is said of it."""
        if i not in self._nodes:
            c = self._columns
            xrefs = c["xref"][slice(*c["node.xrefs"][i : i + 2])]
            self._nodes[i] = Node(
                index=i,
                id=self.string(c["node.id"][i]),
                category=self.category(i),
                name=self.name(i),
                name_zh=self._optional("node.name_zh", i),
                names=tuple(map(self._name, range(*c["node.names"][i : i + 2]))),
                xrefs=tuple(map(self.string, xrefs)),
                attributes=json.loads(self.attributes_text(i)),
            )
        return self._nodes[i]

    def out(self, i: int, predicate: str | None = None) -> tuple[int, ...]:
        """Return the edges that start at a node, in order."""
        return self._incident(i, predicate, into=False)

    def into(self, i: int, predicate: str | None = None) -> tuple[int, ...]:
        """Return the edges that end at a node, in order."""
        return self._incident(i, predicate, into=True)

    def edge(self, e: int) -> Edge:
        """Return an edge."""
        if e not in self._edges:
            c = self._columns
            self._edges[e] = Edge(
                e,
                c["edge.subject"][e],
                self.string(c["edge.predicate"][e]),
                c["edge.object"][e],
                json.loads(self.string(c["edge.qualifiers"][e])),
            )
        return self._edges[e]

    def evidence(self, e: int) -> tuple[EvidenceRow, ...]:
        """Return all that is said of an edge, sorted."""
        if e not in self._evidence:
            rows = range(*self._columns["edge.evidence"][e : e + 2])
            self._evidence[e] = tuple(map(self._evidence_row, rows))
        return self._evidence[e]

    def lookup(self, key: str) -> tuple[tuple[int, Name], ...]:
        """Return (node, name) for every node so called; ``key`` is ``normalise(text)``.

        Drugs come first, then classes, diseases, symptoms, side effects, regimens.
        """
        keys = self._columns["index.key"]
        at = bisect_left(range(len(keys)), key, key=lambda j: self.string(keys[j]))
        found = []
        while at < len(keys) and self.string(keys[at]) == key:
            name = self._name(self._columns["index.name"][at])
            found.append((self._columns["index.node"][at], name))
            at += 1
        return tuple(found)

    def name_keys(self) -> Iterator[str]:
        """Iterate over all normalised names, sorted, each once."""
        last = -1
        for ref in self._columns["index.key"]:
            if ref != last:
                yield self.string(ref)
            last = ref

    def closure(
        self, i: int, predicate: str, *, reverse: bool = False
    ) -> dict[int, tuple[int, ...]]:
        """Return all nodes that ``predicate+`` reaches, each with the edges of a shortest path.

        Paths start at ``i``, also when followed in reverse. ``i`` itself is not in the result.
        The nodes are in the order of their distance; the same graph gives the same paths.
        """
        found: dict[int, tuple[int, ...]] = {i: ()}
        waiting = [i]
        for place in waiting:
            for e in self._incident(place, predicate, into=reverse):
                edge = self.edge(e)
                there = edge.subject if reverse else edge.object
                if there not in found:
                    found[there] = (*found[place], e)
                    waiting.append(there)
        del found[i]
        return found

    def nodes_of(self, category: str) -> tuple[int, ...]:
        """Return the nodes of a category."""
        if self._by_category is None:
            lists: dict[int, list[int]] = {}
            for i, ref in enumerate(self._columns["node.category"]):
                lists.setdefault(ref, []).append(i)
            self._by_category = {self.string(ref): tuple(nodes) for ref, nodes in lists.items()}
        return self._by_category.get(category, ())

    def coverage(self, i: int) -> dict[str, Coverage]:
        """Return the newest reviewed row of a drug for each check."""
        c = self._columns
        found: dict[str, Coverage] = {}
        for row in range(*c["node.coverage"][i : i + 2]):
            check, source, section, date = (
                self.string(c[f"coverage.{part}"][row])
                for part in ("check", "source", "section", "date")
            )
            known = found.get(check)
            if known is None or known.date <= date:
                found[check] = Coverage(self.string(c["node.id"][i]), check, source, section, date)
        return found

    def _map(self, name: str, code: str) -> "memoryview[Any]":
        expected = self._manifest["files"][name]["bytes"]
        with (self.path / name).open("rb") as file:
            size = file.seek(0, 2)
            if size != expected:
                raise ValueError(f"{name} has {size} bytes, not {expected}")
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        if sys.byteorder == "big" and code != "B":
            swapped = array(code, bytes(data))
            swapped.byteswap()
            return memoryview(swapped)
        view: memoryview[Any] = memoryview(data).cast(cast("Any", code))
        return view

    def _optional(self, column: str, row: int) -> str | None:
        ref = self._columns[column][row]
        return None if ref < 0 else self.string(ref)

    def _name(self, row: int) -> Name:
        c = self._columns
        text, lang, kind = (self.string(c[f"name.{p}"][row]) for p in ("text", "lang", "kind"))
        return Name(text, cast("Lang", lang), cast("NameKind", kind))

    def _incident(self, i: int, predicate: str | None, *, into: bool) -> tuple[int, ...]:
        key = (i, predicate, into)
        found = self._near.get(key)
        if found is None:
            c = self._columns
            if into:
                edges = tuple(c["into.edge"][slice(*c["into.offset"][i : i + 2])])
            else:
                edges = tuple(range(*c["out"][i : i + 2]))
            if predicate is not None:
                said = c["edge.predicate"]
                edges = tuple(e for e in edges if self.string(said[e]) == predicate)
            found = self._near[key] = edges
        return found

    def _evidence_row(self, row: int) -> EvidenceRow:
        c = self._columns
        source = self.sources[c["evidence.source"][row]]
        confidence = c["evidence.confidence"][row]
        start = c["evidence.span_start"][row]
        return EvidenceRow(
            source=source.id,
            locator=self.string(c["evidence.locator"][row]),
            level=self.string(c["evidence.level"][row]),
            agent=self.string(c["evidence.agent"][row]),
            confidence=None if math.isnan(confidence) else confidence,
            notes=json.loads(self.string(c["evidence.notes"][row])),
            publications=tuple(json.loads(self.string(c["evidence.publications"][row]))),
            model=self._optional("evidence.model", row),
            run=self._optional("evidence.run", row),
            document=self._optional("evidence.document", row),
            span=None if start < 0 else (start, c["evidence.span_end"][row]),
            source_info=source,
        )
