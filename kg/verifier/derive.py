"""Facts that follow from others, each by a named rule; and what is still open.

Bounds of kidney stages follow KDIGO 2024 (G1 ≥ 90 … G5 < 15 mL/min/1.73 m²); laboratory
limits are the usual adult reference limits.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from graphrx.kg.linking.normalise import normalise
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.facts import Hit, Measure
from graphrx.kg.verifier.interval import Interval, parse

KIDNEY_STAGES = (
    ("chronic kidney disease stage 3a", "45-60"),
    ("chronic kidney disease stage 3b", "30-45"),
    ("chronic kidney disease stage 4", "15-30"),
    ("chronic kidney disease stage 5", "<15"),
    ("severe renal impairment", "<30"),
)
LAB_CONDITIONS = (
    ("potassium", ">5.5", "hyperkalaemia"),
    ("potassium", "<3.5", "hypokalaemia"),
    ("sodium", "<135", "hyponatraemia"),
    ("sodium", ">145", "hypernatraemia"),
    ("calcium", ">2.65", "hypercalcaemia"),
    ("calcium", "<2.1", "hypocalcaemia"),
    ("magnesium", "<0.7", "hypomagnesaemia"),
    ("phosphate", "<0.8", "hypophosphataemia"),
    ("glucose", "<3.9", "hypoglycaemia"),
    ("neutrophils", "<1.5", "neutropenia"),
    ("platelets", "<100", "thrombocytopenia"),
    ("lactate", ">5", "lactic acidosis"),
)
GRADED = frozenset(
    {"stage", "nyha", "child_pugh", "grade", "degree", "class", "type", "side", "aura"}
)
"""Qualifiers whose absence raises a question; other refinements are presumed absent, save a
severity that stands for a measure (severe renal impairment)."""


class Vocabulary:
    """What one snapshot says of conditions, gathered once: refinements, implications, names."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Read every condition that refines another one or implies a measure."""
        self.snapshot = snapshot
        self.refinements: list[tuple[int, int, dict[str, str]]] = []
        self.implies: dict[int, dict[str, object]] = {}
        for category in ("Disease", "PhenotypicFeature"):
            for node in snapshot.nodes_of(category):
                text = snapshot.attributes_text(node)
                if '"implies"' not in text and '"refines"' not in text:
                    continue  # nearly all: nothing to read, and this is on every start
                attributes = snapshot.node(node).attributes
                if attributes.get("implies"):
                    self.implies[node] = dict(attributes["implies"])
                refines = attributes.get("refines")
                if refines:
                    for edge in snapshot.out(node, "subclass_of"):
                        parent = snapshot.edge(edge).object
                        words = {key: str(value) for key, value in refines.items()}
                        self.refinements.append((node, parent, words))

    @lru_cache(maxsize=4096)  # noqa: B019  (one vocabulary lives as long as its verifier)
    def named(self, name: str) -> int | None:
        """Condition node with this name, or None."""
        for node, _ in self.snapshot.lookup(normalise(name)):
            if self.snapshot.category(node) in ("Disease", "PhenotypicFeature"):
                return node
        return None

    @lru_cache(maxsize=65536)  # noqa: B019
    def lineage(self, node: int) -> tuple[tuple[int, tuple[int, ...]], ...]:
        """The node and its ancestors, each with the nodes on the way up."""
        up: list[tuple[int, tuple[int, ...]]] = [(node, (node,))]
        seen = {node}
        for place, path in up:
            for edge in self.snapshot.out(place, "subclass_of"):
                parent = self.snapshot.edge(edge).object
                if parent not in seen:
                    seen.add(parent)
                    up.append((parent, (*path, parent)))
        return tuple(up)


def close(vocabulary: Vocabulary, direct: Iterable[tuple[int, str, bool]]) -> dict[int, Hit]:
    """Close (node, text, active) entries upward; an active entry wins over a past one."""
    hits: dict[int, Hit] = {}
    for node, text, active in sorted(direct, key=lambda entry: (not entry[2], entry[0], entry[1])):
        for ancestor, path in vocabulary.lineage(node):
            known = hits.get(ancestor)
            if known is None or (known.active == active and len(path) < len(known.path)):
                hits[ancestor] = Hit(text, active, path)
    return hits


def activate(vocabulary: Vocabulary, hits: dict[int, Hit]) -> None:
    """A problem listed as active has its "active …" refinement: peptic ulcer → active one."""
    for node, parent, words in vocabulary.refinements:
        hit, known = hits.get(parent), hits.get(node)
        if words.get("status") != "active" or hit is None or not hit.active:
            continue
        if known is None or not known.active:  # the refinement in the history is not this one
            hits[node] = Hit(hit.text, True, (node,))


def implied_measures(
    vocabulary: Vocabulary, hits: Mapping[int, Hit]
) -> tuple[Measure, Measure, tuple[tuple[frozenset[str], str], ...]]:
    """Bounds on eGFR and CrCl, and Child-Pugh classes, that the conditions imply."""
    bounds: dict[str, list[tuple[Interval, str]]] = {"egfr": [], "crcl": []}
    classes: list[tuple[frozenset[str], str]] = []
    for node in sorted(hits):
        hit = hits[node]
        if not hit.active:
            continue
        for key, value in vocabulary.implies.get(node, {}).items():
            if key in bounds:
                bounds[key].append((parse(str(value))[0], hit.text))
            elif key == "child_pugh":
                letters = value if isinstance(value, list) else [value]
                classes.append((frozenset(map(str, letters)), hit.text))
    return (
        Measure(implied=tuple(bounds["egfr"])),
        Measure(implied=tuple(bounds["crcl"])),
        tuple(classes),
    )


def raised_questions(
    vocabulary: Vocabulary, hits: Mapping[int, Hit], egfr_known: bool, child_pugh_known: bool
) -> dict[int, str]:
    """Conditions that the patient may have because a listed problem lacks its stage or class."""
    said: dict[int, set[str]] = {}
    for node, parent, words in vocabulary.refinements:
        if node in hits:
            for ancestor, _ in vocabulary.lineage(parent):
                said.setdefault(ancestor, set()).update(words)
    raised: dict[int, str] = {}
    for node, parent, words in vocabulary.refinements:
        implied = vocabulary.implies.get(node, {})
        graded = (GRADED | ({"severity"} if implied else set())) & words.keys()
        hit = hits.get(parent)
        if not graded or node in hits or hit is None or graded & said.get(parent, set()):
            continue
        if ("egfr" in implied and egfr_known) or ("child_pugh" in implied and child_pugh_known):
            continue
        raised[node] = hit.text
    return raised
