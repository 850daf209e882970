"""PrimeKG and OptimusKG, of which nobody here has the files: invented rows as published."""

import json
from pathlib import Path

import pytest
from tests.kg.sources.source_cases import SourceCases, check

from graphrx.kg.errors import NotAvailableError
from graphrx.kg.ingest import Reject
from graphrx.kg.sources import optimuskg
from graphrx.kg.sources.base import Row

_DRUG = "7,DB90001,drug,Examplin,DrugBank"
_OTHER = "12,DB90002,drug,Otherol,DrugBank"
_DISEASE = "31,5148,disease,example disease,MONDO"
_GROUP = "32,1_2_3,disease,example group,MONDO_grouped"
_SIGN = "44,1945,effect/phenotype,Example fever,HPO"
_GENE = "1,9796,gene/protein,EXMPL,NCBI"


class TestPrimeKg(SourceCases):
    name = "primekg"
    tables = ("kg.csv",)
    files = {  # noqa: RUF012
        "kg.csv": "relation,display_relation,x_index,x_id,x_type,x_name,x_source,"
        "y_index,y_id,y_type,y_name,y_source\n"
        f"indication,indication,{_DRUG},{_DISEASE}\n"
        f"indication,indication,{_DISEASE},{_DRUG}\n"
        f"off-label use,off-label use,{_OTHER},{_DISEASE}\n"
        f"contraindication,contraindication,{_DISEASE},{_OTHER}\n"
        f"contraindication,contraindication,{_OTHER},{_DISEASE}\n"
        f"drug_drug,synergistic interaction,{_DRUG},{_OTHER}\n"
        f"drug_drug,synergistic interaction,{_OTHER},{_DRUG}\n"
        f"drug_effect,side effect,{_DRUG},{_SIGN}\n"
        f"disease_phenotype_positive,phenotype present,{_DISEASE},{_SIGN}\n"
        f"disease_phenotype_positive,phenotype present,{_SIGN},{_DISEASE}\n"
        f"disease_phenotype_negative,phenotype absent,{_DISEASE},{_SIGN}\n"
        f"indication,indication,{_DRUG},{_GROUP}\n"
        f"drug_protein,target,{_DRUG},{_GENE}\n"
        f"indication,indication,{_DRUG},{_GENE}\n",
    }
    expected = {  # noqa: RUF012
        "treats": 2,
        "contraindicated_in": 1,
        "pharmacologically_interacts_with": 1,
        "has_side_effect": 1,
        "has_phenotype": 1,
        "reject": 4,
    }

    def test_ids_get_their_prefix_and_zeros_back(self, folder: Path) -> None:
        rows = [item for item in self.read(folder) if isinstance(item, Row)]
        assert rows[0].object.ids == ("MONDO:0005148",)
        assert {row.object.ids for row in rows if row.predicate == "has_side_effect"} == {
            ("HP:0001945",)
        }

    def test_a_group_of_diseases_is_no_disease(self, folder: Path) -> None:
        reasons = [item.reason for item in self.read(folder) if isinstance(item, Reject)]
        assert "id of MONDO_grouped is no one thing" in reasons


def _node(node: str, label: str, name: str) -> list[str]:
    return [node, label, json.dumps({"name": name})]


_NODES = [
    _node("CHEMBL900", "DRG", "EXAMPLIN"),
    _node("CHEMBL901", "DRG", "OTHEROL"),
    _node("MONDO_0000001", "DIS", "disease"),
    _node("MONDO_0005148", "DIS", "example disease"),
    _node("HP_0001945", "PHE", "Example fever"),
    ["ENSG900", "GEN", ""],
]
_EDGES = [
    ["CHEMBL900", "MONDO_0005148", "DRG-DIS", "INDICATION", "false", "{}"],
    ["CHEMBL900", "HP_0001945", "DRG-PHE", "ADVERSE_DRUG_REACTION", "false", "{}"],
    ["CHEMBL901", "MONDO_0005148", "DRG-DIS", "CONTRAINDICATION", "false", "{}"],
    ["CHEMBL901", "MONDO_0005148", "DRG-DIS", "OFF_LABEL_USE", "false", "{}"],
    ["MONDO_0005148", "HP_0001945", "DIS-PHE", "PHENOTYPE_PRESENT", "false", "{}"],
    ["CHEMBL900", "CHEMBL901", "DRG-DRG", "SYNERGISTIC_INTERACTION", "true", "{}"],
    ["MONDO_0000001", "MONDO_0005148", "DIS-DIS", "PARENT", "false", "{}"],
    ["CHEMBL900", "CHEMBL901", "DRG-DRG", "PARENT", "false", "{}"],
    ["MONDO_0005148", "ENSG900", "DIS-GEN", "ASSOCIATED_WITH", "true", "{}"],
    ["CHEMBL900", "CHEMBL999", "DRG-DIS", "INDICATION", "false", "{}"],
]
_EDGE_COLUMNS = ["from", "to", "label", "relation", "undirected", "properties"]


def _csv(header: list[str], rows: list[list[str]]) -> str:
    lines = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in rows]
    return "\n".join([",".join(header), *map(",".join, lines)]) + "\n"


class TestOptimusKg(SourceCases):
    name = "optimuskg"
    tables = ("nodes.csv", "edges.csv")
    files = {  # noqa: RUF012
        "nodes.csv": _csv(["id", "label", "properties"], _NODES),
        "edges.csv": _csv(_EDGE_COLUMNS, _EDGES),
    }
    expected = {  # noqa: RUF012
        "treats": 2,
        "has_side_effect": 1,
        "contraindicated_in": 1,
        "has_phenotype": 1,
        "pharmacologically_interacts_with": 1,
        "reject": 4,
    }

    def test_says_what_it_needs(self, folder: Path) -> None:
        (folder / "edges.csv").unlink()
        with pytest.raises(NotAvailableError, match="edges"):
            self.read(folder)
        with pytest.raises(NotAvailableError, match="nodes"):
            optimuskg.locate(folder)

    def test_parquet_says_the_same(self, folder: Path) -> None:
        arrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")
        parquet = pytest.importorskip("pyarrow.parquet")
        before = self.read(folder)
        for name, header, rows in (
            ("nodes", ["id", "label", "properties"], _NODES),
            ("edges", _EDGE_COLUMNS, _EDGES),
        ):
            columns = dict(zip(header, map(list, zip(*rows, strict=True)), strict=True))
            parquet.write_table(arrow.table(columns), folder / f"{name}.parquet")
            (folder / f"{name}.csv").unlink()
        after = self.read(folder)
        check(after)
        assert [i.source_row for i in after if isinstance(i, Row)] == [
            i.source_row for i in before if isinstance(i, Row)
        ]

    def test_parquet_without_pyarrow_is_one_line(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def no_module(name: str) -> None:
            raise ImportError(name)

        for name in ("nodes", "edges"):
            (folder / f"{name}.csv").rename(folder / f"{name}.parquet")
        monkeypatch.setattr(optimuskg, "import_module", no_module)
        with pytest.raises(NotAvailableError, match="pip install pyarrow"):
            self.read(folder)
