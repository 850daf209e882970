"""Findings on a screen: a cause once, loud ones with reason and evidence, quiet ones counted."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from graphrx.kg.verifier.verdict import LEVELS_ZH
from graphrx.pipelines.audit.reasons import REASONS
from graphrx.pipelines.causes import causes, told_by
from graphrx.pipelines.policy import SOFTENED
from graphrx.pipelines.screen.language import Language
from graphrx.pipelines.words import KINDS_ZH, STYLE


class Findings:
    """Draws the findings of one result; remembers what it has told, to tell it once."""

    def __init__(self, say: Language, result: Mapping[str, Any], *, full: bool) -> None:
        """:param full: show quiet findings, mechanisms and every source as well."""
        self.say = say
        self.full = full
        self.seen: set[str] = set()
        self.overrides: dict[str, list[dict[str, Any]]] = {}
        for said in result.get("overrides", ()):
            self.overrides.setdefault(said["finding_id"], []).append(said)

    def of(self, item: dict[str, Any]) -> Iterable[RenderableType]:
        """The findings of a drug."""
        quiet = [f for f in item["findings"] if f["tier"] == "quiet" and not self.full]
        for cause in causes(f for f in item["findings"] if f not in quiet):
            yield from self.finding(cause, item["drug"])
        yield from self.quiet(quiet, item["drug"])

    def quiet(
        self, findings: Sequence[dict[str, Any]], drug: dict[str, Any]
    ) -> Iterable[RenderableType]:
        """Quiet findings on one line: how many, and of what; ``full`` shows each."""
        if not findings:
            return
        shown = "; ".join(self.brief([finding], drug).plain for finding in findings)
        text = Text(f"{self.say.label('quiet')} ({len(findings)}): {shown}")
        text.append(f" — {self.say.label('full')}", style="dim")
        yield indent(text)
        self.seen.update(finding["id"] for finding in findings)
        for finding in findings:
            for english, note in zip(finding["modifiers"], self.notes(finding), strict=True):
                if english.startswith(SOFTENED):
                    yield Padding(Text(f"{finding['id']} {note}"), (0, 0, 0, 7))
            yield from self.override(finding)

    def override(self, finding: dict[str, Any]) -> Iterable[RenderableType]:
        """Who overrode a finding, and why."""
        for said in self.overrides.get(finding["id"], ()):
            code, when = said["reason_code"], said["when_utc"][:10]
            chinese = f" {REASONS[code][1]}" if "zh" in self.say.langs and code in REASONS else ""
            words = f"{finding['id']} {self.say.label('overridden')} {said['who']}, {when}"
            text = Text(f"{words} ({code}{chinese}): {said['comment']}")
            yield Padding(text, (0, 0, 0, 7))

    def headline(self, cause: Sequence[dict[str, Any]], drug: dict[str, Any] | None = None) -> Text:
        """A cause in brief, and its reason."""
        text = self.brief(cause, drug)
        reason = self.say.both(cause[0]["reason"], cause[0].get("reason_zh"))
        if reason:
            text.append(f" — {reason}")
        return text

    def brief(self, cause: Sequence[dict[str, Any]], drug: dict[str, Any] | None = None) -> Text:
        """Level and kind of a cause, and what it is about; of a pair, the other drug is named.

        :param cause: findings that differ in what they are about alone.
        :param drug: the drug under which they stand.
        """
        first = cause[0]
        others = []
        for finding in cause:
            own = drug is not None and finding["object"] == drug.get("inn")
            side = "subject" if own else "object"
            others.append(self.say.both(finding[side], finding.get(f"{side}_zh")))
        level = self.say.both(first["level"], LEVELS_ZH[first["level"]])
        dash = "–" if first["kind"] == "drug_drug" else " "
        kind = self.say.both(first["kind"].replace("_", dash), KINDS_ZH.get(first["kind"]))
        text = Text(f"{', '.join(finding['id'] for finding in cause)} ", style="dim")
        text.append(level, style=STYLE[first["level"]])
        text.append(f" {kind}: {', '.join(others)}")
        return text

    def finding(
        self, cause: Sequence[dict[str, Any]], drug: dict[str, Any]
    ) -> Iterable[RenderableType]:
        """A cause with what to ask, what to do, and why; told before, its headline alone."""
        told = {told_by(finding) for finding in cause}
        again = told <= self.seen and not self.full
        self.seen |= told
        head = self.headline(cause, drug)
        if again:
            head.append(f" ({self.say.label('above')})", style="dim")
        yield indent(head)
        if again:
            return
        first = cause[0]
        for finding in cause:
            yield from self.override(finding)
        rows: list[tuple[str, str]] = []
        if first.get("question"):
            rows.append(("ask", self.say.both(first["question"], first.get("question_zh"))))
        if first.get("management"):
            rows.append(("do", self.say.both(first["management"], first.get("management_zh"))))
        if self.full and first.get("mechanism"):
            rows.append(("mechanism", self.say.both(first["mechanism"], first.get("mechanism_zh"))))
        notes = [note for finding in cause for note in self.notes(finding)]
        rows += [("note", note) for note in dict.fromkeys(notes)]
        for finding in cause:
            paths = finding["evidence"] if self.full else finding["evidence"][:2]
            rows += [("why", path_text(path)) for path in paths]
        for key, words in rows:
            style = "dim" if key == "why" else ""
            yield Padding(Text(f"{self.say.label(key)}: {words}", style=style), (0, 0, 0, 7))

    def notes(self, finding: dict[str, Any]) -> list[str]:
        """Remarks on a finding."""
        english = finding.get("modifiers", [])
        chinese = finding.get("modifiers_zh") or english
        return [self.say.both(en, zh) for en, zh in zip(english, chinese, strict=True)]

    def pairs(self, result: dict[str, Any]) -> Iterable[RenderableType]:
        """Findings of pairs that no drug above has shown: those among current drugs, above all."""
        pairs = [f for f in result["pairs"] if self.full or f["id"] not in self.seen]
        shown = [f for f in pairs if self.full or f["tier"] == "interruptive"]
        if pairs:
            yield Text(f"\n{self.say.label('pairs')}", style="bold")
        for finding in shown:
            subject = self.say.both(finding["subject"], finding.get("subject_zh"))
            # of its own dose the drug is the only one that is named
            line = Text(f"{subject} " if finding["kind"] == "dose" else f"{subject} + ")
            line.append_text(self.headline([finding]))
            yield indent(line)
            for note in self.notes(finding):
                yield Padding(Text(note, style="dim"), (0, 0, 0, 7))
            yield from self.override(finding)
        if len(shown) < len(pairs):
            text = (
                f"{self.say.label('quiet')} ({len(pairs) - len(shown)}) — {self.say.label('full')}"
            )
            yield indent(Text(text, style="dim"))


def indent(text: RenderableType) -> RenderableType:
    """A line that belongs to the drug above."""
    return Padding(text, (0, 0, 0, 3))


def path_text(path: Mapping[str, Any]) -> str:
    """A path of evidence: nodes, predicates, and who says so."""
    words = path["nodes"][0]
    for edge, node in zip(path["edges"], path["nodes"][1:], strict=False):
        words += f" —{edge}— {node}"
    where = f"{path['source']} {path.get('source_locator', '')}".strip()
    return f"{words} [{where}]"
