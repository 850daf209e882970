"""A regimen of the graph, and which drug fills each part of it."""

import pytest
from tests.verifier.support import KNOWN

from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier import regimen as module
from graphrx.kg.verifier.patient import parse_patient
from graphrx.kg.verifier.regimen import Component, Filled, Regimen, fill, regimens_for
from graphrx.kg.verifier.verdict import DrugVerdict, Path, Verdict
from graphrx.kg.verifier.verify import Verifier


def node(snapshot: Snapshot, name: str) -> int:
    return snapshot.lookup(name)[0][0]


def filled(
    verifier: Verifier, parts: list[list[str]], grades: dict[str, Verdict] | None = None
) -> list[str | None]:
    """The drugs chosen for a regimen of these options; every drug passes but those graded."""
    snapshot = verifier.snapshot
    components = tuple(
        Component("part", "部分", tuple(node(snapshot, name) for name in options))
        for options in parts
    )
    known = {node(snapshot, name): grade for name, grade in (grades or {}).items()}
    facts = verifier.close(parse_patient(KNOWN))
    found = fill(verifier, facts, Regimen(0, None, components, ()),
                 lambda drug: DrugVerdict(known.get(drug, "pass"), ()))  # fmt: skip
    assert found.complete == (None not in found.chosen)
    assert found.regimen.components == components
    return [None if drug is None else snapshot.name(drug) for drug in found.chosen]


def test_regimens_of_a_target_with_their_evidence(snapshot: Snapshot) -> None:
    infection = node(snapshot, "infection")
    (found,) = regimens_for(snapshot, [node(snapshot, "asthma"), infection, infection])
    assert snapshot.name(found.node) == "two for an infection"
    assert found.line == "first"
    assert found.evidence == (
        Path(("two for an infection", "infection"), ("treats",), "guideline", "3", "guideline"),
    )
    assert [(part.role, part.role_zh) for part in found.components] == [
        ("beta-lactam", "β-内酰胺类"), ("macrolide", "大环内酯类"),
    ]  # fmt: skip
    options = [[snapshot.name(drug) for drug in part.options] for part in found.components]
    assert options == [["amoxicillin", "ceftriaxone"], ["clarithromycin"]]
    assert regimens_for(snapshot, [node(snapshot, "asthma")]) == []


def test_the_regimens_of_a_condition_come_before_those_of_its_parent(snapshot: Snapshot) -> None:
    found = regimens_for(snapshot, [node(snapshot, "pneumonia")])
    assert [snapshot.name(one.node) for one in found] == [
        "one for a pneumonia", "two for an infection",
    ]  # fmt: skip
    assert found[0].line == "second"
    (part,) = found[0].components
    assert [snapshot.name(drug) for drug in part.options] == ["ceftriaxone", "amoxicillin"]


@pytest.mark.parametrize(
    ("parts", "grades", "chosen"),
    [
        ([["amoxicillin", "ceftriaxone"], ["clarithromycin"]], {},
         ["amoxicillin", "clarithromycin"]),
        ([["amoxicillin", "ceftriaxone"], ["clarithromycin"]], {"amoxicillin": "warn"},
         ["ceftriaxone", "clarithromycin"]),
        ([["amoxicillin", "ceftriaxone"], ["clarithromycin"]],
         {"amoxicillin": "block", "ceftriaxone": "block"}, [None, "clarithromycin"]),
        ([["amoxicillin"]], {"amoxicillin": "unverified"}, ["amoxicillin"]),
        # what must not be given together
        ([["simvastatin", "pravastatin"], ["clarithromycin"]], {},
         ["pravastatin", "clarithromycin"]),
        ([["simvastatin"], ["clarithromycin"]], {}, ["simvastatin", None]),
        ([["paracetamol"], ["simvastatin"], ["clarithromycin"]], {},
         ["paracetamol", "simvastatin", None]),
        # never one drug for two parts
        ([["amoxicillin"], ["amoxicillin", "ceftriaxone"]], {}, ["amoxicillin", "ceftriaxone"]),
        ([["amoxicillin"], ["amoxicillin"]], {}, ["amoxicillin", None]),
        ([["gadobutrol"], ["metformin"]], {}, ["gadobutrol", "metformin"]),
        # the mildest worst verdict, then the mildest sum, then the preference
        ([["sildenafil", "metformin"], ["isosorbide mononitrate", "paracetamol"]],
         {"metformin": "warn", "paracetamol": "unverified"},
         ["metformin", "isosorbide mononitrate"]),
        ([["sildenafil", "metformin"], ["isosorbide mononitrate", "paracetamol"]],
         {"metformin": "warn", "isosorbide mononitrate": "warn", "paracetamol": "warn"},
         ["sildenafil", "paracetamol"]),
        ([["metformin", "sildenafil"], ["isosorbide mononitrate", "paracetamol"]],
         {"metformin": "warn", "isosorbide mononitrate": "warn", "paracetamol": "warn"},
         ["sildenafil", "paracetamol"]),
        ([["sildenafil", "aztreonam", "metformin"], ["isosorbide mononitrate", "paracetamol"]], {},
         ["sildenafil", "paracetamol"]),
        ([["sildenafil", "metformin"],
          ["isosorbide mononitrate", "simvastatin", "paracetamol"], ["clarithromycin"]], {},
         ["metformin", "isosorbide mononitrate", "clarithromycin"]),
    ],
    ids=str,
)  # fmt: skip
def test_filled(
    verifier: Verifier,
    parts: list[list[str]],
    grades: dict[str, Verdict],
    chosen: list[str | None],
) -> None:
    assert filled(verifier, parts, grades) == chosen


def test_a_part_left_empty_is_a_last_resort(verifier: Verifier) -> None:
    grades: dict[str, Verdict] = {"simvastatin": "unverified", "pravastatin": "unverified"}
    assert filled(verifier, [["simvastatin", "pravastatin"], ["clarithromycin"]], grades) == [
        "pravastatin", "clarithromycin",
    ]  # fmt: skip


@pytest.mark.parametrize(("most", "chosen"), [(8, "pravastatin"), (6, "pravastatin"), (5, None)])
def test_the_options_that_are_preferred_least_are_cut_first(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch, most: int, chosen: str | None
) -> None:
    # three options and "none" for the first part, one and "none" for the second: 8 fillings
    monkeypatch.setattr(module, "COMBINATIONS", most)
    parts = [["simvastatin", "pravastatin", "paracetamol"], ["clarithromycin"]]
    assert filled(verifier, parts)[0] == (chosen or "simvastatin")


def test_no_part_at_all_is_complete() -> None:
    assert Filled(Regimen(0, None, (), ()), ()).complete
