"""The verifier: a drug against a closed patient, by the graph and by nothing else.

Deterministic and fail-closed: what is not known is never taken for absent, an entry that is not
understood makes the drug unverified, and an error inside a check is a finding, never a pass.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from graphrx.kg.linking.dosage import Dosage
from graphrx.kg.linking.match import DrugMatch
from graphrx.kg.linking.resolve import Resolver
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.allergy import Allergies
from graphrx.kg.verifier.ask import ask, ask_meant
from graphrx.kg.verifier.close import close_patient
from graphrx.kg.verifier.derive import Vocabulary
from graphrx.kg.verifier.dose import DoseCheck, check_dose
from graphrx.kg.verifier.duplicate import Duplicates
from graphrx.kg.verifier.facts import CurrentEntry, PatientFacts, Unrecognised
from graphrx.kg.verifier.interaction import Interactions
from graphrx.kg.verifier.patient import Patient
from graphrx.kg.verifier.patient_rules import KINDS, check_patient, data_gap
from graphrx.kg.verifier.rules import DrugRules, Knowledge
from graphrx.kg.verifier.verdict import (
    CheckState,
    DrugVerdict,
    Finding,
    Path,
    in_order,
    worst,
)

CHECKS = ("drug_drug", "drug_disease", "allergy", "duplicate", "pregnancy", "lactation", "renal",
          "hepatic", "age", "qt", "lab", "pharmacogenomic", "dose", "withdrawn")  # fmt: skip
REQUIRED = ("drug_drug", "drug_disease", "allergy", "duplicate", "age")
"""Checks that every verdict needs; pregnancy and lactation too where they are asked for."""
PRESUMED = {"drug_disease": "diagnoses", "hepatic": "child_pugh", "qt": "qtc", "lab": "labs"}
_WITHOUT_COVERAGE = frozenset({"withdrawn", "lab", "pharmacogenomic", "dose"})
"""Checks of which a silent formulary says nothing; the dose check tells so itself."""
_STATE_ORDER = {"match": 4, "no_data": 3, "input_missing": 2, "no_match": 1, "not_applicable": 0}


class Verifier:
    """Verdicts over one snapshot. Build it once; it compiles each drug at first use."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Prepare the indices; no rule is compiled yet."""
        self.snapshot = snapshot
        self.resolver = Resolver(snapshot)
        self.vocabulary = Vocabulary(snapshot)
        self.knowledge = Knowledge(snapshot)
        self.interactions = Interactions(self.knowledge)
        self.duplicates = Duplicates(self.knowledge)
        self.allergies = Allergies(self.knowledge)
        self._sides: dict[int, tuple[frozenset[int], frozenset[int]]] = {}

    def close(self, patient: Patient) -> PatientFacts:
        """Close a patient once, before any number of verdicts.

        A dose that can't be compared with the limits of its drug is among the unrecognised.
        """
        facts = close_patient(self.resolver, self.vocabulary, patient)
        unread = tuple(
            Unrecognised(entry.dosage.text, entry.field)
            for entry in facts.current
            if entry.dosage is not None
            and any(check.unread for check in self.current_doses(facts, entry))
        )
        return replace(facts, unrecognised=(*facts.unrecognised, *unread)) if unread else facts

    def current_doses(self, facts: PatientFacts, entry: CurrentEntry) -> list[DoseCheck]:
        """The dose check of a drug that the patient takes; none where a rule can't be read."""
        if entry.stopped_days is not None or entry.dosage is None:
            return []
        drugs = [self.rules_of(node) for node in entry.match.nodes]
        dosage = entry.dosage if len(drugs) == 1 else Dosage(entry.dosage.text)
        return [
            check_dose(self.snapshot, drug, facts, entry.route, dosage)
            for drug in drugs
            if drug is not None
        ]

    def verdict(
        self, facts: PatientFacts, match: DrugMatch, mates: Iterable[DrugMatch] = ()
    ) -> DrugVerdict:
        """Verdict of one drug for the patient and the drugs that the patient takes.

        :param mates: other drugs of the same list, whose findings are added.
        """
        if not match.resolved:
            return self._unresolved(match)
        findings: list[Finding] = []
        states: dict[str, CheckState] = {}
        presumed: set[str] = set()
        for node in match.nodes:
            rules = self._rules(node, findings)
            if rules is None:
                continue
            found, checks = self._one(facts, rules, match)
            findings.extend(found)
            for check, state in checks.items():
                known = states.get(check)
                if known is None or _STATE_ORDER[state] > _STATE_ORDER[known]:
                    states[check] = state
            for mate in mates:
                findings.extend(self.pair_findings(facts, match, mate))
        for check, name in PRESUMED.items():
            if states.get(check) == "no_match" and self._is_presumed(facts, name):
                presumed.add(check)
        ordered = in_order(findings)
        verdict = worst(finding.effect for finding in ordered)
        if states.get("dose") == "input_missing" and all(
            finding.effect == "info" for finding in ordered if finding.kind == "dose"
        ):
            presumed.add("dose")
        return DrugVerdict(verdict, ordered, states, tuple(sorted(presumed)))

    def pair_findings(
        self, facts: PatientFacts, first: DrugMatch, second: DrugMatch
    ) -> list[Finding]:
        """Interaction and duplicate findings of two drugs that are to be given together."""
        found: list[Finding] = []
        for mine in first.nodes:
            for theirs in second.nodes:
                if self._is_silent(mine, theirs):
                    continue
                (a, one), (b, two) = sorted(
                    ((self.knowledge.drug(mine), first.route),
                     (self.knowledge.drug(theirs), second.route)),
                    key=lambda pair: (pair[0].name, pair[1] or ""),
                )  # fmt: skip
                routes = (one, two)
                duplicate = self.duplicates.finding(a, b, routes)
                if duplicate is not None:
                    found.append(duplicate)
                if mine != theirs:
                    found.extend(self.interactions.findings(a, b, facts, routes))
        return found

    def _is_silent(self, mine: int, theirs: int) -> bool:
        """True when the graph says nothing of the pair, whoever the patient is.

        Most pairs are silent: two look-ups tell, without comparing their lineages.
        """
        one = self._sides.get(mine) or self._side(mine)
        other = self._sides.get(theirs) or self._side(theirs)
        return theirs not in one[0] and one[1].isdisjoint(other[1])

    def _side(self, node: int) -> tuple[frozenset[int], frozenset[int]]:
        """Drugs of which an interaction may speak beside this one, and what it may not share."""
        drug = self.knowledge.drug(node)
        found = self.interactions.partners(drug), self.duplicates.groups(drug)
        self._sides[node] = found
        return found

    def rules_of(self, node: int) -> DrugRules | None:
        """What the graph says of a drug; None where a rule of it can't be read."""
        return self._rules(node, [])

    # -- one drug node -------------------------------------------------------------------------

    def _rules(self, node: int, findings: list[Finding]) -> DrugRules | None:
        try:
            return self.knowledge.drug(node)
        except Exception as error:  # noqa: BLE001  (an unreadable rule must not let its drug pass)
            name = self.snapshot.name(node)
            findings.append(_failed(name, error))
            return None

    def _one(
        self, facts: PatientFacts, drug: DrugRules, match: DrugMatch
    ) -> tuple[list[Finding], dict[str, CheckState]]:
        findings: list[Finding] = []
        states: dict[str, CheckState] = dict.fromkeys(CHECKS, "no_match")
        if drug.withdrawn is not None:
            findings.append(self._withdrawn(drug))
            states["withdrawn"] = "match"
        steps = (
            (self._patient_step, KINDS),
            (self._allergy_step, ("allergy",)),
            (self._current_step, ("drug_drug", "duplicate")),
            (self._dose_step, ("dose",)),
        )
        for step, checks in steps:
            try:
                findings.extend(step(drug, facts, match, states))
            except Exception as error:  # noqa: BLE001  (nor must a check that fails)
                findings.append(_failed(drug.name, error))
                states.update(dict.fromkeys(checks, "no_data"))
        if drug.withdrawn is None:
            findings.extend(self._coverage(drug, facts, states))
        return findings, states

    def _patient_step(
        self, drug: DrugRules, facts: PatientFacts, match: DrugMatch, states: dict[str, CheckState]
    ) -> list[Finding]:
        findings, found = check_patient(self.snapshot, drug, facts, match.route)
        states.update(found)
        return findings

    def _allergy_step(
        self, drug: DrugRules, facts: PatientFacts, match: DrugMatch, states: dict[str, CheckState]
    ) -> list[Finding]:
        findings, states["allergy"] = self.allergies.check(drug, facts)
        return findings

    def _dose_step(
        self, drug: DrugRules, facts: PatientFacts, match: DrugMatch, states: dict[str, CheckState]
    ) -> Sequence[Finding]:
        dosage = match.dosage
        if dosage is not None and len(match.nodes) > 1:
            dosage = Dosage(dosage.text)  # of which part it is the dose is not said
        found = check_dose(self.snapshot, drug, facts, match.route, dosage)
        states["dose"] = found.state
        return found.findings

    def _current_step(
        self, drug: DrugRules, facts: PatientFacts, match: DrugMatch, states: dict[str, CheckState]
    ) -> list[Finding]:
        findings: list[Finding] = []
        if not facts.current_known:
            states["drug_drug"] = states["duplicate"] = "input_missing"
            findings.append(
                data_gap(drug.name, "current_drugs", ask("current_drugs"),
                         "The current drugs are not known", "当前用药未知")
            )  # fmt: skip
        for entry in facts.current:
            findings.extend(self._against(drug, facts, match.route, entry, states))
        return findings

    def _against(
        self,
        drug: DrugRules,
        facts: PatientFacts,
        route: str | None,
        entry: CurrentEntry,
        states: dict[str, CheckState],
    ) -> Iterable[Finding]:
        if not entry.match.resolved:
            for check in ("drug_drug", "duplicate"):
                if states[check] != "match":
                    states[check] = "input_missing"
            question = ask_meant("current_drugs", entry.text, entry.match.suggestions)
            yield data_gap(drug.name, entry.text, question,
                           f"The current drug '{entry.text}' was not recognised",
                           f"当前用药“{entry.text}”无法识别")  # fmt: skip
            return
        routes = (route, entry.route)
        for node in entry.match.nodes:
            other = self.knowledge.drug(node)
            taken = entry.stopped_days is None
            found: tuple[Finding, ...] = ()
            if not self._is_silent(drug.node, node):
                duplicate = self.duplicates.finding(drug, other, routes) if taken else None
                if duplicate is not None:
                    states["duplicate"] = "match"
                    yield duplicate
                if drug.node == other.node:
                    continue
                found = self.interactions.findings(drug, other, facts, routes, entry.stopped_days)
                for finding in found:
                    states["drug_drug"] = _sooner(states["drug_drug"], finding)
                yield from found
            if taken and not found and not other.food and "drug_drug" not in other.coverage:
                # "no match" counts only where a source covers both drugs of the pair;
                # what a food does to a drug stands in the label of the drug
                if states["drug_drug"] == "no_match":
                    states["drug_drug"] = "no_data"
                yield data_gap(
                    drug.name, other.name, None,
                    f"No reviewed source covers the interactions of {other.name}",
                    f"没有经审核的来源覆盖{other.name_zh or other.name}的相互作用",
                )  # fmt: skip

    def _withdrawn(self, drug: DrugRules) -> Finding:
        words = drug.withdrawn or {}
        where = ", ".join(str(place) for place in words.get("where") or ())
        year = words.get("year", "")
        group = next((place for place in drug.lineage
                      if self.snapshot.name(place) == "withdrawn drugs"), None)  # fmt: skip
        nodes = drug.lineage[group] if group is not None else (drug.node,)
        edge = next(
            (e for e in self.snapshot.out(drug.node, "member_of")
             if group is not None and self.snapshot.edge(e).object == group), None,
        )  # fmt: skip
        evidence = (
            self.knowledge.paths(edge, nodes, ("member_of",))
            if edge is not None
            else (Path((drug.name, "withdrawn drugs"), ("member_of",), "graphrx-formulary"),)
        )
        return Finding(
            kind="withdrawn",
            level="contraindicated",
            effect="block",
            subject=drug.name,
            object="withdrawn drugs",
            notes={
                "reason": f"Withdrawn ({where} {year}): {words.get('why', '')}".strip(),
                "reason_zh": f"已撤市（{where} {year}）：{words.get('zh', words.get('why', ''))}",
                "management": "Do not use",
                "management_zh": "禁止使用",
            },
            evidence=evidence,
        )

    def _coverage(
        self, drug: DrugRules, facts: PatientFacts, states: dict[str, CheckState]
    ) -> Iterable[Finding]:
        """A check without a reviewed document has no data; where it is required, say so."""
        needed = list(REQUIRED)
        if facts.pregnancy_asked and facts.pregnant is not False:
            needed.append("pregnancy")
        if facts.lactation_asked and facts.breastfeeding is not False:
            needed.append("lactation")
        for check in CHECKS:
            if check in drug.coverage or check in _WITHOUT_COVERAGE:
                continue
            if states[check] == "no_match":
                states[check] = "no_data"
        for check in needed:
            if states[check] == "no_data" and check not in drug.coverage:
                words = check.replace("_", "–" if check == "drug_drug" else " ")
                yield data_gap(drug.name, check, None,
                               f"No reviewed source covers the {words} check",
                               f"没有经审核的来源覆盖该项检查（{check}）")  # fmt: skip

    def _is_presumed(self, facts: PatientFacts, name: str) -> bool:
        return {
            "diagnoses": facts.conditions_known,
            "child_pugh": facts.child_pugh is None,
            "qtc": facts.qtc is None,
            "labs": not facts.labs,
        }[name]

    def _unresolved(self, match: DrugMatch) -> DrugVerdict:
        question = ask_meant("drugs", match.text, match.suggestions)
        if match.resolution == "ambiguous":
            reason = f"'{match.text}' is the name of several drugs"
            reason_zh = f"“{match.text}”可指多种药物"
        else:
            reason = f"'{match.text}' is not a drug name that the graph knows"
            reason_zh = f"图谱中没有药名“{match.text}”"
        finding = Finding(
            kind="unknown_drug", level="unknown", effect="unverified", subject=match.text,
            object=match.text, notes={"reason": reason, "reason_zh": reason_zh}, question=question,
        )  # fmt: skip
        return DrugVerdict("unverified", (finding,), dict.fromkeys(CHECKS, "no_data"))


def _sooner(state: CheckState, finding: Finding) -> CheckState:
    """State of a check after one more finding: a decided match is never taken back."""
    return "match" if finding.question is None or state == "match" else "input_missing"


def _failed(name: str, error: Exception) -> Finding:
    return data_gap(
        name, "internal error", None,
        f"A check failed and could not be completed ({type(error).__name__}: {error})",
        "检查出错，未能完成",
    )  # fmt: skip
