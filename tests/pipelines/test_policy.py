"""The site's policy: what it may change, what it may never change, and how that is told."""

import random
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pipelines.overriding import PATIENT, checked, found
from tests.pipelines.support import session_on, with_model
from tests.verifier.support import Names, random_patient

from graphrx.kg.errors import InputError
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.patient import parse_patient
from graphrx.kg.verifier.review import review
from graphrx.kg.verifier.verdict import ORDER, Finding
from graphrx.kg.verifier.verify import Verifier
from graphrx.pipelines.check import check
from graphrx.pipelines.policing import PolicedVerifier
from graphrx.pipelines.policy import ALWAYS_BLOCKS, Kind, Policy, read_policy
from graphrx.pipelines.recommend import recommend
from graphrx.pipelines.session import Session

HEAD = """
name = "General"
version = 3
date = 2026-11-20
approved_by = "Drug committee"
"""
KINDS = Kind.__args__  # type: ignore[attr-defined]
RNG = st.randoms(use_true_random=False)
Row = dict[str, str]


def row(part: str, **keys: str) -> str:
    given = {"kind": "drug_drug", "level": "major", "reason": "Ward routine"} | keys
    return f"[[{part}]]\n" + "".join(f'{key} = "{value}"\n' for key, value in given.items())


def policy(tmp_path: Path, *rows: str, head: str = HEAD) -> Policy:
    path = tmp_path / "policy.toml"
    path.write_text(head + "".join(rows), encoding="utf-8")
    return read_policy(str(path))


def under(snapshot: Snapshot, rules: Policy) -> Session:
    session = session_on(snapshot)
    session.policy = rules
    return session


WARFARIN = {"subject": "NSAIDs", "object": "warfarin"}


# -- what a row does ---------------------------------------------------------------------------


def test_a_warning_made_quiet_stays_a_warning(small: Session, tmp_path: Path) -> None:
    rules = policy(tmp_path, row("soften", **WARFARIN, to="quiet"))
    finding = found(checked(under(small.snapshot, rules)), "warn", "warfarin")
    assert (finding["level"], finding["tier"]) == ("major", "quiet")
    assert "softened by policy General: Ward routine" in finding["modifiers"]
    assert found(checked(small), "warn", "warfarin")["tier"] == "interruptive"


def test_a_warning_made_information_no_longer_warns(small: Session, tmp_path: Path) -> None:
    data = {**PATIENT, "diagnoses": [], "allergies": [], "egfr_ml_min_1_73m2": 90}
    rules = policy(tmp_path, row("soften", **WARFARIN, to="info"))
    before, after = (check(session, data, ["ibuprofen"])
                     for session in (small, under(small.snapshot, rules)))  # fmt: skip
    assert (before["status"], after["status"], after["exit_code"]) == ("warn", "pass", 0)
    assert len(before["items"][0]["findings"]) == len(after["items"][0]["findings"])


def test_a_row_reaches_down_and_both_ways(small: Session, tmp_path: Path) -> None:
    turned = {"subject": WARFARIN["object"], "object": WARFARIN["subject"]}
    rules = policy(tmp_path, row("soften", **turned, to="quiet"))
    assert found(checked(under(small.snapshot, rules)), "warn", "warfarin")["tier"] == "quiet"
    # a drug of the class is not the class
    other = policy(tmp_path, row("soften", subject="celecoxib", object="warfarin", to="quiet"))
    assert found(checked(under(small.snapshot, other)), "warn", "warfarin")["tier"] != "quiet"


@pytest.mark.parametrize("changed", [{"level": "moderate"}, {"kind": "duplicate"}])
def test_a_row_is_about_its_kind_and_level(small: Session, tmp_path: Path, changed: Row) -> None:
    rules = policy(tmp_path, row("soften", **WARFARIN | {"to": "quiet"} | changed))
    assert checked(under(small.snapshot, rules))["items"] == checked(small)["items"]


