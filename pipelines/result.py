"""The result as the contract writes it (``urn:graphrx:result:1``): plain JSON values.

The same request gives the same bytes: no clock, no random id; ``run_id`` is a hash of what was
asked, of the graph and of the model.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from graphrx import __version__
from graphrx.kg.linking.match import DrugMatch
from graphrx.kg.linking.normalise import normalise
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.dose import NOT_READ
from graphrx.kg.verifier.facts import PatientFacts
from graphrx.kg.verifier.patient import Patient
from graphrx.kg.verifier.review import Item, Review
from graphrx.kg.verifier.verdict import EXIT_CODES, Finding, Path
from graphrx.pipelines.alternatives import Alternative
from graphrx.pipelines.audit.patient import patient_key
from graphrx.pipelines.audit.reasons import offer
from graphrx.pipelines.envelope import Json
from graphrx.pipelines.given import Given
from graphrx.pipelines.policy import Policy
from graphrx.pipelines.questions import open_questions

DISCLAIMER: Final = "Decision support for a pharmacist; verify independently."


def run_id(parts: Mapping[str, Any], policy: Policy | None) -> str:
    """Identity of a request: the hash of input, graph, model and the site's policy."""
    if policy is not None:
        parts = {**parts, "policy": policy.sha256}
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return "r-" + hashlib.sha256(text.encode()).hexdigest()[:16]


def asked(patient: Patient) -> Json:
    """The part of a patient that an answer depends on: everything but the note and the id."""
    return patient.model_dump(exclude={"free_text_note", "id"}, mode="json")


class Numbering:
    """Ids F1, F2 … for findings, in their stable order over the whole result."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        """Number each distinct finding once."""
        ordered = sorted({finding.identity for finding in findings})
        self._ids = {key: f"F{place}" for place, key in enumerate(ordered, start=1)}

    def __getitem__(self, finding: Finding) -> str:
        """Id of a finding."""
        return self._ids[finding.identity]


def finding_json(snapshot: Snapshot, finding: Finding, numbers: Numbering) -> Json:
    """A finding with its evidence, in the words of both languages."""
    found: Json = {
        "id": numbers[finding],
        "kind": finding.kind,
        "level": finding.level,
        "verdict": finding.effect,
        "subject": finding.subject,
        "object": finding.object,
        "subject_zh": chinese_name(snapshot, finding.subject),
        "object_zh": chinese_name(snapshot, finding.object),
        "reason": finding.notes.get("reason", ""),
    }
    for key in ("reason_zh", "mechanism", "mechanism_zh", "management", "management_zh"):
        if finding.notes.get(key):
            found[key] = finding.notes[key]
    found["modifiers"] = [words.en for words in finding.modifiers]
    found["modifiers_zh"] = [words.zh for words in finding.modifiers]
    found["evidence"] = [path_json(path) for path in finding.evidence]
    found["source_conflict"] = finding.source_conflict
    if finding.question is not None:
        found["question"] = finding.question.text
        found["question_zh"] = finding.question.text_zh
        found["question_field"] = finding.question.field
        found["question_about"] = finding.question.about
        found["question_grade"] = finding.question.grade
    found["override"] = offer(finding.effect)
    found["tier"] = finding.tier
    return found


@lru_cache(maxsize=8192)
def chinese_name(snapshot: Snapshot, name: str) -> str | None:
    """Chinese name of the node whose preferred name this is; None where there is none."""
    for node, _ in snapshot.lookup(normalise(name)):
        if snapshot.name(node) == name:
            return snapshot.node(node).name_zh
    return None


def alternative_json(snapshot: Snapshot, one: Alternative) -> Json:
    """What could be given in place of a removed drug, and for what."""
    node, target = snapshot.node(one.node), snapshot.node(one.target)
    return {
        "drug": node.name,
        "name_zh": node.name_zh,
        "for": target.name,
        "for_zh": target.name_zh,
        "line": one.indication.line,
        "verdict": one.verdict.verdict,
        "evidence": [path_json(path) for path in one.indication.evidence],
    }


def path_json(path: Path) -> Json:
    """A line of evidence."""
    return {
        "nodes": list(path.nodes),
        "edges": list(path.edges),
        "source": path.source,
        "source_locator": path.locator,
        "evidence_level": path.level,
    }


def drug_json(snapshot: Snapshot, match: DrugMatch, ingredients: Sequence[int]) -> Json:
    """A drug entry: as typed, and what it was taken for."""
    if not match.resolved:
        return {
            "input": match.text, "inn": None, "name_zh": None, "curies": [], "ingredients": [],
            "resolution": match.resolution,
        }  # fmt: skip
    nodes = [snapshot.node(node) for node in match.nodes]
    listed = [
        snapshot.name(node) for node in (match.nodes if len(match.nodes) == 1 else ingredients)
    ]
    names = sorted({part for name in listed for part in name.split("/")})
    one = nodes[0] if len(nodes) == 1 else None
    zh = [node.name_zh or node.name for node in nodes]
    return {
        "input": match.text,
        "inn": one.name if one else "/".join(names),
        "name_zh": "/".join(zh),
        "curies": sorted({curie for node in nodes for curie in (node.id, *node.xrefs)}),
        "ingredients": names,
        "resolution": match.resolution,
    }


def item_json(
    snapshot: Snapshot, item: Item, ingredients: Sequence[int], numbers: Numbering,
    origin: Sequence[str], rank: int | None, usual: Sequence[Json],
) -> Json:  # fmt: skip
    """An item without its indication and explanation, which only ``recommend`` adds."""
    return {
        "drug": drug_json(snapshot, item.match, ingredients),
        "origin": list(origin),
        "rank": rank,
        "verdict": item.verdict.verdict,
        "findings": [finding_json(snapshot, finding, numbers) for finding in item.verdict.findings],
        "checks": dict(item.verdict.checks),
        "presumed": list(item.verdict.presumed),
        "dosage": item.match.dosage.text if item.match.dosage else None,
        "usual_doses": list(usual),
    }


def unread_doses(items: Sequence[Json]) -> list[Json]:
    """Doses of the drugs asked about that could not be compared with a limit."""
    return [
        {"text": item["dosage"], "field": f"drugs.{place}", "suggestions": []}
        for place, item in enumerate(items)
        if any(found.get("question_field") == NOT_READ for found in item["findings"])
    ]


def cited_doses(items: Sequence[Json]) -> set[str]:
    """Ids of the sources of the usual doses that the items show."""
    return {row["source"] for item in items for row in item["usual_doses"]}


def echo_json(snapshot: Snapshot, facts: PatientFacts, given: Given, items: Sequence[Json]) -> Json:
    """What was understood of the patient, what is missing or not understood, and what to ask."""
    return {
        "key": patient_key(snapshot, given.patient, facts),
        "facts": [
            {"field": fact.field, "value": fact.value, "curie": fact.curie, "state": fact.state,
             "source": given.source if fact.source == "user" else fact.source}
            for fact in facts.facts
        ],
        "missing": list(facts.missing),
        "unrecognised": [
            {"text": unknown.text, "field": unknown.field,
             "suggestions": list(unknown.suggestions)}
            for unknown in facts.unrecognised
        ]
        + [{"text": text, "field": "fhir", "suggestions": []} for text in given.unread]
        + unread_doses(items),
        "questions": open_questions(items),
    }  # fmt: skip


def kb_json(snapshot: Snapshot, cited: Iterable[str], policy: Policy | None) -> Json:
    """The graph's identity, the sources that this result rests on, and the policy in force."""
    names = set(cited)
    in_force = {} if policy is None else {"policy": policy.identity}
    return in_force | {
        "version": snapshot.version or __version__,
        "sha256": snapshot.sha256,
        "built": snapshot.built,
        "sources": [
            {"id": source.id, "version": source.version, "date": source.date,
             "licence": source.licence}
            for source in snapshot.sources
            if source.id in names
        ],
    }  # fmt: skip


