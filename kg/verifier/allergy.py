"""Allergy: the same ingredient, the same allergen class, or a class that cross-reacts."""

from collections.abc import Iterable
from itertools import pairwise

from graphrx.kg.verifier.ask import ask, ask_meant
from graphrx.kg.verifier.facts import AllergyEntry, PatientFacts
from graphrx.kg.verifier.patient_rules import data_gap
from graphrx.kg.verifier.rules import DrugRules, Knowledge, Lineage
from graphrx.kg.verifier.verdict import CheckState, Finding, Level, Path, Words, effect_of


class Allergies:
    """Allergy look-ups over one knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Read nothing yet."""
        self.knowledge = knowledge
        self._similar: dict[tuple[int, int], tuple[str, int, tuple[int, ...], int] | None] = {}

    def check(self, drug: DrugRules, facts: PatientFacts) -> tuple[list[Finding], CheckState]:
        """Findings of every allergy of the patient against the drug."""
        findings: list[Finding] = []
        state: CheckState = "no_match" if facts.allergies_known else "input_missing"
        if not facts.allergies_known:
            findings.append(
                data_gap(drug.name, "allergies", ask("allergies"),
                         "The allergies are not known", "过敏史未知")
            )  # fmt: skip
        for entry in facts.allergies:
            if not entry.nodes:
                question = ask_meant("allergies", entry.text, entry.suggestions)
                findings.append(
                    data_gap(drug.name, entry.text, question,
                             f"The allergy '{entry.text}' was not recognised",
                             f"过敏原“{entry.text}”无法识别")
                )  # fmt: skip
                state = "input_missing" if state != "match" else state
                continue
            finding = self._entry(drug, entry)
            if finding is not None:
                findings.append(finding)
                state = "match"
        return findings, state

    def _entry(self, drug: DrugRules, entry: AllergyEntry) -> Finding | None:
        best: Finding | None = None
        for allergen in entry.nodes:
            found = self._same(drug, entry, allergen) or self._cross(drug, entry, allergen)
            if found is not None and (best is None or found.key < best.key):
                best = found
        return best

    # -- the same ingredient or allergen class ------------------------------------------------

    def _same(self, drug: DrugRules, entry: AllergyEntry, allergen: int) -> Finding | None:
        snapshot = self.knowledge.snapshot
        if allergen in drug.lineage:
            # the drug itself, one of its ingredients, or a class that it belongs to
            way = drug.lineage[allergen]
            if len(way) == 1:
                way = self.knowledge.itself(allergen)
            return self._finding(drug, entry, "contraindicated", way, allergen, same=True)
        for component in self._components(allergen):
            shared = set(component) & drug.lineage.keys()
            for place in sorted(shared, key=lambda node: (len(drug.lineage[node]), node)):
                ingredient = place in drug.ingredients
                if ingredient or snapshot.node(place).attributes.get("allergen"):
                    way = (*drug.lineage[place], *component[place][::-1][1:])
                    if len(way) > 1:
                        return self._finding(
                            drug, entry, "contraindicated", way, allergen, same=True
                        )
        return None

    def _components(self, allergen: int) -> Iterable[Lineage]:
        if self.knowledge.snapshot.category(allergen) == "Drug":
            for component in self.knowledge.drug(allergen).components:
                yield component.lineage
        else:
            yield self.knowledge.lineage(allergen)

    # -- cross-reactivity ---------------------------------------------------------------------

    def _cross(self, drug: DrugRules, entry: AllergyEntry, allergen: int) -> Finding | None:
        found = self._nearest(drug, allergen)
        if found is None or found[0] == "none":
            return None
        similarity, edge, way, _ = found
        level: Level = "moderate"
        if similarity == "similar_side_chain":
            level = "contraindicated" if entry.severe else "major"
        return self._finding(drug, entry, level, way, allergen, same=False, edge=edge)

    def _nearest(
        self, drug: DrugRules, allergen: int
    ) -> tuple[str, int, tuple[int, ...], int] | None:
        """The most specific cross-reactivity edge; among equals, the worse one."""
        key = (drug.node, allergen)
        if key in self._similar:
            return self._similar[key]
        snapshot = self.knowledge.snapshot
        order = {"similar_side_chain": 0, "low": 1, "none": 2}
        best: tuple[int, int, int, tuple[int, ...], str] | None = None
        lineages = list(self._components(allergen))
        for place, way in drug.lineage.items():
            edges = [*snapshot.out(place, "chemically_similar_to"),
                     *snapshot.into(place, "chemically_similar_to")]  # fmt: skip
            for index in edges:
                edge = snapshot.edge(index)
                partner = edge.object if edge.subject == place else edge.subject
                for lineage in lineages:
                    if partner not in lineage:
                        continue
                    similarity = str(edge.qualifiers.get("similarity", "low"))
                    full = (*way, *lineage[partner][::-1])
                    rank = (len(full), order.get(similarity, 1), index, full, similarity)
                    best = rank if best is None else min(best, rank)
        self._similar[key] = None if best is None else (best[4], best[2], best[3], best[0])
        return self._similar[key]

    # -- the finding --------------------------------------------------------------------------

    def _finding(
        self,
        drug: DrugRules,
        entry: AllergyEntry,
        level: Level,
        way: tuple[int, ...],
        allergen: int,
        *,
        same: bool,
        edge: int | None = None,
    ) -> Finding:
        snapshot = self.knowledge.snapshot
        names = self.knowledge.names(way)
        modifiers: list[Words] = []
        if entry.intolerance:
            level = "moderate"
            modifiers.append(
                Words("recorded as an intolerance, not as an allergy", "记录为不耐受，而非过敏")
            )
        elif not same:
            modifiers.append(
                Words("severe reaction", "严重反应")
                if entry.severe
                else Words("reaction not recorded as severe", "未记录为严重反应")
            )
        node = snapshot.node(allergen)
        if edge is not None:
            notes = self.knowledge.notes(edge)
            predicates = self._predicates(way, edge)
            evidence = self.knowledge.paths(edge, way, predicates)
        else:
            notes = {
                "reason": f"Recorded allergy to {node.name}",
                "reason_zh": f"已记录对{node.name_zh or node.name}过敏",
                "management": "Do not give; choose a drug of another class",
                "management_zh": "禁用；改用其他类别药物",
            }
            evidence = (
                Path(names, self._predicates(way, None), "graphrx-formulary",
                     "hypersensitivity to the drug or its class", "derived_rule"),
            )  # fmt: skip
        return Finding(
            kind="allergy",
            level=level,
            effect=effect_of(level),
            subject=drug.name,
            object=node.name,
            notes=notes,
            evidence=evidence,
            modifiers=tuple(modifiers),
        )

    def _predicates(self, way: tuple[int, ...], edge: int | None) -> tuple[str, ...]:
        if edge is None:
            return self.knowledge.grouping(way)
        similar = self.knowledge.snapshot.edge(edge)
        ends = {similar.subject, similar.object}
        return tuple(
            "chemically_similar_to" if set(step) == ends else self.knowledge.grouping(step)[0]
            for step in pairwise(way)
        )
