"""From what people type to nodes of the graph; fuzzy matches only ever become a question."""

import re
from collections.abc import Iterable

from graphrx.kg.linking import icd10
from graphrx.kg.linking.dosage import NOTHING
from graphrx.kg.linking.match import AllergenMatch, ConditionMatch, DrugMatch, Resolution
from graphrx.kg.linking.normalise import half_width, normalise
from graphrx.kg.linking.qualifiers import (
    Phrase,
    names_an_allergy,
    read_allergy,
    read_drug,
    read_phrase,
    without_adjective,
    without_remark,
    without_salt,
)
from graphrx.kg.linking.suggest import suggest
from graphrx.kg.snapshot import Snapshot

_CONDITIONS = ("Disease", "PhenotypicFeature")
_NO_ALLERGY = frozenset(
    map(normalise, ("none", "nil", "no", "nka", "nkda", "none known", "no known allergies",
                    "no known drug allergies", "no known allergy", "no known drug allergy",
                    "no allergies", "no drug allergies", "unremarkable", "无", "否认", "无过敏史",
                    "无药物过敏史", "否认药物过敏史", "否认过敏史", "无药物过敏", "否认药物过敏")),
)  # fmt: skip
_PARTS = re.compile(r"\s*(?:/|\+|＋|、|&|\band\b|\bwith\b|\bplus\b|\s-\s|复方)\s*", re.IGNORECASE)
_COMPOUND = re.compile(r"[-–]")
_WORD_VARIANTS = (("oestr", "estr"), ("haem", "hem"), ("anaem", "anem"), ("oedem", "edem"),
                  ("oesoph", "esoph"), ("diarrhoea", "diarrhea"), ("paed", "ped"),
                  ("leukaem", "leukem"), ("glycaem", "glycem"), ("kalaem", "kalem"),
                  ("natraem", "natrem"), ("calcaem", "calcem"), ("foet", "fet"),
                  ("tumour", "tumor"), ("ischaem", "ischem"), ("uraem", "urem"),
                  ("caem", "cem"), ("faec", "fec"), ("gynaec", "gynec"), ("sulph", "sulf"))  # fmt: skip


def _spellings(key: str) -> Iterable[str]:
    """The key, then its American, British and singular spellings."""
    yield key
    us = key
    for british, american in _WORD_VARIANTS:
        us = us.replace(british, american)
    if us != key:
        yield us
    uk = key
    for british, american in _WORD_VARIANTS:
        if british not in uk:
            uk = uk.replace(american, british)
    if uk != key:
        yield uk
    if len(key) > 3 and key.endswith("s"):
        yield key[:-1]
    elif len(key) > 3 and key.isascii():
        yield key + "s"
    if not key.isascii():
        # a class is called 青霉素类 in a book and 青霉素 at the bedside
        yield f"{key}类"
        if key.endswith("类药物"):
            yield key.removesuffix("药物")


