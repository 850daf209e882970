"""A result on a terminal: verdicts as words, reasons with their evidence, what is missing."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from graphrx.pipelines.screen.basis import inputs, model, questions, sources
from graphrx.pipelines.screen.findings import Findings, indent
from graphrx.pipelines.screen.language import Language


class Screen:
    """Draws results in the languages asked for, first language first."""

    def __init__(
        self, langs: Sequence[str], width: int | None = None, *, full: bool = False
    ) -> None:
        """:param full: show quiet findings, mechanisms and every source as well."""
        self.say = Language(langs)
        self.full = full
        # 80 columns off a terminal; rich counts wide characters and honours NO_COLOR
        self.console = Console(width=width, highlight=False, soft_wrap=False)
        if width is None and not self.console.is_terminal:
            self.console = Console(width=80, highlight=False)

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
        found = Findings(self.say, result, full=self.full)
        head = Text(f"{self.say.label(result['command'])}: ", style="bold")
        head.append_text(self.say.verdict(result["status"]))
        yield head
        yield from self._regimen(result)
        kept, rest = self._split(result)
        for item in kept:
            yield from self._item(item, found)
        yield from self._rest(rest, found)
        yield from found.pairs(result)
        yield from self._plan(result)
        yield from questions(self.say, result, full=self.full)
        yield from inputs(self.say, result, full=self.full)
        yield from model(self.say, result)
        yield from sources(self.say, result)

    def _regimen(self, result: dict[str, Any]) -> Iterable[RenderableType]:
        if "regimen" not in result["plan"]:
            return
        found = result["plan"]["regimen"]
        if found is None:
            yield Text(self.say.label("no_regimen"))
            return
        name = self.say.both(found["name"], found["name_zh"])
        yield Text(f"{name} ({self.say.line(found['line'])})", style="bold")
        for part in found["components"]:
            role = self.say.both(part["role"], part.get("role_zh"))
            yield Padding(Text(f"{role}: {part['drug']}"), (0, 0, 0, 3))

    def _split(self, result: dict[str, Any]) -> tuple[list[Any], list[Any]]:
        if result["command"] == "check":
            return result["items"], []
        kept = [item for item in result["items"] if item["rank"] is not None]
        return kept, [item for item in result["items"] if item["rank"] is None]

    def _item(self, item: dict[str, Any], found: Findings) -> Iterable[RenderableType]:
        line = Text("\n")
        if item["rank"] is not None:
            line.append(f"{item['rank']}. ", style="bold")
        line.append(self.say.drug(item["drug"]), style="bold")
        line.append(" ")
        line.append_text(self.say.verdict(item["verdict"]))
        yield line
        if "indication" in item:
            yield indent(self._indication(item))
        if self.full or item["rank"] is not None:
            yield from self._usual(item)
        yield from found.of(item)
        if item.get("presumed") and self.full:
            names = ", ".join(item["presumed"])
            yield indent(Text(f"{self.say.label('presumed')}: {names}", style="dim"))
        nodes = (item.get("explanation") or {}).get("nodes") or []
        if nodes:
            words = ", ".join(node["name"] for node in nodes[: 8 if self.full else 4])
            yield indent(Text(f"{self.say.label('carried')}: {words}", style="dim"))

    def _usual(self, item: dict[str, Any]) -> Iterable[RenderableType]:
        for row in item.get("usual_doses", []):
            words = self.say.both(row["text"], row["text_zh"])
            where = f"{row['source']} {row['source_locator']}"
            yield indent(Text(f"{self.say.label('usual')}: {words} [{where}]", style="dim"))

    def _rest(self, rest: list[dict[str, Any]], found: Findings) -> Iterable[RenderableType]:
        """Candidates that are not kept: those that stand aside with the reason, others by name."""
        loud = [
            i for i in rest if self.full or any(f["tier"] == "interruptive" for f in i["findings"])
        ]
        quiet = [self.say.drug(item["drug"]) for item in rest if item not in loud]
        if loud:
            yield Text(f"\n{self.say.label('aside')}", style="bold")
        for item in loud:
            yield from self._short(item, found)
        if quiet:
            yield Text(f"\n{self.say.label('others')}: {', '.join(quiet)}", style="dim")

    def _short(self, item: dict[str, Any], found: Findings) -> Iterable[RenderableType]:
        line = Text("  ")
        line.append(self.say.drug(item["drug"]))
        line.append(" ")
        line.append_text(self.say.verdict(item["verdict"]))
        yield line
        loud = [f for f in item["findings"] if f["tier"] == "interruptive"]
        for finding in loud if self.full else loud[:1]:
            yield Padding(found.headline([finding], item["drug"]), (0, 0, 0, 6))

    def _indication(self, item: dict[str, Any]) -> Text:
        found = item["indication"]
        key = {"supported": "treats", "supported_by_parent": "by_parent"}.get(
            found["state"], "not_found"
        )
        text = Text(self.say.label(key), style="dim")
        if item.get("line"):
            text.append(f" ({self.say.line(item['line'])})", style="dim")
        if found["evidence"]:
            path = found["evidence"][0]
            text.append(
                f": {path['source']} {path.get('source_locator', '')}".rstrip(), style="dim"
            )
        text.append(f" · {self.say.label('origin')} {', '.join(item['origin'])}", style="dim")
        return text

    def _plan(self, result: dict[str, Any]) -> Iterable[RenderableType]:
        if result["command"] != "check":
            return
        plan = result["plan"]
        chinese = {item["drug"]["inn"]: item["drug"].get("name_zh") for item in result["items"]}
        if len(result["items"]) > 1 or plan["removed"]:
            yield Text("")
        if len(result["items"]) > 1:
            kept = ", ".join(self.say.one(name, chinese.get(name)) for name in plan["kept"])
            yield Text(f"{self.say.label('kept')}: {kept or '—'}")
        for gone in plan["removed"]:
            name = self.say.one(gone["drug"], chinese.get(gone["drug"]))
            yield Text(f"{self.say.label('removed')}: {name} ({', '.join(gone['because'])})")
            yield from self._instead(gone["alternatives"])

    def _instead(self, rows: list[dict[str, Any]]) -> Iterable[RenderableType]:
        for row in rows:
            line = Text(
                f"{self.say.label('instead')}: {self.say.both(row['drug'], row['name_zh'])} "
            )
            line.append_text(self.say.verdict(row["verdict"]))
            target = self.say.both(row["for"], row["for_zh"])
            line.append(
                f" {self.say.label('treats')} {target} ({self.say.line(row['line'])})", style="dim"
            )
            yield indent(line)
