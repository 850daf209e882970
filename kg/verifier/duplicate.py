"""Duplicates: the same ingredient twice, or two drugs of a class that is not given twice."""

from dataclasses import replace

from graphrx.kg.verifier.rules import DrugRules, Knowledge
from graphrx.kg.verifier.verdict import Finding, Level, Path, Words, effect_of

LOCAL_ROUTES = frozenset({"topical", "ophthalmic", "nasal", "vaginal", "rectal"})


class Duplicates:
    """Duplicate look-ups over one knowledge base; remembers pairs."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Read nothing yet."""
        self.knowledge = knowledge
        self._found: dict[tuple[int, int], tuple[Level, Finding] | None] = {}

    def groups(self, drug: DrugRules) -> frozenset[int]:
        """Ingredients and classes that no two drugs may share without a word about it."""
        snapshot = self.knowledge.snapshot
        classes = (n for n in drug.lineage if snapshot.node(n).attributes.get("duplicate"))
        return drug.ingredients | frozenset(classes)

    def finding(
        self,
        first: DrugRules,
        second: DrugRules,
        routes: tuple[str | None, str | None] = (None, None),
    ) -> Finding | None:
        """The duplicate finding of two entries, or None.

        A local form beside another route (a gel beside tablets) is a warning, not a block.
        """
        key = (first.node, second.node)
        if key not in self._found:
            finding = self._same_ingredient(first, second) or self._same_class(first, second)
            self._found[key] = None if finding is None else (finding.level, finding)
        known = self._found[key]
        if known is None:
            return None
        level, finding = known
        local = routes[0] != routes[1] and bool(LOCAL_ROUTES & {*routes})
        if local and level == "contraindicated":
            ways = ", ".join(route or "systemic" for route in routes)
            said = Words(f"by different routes: {ways}", f"给药途径不同：{ways}")
            return replace(finding, level="moderate", effect="warn", modifiers=(said,))
        return finding

    def _same_ingredient(self, first: DrugRules, second: DrugRules) -> Finding | None:
        shared = sorted(first.ingredients & second.ingredients)
        if not shared:
            return None
        knowledge, node = self.knowledge, shared[0]
        name = knowledge.snapshot.name(node)
        nodes = tuple(dict.fromkeys((first.node, node, second.node)))
        if len(nodes) == 1:
            nodes = knowledge.itself(node)
        elif first.node == second.node:
            nodes = (*nodes, first.node)
        return Finding(
            kind="duplicate",
            level="contraindicated",
            effect="block",
            subject=first.name,
            object=second.name,
            notes={
                "reason": f"The same ingredient twice: {name}",
                "reason_zh": f"重复使用同一成分：{knowledge.snapshot.node(node).name_zh or name}",
                "management": "Give one of them only",
                "management_zh": "只用其中一种",
            },
            evidence=(
                Path(knowledge.names(nodes), knowledge.grouping(nodes),
                     "graphrx-formulary", "ingredients", "derived_rule"),
            ),
        )  # fmt: skip

    def _same_class(self, first: DrugRules, second: DrugRules) -> Finding | None:
        best: tuple[int, int, int] | None = None
        for place in first.lineage.keys() & second.lineage.keys():
            attributes = self.knowledge.snapshot.node(place).attributes
            action = attributes.get("duplicate")
            if not action or self._allowed(attributes.get("allow") or (), first, second):
                continue
            steps = len(first.lineage[place]) + len(second.lineage[place])
            rank = (0 if action == "no_dual_use" else 1, steps, place)
            best = rank if best is None else min(best, rank)
        if best is None:
            return None
        place, contraindicated = best[2], best[0] == 0
        node = self.knowledge.snapshot.node(place)
        nodes = (*first.lineage[place], *second.lineage[place][::-1][1:])
        level: Level = "contraindicated" if contraindicated else "moderate"
        return Finding(
            kind="duplicate",
            level=level,
            effect=effect_of(level),
            subject=first.name,
            object=second.name,
            notes={
                "reason": f"Two drugs of one class: {node.name}",
                "reason_zh": f"同类药物重复：{node.name_zh or node.name}",
                "management": "Give only one" if contraindicated else "Check both are meant",
                "management_zh": "只用其中一种" if contraindicated else "确认是否确需合用",
            },
            evidence=(
                Path(
                    self.knowledge.names(nodes), self.knowledge.grouping(nodes),
                    "graphrx-formulary", f"duplicate rule of {node.name}", "derived_rule",
                ),
            ),
        )  # fmt: skip

    def _allowed(self, allow: object, first: DrugRules, second: DrugRules) -> bool:
        pairs = allow if isinstance(allow, (list, tuple)) else ()
        for pair in pairs:
            x, y = (self.knowledge.node_of(one) for one in pair)
            if (x in first.lineage and y in second.lineage) or (
                y in first.lineage and x in second.lineage
            ):
                return True
        return False
