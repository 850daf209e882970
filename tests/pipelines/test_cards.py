"""Results as CDS Hooks cards and as DetectedIssue: the same verdicts, in a valid shape."""

import copy
import json
import random
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pipelines import fhir_judge
from tests.pipelines.support import with_model
from tests.verifier.support import Names, patient, random_patient

from graphrx.kg.errors import InputError
from graphrx.pipelines.audit.reasons import REASONS
from graphrx.pipelines.cards.grouping import judged, name_of
from graphrx.pipelines.cards.markdown import escaped
from graphrx.pipelines.cards.response import response
from graphrx.pipelines.check import check
from graphrx.pipelines.cli.output import ResultFormat, rendered
from graphrx.pipelines.envelope import error_result
from graphrx.pipelines.fhir.issues import issue_bundle
from graphrx.pipelines.fhir.orders import orders_of
from graphrx.pipelines.recommend import recommend
from graphrx.pipelines.session import Session

Json = dict[str, Any]
HERE = Path(__file__).parent
SHAPE = jsonschema.Draft202012Validator(
    json.loads((HERE / "assets" / "cds-hooks-response.schema.json").read_text("utf-8"))
)
BUNDLES = sorted((HERE / "bundles").glob("*.json"))
EXAMPLE = HERE.parents[1] / "examples" / "06-fhir-bundle.json"


def cards(result: Json, langs: tuple[str, ...] = ("en",), **more: Any) -> list[Json]:
    """The cards of a result, valid by the shape."""
    found = response(result, langs, **more)
    SHAPE.validate(found)
    return found["cards"]  # type: ignore[no-any-return]


def texts(found: list[Json]) -> str:
    return json.dumps(found, ensure_ascii=False)


def test_a_block_is_one_critical_card(small: Session) -> None:
    result = check(small, patient(allergies=["penicillin"]), ["amoxicillin"])
    first = cards(result)[0]
    assert first["indicator"] == "critical"
    assert first["summary"].startswith("BLOCK: amoxicillin – penicillins")
    assert [one["code"] for one in first["overrideReasons"]] == list(REASONS)
    assert "member\\_of" in first["detail"]
    assert cards(result, ("zh",))[0]["summary"].startswith("禁用: 阿莫西林")


def test_an_override_is_shown(small: Session) -> None:
    result = check(small, patient(allergies=["penicillin"]), ["amoxicillin"])
    number = result["items"][0]["findings"][0]["id"]
    result["overrides"] = [{"finding_id": number, "reason_code": "palliative", "who": "A. Person",
                            "when_utc": "2026-01-01T00:00:00Z"}]  # fmt: skip
    assert "A. Person, 2026-01-01T00:00:00Z: Palliative care" in cards(result)[0]["detail"]


def test_a_pair_is_one_card(small: Session) -> None:
    result = check(small, patient(), ["warfarin", "ibuprofen"])
    loud = [one for one in cards(result) if one["indicator"] != "info"]
    pair = [one for one in loud if "ibuprofen + warfarin" in one["summary"]
            or "warfarin + ibuprofen" in one["summary"]]  # fmt: skip
    assert len(pair) == 1
    assert pair[0]["source"]["topic"]["code"] == "drug_drug"


def test_an_open_question_is_one_card_for_all_its_drugs(small: Session) -> None:
    result = check(small, patient(allergies=None), ["amoxicillin", "ibuprofen"])
    asked = [one for one in cards(result) if one["indicator"] == "warning"]
    assert len({one["uuid"] for one in asked}) == len(asked)
    assert any("amoxicillin, ibuprofen" in one["summary"] for one in asked)
    assert all("overrideReasons" not in one for one in asked if "?" in one["summary"])


def test_what_is_not_known_of_the_patient_is_one_card(small: Session) -> None:
    result = check(small, patient(diagnoses=["zzz one", "zzz two"]), ["amoxicillin", "ibuprofen"])
    (card,) = [one for one in cards(result) if one["indicator"] == "warning"]
    assert card["summary"].startswith("UNVERIFIED: 2 open questions (amoxicillin, ibuprofen)")
    assert "amoxicillin, ibuprofen" in card["detail"]
    assert "zzz one" in card["detail"]
    assert "zzz two" in card["detail"]


def test_a_pass_has_no_card(small: Session) -> None:
    result = check(small, patient(), ["paracetamol"])
    assert result["status"] == "pass"
    assert cards(result) == []


def test_an_unverified_drug_without_a_reason_has_a_card(small: Session) -> None:
    result = check(small, patient(), ["paracetamol"])
    result["items"][0] |= {"verdict": "unverified", "checks": {"age": "no_data"}}
    (card,) = cards(result)
    assert card["indicator"] == "warning"
    assert "Could not be checked: age" in card["summary"]


def test_an_error_has_a_card(small: Session) -> None:
    with pytest.raises(InputError) as caught:
        check(small, {"age_years": 900}, ["aspirin"])
    result = error_result("check", caught.value, "17")
    (card,) = cards(result)
    assert card["summary"].startswith("Not checked: age_years")
    outcome = issue_bundle(result)["entry"][0]["resource"]
    assert outcome["issue"][0]["severity"] == "error"


