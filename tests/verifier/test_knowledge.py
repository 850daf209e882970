"""How the graph is read: names, ways, exceptions, and rules that can't be evaluated."""

from dataclasses import replace

import pytest

from graphrx.kg.errors import IntegrityError
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.facts import Hit, PatientFacts
from graphrx.kg.verifier.interaction import Interactions
from graphrx.kg.verifier.interval import Interval
from graphrx.kg.verifier.rules import Knowledge
from graphrx.kg.verifier.when import evaluate


@pytest.fixture
def knowledge(snapshot: Snapshot) -> Knowledge:
    return Knowledge(snapshot)


def node(knowledge: Knowledge, name: str) -> int:
    found = knowledge.node_of(name)
    assert found is not None
    return found


def edge(knowledge: Knowledge, subject: str, predicate: str, number: int = 0) -> int:
    return knowledge.snapshot.out(node(knowledge, subject), predicate)[number]


def test_a_reference_is_an_index_an_id_or_a_name(knowledge: Knowledge) -> None:
    warfarin = node(knowledge, "warfarin")
    record = knowledge.snapshot.node(warfarin)
    assert record.name == "warfarin"
    assert [knowledge.node_of(one) for one in (warfarin, record.id, "WARFARIN", "华法林")] == [
        warfarin
    ] * 4
    assert knowledge.node_of("flibber") is None
    assert knowledge.names((warfarin,)) == ("warfarin",)


def test_the_lineage_has_the_shortest_way(knowledge: Knowledge) -> None:
    ways = knowledge.lineage(node(knowledge, "insulin aspart"))
    assert {knowledge.names(way) for way in ways.values()} == {
        ("insulin aspart",),
        ("insulin aspart", "rapid-acting insulins"),
        ("insulin aspart", "rapid-acting insulins", "insulins"),
    }
    assert all(way[-1] == place for place, way in ways.items())


@pytest.mark.parametrize(
    ("drug", "way", "words"),
    [("warfarin", "anticoagulants", "member_of"), ("metformin", "type 2 diabetes mellitus", ""),
     ("clavulanic acid", "amoxicillin/clavulanic acid", "has_ingredient"),
     ("gadobutrol", "chronic kidney disease stage 4", "contraindicated_in")],
)  # fmt: skip
def test_a_drug_against_itself(knowledge: Knowledge, drug: str, way: str, words: str) -> None:
    found = knowledge.itself(node(knowledge, drug))
    assert knowledge.names(found) == (drug, way, drug)
    assert set(knowledge.grouping(found)) == {words or "treats"}


def test_a_combination_has_its_parts(knowledge: Knowledge) -> None:
    drug = knowledge.drug(node(knowledge, "Augmentin"))
    parts = {node(knowledge, name) for name in ("amoxicillin", "clavulanic acid")}
    assert drug.ingredients == parts
    assert [one.node for one in drug.components] == [drug.node, *sorted(parts)]
    assert drug.lineage[node(knowledge, "amoxicillin")] == (
        drug.node, node(knowledge, "amoxicillin"),
    )  # fmt: skip
    assert drug.lineage[node(knowledge, "penicillins")] == (
        drug.node, node(knowledge, "penicillins"),
    )  # fmt: skip
    assert drug.routes == ("oral", "iv")
    assert knowledge.drug(drug.node) is drug
    single = knowledge.drug(node(knowledge, "fluoxetine"))
    assert single.ingredients == {single.node}
    assert (single.persists_days, drug.persists_days) == (35, 1)
    assert not drug.food
    assert drug.withdrawn is None


def test_who_may_block(knowledge: Knowledge) -> None:
    trusted = {
        tuple(sorted(knowledge.names((one.subject, one.object)))): knowledge.trusted(place)
        for place in range(knowledge.snapshot.n_edges)
        if (one := knowledge.snapshot.edge(place)).predicate == "pharmacologically_interacts_with"
    }
    assert trusted["paracetamol", "warfarin"] is False
    assert trusted["ibuprofen", "metformin"] is False
    assert trusted["metformin", "spironolactone"] is True


