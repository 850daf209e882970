"""``recommend``: what the graph and the model propose for a target, verified and explained."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from graphrx.kg.errors import InputError
from graphrx.kg.indication import indications
from graphrx.kg.linking.match import DrugMatch
from graphrx.kg.verifier.facts import PatientFacts
from graphrx.kg.verifier.patient import Patient
from graphrx.kg.verifier.regimen import Filled, fill, regimens_for
from graphrx.kg.verifier.review import Item, coverage_of
from graphrx.kg.verifier.verdict import EXIT_CODES, DrugVerdict, Finding, Path, in_order, worst
from graphrx.pipelines.candidates import Candidate, ask_model, interrupts, judged
from graphrx.pipelines.check import ingredients
from graphrx.pipelines.envelope import Json
from graphrx.pipelines.given import Given, understand
from graphrx.pipelines.result import (
    DISCLAIMER,
    Numbering,
    asked,
    cited_doses,
    cited_sources,
    echo_json,
    finding_json,
    item_json,
    kb_json,
    path_json,
    run_id,
)
from graphrx.pipelines.session import Session
from graphrx.pipelines.usual import usual_json

if TYPE_CHECKING:
    from graphrx.fusion.generate import Question

MAX_TOP = 50
TOKENS = ("graph", "none", "shuffled")
SEED = 0


def recommend(
    session: Session,
    patient: Any,
    target: str | None = None,
    *,
    top: int = 5,
    mode: str = "alternatives",
    tokens: str = "graph",
    only: str | None = None,
) -> Json:
    """Recommend drugs for a patient.

    :param patient: the patient as JSON values: by the patient schema, or a FHIR R4 Bundle.
    :param target: disease, symptom or goal; None takes the patient's ``target_disease``.
    :param top: how many drugs to keep.
    :param mode: ``alternatives`` ranks single drugs; ``regimen`` fills a regimen of the graph.
    :param tokens: what the model reads of the graph: ``graph``, ``none`` or ``shuffled``.
    :param only: judge this drug alone, whatever else there is.
    :returns: a result by the result schema.
    :raises InputError: for a bad patient, an unknown target, drug, mode or number.
    """
    given = understand(patient, session.verifier.resolver)
    known = given.patient
    _check_options(top, mode, tokens)
    known = known.model_copy(update={"target_disease": target or known.target_disease})
    targets, wanted = _targets(session, known.target_disease)
    facts = session.verifier.close(known)

    asked_for = None if only is None else _one(session, only)

    def match_of(node: int) -> DrugMatch:
        if asked_for is not None and asked_for.nodes == (node,):
            return asked_for  # with the route and the dose that were typed
        return DrugMatch(session.snapshot.name(node), (node,), "exact")

    @cache
    def verdict_of(node: int) -> DrugVerdict:
        return session.verifier.verdict(facts, match_of(node))

    question = _question(session, known, facts, targets[0], tokens)
    generated, own = ask_model(question, verdict_of, top)
    supported = indications(session.snapshot, targets)
    supported = {n: i for n, i in supported.items() if session.snapshot.category(n) == "Drug"}
    filled = None
    chosen: tuple[int, ...] = ()
    if mode == "regimen":
        filled = _best_regimen(session, facts, targets, verdict_of)
        chosen = tuple(drug for drug in filled.chosen if drug is not None) if filled else ()
    nodes = sorted({*supported, *own, *chosen} if asked_for is None else asked_for.nodes)
    scores = {row.node: row.score for row in question.rank(nodes)}
    candidates = [
        judged(
            match_of(node), session.snapshot.name(node), verdict_of(node),
            _by_regimen(supported.get(node), node, filled, session, wanted),
            [word for word, seen in (("graph", node in supported or node in chosen),
                                     ("model", node in own)) if seen],
            scores[node], wanted,
        )
        for node in nodes
    ]  # fmt: skip
    candidates.sort(key=lambda one: one.order)
    if mode == "regimen":
        kept = [one for node in chosen for one in candidates if one.node == node]
        candidates = kept  # what is not part of the regimen is not an answer to this question
    else:
        kept = _kept(candidates, top) if only is None else list(candidates)
    kept = [replace(one, explanation=question.explain(one.node)) for one in kept]
    result = _result(
        session, replace(given, patient=known), facts, wanted, mode, tokens, top, question,
        generated, kept, candidates, filled,
    )  # fmt: skip
    return result | {"overrides": session.overrides.of(result)}


def _check_options(top: int, mode: str, tokens: str) -> None:
    if type(top) is not int or not 1 <= top <= MAX_TOP:
        raise InputError(f"top: {top!r} is not a number from 1 to {MAX_TOP}", field="top")
    if mode not in ("alternatives", "regimen"):
        raise InputError(f"mode: {mode!r} is not known; use alternatives or regimen", field="mode")
    if tokens not in TOKENS:
        raise InputError(
            f"tokens: {tokens!r} is not known; use {', '.join(TOKENS)}", field="tokens"
        )


def _targets(session: Session, text: Any) -> tuple[tuple[int, ...], str]:
    if not isinstance(text, str) or not text.strip():
        raise InputError(
            "no target; name it with --for or in the patient's target_disease",
            field="target_disease",
        )
    match = session.verifier.resolver.condition(text)
    if not match.nodes:
        if match.recognised:
            raise InputError(
                f"target '{text}' is known (ICD-10-CM {match.icd10}), but the graph has no node "
                "for it; name a wider disease",
                field="target_disease",
            )
        near = ", ".join(match.suggestions)
        hint = f"did you mean {near}?" if near else "use a disease, symptom or goal of the graph"
        raise InputError(f"target '{text}' is not known; {hint}", field="target_disease")
    return match.nodes, session.snapshot.name(match.nodes[0])


def _one(session: Session, drug: str) -> DrugMatch:
    match = session.verifier.resolver.drug(drug)
    if len(match.nodes) != 1:
        near = f"; did you mean {', '.join(match.suggestions)}?" if match.suggestions else ""
        raise InputError(f"drug '{drug}' is not one drug of the graph{near}", field="drugs")
    return match


def _question(
    session: Session, patient: Patient, facts: PatientFacts, target: int, tokens: str
) -> "Question":
    from graphrx.fusion.context import PatientContext

    resolver = session.verifier.resolver
    listed = [*(patient.diagnoses or ()), *(patient.history or ())]
    context = PatientContext(
        age_years=patient.age_years,
        sex=patient.sex,
        problems=_nodes(resolver.condition(text).nodes for text in listed),
        symptoms=_nodes(resolver.condition(text).nodes for text in patient.symptoms or ()),
        drugs=_nodes(entry.match.nodes for entry in facts.current if entry.stopped_days is None),
        allergies=_nodes(entry.nodes for entry in facts.allergies),
    )
    return session.recommender.ask(target, context, tokens=tokens, seed=SEED)  # type: ignore[arg-type]


def _nodes(groups: Any) -> tuple[int, ...]:
    # sorted, so that the order in which a list was written changes nothing
    return tuple(sorted({node for nodes in groups for node in nodes}))


def _kept(candidates: Sequence[Candidate], top: int) -> list[Candidate]:
    """The first ``top`` that stand; interruptive ones only where no quiet one exists."""
    standing = [one for one in candidates if one.verdict.verdict != "block"]
    quiet = [one for one in standing if not one.interruptive]
    return (quiet or standing)[:top]


def _best_regimen(
    session: Session,
    facts: PatientFacts,
    targets: Sequence[int],
    verdict_of: Callable[[int], DrugVerdict],
) -> Filled | None:
    """The regimen with the fewest gaps; among equals the graph's order."""
    options = [
        fill(session.verifier, facts, regimen, verdict_of)
        for regimen in regimens_for(session.snapshot, targets)
    ]
    lines = ("first", "second", "third")
    ranked = sorted(
        (one for one in options if one.complete),
        key=lambda one: lines.index(one.regimen.line) if one.regimen.line in lines else 3,
    )
    return ranked[0] if ranked else None