def test_what_is_typed_is_no_markup(small: Session) -> None:
    typed = "<img src=x> [a](http://evil.example) **b** `c` www.evil.example\n# d"
    found = cards(check(small, patient(diagnoses=[typed]), ["paracetamol", typed]))
    detail = "\n".join(one["detail"] for one in found)
    assert "<img" not in detail
    assert "[a]" not in detail
    assert "**b**" not in detail
    assert "http://" not in detail
    assert "\n# d" not in detail
    assert escaped("1. x") == "1\\. x"


def test_replacing_a_draft_order(packaged: Session) -> None:
    bundle = json.loads((HERE / "bundles" / "hospital.json").read_text("utf-8"))
    order = {"resourceType": "MedicationRequest", "id": "d1", "status": "draft", "intent": "order",
             "subject": {"reference": "Patient/p1"},
             "medicationCodeableConcept": {"text": "Vasotec"}}  # fmt: skip
    bundle["entry"].append({"resource": order})
    orders = orders_of(bundle, packaged.verifier.resolver)
    assert orders.subject == "Patient/p1"
    assert orders.drafts == {"enalapril": "MedicationRequest/d1"}
    first = cards(check(packaged, bundle, ["enalapril"]), orders=orders)[0]
    take_back, *replace = first["suggestions"]
    (action,) = take_back["actions"]
    assert (action["type"], action["resourceId"]) == ("delete", "MedicationRequest/d1")
    assert [one["type"] for one in replace[0]["actions"]] == ["delete", "create"]
    assert replace[0]["actions"][1]["resource"]["subject"] == {"reference": "Patient/p1"}


def test_a_recommendation_is_proposed(small: Session) -> None:
    result = recommend(with_model(small.snapshot), patient(), "hypertension", top=2)
    card = next(one for one in cards(result) if one["summary"].startswith("Recommended"))
    assert card["selectionBehavior"] == "at-most-one"
    proposed = [one["actions"][0]["resource"] for one in card["suggestions"]]
    names = [one["medicationCodeableConcept"]["text"] for one in proposed]
    assert names == result["plan"]["kept"]
    assert {one["intent"] for one in proposed} == {"proposal"}


def told(found: list[Json], item: Json) -> set[str]:
    """Indicators of the cards that speak of an item's drug."""
    return {one["indicator"] for one in found if escaped(name_of(item)) in one["detail"]
            or name_of(item) in one["summary"]}  # fmt: skip


@given(
    rng=st.randoms(use_true_random=False), lang=st.sampled_from([("en",), ("zh",), ("en", "zh")])
)
def test_cards_say_what_the_result_says(
    packaged: Session, packaged_names: Names, rng: random.Random, lang: tuple[str, ...]
) -> None:
    drugs = rng.sample(packaged_names.drugs, rng.randint(1, 12)) + rng.choice([[], ["Aspirinn"]])
    result = check(packaged, random_patient(rng, packaged_names), drugs)
    found = cards(result, lang)
    assert found == cards(copy.deepcopy(result), lang)
    worst = {"block": "critical", "unverified": "warning"}
    for item in judged(result):
        if item["verdict"] in worst:
            assert worst[item["verdict"]] in {one["indicator"] for one in found}
    if lang[0] == "en":
        for item in judged(result):
            if item["verdict"] in worst:
                assert worst[item["verdict"]] in told(found, item), item["drug"]
    issues = [entry["resource"] for entry in issue_bundle(result)["entry"][1:]]
    ids = {f["id"] for item in result["items"] for f in item["findings"]}
    ids |= {f["id"] for f in result["pairs"]}
    seen = {one["identifier"][0]["value"].split(" ", 1)[1] for one in issues}
    assert ids <= seen
    assert (
        result["status"] in issue_bundle(result)["entry"][0]["resource"]["issue"][0]["diagnostics"]
    )


@pytest.mark.parametrize("form", [ResultFormat.cds_hooks, ResultFormat.fhir])
def test_the_same_result_gives_the_same_bytes(packaged: Session, form: ResultFormat) -> None:
    data = json.loads(BUNDLES[0].read_text("utf-8"))
    texts = {json.dumps(rendered(check(packaged, data, ["西地那非"]), form, ["zh"]))
             for _ in range(2)}  # fmt: skip
    assert len(texts) == 1


@pytest.mark.judge
@pytest.mark.skipif(fhir_judge.why_not() is not None, reason=str(fhir_judge.why_not()))
def test_the_reference_validator_accepts_what_is_written(
    packaged: Session, packaged_names: Names
) -> None:
    """Bundles of the tests and the example, and every resource made from their results."""
    rng, resources = random.Random(5), []
    for path in (*BUNDLES, EXAMPLE):
        data = json.loads(path.read_text("utf-8"))
        result = check(packaged, data, [*rng.sample(packaged_names.drugs, 8), "Aspirinn"])
        orders = orders_of(data, packaged.verifier.resolver)
        resources += [data, issue_bundle(result, orders), issue_bundle(result)]
        for card in cards(result, orders=orders):
            for one in card.get("suggestions", []):
                resources += [a["resource"] for a in one["actions"] if a["type"] == "create"]
    resources.append(issue_bundle(error_result("check", InputError("x: is wrong", field="x"))))
    count, errors = fhir_judge.judged(resources)
    assert errors == []
    assert count == len(resources)