class Resolver:
    """Name resolution over one snapshot; remembers what it has resolved."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Use the names of this snapshot; ICD-10-CM is opened only when they don't suffice."""
        self.snapshot = snapshot
        self._icd = icd10.Icd10()
        self._icd_nodes: dict[str, list[int]] | None = None
        self._refined: dict[int, list[int]] = {}
        self._drugs: dict[str, DrugMatch] = {}
        self._conditions: dict[str, ConditionMatch] = {}
        self._xrefs: dict[str, list[int]] | None = None
        self._combinations: dict[frozenset[str], int] | None = None

    # -- look-ups --------------------------------------------------------------------------

    def _find(self, text: str, categories: Iterable[str]) -> list[tuple[int, str]]:
        """Node index and name kind of every node of these categories with that name."""
        index = self.snapshot.index(text.strip())
        if index is not None and self.snapshot.category(index) in categories:
            return [(index, "preferred")]
        if "Drug" in categories and (nodes := self._by_xref(text.strip())):
            return [(node, "synonym") for node in nodes]
        key = normalise(text)
        if not key:
            return []
        for spelling in _spellings(key):
            found: dict[int, str] = {}
            for node, name in self.snapshot.lookup(spelling):
                if self.snapshot.category(node) in categories:
                    kind = "synonym" if spelling != key else name.kind
                    if node not in found or kind == "preferred":
                        found[node] = kind
            if found:
                return sorted(found.items())
        return []

    def _by_xref(self, curie: str) -> list[int]:
        """Drugs that carry an identifier of another system, such as ATC:A10BA02."""
        if ":" not in curie:
            return []
        if self._xrefs is None:
            self._xrefs = {}
            for node in self.snapshot.nodes_of("Drug"):
                for xref in self.snapshot.node(node).xrefs:
                    self._xrefs.setdefault(xref, []).append(node)
        return self._xrefs.get(curie, [])

    # -- drugs -----------------------------------------------------------------------------

    def drug(self, text: str) -> DrugMatch:
        """Resolve a drug entry: generic, brand, synonym, 中文, CURIE, with strength and form.

        Several parts ("amlodipine/valsartan") give the combination's node, or else one node per
        part. A name of several drugs is ``ambiguous``, of none ``unknown``; both carry
        suggestions and no node.
        """
        if text not in self._drugs:
            self._drugs[text] = self._resolve_drug(text)
        return self._drugs[text]

    def _resolve_drug(self, text: str) -> DrugMatch:
        read = read_drug(half_width(text))
        tried: set[str] = set()
        salt = without_salt(read.core)
        for form, candidate in enumerate(
            (text, read.undosed, read.core, salt, salt and without_salt(salt))
        ):
            if not candidate or candidate in tried:
                continue
            tried.add(candidate)
            found = self._find(candidate, ("Drug",))
            if len(found) == 1:
                node, kind = found[0]
                exact = form == 0 and kind == "preferred"
                how: Resolution = "exact" if exact else "brand" if kind == "brand" else "synonym"
                # what belongs to the name itself says nothing of a dose, nor, where it is the
                # drug's own name ("oral rehydration salts"), of the route of this order
                order = read.order if form else NOTHING
                return DrugMatch(text, (node,), how, None if exact else read.route, order=order)
            if found:
                names = tuple(sorted(self.snapshot.name(node) for node, _ in found))
                return DrugMatch(text, (), "ambiguous", read.route, names)
        parts = self._combination(read.core)
        if parts:
            return DrugMatch(text, parts, "synonym", read.route, order=read.order)
        members = self._class_members(read.core)
        if members:
            return DrugMatch(text, (), "ambiguous", read.route, members)
        return DrugMatch(
            text, (), "unknown", read.route, suggest(self.snapshot, read.core, ("Drug",))
        )

    def _combination(self, core: str) -> tuple[int, ...]:
        """Drug nodes of "A/B": the combination's own node where there is one, else the parts."""
        for splitter in (_PARTS, _COMPOUND):
            pieces = [piece.strip() for piece in splitter.split(core) if piece.strip()]
            if len(pieces) < 2:
                continue
            matches = [self.drug(piece) for piece in pieces]
            # a part that is never given alone (clavulanic acid) has no node, only its name
            said = [
                part
                for piece, match in zip(pieces, matches, strict=True)
                for part in (self._parts(match.nodes) or (normalise(piece),))
            ]
            combination = self._named_combinations().get(frozenset(said))
            if combination is not None:
                return (combination,)
            if all(match.resolved for match in matches):
                return tuple(sorted({node for match in matches for node in match.nodes}))
        return ()

    def _parts(self, nodes: Iterable[int]) -> tuple[str, ...]:
        names = (self.snapshot.name(node) for node in nodes)
        return tuple(normalise(part) for name in names for part in name.split("/"))

    def _named_combinations(self) -> dict[frozenset[str], int]:
        if self._combinations is None:
            names = ((node, self.snapshot.name(node)) for node in self.snapshot.nodes_of("Drug"))
            self._combinations = {
                frozenset(map(normalise, name.split("/"))): node
                for node, name in names
                if "/" in name
            }
        return self._combinations

    def ingredients(self, node: int) -> tuple[int, ...]:
        """Ingredient nodes of a drug; the drug itself when it has one only."""
        parts = [self.snapshot.edge(e).object for e in self.snapshot.out(node, "has_ingredient")]
        return tuple(sorted(parts)) or (node,)

    def _class_members(self, core: str) -> tuple[str, ...]:
        found = self._find(core, ("DrugClass",))
        names = {
            self.snapshot.name(member)
            for node, _ in found
            for member in self.snapshot.closure(node, "member_of", reverse=True)
            if self.snapshot.category(member) == "Drug"
        }
        return tuple(sorted(names))[:8]

    # -- conditions ------------------------------------------------------------------------

    def condition(self, text: str) -> ConditionMatch:
        """Resolve a diagnosis, symptom or history entry; see :class:`ConditionMatch`."""
        if text not in self._conditions:
            self._conditions[text] = self._resolve_condition(text)
        return self._conditions[text]

    def _resolve_condition(self, text: str) -> ConditionMatch:
        phrase = read_phrase(half_width(text))
        whole = self._find(text, _CONDITIONS)
        if whole:
            named = tuple(node for node, _ in whole)
            return ConditionMatch(text, named, True, cause=self._added_cause(phrase, named))
        if phrase.status == "family":
            return ConditionMatch(text, (), recognised=True, status="family")
        nodes, code, grades = self._core(phrase.core, dict(phrase.grades))
        if nodes is None and phrase.pregnant:
            nodes, code, grades = self._core(f"{phrase.core} in pregnancy", dict(phrase.grades))
        if nodes is None and phrase.cause is not None:
            nodes, code, grades = self._core(text, dict(phrase.grades))
        if nodes is None:
            suggestions = suggest(self.snapshot, phrase.core or text, _CONDITIONS)
            return ConditionMatch(text, (), recognised=False, suggestions=suggestions)
        return ConditionMatch(
            text, nodes, True, code, phrase.status, grades,
            self._cause(phrase.cause), phrase.pregnant,
        )  # fmt: skip

    def _core(
        self, core: str, grades: dict[str, str]
    ) -> tuple[tuple[int, ...] | None, str | None, dict[str, str]]:
        """Nodes of a bare condition name with its grades applied; None when not recognised."""
        severity = grades.get("severity")
        bare = [core, without_adjective(core), without_remark(core)]
        for attempt in dict.fromkeys([f"{severity} {core}" if severity else core, *bare]):
            if not attempt:
                continue
            found = self._find(attempt, _CONDITIONS)
            if found:
                rest = dict(grades)
                if severity and attempt.startswith(f"{severity} "):
                    rest.pop("severity")
                nodes = [self._refine(node, rest) for node, _ in found]
                return tuple(dict.fromkeys(nodes)), None, rest
        if not core and "nyha" in grades:
            return self._core("heart failure", grades)
        for attempt in bare:
            code = self._icd.code(attempt) if attempt else None
            if code is not None:
                nodes = [self._refine(node, grades) for node in self._by_icd10(code)]
                return tuple(dict.fromkeys(nodes)), code, grades
        return None, None, grades

    def _refine(self, node: int, grades: dict[str, str]) -> int:
        """Step down to the child that bears a grade: CKD + stage 4 → CKD stage 4."""
        for key, value in sorted(grades.items()):
            for child in self._children(node):
                refines = self.snapshot.node(child).attributes.get("refines") or {}
                if str(refines.get(key, "")).casefold() == value.casefold():
                    grades.pop(key)
                    return self._refine(child, grades)
        return node

    def _children(self, node: int) -> list[int]:
        if node not in self._refined:
            below = self.snapshot.closure(node, "subclass_of", reverse=True)
            self._refined[node] = [n for n in sorted(below) if n != node]
        return self._refined[node]

    def _by_icd10(self, code: str) -> list[int]:
        """Nodes that carry the code or one above it, narrowest first: E11.21 is type 2 diabetes."""
        if self._icd_nodes is None:
            self._icd_nodes = {}
            for category in _CONDITIONS:
                for node in self.snapshot.nodes_of(category):
                    for own in self.snapshot.node(node).attributes.get("icd10cm") or ():
                        self._icd_nodes.setdefault(own, []).append(node)
        found = [n for one in icd10.ancestors(code) for n in self._icd_nodes.get(one, ())]
        return list(dict.fromkeys(found))

    def _added_cause(self, phrase: Phrase, named: tuple[int, ...]) -> tuple[int, ...]:
        """The cause, where the name is a condition with a cause and not a condition of its own.

        "Heparin-induced thrombocytopenia" is a node; its other names ("HIT") must mean the same.
        """
        if phrase.cause is None:
            return ()
        nodes, _, _ = self._core(phrase.core, {})
        return self._cause(phrase.cause) if set(nodes or ()) & set(named) else ()

    def _cause(self, cause: str | None) -> tuple[int, ...]:
        if cause is None:
            return ()
        match = self.drug(cause)
        if match.resolved:
            return match.nodes
        return tuple(node for node, _ in self._find(cause, ("DrugClass",)))

    # -- allergens -------------------------------------------------------------------------

    def allergen(self, text: str) -> AllergenMatch:
        """Resolve an allergy entry to a drug, a class or another known allergen."""
        if normalise(text) in _NO_ALLERGY:
            return AllergenMatch(text, (), none_known=True)
        substance, reaction = read_allergy(half_width(text))
        for candidate in dict.fromkeys((text, substance)):
            found = self._find(candidate, ("DrugClass", "Drug"))
            # "penicillin" said of an allergy means the class, even where a drug bears the name
            classes = [n for n, _ in found if self.snapshot.category(n) == "DrugClass"]
            nodes = classes or [node for node, _ in found]
            if not nodes:
                nodes = list(self.drug(candidate).nodes) or self._other_allergen(candidate)
            if nodes:
                return AllergenMatch(text, tuple(nodes), None if candidate == text else reaction)
        phrase = read_phrase(half_width(text))
        cause = self._cause(phrase.cause)
        if cause:
            return AllergenMatch(text, cause, phrase.core)
        suggestions = suggest(self.snapshot, substance, ("Drug", "DrugClass", "PhenotypicFeature"))
        return AllergenMatch(text, (), reaction, suggestions=suggestions)

    def _other_allergen(self, text: str) -> list[int]:
        return [
            node
            for node, _ in self._find(text, ("PhenotypicFeature",))
            if self.snapshot.node(node).attributes.get("kind") == "allergen"
        ]

    def allergy_in(self, text: str) -> str | None:
        """The substance when a diagnosis says an allergy to a drug or class, else None."""
        substance = names_an_allergy(half_width(text))
        if substance is None:
            return None
        drug_or_class = self.drug(substance).nodes or self._find(substance, ("DrugClass",))
        return substance if drug_or_class else None
