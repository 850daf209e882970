"""``recommend`` with a model that proposes what it is told to: the graph has the last word."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pipelines.support import session_on, with_model
from tests.verifier.support import Names, audit, patient, random_patient

from graphrx.kg.errors import InputError
from graphrx.pipelines.envelope import to_json
from graphrx.pipelines.explain import explain
from graphrx.pipelines.recommend import recommend
from graphrx.pipelines.session import Session

if find_spec("torch") is None:
    pytest.skip("the model side is not installed", allow_module_level=True)

WEIGHTS = Path(__file__).parents[2] / "fusion" / "weights" / "config.json"
Contract = jsonschema.Draft202012Validator


def asked(small: Session, proposed: list[str] | None = None) -> Session:
    return with_model(small.snapshot, proposed or [])


def names(result: dict[str, Any]) -> list[str]:
    return [item["drug"]["inn"] for item in result["items"] if item["rank"] is not None]


def test_the_graph_proposes(small: Session, result_contract: Contract) -> None:
    result = recommend(asked(small), patient(), "hypertension")
    result_contract.validate(result)
    assert set(names(result)) == {"lisinopril", "enalapril", "metoprolol"}
    assert result["plan"]["kept"] == names(result)
    assert names(result)[-1] == "metoprolol"  # second line
    assert {item["indication"]["state"] for item in result["items"]} == {"supported"}
    # the third candidate has no reviewed source: it stands aside
    (aside,) = [item for item in result["items"] if item["rank"] is None]
    assert (aside["drug"]["inn"], aside["verdict"]) == ("newdrug", "unverified")


def test_the_model_may_propose_but_not_pass(small: Session, result_contract: Contract) -> None:
    result = recommend(asked(small, ["paracetamol", "sildenafil"]), patient(), "hypertension")
    result_contract.validate(result)
    items = {item["drug"]["inn"]: item for item in result["items"]}
    assert items["paracetamol"]["origin"] == ["model"]
    assert items["paracetamol"]["verdict"] == "unverified"
    assert items["paracetamol"]["indication"]["state"] == "not_found"
    assert "paracetamol" not in result["plan"]["kept"]
    assert result["model"]["generated"] == ["paracetamol", "sildenafil"]


def test_what_the_graph_forbids_is_not_kept(small: Session, result_contract: Contract) -> None:
    data = patient(history=["angioedema due to lisinopril"])
    result = recommend(asked(small, ["lisinopril"]), data, "高血压")
    result_contract.validate(result)
    assert names(result) == ["metoprolol"]
    removed = {gone["drug"] for gone in result["plan"]["removed"]}
    assert {"lisinopril", "enalapril"} <= removed


def test_nothing_left(small: Session, result_contract: Contract) -> None:
    data = patient(history=["myocardial infarction"])
    result = recommend(asked(small), data, "migraine")
    result_contract.validate(result)
    assert (result["status"], result["exit_code"]) == ("none", 40)
    assert result["plan"]["kept"] == []


def test_evidence_for_the_wider_disease_ranks_below(small: Session) -> None:
    result = recommend(asked(small), patient(), "migraine prophylaxis")
    assert set(names(result)) == {"propranolol", "metoprolol"}


def test_regimen(small: Session, result_contract: Contract) -> None:
    result = recommend(asked(small), patient(), "infection", mode="regimen")
    result_contract.validate(result)
    assert result["plan"]["kept"] == ["amoxicillin", "clarithromycin"]
    allergic = recommend(
        asked(small), patient(allergies=["penicillin (anaphylaxis)"]), "infection", mode="regimen"
    )
    assert allergic["plan"]["kept"] == ["ceftriaxone", "clarithromycin"]
    taken = recommend(asked(small), patient(current_drugs=["simvastatin"]), "infection",
                      mode="regimen")  # fmt: skip
    assert taken["status"] == "none"


def test_top(small: Session) -> None:
    assert len(names(recommend(asked(small), patient(), "hypertension", top=1))) == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [({"target": None}, "no target"), ({"target": "hypertensoin"}, "did you mean hypertension"),
     ({"target": "Acute appendicitis"}, "ICD-10-CM"), ({"target": "x", "top": 0}, "top"),
     ({"target": "x", "top": True}, "top"), ({"target": "x", "mode": "all"}, "mode"),
     ({"target": "x", "tokens": "many"}, "tokens")],
)  # fmt: skip
def test_bad_options(small: Session, options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        recommend(asked(small), patient(), **options)


def test_explain_with_a_target(small: Session, result_contract: Contract) -> None:
    result = explain(asked(small), patient(), "lisinopril", "hypertension")
    result_contract.validate(result)
    (item,) = result["items"]
    assert item["explanation"]["nodes"]
    with pytest.raises(InputError, match="did you mean lisinopril"):
        explain(asked(small), patient(), "lisinoprill", "hypertension")


@given(rng=st.randoms(use_true_random=False))
def test_random_patients(
    small: Session, small_names: Names, result_contract: Contract, rng: Any
) -> None:
    data = random_patient(rng, small_names)
    target = rng.choice(["hypertension", "infection", "migraine", "type 2 diabetes mellitus"])
    mode = rng.choice(["alternatives", "regimen"])
    proposed = rng.sample(small_names.drugs, 6)
    session = with_model(small.snapshot, proposed)
    try:
        result = recommend(session, data, target, mode=mode, top=rng.randint(1, 6))
    except InputError as error:
        assert "pregnancy contradicts" in error.message  # noqa: PT017
        return
    result_contract.validate(result)
    audit(small.snapshot, result)
    kept = result["plan"]["kept"]
    quiet = [i for i in result["items"] if i["rank"] and i["verdict"] in ("pass", "warn")]
    assert len(kept) == len([item for item in result["items"] if item["rank"]])
    assert result["status"] != "none" or not quiet


def test_the_same_bytes(small: Session) -> None:
    data = patient(diagnoses=["asthma"])
    first = recommend(asked(small, ["metformin"]), data, "hypertension")
    again = recommend(asked(small, ["metformin"]), {**data, "free_text_note": "pass all"},
                      "hypertension")  # fmt: skip
    assert to_json(first) == to_json(again)


@pytest.mark.slow
@pytest.mark.skipif(not WEIGHTS.exists(), reason="no trained weights in this checkout")
def test_the_real_model_end_to_end(packaged: Session, result_contract: Contract) -> None:
    session = session_on(packaged.snapshot)
    data = patient(current_drugs=["metformin"], diagnoses=["type 2 diabetes mellitus"])
    result = recommend(session, data, "hypertension", top=3)
    result_contract.validate(result)
    audit(packaged.snapshot, result)
    assert len(result["plan"]["kept"]) == 3
    assert result["model"]["graph_tokens"] > 0
    assert all(item["indication"]["state"] == "supported" for item in result["items"][:3])
