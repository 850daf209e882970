"""Ids, errors and the schema's own consistency."""

import pytest

from graphrx.kg import errors, schema
from graphrx.kg.curie import check_curie, compress, expand, is_curie, mint
from graphrx.kg.errors import GraphrxError, InputError, SchemaError
from graphrx.kg.model import Evidence, Statement, Triple


@pytest.mark.parametrize(
    "text", ["DRUGBANK:DB00331", "GRX:drug.x-y", "UMLS:C0011849", "RXCUI:6809"]
)
def test_ids(text: str) -> None:
    assert is_curie(text)
    assert check_curie(text) == text
    assert compress(expand(text)) == text


@pytest.mark.parametrize("text", ["metformin", "NOPE:1", "DRUGBANK:", ":1", "DRUGBANK:a b", ""])
def test_no_ids(text: str) -> None:
    assert not is_curie(text)
    with pytest.raises(InputError, match="is not an id"):
        check_curie(text)


def test_own_ids() -> None:
    assert mint("drug", "Amlodipine/Valsartan") == "GRX:drug.amlodipine-valsartan"
    assert is_curie(mint("condition", "HLA-B*57:01 carrier"))
    assert is_curie(mint("class", "青霉素"))
    assert compress("https://example.org/nothing") is None


def test_errors_are_one_tree_with_exit_codes() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    for kind in kinds:
        if issubclass(kind, GraphrxError):
            assert kind.exit_code in (2, 3, 70)
            assert kind.__name__ in (errors.__doc__ or "") or kind is GraphrxError
    assert InputError("x", field="age").field == "age"


def test_schema_is_consistent() -> None:
    for subjects, objects in schema.ALLOWED.values():
        assert subjects | objects <= set(schema.CATEGORIES)
    assert set(schema.ALLOWED) >= schema.SYMMETRIC
    assert set(schema.READ_CHECKS) <= set(schema.RULE_CHECKS) <= set(schema.CHECKS)
    ranks = [schema.severity_rank(severity) for severity in schema.SEVERITIES]
    assert ranks == sorted(ranks)
    with pytest.raises(SchemaError, match="'bad' is not known"):
        schema.severity_rank("bad")


def test_violations_say_what_is_allowed() -> None:
    assert schema.violation("treats", "Drug", "Disease") is None
    assert "can't start at a Disease" in (schema.violation("treats", "Disease", "Disease") or "")
    assert "can't end at a Drug" in (schema.violation("treats", "Drug", "Drug") or "")
    assert "not known" in (schema.violation("likes", "Drug", "Drug") or "")


def test_canonical_form_is_a_fixed_point() -> None:
    triple = Triple("GRX:b", schema.INTERACTS_WITH, "GRX:a", '{ "z": 1, "subject_r": "iv" }')
    once = schema.canonical(triple)
    assert (
        once
        == schema.canonical(once)
        == Triple("GRX:a", schema.INTERACTS_WITH, "GRX:b", '{"object_r":"iv","z":1}')
    )
    assert len(once.id) == 64
    statement = schema.canonical_statement(Statement(triple, Evidence("a", "b", "label")))
    assert statement.triple == once
