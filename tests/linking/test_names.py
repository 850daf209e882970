"""What people write, and what it is taken for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrx.kg.formulary.snapshot import packaged_snapshot
from graphrx.kg.linking.normalise import normalise
from graphrx.kg.linking.qualifiers import read_allergy, read_drug, read_phrase
from graphrx.kg.linking.resolve import Resolver

DRUGS = [
    ("metformin", "metformin", "exact", None),
    ("Metformin", "metformin", "exact", None),
    ("ＭＥＴＦＯＲＭＩＮ", "metformin", "exact", None),
    (" metformin ", "metformin", "exact", None),
    ("二甲双胍", "metformin", "exact", None),
    ("盐酸二甲双胍", "metformin", "synonym", None),
    ("盐酸二甲双胍缓释片", "metformin", "synonym", "oral"),
    ("Glucophage", "metformin", "brand", None),
    ("格华止", "metformin", "brand", None),
    ("metformin 500 mg tablets", "metformin", "synonym", "oral"),
    ("metformin 500mg bid", "metformin", "synonym", None),
    ("metformin hydrochloride 0.5 g", "metformin", "synonym", None),
    ("ｍｅｔｆｏｒｍｉｎ ５００ ｍｇ", "metformin", "synonym", None),
    ("阿莫西林胶囊", "amoxicillin", "synonym", "oral"),
    ("阿莫西林胶囊 0.25g", "amoxicillin", "synonym", "oral"),
    ("warfarin sodium 5 mg po qd", "warfarin", "synonym", None),
    ("Metoprolol Tartrate 25mg", "metoprolol", "synonym", None),
    ("酒石酸美托洛尔片", "metoprolol", "synonym", "oral"),
    ("阿司匹林肠溶片 100mg", "aspirin", "synonym", "oral"),
    ("acetylsalicylic acid", "aspirin", "synonym", None),
    ("acetaminophen", "paracetamol", "synonym", None),
    ("ibuprofen gel", "ibuprofen", "synonym", "topical"),
    ("布洛芬乳膏", "ibuprofen", "synonym", "topical"),
    ("ceftriaxone for injection", "ceftriaxone", "synonym", None),
    ("注射用头孢曲松钠", "ceftriaxone", "synonym", None),
    ("amoxicillin-clavulanate", None, "unknown", None),
    ("amoxicillin/clavulanic acid", "amoxicillin/clavulanic acid", "exact", None),
    ("clavulanic acid / amoxicillin", "amoxicillin/clavulanic acid", "synonym", None),
    ("amoxicillin and clavulanic acid", "amoxicillin/clavulanic acid", "synonym", None),
    ("amoxicillin + clavulanic acid 875 mg tablets", "amoxicillin/clavulanic acid", "synonym",
     "oral"),
    ("阿莫西林克拉维酸", "amoxicillin/clavulanic acid", "exact", None),
    ("co-amoxiclav", "amoxicillin/clavulanic acid", "synonym", None),
    ("AUGMENTIN", "amoxicillin/clavulanic acid", "brand", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "name", "resolution", "route"), DRUGS)
def test_drug(
    resolver: Resolver, text: str, name: str | None, resolution: str, route: str | None
) -> None:
    match = resolver.drug(text)
    if name is None:
        assert not match.resolved or "amoxicillin" in resolver.snapshot.name(match.nodes[0])
        return
    assert [resolver.snapshot.name(node) for node in match.nodes] == [name]
    assert match.resolution == resolution
    assert match.text == text
    if route is not None:
        assert match.route == route


def test_a_drug_by_its_id(resolver: Resolver) -> None:
    node = resolver.drug("metformin").nodes[0]
    match = resolver.drug(resolver.snapshot.node(node).id)
    assert (match.nodes, match.resolution) == ((node,), "exact")


def test_a_combination_without_a_node_is_its_parts(resolver: Resolver) -> None:
    match = resolver.drug("metformin/sildenafil 500 mg/50 mg")
    names = {resolver.snapshot.name(node) for node in match.nodes}
    assert names == {"metformin", "sildenafil"}


@pytest.mark.parametrize(
    ("text", "meant"),
    [("Aspirinn", "aspirin"), ("metfromin", "metformin"), ("阿莫西宁", "阿莫西林"),
     ("warfarine sodique", None), ("格列平泰", None), ("脑立清", None), ("xyzzy", None),
     ("", None), ("   ", None), ("500 mg", None), ("片", None), ("、、", None)],
)  # fmt: skip
def test_unknown_is_never_replaced(resolver: Resolver, text: str, meant: str | None) -> None:
    match = resolver.drug(text)
    assert (match.nodes, match.resolution) == ((), "unknown")
    if meant is not None:
        assert meant in match.suggestions


@pytest.mark.parametrize("text", ["statins", "statin", "NSAID", "普利类", "他汀类"])
def test_a_class_is_not_a_drug(resolver: Resolver, text: str) -> None:
    match = resolver.drug(text)
    assert (match.nodes, match.resolution) == ((), "ambiguous")
    assert match.suggestions


CONDITIONS = [
    ("hypertension", "hypertension", "active", {}),
    ("高血压", "hypertension", "active", {}),
    ("I10", "hypertension", "active", {}),
    ("ICD10CM:I10", "hypertension", "active", {}),
    ("Essential (primary) hypertension", "hypertension", "active", {}),
    (
        "Type 2 diabetes mellitus with diabetic nephropathy",
        "type 2 diabetes mellitus",
        "active",
        {},
    ),
    ("E11.21", "type 2 diabetes mellitus", "active", {}),
    ("previous myocardial infarction", "myocardial infarction", "past", {}),
    ("history of peptic ulcer", "peptic ulcer", "past", {}),
    ("s/p myocardial infarction", "myocardial infarction", "past", {}),
    ("陈旧性心肌梗死", "myocardial infarction", "past", {}),
    ("既往消化性溃疡", "peptic ulcer", "past", {}),
    ("哮喘病史", "asthma", "past", {}),
    ("no hypertension", "hypertension", "absent", {}),
    ("否认高血压", "hypertension", "absent", {}),
    ("suspected asthma", "asthma", "active", {}),
    ("known asthma", "asthma", "active", {}),
    ("NYHA class III", "heart failure NYHA class III", "active", {}),
    ("heart failure NYHA III", "heart failure NYHA class III", "active", {}),
    ("heart failure, NYHA class II-III", "heart failure NYHA class III", "active", {}),
    ("心力衰竭（心功能III级）", "heart failure NYHA class III", "active", {}),
    ("CKD stage 3b", "chronic kidney disease stage 3b", "active", {}),
    ("chronic kidney disease (stage 3b)", "chronic kidney disease stage 3b", "active", {}),
    ("stage 4 chronic kidney disease", "chronic kidney disease stage 4", "active", {}),
    ("CKD G4", "chronic kidney disease stage 4", "active", {}),
    ("慢性肾脏病4期", "chronic kidney disease stage 4", "active", {}),
    ("N18.4", "chronic kidney disease stage 4", "active", {}),
    ("severe asthma", "severe asthma", "active", {}),
    ("asthma (severe)", "severe asthma", "active", {}),
    ("重度哮喘", "severe asthma", "active", {}),
    ("mild asthma", "asthma", "active", {"severity": "mild"}),
    ("liver cirrhosis Child-Pugh C", "liver cirrhosis", "active", {"child_pugh": "C"}),
    ("hyperkalemia", "hyperkalaemia", "active", {}),
]


@pytest.mark.parametrize(("text", "name", "status", "grades"), CONDITIONS)
def test_condition(
    resolver: Resolver, text: str, name: str, status: str, grades: dict[str, str]
) -> None:
    match = resolver.condition(text)
    assert match.recognised
    assert resolver.snapshot.name(match.nodes[0]) == name
    assert match.status == status
    assert match.grades == grades


def test_cause_and_reaction(resolver: Resolver) -> None:
    match = resolver.condition("angioedema due to ACE inhibitor")
    assert resolver.snapshot.name(match.nodes[0]) == "angioedema"
    assert [resolver.snapshot.name(node) for node in match.cause] == ["ACE inhibitors"]
    match = resolver.condition("angioedema due to lisinopril")
    assert [resolver.snapshot.name(node) for node in match.cause] == ["lisinopril"]


def test_in_pregnancy(resolver: Resolver) -> None:
    for text in ("asthma in pregnancy", "妊娠合并哮喘"):
        match = resolver.condition(text)
        assert match.pregnant
        assert resolver.snapshot.name(match.nodes[0]) == "asthma"


@pytest.mark.parametrize(
    "text", ["Acute appendicitis", "K35.80", "Fracture of unspecified part of neck of femur"]
)
def test_what_icd10_names_is_recognised(resolver: Resolver, text: str) -> None:
    match = resolver.condition(text)
    assert match.recognised
    assert match.nodes == ()
    assert match.icd10


def test_family_history_is_someone_elses(resolver: Resolver) -> None:
    match = resolver.condition("family history of asthma")
    assert (match.recognised, match.nodes, match.status) == (True, (), "family")


def test_what_nothing_knows(resolver: Resolver) -> None:
    match = resolver.condition("flibberosis")
    assert not match.recognised
    assert "asthma" in resolver.condition("asthmma").suggestions


ALLERGENS = [
    ("penicillin (anaphylaxis)", "penicillins", "anaphylaxis"),
    ("penicillin", "penicillins", None),
    ("青霉素", "penicillins", None),
    ("青霉素过敏", "penicillins", None),
    ("青霉素（过敏性休克）", "penicillins", "过敏性休克"),
    ("对青霉素过敏", "penicillins", None),
    ("penicillin allergy", "penicillins", None),
    ("allergic to amoxicillin", "amoxicillin", None),
    ("aspirin - urticaria", "aspirin", "urticaria"),
    ("ACE inhibitors: angioedema", "ACE inhibitors", "angioedema"),
    ("NSAIDs", "NSAIDs", None),
    ("头孢", "cephalosporins", None),
    ("Augmentin", "amoxicillin/clavulanic acid", None),
    ("eggs", "egg", None),
    ("乳胶", "latex", None),
]


@pytest.mark.parametrize(("text", "name", "reaction"), ALLERGENS)
def test_allergen(resolver: Resolver, text: str, name: str, reaction: str | None) -> None:
    match = resolver.allergen(text)
    assert [resolver.snapshot.name(node) for node in match.nodes] == [name]
    assert match.reaction == reaction


@pytest.mark.parametrize("text", ["NKDA", "none known", "No known drug allergies", "无", "否认"])
def test_no_known_allergies(resolver: Resolver, text: str) -> None:
    assert resolver.allergen(text).none_known


@given(text=st.text(max_size=60))
def test_nothing_that_is_typed_breaks(resolver: Resolver, text: str) -> None:
    drug = resolver.drug(text)
    assert drug.resolved == (drug.resolution not in ("unknown", "ambiguous"))
    resolver.condition(text)
    resolver.allergen(text)
    read_phrase(text), read_drug(text), read_allergy(text)


@given(text=st.text(max_size=40))
def test_a_key_is_its_own_key(text: str) -> None:
    key = normalise(text)
    assert normalise(key) == key
    assert normalise(text.upper()) == normalise(text.upper().lower())


@pytest.mark.parametrize(
    ("text", "key"),
    [("ＡＣＥ－Inhibitors", "ace inhibitors"), ("Crohn's disease", "crohns disease"),
     ("CKD 4 期", "ckd 4期"), ("Sjögren", "sjogren"), ("β-blockers", "β blockers"),
     ("HLA-B*57:01", "hla b 57 01"), ("", ""), ("--", "")],
)  # fmt: skip
def test_normalise(text: str, key: str) -> None:
    assert normalise(text) == key


def test_full_width_phrases(resolver: Resolver) -> None:
    (node,) = resolver.condition("ＣＫＤ　ｓｔａｇｅ　４").nodes
    assert resolver.snapshot.name(node) == "chronic kidney disease stage 4"
    match = resolver.allergen("ｐｅｎｉｃｉｌｌｉｎ （ａｎａｐｈｙｌａｘｉｓ）")
    assert match.reaction == "anaphylaxis"


@pytest.mark.parametrize("text", ["methotrexate intrathecal", "methotrexate, intrathecally"])
def test_an_intrathecal_order_is_read(text: str) -> None:
    read = read_drug(text)
    assert (read.core, read.route) == ("methotrexate", "intrathecal")


def test_an_intrathecal_order_is_read_in_chinese() -> None:
    read = read_drug("甲氨蝶呤鞘内注射")
    assert (read.core, read.route) == ("甲氨蝶呤", "intrathecal")


def test_a_brand_that_bears_a_form_keeps_it_beside_a_dose() -> None:
    assert read_drug("Osmolex ER 129 mg once daily").undosed == "Osmolex ER"


def test_the_name_of_a_drug_says_nothing_of_the_route() -> None:
    """A drug whose own name holds a route word is the same order by any of its names."""
    packaged = Resolver(packaged_snapshot())
    for text in ("oral rehydration salts", "口服补液盐"):
        assert packaged.drug(text).route is None
    assert packaged.drug("vancomycin oral").route == "oral"