def test_exceptions_are_split_by_what_they_name(knowledge: Knowledge) -> None:
    listed = ["celecoxib", "flibber", ["citalopram", "fluoxetine"], {"condition": "asthma"},
              {"condition": "flibber"}, {"route": "iv"}, {"route": ["topical", "nasal"]},
              {"condition": "migraine", "route": "oral"}]  # fmt: skip
    exempt, conditions, routes = knowledge.exceptions(listed)
    assert knowledge.names(exempt) == ("celecoxib",)
    assert knowledge.names(conditions) == ("asthma", "migraine")
    assert routes == {"iv", "topical", "nasal", "oral"}


def test_a_condition_of_a_rule_is_a_node(knowledge: Knowledge) -> None:
    place = edge(knowledge, "metformin", "contraindicated_in")
    for when, name in (({"condition": "asthma"}, "asthma"),
                       ({"genotype": "HLA-B*57:01"}, "HLA-B*57:01 carrier")):  # fmt: skip
        tests = knowledge.tests(when, (), place)
        has = node(knowledge, name)
        facts = PatientFacts(conditions_known=True, conditions={has: Hit("x", True, (has,))})
        assert evaluate(tests, facts, None).holds is True
        assert evaluate(tests, PatientFacts(conditions_known=True), None).holds is False


@pytest.mark.parametrize(
    ("when", "why"),
    [({"condition": "flibber"}, "the condition 'flibber' is not in the graph"),
     ({"shoe_size": "<40"}, "'shoe_size' is not a condition that the verifier can evaluate"),
     ({"age": "young"}, "'young' is not a comparison such as '<30' or '30-45'"),
     ({"lab": {"foo": "<1"}}, "'foo' is not a laboratory test that the verifier knows")],
    ids=str,
)  # fmt: skip
def test_a_rule_that_can_not_be_evaluated_is_refused(
    knowledge: Knowledge, when: dict[str, object], why: str
) -> None:
    place = edge(knowledge, "sumatriptan", "contraindicated_in")
    with pytest.raises(IntegrityError) as caught:
        knowledge.tests(when, (), place)
    assert str(caught.value) == (
        "the rule sumatriptan contraindicated_in ischaemic heart disease can't be evaluated: "
        f"{why}; correct it in its source and build the graph anew"
    )


def test_a_drug_with_such_a_rule_has_no_rules_at_all(
    knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object) -> None:
        raise ValueError("no such test")

    monkeypatch.setattr("graphrx.kg.verifier.rules.compile_when", refuses)
    with pytest.raises(IntegrityError, match=r"^the rule sumatriptan contraindicated_in ischaemic"):
        knowledge.drug(node(knowledge, "sumatriptan"))


def test_usual_doses_say_where_they_stand(knowledge: Knowledge) -> None:
    (usual,) = knowledge.drug(node(knowledge, "amoxicillin")).usual_doses
    assert (usual.dose, usual.routes, usual.source, usual.at) == (
        "500 mg/dose", ("oral",), "label", "2",
    )  # fmt: skip
    adult = PatientFacts(age=Interval.point(40))
    assert evaluate(usual.tests, adult, "oral").holds is True
    assert evaluate(usual.tests, adult, "iv").holds is False


def test_a_pair_of_combinations_is_every_pair_of_their_parts(knowledge: Knowledge) -> None:
    interactions = Interactions(knowledge)
    ibuprofen, paracetamol, warfarin, augmentin = (
        knowledge.drug(node(knowledge, name))
        for name in ("ibuprofen", "paracetamol", "warfarin", "Augmentin")
    )
    with_warfarin = replace(
        augmentin, components=(*augmentin.components, *paracetamol.components, *warfarin.components)
    )
    (rule,) = interactions.pair(ibuprofen, with_warfarin)
    assert knowledge.names(rule.nodes) == (
        "ibuprofen", "NSAIDs", "warfarin", "amoxicillin/clavulanic acid",
    )  # fmt: skip
    assert rule.predicates == ("member_of", "pharmacologically_interacts_with", "has_ingredient")
    (back,) = interactions.pair(with_warfarin, ibuprofen)
    assert (back.nodes, back.predicates) == (rule.nodes[::-1], rule.predicates[::-1])
    # one part in common does not end the search
    assert len(interactions.pair(paracetamol, with_warfarin)) == 1
