"""The words of cards: Markdown in which nothing that was typed is markup."""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Any, Final

from graphrx.kg.verifier.verdict import LEVELS_ZH
from graphrx.pipelines.words import KINDS_ZH, LABELS

Json = dict[str, Any]

_MARKUP: Final = re.compile(r"([\\`*_\[\]|~@]|(?<=www)\.|:(?=//)|^[#>+=-]|(?<=^\d)[.)])")
"""What could start markup or a link; brackets are always escaped, so no link has an end."""
MAX_SUMMARY: Final = 139
"""Characters of a summary: the specification wants fewer than 140."""


def plain(text: str) -> str:
    """One line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def escaped(text: str) -> str:
    """A text that Markdown and HTML show as it stands."""
    safe = plain(text).replace("&", "&amp;").replace("<", "&lt;")
    return _MARKUP.sub(r"\\\1", safe)


def cut(text: str, most: int = MAX_SUMMARY) -> str:
    """One line of at most ``most`` characters."""
    line = plain(text)
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


class Words:
    """Says things in the languages asked for, the first language first."""

    def __init__(self, langs: Sequence[str]) -> None:
        """:param langs: of ``en`` and ``zh``."""
        self.langs = tuple(langs)

    def both(self, english: str | None, chinese: str | None) -> str:
        """A text in the languages asked for; the other one where one is missing."""
        words = {"en": english or chinese or "", "zh": chinese or english or ""}
        return " · ".join(dict.fromkeys(words[lang] for lang in self.langs if words[lang]))

    def first(self, english: str | None, chinese: str | None) -> str:
        """A text in the first language alone, for where space is short."""
        return (chinese or english or "") if self.langs[0] == "zh" else (english or chinese or "")

    def label(self, key: str) -> str:
        """A fixed label."""
        return self.both(*LABELS[key])

    def finding(self, finding: Json) -> Iterator[str]:
        """A finding in full, as the lines of a Markdown paragraph and list."""
        kind, level = finding["kind"], finding["level"]
        head = self.both(f"{level} {kind.replace('_', ' ')}",
                         f"{LEVELS_ZH[level]} {KINDS_ZH.get(kind, kind)}")  # fmt: skip
        names = [self._name(finding, "subject"), self._name(finding, "object")]
        reason = self.both(finding["reason"], finding.get("reason_zh"))
        yield f"**{escaped(head)}: {escaped(' – '.join(dict.fromkeys(names)))}**"
        yield ""
        yield escaped(reason)
        yield ""
        for key, label in (("question", "ask"), ("management", "do"), ("mechanism", "mechanism")):
            if finding.get(key):
                words = self.both(finding[key], finding.get(f"{key}_zh"))
                yield f"* {escaped(self.label(label))}: {escaped(words)}"
        notes = finding.get("modifiers", [])
        for note, zh in zip_longest(notes, finding.get("modifiers_zh", [])[: len(notes)]):
            yield f"* {escaped(self.label('note'))}: {escaped(self.both(note, zh))}"
        for path in finding["evidence"]:
            yield f"* {escaped(self.label('why'))}: {escaped(evidence(path))}"
        if finding.get("source_conflict"):
            yield f"* {escaped(self.both('The sources disagree', '来源之间不一致'))}"
        yield ""

    def _name(self, finding: Json, role: str) -> str:
        return self.both(finding[role], finding.get(f"{role}_zh"))

    def sources(self, result: Json) -> Iterator[str]:
        """The graph, its sources with their dates, and the disclaimer."""
        kb = result["kb"]
        named = [f"{one['id']} ({one['date']})" for one in kb["sources"]]
        graph = f"graph {kb['version']} {kb['sha256'][:12]} ({kb['built']})"
        yield f"{escaped(self.label('sources'))}: {escaped('; '.join([graph, *named]))}"
        yield ""
        yield f"_{escaped(self.label('disclaimer'))}_"


def evidence(path: Json) -> str:
    """A line of evidence: nodes joined by predicates, and who says so."""
    words = str(path["nodes"][0])
    for edge, node in zip(path["edges"], path["nodes"][1:], strict=False):
        words += f" —{edge}— {node}"
    where = f"{path['source']} {path.get('source_locator') or ''}".strip()
    return f"{words} [{where}; {path.get('evidence_level', 'unknown')}]"
