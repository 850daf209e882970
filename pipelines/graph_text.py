"""The answers of the ``kg`` commands for people."""

from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]


def stats(result: Json) -> Iterator[str]:
    """Show the counts of a graph."""
    yield f"graph {result['snapshot'][:12]}"
    for title in ("nodes", "edges", "coverage"):
        counts = result[title]
        yield f"\n{sum(counts.values()):>10,} {'reviewed rows' if title == 'coverage' else title}"
        yield from _counts(counts)
    yield f"\n{sum(sum(c.values()) for c in result['evidence'].values()):>10,} evidence"
    for source, counts in result["evidence"].items():
        yield f"{sum(counts.values()):>10,} {source}"
        yield from (f"             {n:>10,} {name}" for name, n in counts.items())


def query(result: Json) -> Iterator[str]:
    """Show nodes, and what was asked of them."""
    for found in result["results"]:
        for node in found["nodes"]:
            zh = f" {node['name_zh']}" if node["name_zh"] else ""
            yield f"{node['name']}{zh}  {node['category']} {node['id']}"
            if node["names"]:
                yield f"  also {', '.join(node['names'])}"
            if "answers" in node:
                if not node["answers"]:
                    yield f"  nothing is known about {node['question']}"
                for edge in node["answers"]:
                    yield from (f"  {line}" for line in step(edge))
            elif node["questions"]:
                listed = ", ".join(f"{name} {n:,}" for name, n in node["questions"].items())
                yield f"  --ask {listed}"


def path(result: Json) -> Iterator[str]:
    """Show a path, an edge a line."""
    ends = " to ".join(str(result[end]["name"]) for end in ("from", "to"))
    if not result["found"]:
        yield f"no path from {ends}"
        return
    yield f"{result['length']} steps from {ends}"
    for edge in result["steps"]:
        yield from step(edge)


def step(edge: Json) -> Iterator[str]:
    """Show an edge and who says it."""
    said = edge["qualifiers"]
    words = ", ".join(f"{key} {_short(value)}" for key, value in said.items())
    ends = (edge[end]["name"] or edge[end]["id"] for end in ("subject", "object"))
    yield f" {edge['predicate']} ".join(ends) + (f" ({words})" if words else "")
    for evidence in edge["evidence"]:
        sure = f", {evidence['confidence']:.2f}" if "confidence" in evidence else ""
        at = evidence.get("locator", "")
        reason = evidence.get("notes", {}).get("reason")
        yield (
            f"    {evidence['source']} {at} [{evidence['level']}{sure}]"
            f"{f': {reason}' if reason else ''}"
        )


def build(result: Json) -> Iterator[str]:
    """Show what a build did."""
    yield f"{'source':<22}{'read':>10}{'mapped':>10}{'rejected':>10}{'evidence':>10}{'new':>10}"
    for source in result["sources"]:
        numbers = (source[key] for key in ("read", "mapped", "rejected", "evidence", "changed"))
        yield f"{source['name']:<22}" + "".join(f"{n:>10,}" for n in numbers)
        if source["error"]:
            yield f"  failed: {source['error']}"
        yield from (f"  {n:>8,} rejected: {reason}" for reason, n in _most(source["rejects"]))
    for name, reason in result["skipped"].items():
        yield f"{name:<22}left out: {reason}"
    if result["conflicts"]:
        yield "sources against each other:"
        yield from (f"  {n:>8,} {what}" for what, n in _most(result["conflicts"]))
    yield f"terms: {result['licence']}"
    done = "nothing was written (--dry-run)" if result["dry_run"] else (
        f"{result['changed']:,} rows new; graph {result['snapshot'][:12]}"
    )  # fmt: skip
    yield f"{done}; {result['seconds']:.1f} s, {result['peak_mb']:,.0f} MB"


def written(result: Json) -> Iterator[str]:
    """Show what an export wrote."""
    yield f"{result['records']:,} records written to {result['file']}"
    if command := result.get("load_with"):
        yield f"load it with: {command}"


def imported(result: Json) -> Iterator[str]:
    """Show what an import did."""
    yield f"{result['read']:,} records read, {result['changed']:,} rows new"
    yield from (f"  {n:,} rejected: {reason}" for reason, n in result["rejects"].items())
    if result["snapshot"]:
        yield f"graph {result['snapshot'][:12]}"


def retracted(result: Json) -> Iterator[str]:
    """Show what a retraction removed."""
    rows = ", ".join(f"{n:,} {what}" for what, n in result["rows"].items() if n)
    verb = "would be removed" if result["dry_run"] else "removed"
    yield (
        f"{verb}: {rows}"
        if rows
        else ("nothing of that is in the store; graphrx kg stats lists its sources")
    )
    if result["snapshot"]:
        yield f"graph {result['snapshot'][:12]}"


def audit(result: Json) -> Iterator[str]:
    """Show whether a store is sound."""
    counts = ", ".join(f"{n:,} {what}" for what, n in result["counts"].items())
    yield f"graph {result['snapshot'][:12]}: {counts}"
    yield from (f"problem: {problem}" for problem in result["problems"])
    if result["ok"]:
        yield "sound: hashes agree, every edge has its ends, the schema holds"


def _counts(counts: Mapping[str, int]) -> Iterator[str]:
    return (f"{n:>10,}   {name}" for name, n in counts.items())


def _most(counts: Mapping[str, int], shown: int = 5) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:shown]


def _short(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{key} {_short(item)}" for key, item in value.items())
    return " or ".join(map(_short, value)) if isinstance(value, list) else str(value)
