"""From checked formulary entries to records: nodes, statements, coverage, sources."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from graphrx.kg import schema
from graphrx.kg.formulary import documents as doc
from graphrx.kg.formulary import doses
from graphrx.kg.formulary.check import (
    DRUG_OR_CLASS,
    PROBLEM,
    SIDE_EFFECT,
    SYMPTOM,
    rule_condition,
)
from graphrx.kg.formulary.names import WITHDRAWN_CLASS, Names, id_of, named, names_of
from graphrx.kg.formulary.read import Files
from graphrx.kg.model import (
    Coverage,
    Evidence,
    Name,
    NodeRecord,
    Records,
    SourceInfo,
    Statement,
    Triple,
    canonical_json,
)

VERSION: Final = "0.1.0"

_CATEGORY: Final[dict[type[doc.Entry], str]] = {
    doc.DrugDoc: schema.DRUG,
    doc.IngredientDoc: schema.DRUG,
    doc.WithdrawnDoc: schema.DRUG,
    doc.FoodDoc: schema.DRUG,
    doc.ClassDoc: schema.DRUG_CLASS,
    doc.ConditionDoc: schema.DISEASE,
    doc.SymptomDoc: schema.PHENOTYPE,
    doc.AllergenDoc: schema.PHENOTYPE,
    doc.SideEffectDoc: schema.SIDE_EFFECT,
    doc.RegimenDoc: schema.REGIMEN,
}
_SIDE_EFFECT_SECTIONS: Final = {"fda-label": "6", "uk-smpc": "4.8", "ema-smpc": "4.8"}
_NOTES: Final = {
    "why": "reason", "zh": "reason_zh", "mechanism": "mechanism", "mechanism_zh": "mechanism_zh",
    "do": "management", "do_zh": "management_zh",
}  # fmt: skip


def compile_records(files: Files, names: Names) -> Records:
    """Return the records of entries that have passed every check."""
    return _Compiler(files, names).records()


class _Compiler:
    def __init__(self, files: Files, names: Names) -> None:
        self.files = files
        self.names = names
        self.sources = {item.entry.id: item.entry for item in files.of(doc.SourceDoc)}

    def records(self) -> Records:
        statements = [s for item in self.files.entries for s in self.statements(item.entry)]
        coverage = [
            Coverage(self.id(("drug",), row.drug), row.check, row.source, row.section, row.date)
            for row in self.files.coverage
        ]
        return Records(
            nodes=tuple(self.nodes()),
            statements=tuple(dict.fromkeys(map(schema.canonical_statement, statements))),
            coverage=tuple(dict.fromkeys(coverage)),
            sources=tuple(self.source_infos()),
        )

    def id(self, kinds: tuple[str, ...], name: str) -> str:
        found = self.names.resolve(kinds, name)
        if found is None:
            raise KeyError(name)
        return found

    def source_infos(self) -> Iterator[SourceInfo]:
        for entry in self.sources.values():
            yield SourceInfo(**entry.model_dump())
        if schema.CORE_SOURCE not in self.sources:
            newest = max((entry.date for entry in self.sources.values()), default="")
            yield SourceInfo(
                schema.CORE_SOURCE, "graphrx core formulary", VERSION, newest, "Apache-2.0", "",
                "curated_db", trusted=True,
            )  # fmt: skip

    def nodes(self) -> Iterator[NodeRecord]:
        for item in named(self.files):
            entry = item.entry
            names = names_of(entry)
            yield NodeRecord(
                id=id_of(entry),
                category=getattr(entry, "category", _CATEGORY[type(entry)]),
                name=names[0].text,
                name_zh=entry.zh,
                names=names,
                xrefs=tuple(sorted(_xrefs(entry))),
                attributes=canonical_json(self.attributes(entry)),
                source=schema.CORE_SOURCE,
            )
        written = any(item.entry.class_ == WITHDRAWN_CLASS for item in self.files.of(doc.ClassDoc))
        if not written and any(self.files.of(doc.WithdrawnDoc)):
            yield NodeRecord(
                id=self.id(("class",), WITHDRAWN_CLASS),
                category=schema.DRUG_CLASS,
                name=WITHDRAWN_CLASS,
                name_zh="已撤市药物",
                names=(
                    Name(WITHDRAWN_CLASS, "en", "preferred"),
                    Name("已撤市药物", "zh", "preferred"),
                ),
                xrefs=(),
                attributes=canonical_json(
                    {"allergen": False, "duplicate": None, "kind": "regulatory"}
                ),
                source=schema.CORE_SOURCE,
            )

    def attributes(self, entry: Any) -> dict[str, Any]:
        match entry:
            case doc.DrugDoc():
                return {"routes": list(entry.routes), **self.drug_attributes(entry)}
            case doc.IngredientDoc():
                return {"routes": [], "only_in_combination": True}
            case doc.FoodDoc():
                return {"routes": ["oral"], "food": True}
            case doc.WithdrawnDoc():
                return {"routes": [], "withdrawn": entry.withdrawn.model_dump(mode="json")}
            case doc.ClassDoc():
                allow = {"allow": [list(pair) for pair in entry.allow]} if entry.allow else {}
                return {
                    "duplicate": entry.duplicate, "allergen": entry.allergen,
                    "kind": entry.kind, **allow,
                }  # fmt: skip
            case doc.ConditionDoc():
                implies = entry.implies and entry.implies.model_dump(mode="json", exclude_none=True)
                found = {
                    "refines": entry.refines, "implies": implies, "kind": entry.kind,
                    "icd10cm": list(entry.icd10cm),
                    "of": entry.of and self.id(PROBLEM, entry.of),
                }  # fmt: skip
                return {key: value for key, value in found.items() if value}
            case doc.AllergenDoc():
                return {"kind": "allergen"}
            case doc.RegimenDoc():
                roles = [{"role": c.role, "role_zh": c.role_zh} for c in entry.components]
                duration = {"duration": entry.duration} if entry.duration else {}
                return {"components": roles, **duration}
        return {}

    def drug_attributes(self, entry: doc.DrugDoc) -> dict[str, Any]:
        usual = [
            {
                "dose": row.usual, "source": row.source, "at": row.at,
                **({"route": list(row.route)} if row.route else {}), **self.conditional(row),
            }
            for row in entry.doses
            if row.usual
        ]  # fmt: skip
        found = {
            "persists_days": entry.persists_days, "usual_doses": usual,
            "no_dose_limit": entry.no_dose_limit,
        }  # fmt: skip
        return {key: value for key, value in found.items() if value}

    def statements(self, entry: Any) -> Iterator[Statement]:
        match entry:
            case doc.DrugDoc():
                yield from self.drug(entry)
            case doc.IngredientDoc() | doc.FoodDoc():
                yield from self.groups(id_of(entry), entry.classes, ("class",), schema.MEMBER_OF)
            case doc.WithdrawnDoc():
                yield from self.groups(id_of(entry), entry.classes, ("class",), schema.MEMBER_OF)
                yield _say(
                    id_of(entry), schema.MEMBER_OF, self.id(("class",), WITHDRAWN_CLASS), {},
                    self.evidence(entry, {"reason": entry.withdrawn.why,
                                          "reason_zh": entry.withdrawn.zh}),
                )  # fmt: skip
            case doc.ClassDoc():
                yield from self.groups(id_of(entry), entry.parents, ("class",), schema.MEMBER_OF)
                yield from self.rules(id_of(entry), entry.rules)
            case doc.ConditionDoc():
                yield from self.groups(id_of(entry), entry.parents, PROBLEM, schema.SUBCLASS_OF)
                yield from self.groups(id_of(entry), entry.symptoms, SYMPTOM, schema.HAS_PHENOTYPE)
            case doc.InteractionDoc():
                yield self.interaction(entry)
            case doc.CrossReactivityDoc():
                first, second = (self.id(DRUG_OR_CLASS, name) for name in entry.between)
                yield _say(
                    first, schema.SIMILAR_TO, second, {"similarity": entry.similarity},
                    self.evidence(entry, _notes(entry)),
                )  # fmt: skip
            case doc.AllergenDoc():
                for name in entry.related:
                    yield _say(
                        id_of(entry), schema.SIMILAR_TO, self.id(DRUG_OR_CLASS, name),
                        {"similarity": "similar_side_chain"},
                        self.evidence(entry, {"reason": entry.why, "reason_zh": entry.why_zh}),
                    )  # fmt: skip
            case doc.RegimenDoc():
                yield from self.regimen(entry)

    def drug(self, entry: doc.DrugDoc) -> Iterator[Statement]:
        drug = id_of(entry)
        yield from self.groups(drug, entry.classes, ("class",), schema.MEMBER_OF)
        yield from self.groups(drug, entry.ingredients, ("drug",), schema.HAS_INGREDIENT)
        for treats in entry.treats:
            yield _say(
                drug, schema.TREATS, self.id(PROBLEM, treats.condition),
                {"purpose": treats.purpose, "line": treats.line, **self.conditional(treats)},
                self.evidence(treats),
            )  # fmt: skip
        yield from self.rules(drug, entry.rules)
        yield from self.doses(drug, entry.doses)
        listed = self.side_effect_evidence(entry)
        for frequency, effects in entry.side_effects.items():
            for name in effects:
                effect = self.id(SIDE_EFFECT, name)
                yield _say(drug, schema.HAS_SIDE_EFFECT, effect, {"frequency": frequency}, listed)

    def side_effect_evidence(self, entry: doc.DrugDoc) -> Evidence:
        """Return where side effects stand: as told, else in the label that the rules cite most."""
        if entry.side_effects_from:
            return self.evidence(entry.side_effects_from)
        cited = Counter(part.source for part in (*entry.rules, *entry.treats))
        labels = sorted(set(cited) & set(_SIDE_EFFECT_SECTIONS), key=lambda s: (-cited[s], s))
        source = labels[0] if labels else schema.CORE_SOURCE
        return self.said(source, _SIDE_EFFECT_SECTIONS.get(source, "side effects"))

    def rules(self, subject: str, rules: tuple[doc.Rule, ...]) -> Iterator[Statement]:
        for rule in rules:
            active = {"active": True} if rule.active else {}
            yield _say(
                subject, schema.CONTRAINDICATED_IN, self.id(PROBLEM, rule_condition(rule) or ""),
                {"check": rule.check, "severity": rule.level, **active, **self.conditional(rule)},
                self.evidence(rule, _notes(rule)),
            )  # fmt: skip

    def doses(self, drug: str, rows: tuple[doc.Dose, ...]) -> Iterator[Statement]:
        """Every maximum is a rule: the drug is contraindicated in a dose above it."""
        for row in rows:
            route = {"route": sorted(row.route)} if row.route else {}
            where = doses.whom(row.when, self.both_names(row.when.get("condition")))
            for limit in row.max:
                found = self.conditional(row)
                found["when"] |= {**route, "dose": f">{limit}"}
                composed = doses.wording(row.usual, limit, where, row.route)
                yield _say(
                    drug, schema.CONTRAINDICATED_IN, self.id(PROBLEM, doses.ABOVE_MAXIMUM),
                    {"check": "dose", "severity": row.level, **found},
                    self.evidence(row, {**composed, **_notes(row)}),
                )  # fmt: skip

    def both_names(self, condition: str | None) -> tuple[str, str] | None:
        """The name of a condition in English and Chinese."""
        if condition is None:
            return None
        chinese = (
            i.entry.zh for i in self.files.of(doc.ConditionDoc) if i.entry.condition == condition
        )
        return condition, next(chinese, condition)

    def interaction(self, entry: doc.InteractionDoc) -> Statement:
        first, second = (self.id(DRUG_OR_CLASS, name) for name in entry.between)
        washout = {self.id(DRUG_OR_CLASS, n): days for n, days in entry.washout_days.items()}
        qualifiers = {"severity": entry.level, **self.conditional(entry)}
        if washout:
            qualifiers["washout_days"] = washout
        if entry.derived:
            qualifiers["derived"] = True
        evidence = self.evidence(entry, _notes(entry))
        return _say(first, schema.INTERACTS_WITH, second, qualifiers, evidence)

    def regimen(self, entry: doc.RegimenDoc) -> Iterator[Statement]:
        regimen, evidence = id_of(entry), self.evidence(entry)
        yield _say(
            regimen, schema.TREATS, self.id(PROBLEM, entry.for_),
            {"purpose": entry.purpose, "line": entry.line, **self.conditional(entry)}, evidence,
        )  # fmt: skip
        for n, component in enumerate(entry.components):
            for preference, name in enumerate(component.options):
                yield _say(
                    regimen, schema.HAS_PART, self.id(DRUG_OR_CLASS, name),
                    {"component": n, "role": component.role, "preference": preference}, evidence,
                )  # fmt: skip

    def groups(
        self, subject: str, names: tuple[str, ...], kinds: tuple[str, ...], predicate: str
    ) -> Iterator[Statement]:
        for name in names:
            yield _say(
                subject,
                predicate,
                self.id(kinds, name),
                {},
                self.said(schema.CORE_SOURCE, "grouping"),
            )

    def conditional(self, entry: Any) -> dict[str, Any]:
        """Return ``when`` and ``except`` with node ids in place of names."""
        found: dict[str, Any] = {}
        if entry.when:
            found["when"] = dict(entry.when)
            if "condition" in entry.when:
                found["when"]["condition"] = self.id(PROBLEM, entry.when["condition"])
        if getattr(entry, "except_", ()):
            found["except"] = [self.exception(item) for item in entry.except_]
        return found

    def exception(self, item: Any) -> object:
        match item:
            case str():
                return self.id(DRUG_OR_CLASS, item)
            case doc.ConditionIs():
                return {"condition": self.id(PROBLEM, item.condition)}
            case doc.RouteIs():
                return {"route": sorted(item.route)}
        return sorted(self.id(DRUG_OR_CLASS, name) for name in item)

    def evidence(self, entry: Any, notes: dict[str, Any] | None = None) -> Evidence:
        return self.said(entry.source, entry.at, notes)

    def said(self, source: str, at: str, notes: dict[str, Any] | None = None) -> Evidence:
        level = self.sources[source].level if source in self.sources else "curated_db"
        return Evidence(source, at, level, "manual_agent", notes=canonical_json(notes or {}))


def _say(
    subject: str, predicate: str, object_: str, qualifiers: dict[str, Any], evidence: Evidence
) -> Statement:
    return Statement(Triple(subject, predicate, object_, canonical_json(qualifiers)), evidence)


def _notes(entry: Any) -> dict[str, str]:
    found = {note: getattr(entry, key, None) for key, note in _NOTES.items()}
    return {note: text for note, text in found.items() if text}


def _xrefs(entry: Any) -> set[str]:
    atc = getattr(entry, "atc", None) or ()
    codes = (atc,) if isinstance(atc, str) else atc
    icd = getattr(entry, "icd10cm", ())
    return {f"ATC:{code}" for code in codes} | {f"ICD10CM:{code}" for code in icd}
