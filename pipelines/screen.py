"""A result on a terminal: verdicts as words, reasons with their evidence, what is missing.

The screen is drawn from the result's JSON, so text and JSON can't disagree.
"""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from graphrx.pipelines.words import KINDS_ZH, LABELS, LEVELS_ZH, STYLE, WORDS


class Screen:
    """Draws results in the languages asked for, first language first."""

    def __init__(
        self, langs: Sequence[str], width: int | None = None, *, full: bool = False
    ) -> None:
        """:param full: show quiet findings, mechanisms and every source as well."""
        self.langs = tuple(langs)
        self.full = full
        # 80 columns off a terminal; rich counts wide characters and honours NO_COLOR
        self.console = Console(width=width, highlight=False, soft_wrap=False)
        if width is None and not self.console.is_terminal:
            self.console = Console(width=80, highlight=False)

    # -- words ---------------------------------------------------------------------------------

    def both(self, english: str | None, chinese: str | None) -> str:
        """A text in the languages asked for; the other one where one is missing."""
        words = {"en": english or chinese or "", "zh": chinese or english or ""}
        return " · ".join(dict.fromkeys(words[lang] for lang in self.langs if words[lang]))

    def label(self, key: str) -> str:
        """A fixed label."""
        return self.both(*LABELS[key])

    def verdict(self, word: str) -> Text:
        """A verdict as a word, coloured where colours are wanted."""
        english, chinese, colour = WORDS[word]
        return Text(f" {self.both(english, chinese)} ", style=f"bold reverse {colour}")

    def drug(self, drug: dict[str, Any]) -> str:
        """``中文 INN``, or the text as typed where it was not resolved."""
        if not drug.get("inn"):
            return str(drug["input"])
        chinese = "zh" in self.langs and drug.get("name_zh")
        shown = f"{drug['name_zh']} {drug['inn']}" if chinese else str(drug["inn"])
        typed = drug["input"]
        return shown if typed in (drug["inn"], drug.get("name_zh")) else f"{shown} ({typed})"

    # -- parts ---------------------------------------------------------------------------------

    def show(self, result: dict[str, Any]) -> None:
        """Print a result; off a terminal without the spaces that fill a line."""
        parts = Group(*self._parts(result))
        if self.console.is_terminal:
            self.console.print(parts)
            return
        with self.console.capture() as drawn:
            self.console.print(parts)
        sys.stdout.write("".join(f"{line.rstrip()}\n" for line in drawn.get().splitlines()))

    def _parts(self, result: dict[str, Any]) -> Iterable[RenderableType]:
        head = Text(f"{self.label(result['command'])}: ", style="bold")
        head.append_text(self.verdict(result["status"]))
        yield head
        yield from self._regimen(result)
        kept, rest = self._split(result)
        for item in kept:
            yield from self._item(item, result)
        yield from self._rest(rest)
        yield from self._pairs(result)
        yield from self._plan(result)
        yield from self._inputs(result)
        yield from self._model(result)
        yield from self._sources(result)

    def _regimen(self, result: dict[str, Any]) -> Iterable[RenderableType]:
        if "regimen" not in result["plan"]:
            return
        found = result["plan"]["regimen"]
        if found is None:
            yield Text(self.label("no_regimen"))
            return
        yield Text(f"{self.both(found['name'], found['name_zh'])} ({found['line']})", style="bold")
        for part in found["components"]:
            yield Padding(Text(f"{part['role']}: {part['drug']}"), (0, 0, 0, 3))

    def _split(self, result: dict[str, Any]) -> tuple[list[Any], list[Any]]:
        if result["command"] == "check":
            return result["items"], []
        kept = [item for item in result["items"] if item["rank"] is not None]
        return kept, [item for item in result["items"] if item["rank"] is None]

    def _item(self, item: dict[str, Any], result: dict[str, Any]) -> Iterable[RenderableType]:
        line = Text("\n")
        if item["rank"] is not None:
            line.append(f"{item['rank']}. ", style="bold")
        line.append(self.drug(item["drug"]), style="bold")
        line.append(" ")
        line.append_text(self.verdict(item["verdict"]))
        yield line
        if "indication" in item:
            yield self._indent(self._indication(item))
        quiet = []
        for finding in item["findings"]:
            if finding["tier"] == "quiet" and not self.full:
                quiet.append(finding)
            else:
                yield from self._finding(finding, item["drug"])
        for finding in quiet:
            yield self._indent(self._headline(finding, item["drug"]))
            if finding.get("question"):
                asked = self.both(finding["question"], finding.get("question_zh"))
                yield Padding(Text(f"{self.label('ask')}: {asked}"), (0, 0, 0, 7))
        if item.get("presumed") and self.full:
            names = ", ".join(item["presumed"])
            yield self._indent(Text(f"{self.label('presumed')}: {names}", style="dim"))
        nodes = (item.get("explanation") or {}).get("nodes") or []
        if nodes:
            words = ", ".join(node["name"] for node in nodes[: 8 if self.full else 4])
            yield self._indent(Text(f"{self.label('carried')}: {words}", style="dim"))

    def _rest(self, rest: list[dict[str, Any]]) -> Iterable[RenderableType]:
        """Candidates that are not kept: those that stand aside with the reason, others by name."""
        loud = [
            i for i in rest if self.full or any(f["tier"] == "interruptive" for f in i["findings"])
        ]
        quiet = [self.drug(item["drug"]) for item in rest if item not in loud]
        if loud:
            yield Text(f"\n{self.label('aside')}", style="bold")
        for item in loud:
            yield from self._short(item)
        if quiet:
            yield Text(f"\n{self.label('others')}: {', '.join(quiet)}", style="dim")

    def _short(self, item: dict[str, Any]) -> Iterable[RenderableType]:
        line = Text("  ")
        line.append(self.drug(item["drug"]))
        line.append(" ")
        line.append_text(self.verdict(item["verdict"]))
        yield line
        loud = [f for f in item["findings"] if f["tier"] == "interruptive"]
        for finding in loud if self.full else loud[:1]:
            yield Padding(self._headline(finding, item["drug"]), (0, 0, 0, 6))

    def _indication(self, item: dict[str, Any]) -> Text:
        found = item["indication"]
        key = {"supported": "treats", "supported_by_parent": "by_parent"}.get(
            found["state"], "not_found"
        )
        text = Text(self.label(key), style="dim")
        if item.get("line"):
            text.append(f" ({item['line']})", style="dim")
        if found["evidence"]:
            path = found["evidence"][0]
            text.append(
                f": {path['source']} {path.get('source_locator', '')}".rstrip(), style="dim"
            )
        text.append(f" · {self.label('origin')} {', '.join(item['origin'])}", style="dim")
        return text

    def _headline(self, finding: dict[str, Any], drug: dict[str, Any] | None = None) -> Text:
        """Level, kind and reason; of a pair, the other drug is named.

        :param drug: the drug under which the finding stands.
        """
        other = finding["object"]
        if drug is not None and other == drug.get("inn"):
            other = finding["subject"]
        level = self.both(finding["level"], LEVELS_ZH[finding["level"]])
        dash = "–" if finding["kind"] == "drug_drug" else " "
        kind = self.both(finding["kind"].replace("_", dash), KINDS_ZH.get(finding["kind"]))
        text = Text(f"{finding['id']} ", style="dim")
        text.append(level, style=STYLE[finding["level"]])
        text.append(f" {kind}: {other}")
        reason = self.both(finding["reason"], finding.get("reason_zh"))
        if reason:
            text.append(f" — {reason}")
        return text

    def _finding(self, finding: dict[str, Any], drug: dict[str, Any]) -> Iterable[RenderableType]:
        yield self._indent(self._headline(finding, drug))
        rows: list[tuple[str, str]] = []
        if finding.get("question"):
            rows.append(("ask", self.both(finding["question"], finding.get("question_zh"))))
        if finding.get("management"):
            rows.append(("do", self.both(finding["management"], finding.get("management_zh"))))
        if self.full and finding.get("mechanism"):
            rows.append(("mechanism", self.both(finding["mechanism"], finding.get("mechanism_zh"))))
        rows += [("note", note) for note in finding.get("modifiers", [])]
        paths = finding["evidence"] if self.full else finding["evidence"][:2]
        rows += [("why", _path(path)) for path in paths]
        for key, words in rows:
            yield Padding(Text(f"{self.label(key)}: {words}", style="dim" if key == "why" else ""),
                          (0, 0, 0, 7))  # fmt: skip

    def _pairs(self, result: dict[str, Any]) -> Iterable[RenderableType]:
        shown = [f for f in result["pairs"] if self.full or f["tier"] == "interruptive"]
        if shown:
            yield Text(f"\n{self.label('pairs')}", style="bold")
        for finding in shown:
            line = Text(f"{finding['subject']} + ")
            line.append_text(self._headline(finding))
            yield self._indent(line)
            for note in finding.get("modifiers", []):
                yield Padding(Text(note, style="dim"), (0, 0, 0, 7))

    def _plan(self, result: dict[str, Any]) -> Iterable[RenderableType]:
        if result["command"] != "check" or len(result["items"]) < 2:
            return
        plan = result["plan"]
        yield Text(f"\n{self.label('kept')}: {', '.join(plan['kept']) or '—'}")
        for gone in plan["removed"]:
            yield Text(f"{self.label('removed')}: {gone['drug']} ({', '.join(gone['because'])})")

    def _inputs(self, result: dict[str, Any]) -> Iterable[RenderableType]:
        echo = result["patient_echo"]
        used = [f"{fact['field']}: {fact['value']}" for fact in echo["facts"]
                if fact["state"] == "present"]  # fmt: skip
        none = [fact["field"] for fact in echo["facts"] if fact["state"] == "absent"]
        used += [f"{name}: none" for name in none]
        yield Text(f"\n{self.label('used')}: {'; '.join(used) or '—'}", style="dim")
        if echo["missing"]:
            yield Text(f"{self.label('missing')}: {', '.join(echo['missing'])}", style="dim")
        for unknown in echo["unrecognised"]:
            near = f" → {', '.join(unknown['suggestions'])}?" if unknown.get("suggestions") else ""
            yield Text(f"{self.label('unknown')}: {unknown['text']} ({unknown['field']}){near}",
                       style="magenta")  # fmt: skip

    def _model(self, result: dict[str, Any]) -> Iterable[RenderableType]:
        model = result.get("model")
        if model:
            yield Text(
                f"{self.label('model')}: {model['name']} {model['sha256'][:12]}, "
                f"{model['graph_tokens']} graph tokens ({model['tokens']}); {self.label('own')}: "
                f"{', '.join(model['generated'])}",
                style="dim",
            )

    def _sources(self, result: dict[str, Any]) -> Iterable[RenderableType]:
        kb = result["kb"]
        words = ", ".join(f"{source['id']} ({source['date']})" for source in kb["sources"])
        yield Text(
            f"{self.label('sources')}: graph {kb['version']} {kb['sha256'][:12]} ({kb['built']})"
            + (f"; {words}" if words else ""),
            style="dim",
        )
        yield Text(self.label("disclaimer"), style="italic dim")

    @staticmethod
    def _indent(text: RenderableType) -> RenderableType:
        return Padding(text, (0, 0, 0, 3))


def _path(path: dict[str, Any]) -> str:
    words = path["nodes"][0]
    for edge, node in zip(path["edges"], path["nodes"][1:], strict=False):
        words += f" —{edge}— {node}"
    where = f"{path['source']} {path.get('source_locator', '')}".strip()
    return f"{words} [{where}]"