def test_a_condition_reaches_its_descendants(packaged: Session, tmp_path: Path) -> None:
    data = {**PATIENT, "diagnoses": ["heart failure"], "current_drugs": []}
    about = {"kind": "drug_disease", "level": "major", "subject": "ibuprofen", "to": "quiet"}
    for name, tier in (
        ("心力衰竭", "quiet"),
        ("heart disease", "quiet"),
        ("asthma", "interruptive"),
    ):
        rules = policy(tmp_path, row("soften", **about, object=name))
        result = check(under(packaged.snapshot, rules), data, ["ibuprofen"])
        assert found(result, "warn", "heart failure")["tier"] == tier, name


def test_weak_evidence_may_be_made_to_block(small: Session, tmp_path: Path) -> None:
    # of ibuprofen and metformin only an unreviewed list says that they are contraindicated
    data = {**PATIENT, "diagnoses": [], "allergies": [], "egfr_ml_min_1_73m2": 90,
            "current_drugs": []}  # fmt: skip
    rules = policy(tmp_path, row("harden", level="contraindicated", to="block"))
    before, after = (check(session, data, ["ibuprofen", "metformin"])
                     for session in (small, under(small.snapshot, rules)))  # fmt: skip
    assert (before["status"], before["plan"]["removed"]) == ("warn", [])
    assert (after["status"], after["exit_code"]) == ("block", 20)
    assert len(after["plan"]["kept"]) == 1
    assert after["plan"]["removed"][0]["because"] == [after["pairs"][0]["id"]]
    assert "hardened by policy General: Ward routine" in after["pairs"][0]["modifiers"]


def test_a_quiet_warning_may_be_made_to_interrupt(small: Session, tmp_path: Path) -> None:
    about = {"kind": "allergy", "level": "moderate", "subject": "cefalexin"}
    rules = policy(tmp_path, row("harden", **about, to="interruptive"))
    finding = found(checked(under(small.snapshot, rules)), "warn", "penicillins")
    assert (finding["tier"], finding["level"]) == ("interruptive", "moderate")


def test_of_two_rows_the_cautious_one_is_heard(small: Session, tmp_path: Path) -> None:
    rows = row("soften", **WARFARIN, to="info"), row("harden", **WARFARIN, to="block")
    finding = found(checked(under(small.snapshot, policy(tmp_path, *rows))), "block", "warfarin")
    assert finding["modifiers"] == ["hardened by policy General: Ward routine"]


def test_doses_of_the_list_and_of_current_drugs_follow_too(small: Session, tmp_path: Path) -> None:
    taken = {"name": "paracetamol", "dose": "2 g", "frequency": "every 4 hours"}
    data = {**PATIENT, "current_drugs": [taken], "egfr_ml_min_1_73m2": 90}
    rules = policy(
        tmp_path, *(row("soften", kind="dose", level="major", subject=name, to="quiet")
                    for name in ("metformin", "paracetamol")),
    )  # fmt: skip
    result = check(under(small.snapshot, rules), data, ["metformin 1 g tid"])
    assert found(result, "warn", "metformin")["tier"] == "quiet"
    own = [f for f in result["pairs"] if f["kind"] == "dose"]
    assert [(f["verdict"], f["tier"]) for f in own] == [("info", "quiet")]


def test_a_recommendation_follows_the_policy(small: Session, tmp_path: Path) -> None:
    data = {**PATIENT, "egfr_ml_min_1_73m2": 90}
    about = {"kind": "allergy", "level": "moderate", "subject": "cephalosporins"}
    session = with_model(small.snapshot)
    kept = recommend(session, data, "infection")["plan"]["kept"]
    assert "cefalexin" in kept
    session = with_model(small.snapshot)
    session.policy = policy(tmp_path, row("harden", **about, to="block"))
    result = recommend(session, data, "infection")
    assert "cefalexin" not in result["plan"]["kept"]
    assert found(result, "block", "cefalexin")["kind"] == "allergy"


# -- what it never does ------------------------------------------------------------------------


