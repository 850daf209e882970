"""The measuring code of the outside judges, on made-up lists and patients."""

import gzip
import math
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import pytest

from graphrx.kg.formulary.snapshot import packaged_snapshot
from graphrx.kg.verifier.verify import Verifier

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


@pytest.fixture
def judging(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """The scripts of ``benchmarks`` as modules; they import each other by name."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    names = ("rates", "judge_lists", "judge_conditions", "demo_patients", "alerts", "agreement")
    return SimpleNamespace(**{name: __import__(name) for name in names})


@pytest.fixture(scope="module")
def verifier() -> Verifier:
    return Verifier(packaged_snapshot())


def drug(verifier: Verifier, name: str) -> int:
    return next(n for n in verifier.snapshot.nodes_of("Drug") if verifier.snapshot.name(n) == name)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (0, 0, 0.0, 1.0)],
)
def test_wilson(judging: SimpleNamespace, hits: int, n: int, low: float, high: float) -> None:
    assert judging.rates.wilson(hits, n) == pytest.approx((low, high), abs=5e-5)


def test_a_share_of_nothing_has_no_value(judging: SimpleNamespace) -> None:
    assert judging.rates.share(0, 0)["share"] is None
    assert judging.rates.share(3, 4)["share"] == 0.75


def test_halves_rest_on_the_pair_not_on_its_order(judging: SimpleNamespace) -> None:
    half = judging.rates.half
    assert half(["a", "b"]) == half(["b", "a"])
    assert {half(["a", str(i)]) for i in range(20)} == {"dev", "held-out"}


def test_the_ratio_over_patients(judging: SimpleNamespace) -> None:
    ratio = judging.rates.ratio
    same = ratio([1, 2, 3], [4, 8, 12])
    assert (same["value"], same["low"], same["high"]) == (0.25, 0.25, 0.25)
    mixed = ratio([0, 10], [10, 10])
    assert mixed["low"] == 0
    assert mixed["high"] == 1
    assert mixed["value"] == 0.5
    assert ratio([0, 10, 3], [10, 10, 7]) == ratio([0, 10, 3], [10, 10, 7])
    assert math.isnan(ratio([1], [0])["value"])
    with pytest.raises(ValueError, match="one of each per patient"):
        ratio([1], [1, 2])


def listed(judging: SimpleNamespace, name: str, entries: dict[tuple[int, int], Any]) -> Any:
    one = judging.judge_lists.PairList(name)
    for pair, said in entries.items():
        for number, levels in enumerate(said):
            one.entries[frozenset(pair)][f"entry {number}"] |= levels
    return one


def test_an_entry_of_several_levels_is_sure_of_the_mildest_only(judging: SimpleNamespace) -> None:
    one = listed(judging, "ansm", {(1, 2): [{"contraindicated", "minor"}, {"moderate"}]})
    pair = frozenset((1, 2))
    assert one.worst(pair) == "contraindicated"
    assert one.sure(pair) == "moderate"
    assert one.worst(frozenset((1, 3))) == one.sure(frozenset((1, 3))) == "none"


def test_two_lists_must_call_a_pair_serious(judging: SimpleNamespace) -> None:
    lists = {
        "ddinter": listed(judging, "ddinter", {(1, 2): [{"major"}], (1, 3): [{"major"}],
                                               (1, 4): [{"moderate"}], (1, 5): [{"major"}]}),
        "onc": listed(judging, "onc", {(1, 2): [{"contraindicated"}], (1, 4): [{"major"}]}),
        "ansm": listed(judging, "ansm", {(1, 5): [{"contraindicated", "minor"}]}),
    }  # fmt: skip
    serious = judging.judge_lists.serious_by_two
    assert serious(lists, sure=True) == {frozenset((1, 2))}
    assert serious(lists, sure=False) == {frozenset((1, 2)), frozenset((1, 5))}


class Names:
    """A resolver that knows five names."""

    known: ClassVar = {
        "metronidazole": 1, "heparin": 2, "potassium": 3, "potassium chloride": 4, "flagyl": 1,
    }  # fmt: skip

    def drug(self, text: str) -> Any:
        node = self.known.get(text.casefold())
        return SimpleNamespace(nodes=() if node is None else (node,))


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        ("MetRONIDAZOLE (FLagyl)", (1,)),
        ("10 ML VIAL : POTASSIUM CHLORIDE 20 MEQ", (4,)),
        ("Potassium Phosphate", ()),  # the salt's first word is no drug
        ("Heparin Flush (10 units/ml)", ()),  # nothing that acts is given
        ("", ()),
    ],
)
def test_the_drug_of_an_order(judging: SimpleNamespace, text: str, nodes: tuple[int, ...]) -> None:
    assert judging.demo_patients.OrderNames(Names())(text) == nodes


@pytest.mark.parametrize(
    ("text", "route"),
    [("PO/NG", "oral"), ("IV DRIP", "iv"), ("SubQ", "sc"), ("OU", "ophthalmic"), ("MISC", None)],
)
def test_routes(judging: SimpleNamespace, text: str, route: str | None) -> None:
    assert judging.demo_patients.route_of(text) == route


def packed(path: Path, header: str, rows: Sequence[str]) -> None:
    path.parent.mkdir(exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write("\n".join([header, *rows]) + "\n")


def test_an_admission_is_read(judging: SimpleNamespace, tmp_path: Path) -> None:
    folder = tmp_path / "mimic3demo"
    packed(folder / "PATIENTS.csv.gz", "subject_id,gender,dob", ["7,F,2094-03-05 00:00:00"])
    packed(folder / "DIAGNOSES_ICD.csv.gz", "hadm_id,icd9_code", ["9,4019", "9,V0000"])
    packed(folder / "ADMISSIONS.csv.gz", "subject_id,hadm_id,admittime",
           ["7,9,2164-10-23 21:00:00"])  # fmt: skip
    packed(
        folder / "PRESCRIPTIONS.csv.gz",
        "hadm_id,drug_type,startdate,enddate,drug,drug_name_generic,route",
        ["9,MAIN,2164-10-24 00:00:00,2164-10-25 00:00:00,Flagyl,,PO",
         "9,BASE,2164-10-24 00:00:00,,Heparin,,IV", "9,MAIN,2164-10-24 00:00:00,,D5W,,IV"],
    )  # fmt: skip
    gem = tmp_path / "gem.csv"
    gem.write_text('"icd9cm","icd10cm"\n"4019","I10"\n"4019","I11"\n', encoding="utf-8")
    names = judging.demo_patients.OrderNames(Names())
    cohort = judging.demo_patients.mimic(tmp_path, names, gem)
    (stay,) = cohort.stays
    assert (cohort.orders, cohort.named, dict(cohort.unnamed)) == (2, 1, {"D5W": 1})
    assert (cohort.diagnoses, cohort.diagnoses_coded) == (2, 1)
    assert stay.record["diagnoses"] == ["I10"]
    assert stay.record["age_years"] == 70.6
    (order,) = stay.orders
    assert (order.node, order.start_h, order.stop_h, order.route) == (1, 3.0, 51.0, "oral")


def test_a_stay_is_played_back(judging: SimpleNamespace, verifier: Verifier) -> None:
    lisinopril, potassium, aspirin = (
        drug(verifier, name) for name in ("lisinopril", "potassium chloride", "aspirin")
    )
    order = judging.demo_patients.Order
    stay = judging.demo_patients.Stay(
        "one",
        {"age_years": 50.0, "sex": "M", "diagnoses": [], "history": [], "symptoms": [],
         "allergies": [], "genetics": []},
        [order(lisinopril, 0, 10, "oral"), order(potassium, 1, 5, "oral"),
         order(potassium, 2, 8, "oral"), order(aspirin, 20, 30, "oral")],
    )  # fmt: skip
    pair = frozenset((lisinopril, potassium))
    flat = {"flat": {pair, frozenset((lisinopril, aspirin))}}
    counts, pairs = judging.alerts.play(verifier, stay, flat, {pair})
    # a renewal is no new order, and what has stopped is not checked against
    assert (counts["orders"], counts["flat"], counts["pairs"]) == (3, 1, 1)
    assert (counts["serious_met"], counts["serious_interrupted"]) == (1, 1)
    assert dict(pairs) == {("lisinopril", "potassium chloride"): 1}


def test_what_the_formulary_says_of_a_pair(judging: SimpleNamespace, verifier: Verifier) -> None:
    ours = judging.judge_lists.Ours(verifier)
    said = ours(frozenset(drug(verifier, n) for n in ("lisinopril", "potassium chloride")))
    assert said.interruptive
    assert not said.conditional
    assert not ours(
        frozenset(drug(verifier, n) for n in ("lisinopril", "paracetamol"))
    ).interruptive


def test_a_rule_on_a_narrower_condition_is_no_hit(
    judging: SimpleNamespace, verifier: Verifier
) -> None:
    snapshot = verifier.snapshot
    conditions = object.__new__(judging.judge_conditions.Conditions)
    conditions.snapshot = snapshot
    barred = judging.judge_conditions.Barred(snapshot, conditions)
    node = {snapshot.name(n): n for n in snapshot.nodes_of("Disease")}
    propranolol = drug(verifier, "propranolol")
    assert barred.level(propranolol, node["asthma"]) == "contraindicated"
    assert barred.level(propranolol, node["heart block"]) == "narrower"
    assert barred.level(propranolol, node["acne"]) == "none"


def test_a_settled_row_gives_its_reason(judging: SimpleNamespace, tmp_path: Path) -> None:
    agreement: ModuleType = judging.agreement
    path = tmp_path / "agreement.tsv"
    head = "\t".join(agreement.COLUMNS)
    path.write_text(f"{head}\nONC\ta + b\thigh\tmajor\tkept\t\tlabel 4\n", encoding="utf-8")
    with pytest.raises(ValueError, match="line 2: give each of"):
        agreement.settled(path)
    path.write_text(f"{head}\nONC\ta + b\thigh\tmajor\tlost\tno\tlabel 4\n", encoding="utf-8")
    with pytest.raises(ValueError, match="'lost'"):
        agreement.settled(path)


def test_the_report_is_that_of_the_results(
    judging: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["agreement.py", "--check"])
    assert judging.agreement.main() == 0, capsys.readouterr().out