def _by_regimen(known: Any, node: int, filled: Filled | None, session: Session, target: str) -> Any:
    """A component without an indication of its own is supported by its regimen."""
    if known is not None or filled is None or node not in filled.chosen:
        return known
    from graphrx.kg.indication import Indication

    regimen = filled.regimen
    name, drug = session.snapshot.name(regimen.node), session.snapshot.name(node)
    paths = tuple(
        Path((drug, name, *path.nodes[1:]), ("has_part", *path.edges), path.source,
             path.locator, path.level)
        for path in regimen.evidence
    )  # fmt: skip
    return Indication("supported", regimen.line, None, paths)


def _result(
    session: Session, given: Given, facts: PatientFacts, target: str, mode: str, tokens: str,
    top: int, question: "Question", generated: Sequence[str], kept: Sequence[Candidate],
    candidates: Sequence[Candidate], filled: Filled | None,
) -> Json:  # fmt: skip
    snapshot = session.snapshot
    rank = {one.node: place for place, one in enumerate(kept, start=1)}
    explained = {one.node: one for one in kept}
    ordered = [*kept, *(one for one in candidates if one.node not in rank)]
    pairs = _pairs(session, facts, kept) if mode == "regimen" else []
    findings = [f for one in ordered for f in one.verdict.findings] + pairs
    numbers = Numbering(findings)
    items = []
    for one in ordered:
        item = Item(one.match, one.verdict)
        usual = usual_json(session.verifier, facts, one.match)
        found = item_json(snapshot, item, ingredients(session, one.match), numbers, one.origin,
                          rank.get(one.node), usual)  # fmt: skip
        found["indication"] = {
            "state": one.indication.state,
            "evidence": [path_json(path) for path in one.indication.evidence],
        }
        found["line"] = one.indication.line
        found["score"] = round(one.score, 6)
        found["explanation"] = _carried(explained.get(one.node))
        items.append(found)
    status = worst(one.verdict.verdict for one in kept) if kept else "none"
    if any(f.effect == "warn" for f in pairs) and status == "pass":
        status = "warn"
    model = session.recommender.report
    request = {
        "patient": asked(given.patient), "for": target, "mode": mode, "tokens": tokens, "top": top,
        "graph": snapshot.sha256, "model": model.sha256, "weights": model.adapter,
    }  # fmt: skip
    paths = [path for one in ordered for path in one.indication.evidence]
    cited = cited_sources(findings, paths) | cited_doses(items)
    return {
        "schema_version": "1.0",
        "command": "recommend",
        "run_id": run_id(request, session.policy),
        "status": status,
        "exit_code": EXIT_CODES[status],
        "mode": mode,
        "kb": kb_json(snapshot, cited, session.policy),
        "model": {
            "name": model.name, "sha256": model.sha256, "weights": model.adapter, "local": True,
            "seed": SEED, "graph_tokens": len(question.nodes), "tokens": tokens,
            "generated": list(generated),
        },
        "patient_echo": echo_json(snapshot, facts, given, items),
        "coverage": coverage_of([Item(one.match, one.verdict) for one in kept or ordered]),
        "items": items,
        "pairs": [finding_json(snapshot, finding, numbers) for finding in pairs],
        "plan": {
            "kept": [snapshot.name(one.node) for one in kept],
            "removed": [
                {"drug": snapshot.name(one.node),
                 "because": [numbers[f] for f in one.verdict.findings if interrupts(f)]}
                for one in candidates
                if one.node not in rank and (one.verdict.verdict == "block" or one.interruptive)
            ],
            "optimal": True,
            "ties": 1,
            **_regimen_json(session, mode, filled),
        },
        "overrides": [],
        "disclaimer": DISCLAIMER,
    }  # fmt: skip