def cited_sources(findings: Iterable[Finding], paths: Iterable[Path] = ()) -> set[str]:
    """Ids of the sources that findings and further paths rest on."""
    from_findings = {path.source for finding in findings for path in finding.evidence}
    return from_findings | {path.source for path in paths}


def check_json(
    snapshot: Snapshot,
    given: Given,
    facts: PatientFacts,
    review: Review,
    parts: Sequence[Sequence[int]],
    usual: Sequence[Sequence[Json]],
    instead: Mapping[int, Sequence[Alternative]],
    policy: Policy | None = None,
) -> Json:
    """The result of ``check``.

    :param parts: the ingredient nodes of each item.
    :param usual: the usual doses of each item.
    :param instead: position of a removed item → what could be given in its place.
    :param policy: the site's policy that the review was made under.
    """
    findings = [f for item in review.items for f in item.verdict.findings] + list(review.pairs)
    offered = [
        path for rows in instead.values() for one in rows for path in one.indication.evidence
    ]
    numbers = Numbering(findings)
    items = [
        item_json(snapshot, item, own, numbers, ["user"], None, doses)
        for item, own, doses in zip(review.items, parts, usual, strict=True)
    ]
    names = [item["drug"]["inn"] or item["drug"]["input"] for item in items]
    drugs = sorted(str(item.match.nodes or item.match.text) for item in review.items)
    return {
        "schema_version": "1.0",
        "command": "check",
        "run_id": run_id(
            {"patient": asked(given.patient), "drugs": drugs, "graph": snapshot.sha256},
            policy,
        ),
        "status": review.status,
        "exit_code": EXIT_CODES[review.status],
        "mode": "regimen",
        "kb": kb_json(snapshot, cited_sources(findings, offered) | cited_doses(items), policy),
        "model": None,
        "patient_echo": echo_json(snapshot, facts, given, items),
        "coverage": dict(review.coverage),
        "items": items,
        "pairs": [finding_json(snapshot, finding, numbers) for finding in review.pairs],
        "plan": {
            "kept": [names[i] for i in review.plan.kept],
            "removed": [
                {
                    "drug": names[i],
                    "because": [numbers[f] for f in because],
                    "alternatives": [alternative_json(snapshot, one) for one in instead.get(i, ())],
                }
                for i, because in sorted(review.plan.removed.items())
            ],
            "optimal": True,
            "ties": review.plan.ties,
        },
        "overrides": [],
        "disclaimer": DISCLAIMER,
    }
