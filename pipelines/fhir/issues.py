"""A result as a Bundle of DetectedIssue (https://hl7.org/fhir/R4/detectedissue.html).

Every finding is one issue; an OperationOutcome says the verdict of the whole and what was not
read. There is no clock in it: the same result gives the same bytes.
"""

from typing import Any, Final

from graphrx.pipelines.cards.grouping import PAIRS, loud, name_of, quiet
from graphrx.pipelines.cards.markdown import evidence, plain
from graphrx.pipelines.cards.suggestions import ATC, Orders, identity

Json = dict[str, Any]

ACT: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
KIND: Final = "urn:graphrx:finding-kind"
_CODES: Final = {
    "drug_drug": ("DRG", "Drug Interaction Alert"),
    "washout": ("DRG", "Drug Interaction Alert"),
    "duplicate": ("DUPTHPY", "Duplicate Therapy Alert"),
    "drug_disease": ("COND", "Condition Alert"),
    "renal": ("COND", "Condition Alert"),
    "hepatic": ("COND", "Condition Alert"),
    "allergy": ("ALGY", "Allergy Alert"),
    "pregnancy": ("PREG", "Pregnancy Alert"),
    "lactation": ("LACT", "Lactation Alert"),
    "age": ("AGE", "Age Alert"),
    "lab": ("LAB", "Lab Alert"),
    "pharmacogenomic": ("GEN", "Genetic Alert"),
    "dose": ("DOSE", "Dosage problem"),
    "food": ("FOOD", "Food Interaction Alert"),
}  # fmt: skip
_SEVERITY: Final = {"contraindicated": "high", "major": "high", "moderate": "moderate",
                    "minor": "low", "unknown": "moderate"}  # fmt: skip


def issue_bundle(result: Json, orders: Orders | None = None) -> Json:
    """The Bundle for a result, an error included."""
    known = orders or Orders()
    run = result.get("run_id") or identity("error", str(result.get("error")))
    entries = [_entry(_outcome(result), run, "outcome")]
    if result["status"] != "error":
        codes = {name_of(item): item["drug"]["curies"] for item in result["items"]}
        findings = [f for group in loud(result) for f in group.findings] + quiet(result)
        entries += [_entry(_issue(result, f, known, codes), run, f["id"]) for f in findings]
    bundle: Json = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    if result.get("id"):
        bundle["identifier"] = {"system": "urn:graphrx:request", "value": result["id"]}
    return bundle


def _entry(resource: Json, *parts: str) -> Json:
    return {"fullUrl": f"urn:uuid:{identity(*parts)}", "resource": resource}


def _outcome(result: Json) -> Json:
    if result["status"] == "error":
        error = result["error"]
        kind = "exception" if error["code"] == 70 else "invalid"
        issues = [{"severity": "error", "code": kind, "diagnostics": plain(error["message"])}]
        return {"resourceType": "OperationOutcome", "issue": issues}
    said = f"{result['command']}: {result['status']}. {result['disclaimer']}"
    issues = [{"severity": "information", "code": "informational", "diagnostics": plain(said)}]
    issues += [
        {"severity": "warning", "code": "not-found",
         "diagnostics": plain(f"{one['field']}: {one['text']}") or "not understood"}
        for one in result["patient_echo"]["unrecognised"]
    ]  # fmt: skip
    return {"resourceType": "OperationOutcome", "issue": issues}


def _issue(result: Json, finding: Json, orders: Orders, codes: dict[str, list[str]]) -> Json:
    kind = finding["kind"]
    coding = [{"system": KIND, "code": kind, "display": kind.replace("_", " ")}]
    if kind in _CODES:
        code, display = _CODES[kind]
        coding.insert(0, {"system": ACT, "code": code, "display": display})
    drugs = [finding["subject"], *([finding["object"]] if kind in PAIRS else [])]
    names = list(dict.fromkeys(drugs))
    undecided = finding["verdict"] == "unverified"
    issue: Json = {
        "resourceType": "DetectedIssue",
        "contained": [_medication(f"drug{n}", name, codes.get(name, []))
                      for n, name in enumerate(names, start=1)],
        "identifier": [{"system": "urn:graphrx:finding",
                        "value": f"{result['run_id']} {finding['id']}"}],
        "status": "preliminary" if undecided else "final",
        "code": {"coding": coding, "text": _title(finding)},
        "severity": "high" if undecided else _SEVERITY[finding["level"]],
        "implicated": [{"reference": f"#drug{n}", "display": plain(name)}
                       for n, name in enumerate(names, start=1)],
        "detail": _detail(finding),
    }  # fmt: skip
    if orders.subject:
        issue["patient"] = {"reference": orders.subject}
    if finding["evidence"]:
        issue["evidence"] = [{"code": [{"text": plain(evidence(path))}]}
                             for path in finding["evidence"]]  # fmt: skip
        issue["reference"] = f"urn:graphrx:source:{finding['evidence'][0]['source']}"
    if finding.get("management"):
        issue["mitigation"] = [{"action": {"text": plain(finding["management"])}}]
    return issue


def _medication(own: str, name: str, curies: list[str]) -> Json:
    atc = [one.removeprefix("ATC:") for one in curies if one.startswith("ATC:")]
    code: Json = {"text": plain(name)}
    if len(atc) == 1:
        code["coding"] = [{"system": ATC, "code": atc[0]}]
    return {"resourceType": "Medication", "id": own, "code": code}


def _title(finding: Json) -> str:
    names = dict.fromkeys((finding["subject"], finding["object"]))
    return plain(f"{finding['level']} {finding['kind'].replace('_', ' ')}: {' – '.join(names)}")


def _detail(finding: Json) -> str:
    parts = [finding["reason"], finding.get("question"), finding.get("mechanism"),
             *finding.get("modifiers", [])]  # fmt: skip
    return plain(". ".join(part.rstrip(".") for part in parts if part)) or _title(finding)