def _regimen_json(session: Session, mode: str, filled: Filled | None) -> Json:
    """The regimen that was filled and the role of each drug in it; null where there is none."""
    if mode != "regimen":
        return {}
    if filled is None:
        return {"regimen": None}
    regimen, snapshot = filled.regimen, session.snapshot
    node = snapshot.node(regimen.node)
    return {
        "regimen": {
            "name": node.name,
            "name_zh": node.name_zh,
            "line": regimen.line,
            "components": [
                {
                    "role": part.role,
                    "role_zh": part.role_zh,
                    "drug": None if drug is None else snapshot.name(drug),
                }
                for part, drug in zip(regimen.components, filled.chosen, strict=True)
            ],
            "evidence": [path_json(path) for path in regimen.evidence],
        }
    }


def _carried(one: Candidate | None) -> Json | None:
    """The graph nodes that carried a drug in the model, heaviest first."""
    if one is None:
        return None
    return {
        "nodes": [
            {"id": node.id, "name": node.name, "weight": round(node.weight or 0.0, 6)}
            for node in one.explanation
        ]
    }


def _pairs(session: Session, facts: PatientFacts, kept: Sequence[Candidate]) -> list[Finding]:
    found: list[Finding] = []
    for place, first in enumerate(kept):
        for second in kept[place + 1 :]:
            found.extend(session.verifier.pair_findings(facts, first.match, second.match))
    return list(in_order(found))
