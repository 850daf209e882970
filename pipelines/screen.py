"""A result on a terminal: verdicts as words, reasons with their evidence, what is missing.

The screen is drawn from the result's JSON, so text and JSON can't disagree.
"""

import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from graphrx.kg.verifier.verdict import LEVELS_ZH
from graphrx.pipelines.audit.reasons import REASONS
from graphrx.pipelines.causes import causes, told_by
from graphrx.pipelines.given import shortened
from graphrx.pipelines.policy import SOFTENED
from graphrx.pipelines.words import FIELDS_ZH, KINDS_ZH, LABELS, LINES_ZH, STYLE, WORDS

QUESTIONS: Final = 5
"""Questions shown unless all is asked for."""


class Screen:
    """Draws results in the languages asked for, first language first."""

    def __init__(
        self, langs: Sequence[str], width: int | None = None, *, full: bool = False
    ) -> None:
        """:param full: show quiet findings, mechanisms and every source as well."""
        self.langs = tuple(langs)
        self.full = full
        self.overrides: dict[str, list[dict[str, Any]]] = {}
        self.seen: set[str] = set()
        # 80 columns off a terminal; rich counts wide characters and honours NO_COLOR
        self.console = Console(width=width, highlight=False, soft_wrap=False)
        if width is None and not self.console.is_terminal:
            self.console = Console(width=80, highlight=False)

    # -- words ---------------------------------------------------------------------------------

    def both(self, english: str | None, chinese: str | None) -> str:
        """A text in the languages asked for; the other one where one is missing."""
        words = {"en": english or chinese or "", "zh": chinese or english or ""}
        return " · ".join(dict.fromkeys(words[lang] for lang in self.langs if words[lang]))

    def one(self, english: str | None, chinese: str | None) -> str:
        """A short word in the first language asked for."""
        return (chinese if self.langs[0] == "zh" else None) or english or ""

    def label(self, key: str) -> str:
        """A fixed label."""
        return self.both(*LABELS[key])

    def line(self, word: str | None) -> str:
        """A line of treatment."""
        return self.one(word, LINES_ZH.get(word or ""))

    def field(self, name: str) -> str:
        """A field of the patient; its path stays as it is (``labs.potassium``)."""
        head, dot, tail = name.partition(".")
        return self.one(name, f"{FIELDS_ZH.get(head, head)}{dot}{tail}")

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
        self.seen, self.overrides = set(), {}
        for said in result.get("overrides", ()):
            self.overrides.setdefault(said["finding_id"], []).append(said)
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
        yield from self._questions(result)
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
        name = self.both(found["name"], found["name_zh"])
        yield Text(f"{name} ({self.line(found['line'])})", style="bold")
        for part in found["components"]:
            role = self.both(part["role"], part.get("role_zh"))
            yield Padding(Text(f"{role}: {part['drug']}"), (0, 0, 0, 3))

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
        if self.full or item["rank"] is not None:
            yield from self._usual(item)
        quiet = [f for f in item["findings"] if f["tier"] == "quiet" and not self.full]
        for cause in causes(f for f in item["findings"] if f not in quiet):
            yield from self._finding(cause, item["drug"])
        yield from self._quiet(quiet, item["drug"])
        if item.get("presumed") and self.full:
            names = ", ".join(item["presumed"])
            yield self._indent(Text(f"{self.label('presumed')}: {names}", style="dim"))
        nodes = (item.get("explanation") or {}).get("nodes") or []
        if nodes:
            words = ", ".join(node["name"] for node in nodes[: 8 if self.full else 4])
            yield self._indent(Text(f"{self.label('carried')}: {words}", style="dim"))

    def _usual(self, item: dict[str, Any]) -> Iterable[RenderableType]:
        for row in item.get("usual_doses", []):
            words = self.both(row["text"], row["text_zh"])
            where = f"{row['source']} {row['source_locator']}"
            yield self._indent(Text(f"{self.label('usual')}: {words} [{where}]", style="dim"))

    def _quiet(
        self, findings: Sequence[dict[str, Any]], drug: dict[str, Any]
    ) -> Iterable[RenderableType]:
        """Quiet findings on one line: how many, and of what; ``full`` shows each."""
        if not findings:
            return
        shown = "; ".join(self._brief([finding], drug).plain for finding in findings)
        text = Text(f"{self.label('quiet')} ({len(findings)}): {shown}")
        text.append(f" — {self.label('full')}", style="dim")
        yield self._indent(text)
        self.seen.update(finding["id"] for finding in findings)
        for finding in findings:
            for english, note in zip(finding["modifiers"], self._notes(finding), strict=True):
                if english.startswith(SOFTENED):
                    yield Padding(Text(f"{finding['id']} {note}"), (0, 0, 0, 7))
            yield from self._override(finding)

    def _override(self, finding: dict[str, Any]) -> Iterable[RenderableType]:
        for said in self.overrides.get(finding["id"], ()):
            code, when = said["reason_code"], said["when_utc"][:10]
            chinese = f" {REASONS[code][1]}" if "zh" in self.langs and code in REASONS else ""
            words = f"{finding['id']} {self.label('overridden')} {said['who']}, {when}"
            text = Text(f"{words} ({code}{chinese}): {said['comment']}")
            yield Padding(text, (0, 0, 0, 7))

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
            yield Padding(self._headline([finding], item["drug"]), (0, 0, 0, 6))

    def _indication(self, item: dict[str, Any]) -> Text:
        found = item["indication"]
        key = {"supported": "treats", "supported_by_parent": "by_parent"}.get(
            found["state"], "not_found"
        )
        text = Text(self.label(key), style="dim")
        if item.get("line"):
            text.append(f" ({self.line(item['line'])})", style="dim")
        if found["evidence"]:
            path = found["evidence"][0]
            text.append(
                f": {path['source']} {path.get('source_locator', '')}".rstrip(), style="dim"
            )
        text.append(f" · {self.label('origin')} {', '.join(item['origin'])}", style="dim")
        return text

    def _headline(
        self, cause: Sequence[dict[str, Any]], drug: dict[str, Any] | None = None
    ) -> Text:
        """A cause in brief, and its reason."""
        text = self._brief(cause, drug)
        reason = self.both(cause[0]["reason"], cause[0].get("reason_zh"))
        if reason:
            text.append(f" — {reason}")
        return text

    def _brief(self, cause: Sequence[dict[str, Any]], drug: dict[str, Any] | None = None) -> Text:
        """Level and kind of a cause, and what it is about; of a pair, the other drug is named.

        :param cause: findings that differ in what they are about alone.
        :param drug: the drug under which they stand.
        """
        first = cause[0]
        others = []
        for finding in cause:
            own = drug is not None and finding["object"] == drug.get("inn")
            side = "subject" if own else "object"
            others.append(self.both(finding[side], finding.get(f"{side}_zh")))
        level = self.both(first["level"], LEVELS_ZH[first["level"]])
        dash = "–" if first["kind"] == "drug_drug" else " "
        kind = self.both(first["kind"].replace("_", dash), KINDS_ZH.get(first["kind"]))
        text = Text(f"{', '.join(finding['id'] for finding in cause)} ", style="dim")
        text.append(level, style=STYLE[first["level"]])
        text.append(f" {kind}: {', '.join(others)}")
        return text

    def _finding(
        self, cause: Sequence[dict[str, Any]], drug: dict[str, Any]
    ) -> Iterable[RenderableType]:
        told = {told_by(finding) for finding in cause}
        again = told <= self.seen and not self.full
        self.seen |= told
        head = self._headline(cause, drug)
        if again:
            head.append(f" ({self.label('above')})", style="dim")
        yield self._indent(head)
        if again:
            return
        first = cause[0]
        for finding in cause:
            yield from self._override(finding)
        rows: list[tuple[str, str]] = []
        if first.get("question"):
            rows.append(("ask", self.both(first["question"], first.get("question_zh"))))
        if first.get("management"):
            rows.append(("do", self.both(first["management"], first.get("management_zh"))))
        if self.full and first.get("mechanism"):
            rows.append(("mechanism", self.both(first["mechanism"], first.get("mechanism_zh"))))
        notes = [note for finding in cause for note in self._notes(finding)]
        rows += [("note", note) for note in dict.fromkeys(notes)]
        for finding in cause:
            paths = finding["evidence"] if self.full else finding["evidence"][:2]
            rows += [("why", _path(path)) for path in paths]
        for key, words in rows:
            yield Padding(Text(f"{self.label(key)}: {words}", style="dim" if key == "why" else ""),
                          (0, 0, 0, 7))  # fmt: skip

    def _notes(self, finding: dict[str, Any]) -> list[str]:
        english = finding.get("modifiers", [])
        chinese = finding.get("modifiers_zh") or english
        return [self.both(en, zh) for en, zh in zip(english, chinese, strict=True)]

    def _pairs(self, result: dict[str, Any]) -> Iterable[RenderableType]:
        """Findings of pairs that no drug above has shown: those among current drugs, above all."""
        pairs = [f for f in result["pairs"] if self.full or f["id"] not in self.seen]
        shown = [f for f in pairs if self.full or f["tier"] == "interruptive"]
        if pairs:
            yield Text(f"\n{self.label('pairs')}", style="bold")
        for finding in shown:
            subject = self.both(finding["subject"], finding.get("subject_zh"))
            # of its own dose the drug is the only one that is named
            line = Text(f"{subject} " if finding["kind"] == "dose" else f"{subject} + ")
            line.append_text(self._headline([finding]))
            yield self._indent(line)
            for note in self._notes(finding):
                yield Padding(Text(note, style="dim"), (0, 0, 0, 7))
            yield from self._override(finding)
        if len(shown) < len(pairs):
            text = f"{self.label('quiet')} ({len(pairs) - len(shown)}) — {self.label('full')}"
            yield self._indent(Text(text, style="dim"))

    def _plan(self, result: dict[str, Any]) -> Iterable[RenderableType]:
        if result["command"] != "check":
            return
        plan = result["plan"]
        chinese = {item["drug"]["inn"]: item["drug"].get("name_zh") for item in result["items"]}
        if len(result["items"]) > 1 or plan["removed"]:
            yield Text("")
        if len(result["items"]) > 1:
            kept = ", ".join(self.one(name, chinese.get(name)) for name in plan["kept"])
            yield Text(f"{self.label('kept')}: {kept or '—'}")
        for gone in plan["removed"]:
            name = self.one(gone["drug"], chinese.get(gone["drug"]))
            yield Text(f"{self.label('removed')}: {name} ({', '.join(gone['because'])})")
            yield from self._instead(gone["alternatives"])

    def _instead(self, rows: list[dict[str, Any]]) -> Iterable[RenderableType]:
        for row in rows:
            line = Text(f"{self.label('instead')}: {self.both(row['drug'], row['name_zh'])} ")
            line.append_text(self.verdict(row["verdict"]))
            target = self.both(row["for"], row["for_zh"])
            line.append(f" {self.label('treats')} {target} ({self.line(row['line'])})", style="dim")
            yield self._indent(line)

    def _questions(self, result: dict[str, Any]) -> Iterable[RenderableType]:
        rows = result["patient_echo"].get("questions") or []
        if rows:
            yield Text(f"\n{self.label('questions')}", style="bold")
        for number, row in enumerate(rows if self.full else rows[:QUESTIONS], start=1):
            line = f"{number}. {self.both(row['question'], row['question_zh'])}"
            if row["settles"]:
                line += f" ({self.label('settles')} {', '.join(row['settles'])})"
            yield self._indent(Text(line))

    def _inputs(self, result: dict[str, Any]) -> Iterable[RenderableType]:
        echo = result["patient_echo"]
        used = [f"{self.field(fact['field'])}: {fact['value']}" for fact in echo["facts"]
                if fact["state"] == "present"]  # fmt: skip
        absent = [fact["field"] for fact in echo["facts"] if fact["state"] == "absent"]
        used += [f"{self.field(name)}: {self.one('none', '无')}" for name in absent]
        yield Text(f"\n{self.label('used')}: {'; '.join(used) or '—'}", style="dim")
        if echo["missing"]:
            missing = ", ".join(map(self.field, echo["missing"]))
            yield Text(f"{self.label('missing')}: {missing}", style="dim")
        for unknown in echo["unrecognised"] if self.full else shortened(echo["unrecognised"]):
            near = f" → {', '.join(unknown['suggestions'])}?" if unknown.get("suggestions") else ""
            text = f"{unknown['text']} ({self.field(unknown['field'])}){near}"
            yield Text(f"{self.label('unknown')}: {text}", style="magenta")

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
        policy = kb.get("policy")
        if policy:
            yield Text(
                f"{self.label('policy')}: {policy['name']} {policy['version']} "
                f"({policy['date']}, {policy['approved_by']}) {policy['sha256'][:12]}",
                style="dim",
            )
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