def test_a_block_is_not_softened_and_says_so(small: Session, tmp_path: Path) -> None:
    about = {"level": "contraindicated", "subject": "sildenafil", "object": "organic nitrates"}
    rules = policy(tmp_path, row("soften", **about, to="info"))
    result = checked(under(small.snapshot, rules))
    finding = found(result, "block", "isosorbide mononitrate")
    assert "not softened by policy General: a block stays a block" in finding["modifiers"]
    assert result["status"] == "block"


def test_an_open_question_is_not_softened_and_says_so(small: Session, tmp_path: Path) -> None:
    about = {"kind": "renal", "level": "contraindicated", "subject": "metformin"}
    rules = policy(tmp_path, row("soften", **about, to="info"))
    finding = found(checked(under(small.snapshot, rules)), "unverified", "metformin")
    assert finding["question"]
    assert any("an open question stays" in words for words in finding["modifiers"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (row("soften", kind="withdrawn", subject="x", to="info"), "soften row 1 kind: 'withdrawn'"),
        (row("soften", kind="data_gap", subject="x", to="info"), "kind: 'data_gap' is not allowed"),
        (row("soften", kind="unknown_drug", to="info"), "kind: 'unknown_drug' is not allowed"),
        (row("soften", level="unknown", to="info"), "level: 'unknown' is not allowed"),
        (row("soften", kind="duplicate", level="contraindicated", subject="x", to="info"),
         "a contraindicated duplicate is a block"),
        (row("soften", kind="allergy", level="contraindicated", subject="x", to="quiet"),
         "a contraindicated allergy is a block"),
        (row("soften", to="quiet"), "a major warning is softened by name"),
        (row("soften", **WARFARIN, to="block"), "to: 'block' is not allowed"),
        (row("soften", **WARFARIN, to="pass"), "to: 'pass' is not allowed"),
        (row("harden", **WARFARIN, to="info"), "to: 'info' is not allowed"),
        (row("soften", **WARFARIN, to="quiet", reason=" "), "soften row 1 reason"),
        (row("soften", **WARFARIN, to="quiet", until="2027"), "until is not a key of a policy"),
        ("[[soften]]\n", "soften row 1 kind is missing"),
        ("sha256 = 1", "sha256 is not a key"),
        ("[[soften", "not TOML"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_a_policy(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        policy(tmp_path, text)
    assert words in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("key", ["name", "version", "date", "approved_by"])
def test_a_policy_says_who_approved_it(tmp_path: Path, key: str) -> None:
    head = "".join(line for line in HEAD.splitlines(keepends=True) if not line.startswith(key))
    with pytest.raises(InputError, match=f"{key} is missing"):
        policy(tmp_path, head=head)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ({"subject": "Aspirinn"}, "soften row 2 subject 'Aspirinn' is not known; did you mean asp"),
        ({"subject": "aspirin", "object": "asthma"}, "object 'asthma' is not known"),
        ({"object": "flibberosis"}, "object 'flibberosis' is not known"),
    ],
)
def test_a_name_that_the_graph_does_not_know(
    small: Session, tmp_path: Path, names: Row, words: str
) -> None:
    rows = row("soften", **WARFARIN, to="quiet"), row("soften", **names, to="quiet")
    with pytest.raises(InputError, match=words):
        PolicedVerifier(small.snapshot, policy(tmp_path, *rows))


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="can't be read"):
        read_policy(str(tmp_path / "none.toml"))


# -- what is told ------------------------------------------------------------------------------


def test_a_result_names_its_policy(
    small: Session, tmp_path: Path, result_contract: jsonschema.Draft202012Validator
) -> None:
    rules = policy(tmp_path, row("soften", **WARFARIN, to="quiet"))
    with_policy, without = checked(under(small.snapshot, rules)), checked(small)
    result_contract.validate(with_policy)
    assert with_policy["kb"]["policy"] == {
        "name": "General", "version": "3", "date": "2026-11-20", "approved_by": "Drug committee",
        "sha256": rules.sha256,
    }  # fmt: skip
    assert "policy" not in without["kb"]
    assert with_policy["run_id"] != without["run_id"]
    other = policy(tmp_path, row("soften", **WARFARIN, to="info"))
    assert checked(under(small.snapshot, other))["run_id"] != with_policy["run_id"]


def test_a_policy_that_speaks_of_nothing_changes_nothing(small: Session, tmp_path: Path) -> None:
    result, plain = checked(under(small.snapshot, policy(tmp_path))), checked(small)
    assert {**result, "run_id": "", "kb": ""} == {**plain, "run_id": "", "kb": ""}


# -- what always holds -------------------------------------------------------------------------


def random_policy(rng: random.Random, names: Names) -> Policy:
    """Many wide rows, most of them softening."""
    soften = [
        {"kind": kind, "level": level, "to": rng.choice(["quiet", "info"]), "reason": "x"}
        | ({"subject": name} if (name := drawn(rng, names)) or level != "moderate" else {})
        for kind in KINDS
        for level in ("moderate", "major", "contraindicated")
        if (kind, level) not in {(one, "contraindicated") for one in ALWAYS_BLOCKS}
    ]
    harden = [
        {"kind": rng.choice(KINDS), "level": rng.choice(["contraindicated", "moderate", "minor"]),
         "to": rng.choice(["interruptive", "block"]), "reason": "x"}
        for _ in range(rng.randint(0, 2))
    ]  # fmt: skip
    soften = [one for one in soften if one.get("subject", "x")]
    return Policy.model_validate(
        {"name": "Random", "version": "1", "date": "2026-11-20", "approved_by": "nobody",
         "soften": soften, "harden": harden, "sha256": "0" * 64}
    )  # fmt: skip


def drawn(rng: random.Random, names: Names) -> str:
    return rng.choice([rng.choice(names.drugs), rng.choice(names.classes), ""])


def firm(findings: Any) -> list[tuple[Any, ...]]:
    """The blocks and open questions among findings, but for remarks."""
    return sorted(
        (f.kind, f.level, f.effect, f.subject, f.object, f.tier)
        for f in findings
        if f.effect in ("block", "unverified")
    )


@pytest.mark.parametrize("which", ["small", "packaged"])
@given(rng=RNG)
def test_no_policy_softens_a_block_or_an_open_question(
    request: pytest.FixtureRequest, which: str, rng: random.Random
) -> None:
    session: Session = request.getfixturevalue(which)
    names: Names = request.getfixturevalue(f"{which}_names")
    data, drugs = random_patient(rng, names), rng.sample(names.drugs, 4)
    rules = random_policy(rng, names)
    plain: Verifier = session.verifier
    policed = PolicedVerifier(session.snapshot, rules)
    facts = plain.close(parse_patient(data))
    matches = [plain.resolver.drug(drug) for drug in drugs]
    for match in matches:
        before, after = plain.verdict(facts, match), policed.verdict(facts, match)
        assert len(before.findings) == len(after.findings)
        assert set(firm(before.findings)) <= set(firm(after.findings))
        if before.verdict in ("block", "unverified"):
            assert ORDER[after.verdict] >= ORDER[before.verdict]
    whole, under_policy = review(plain, facts, matches), review(policed, facts, matches)
    if whole.status in ("block", "unverified"):
        assert ORDER[under_policy.status] >= ORDER[whole.status]
    kept = [matches[place] for place in under_policy.plan.kept]
    for place, first in enumerate(kept):
        for second in kept[place + 1 :]:
            between: list[Finding] = plain.pair_findings(facts, first, second)
            assert not any(finding.effect == "block" for finding in between)


@given(rng=RNG)
def test_a_policed_finding_is_changed_once(
    small: Session, small_names: Names, rng: random.Random
) -> None:
    data = random_patient(rng, small_names)
    policed = PolicedVerifier(small.snapshot, random_policy(rng, small_names))
    facts = policed.close(parse_patient(data))
    first, second = (policed.resolver.drug(drug) for drug in rng.sample(small_names.drugs, 2))
    together = policed.verdict(facts, first, [second])
    for finding in together.findings:
        assert policed.rulebook.apply(finding) == finding
        assert len(set(finding.modifiers)) == len(finding.modifiers)
