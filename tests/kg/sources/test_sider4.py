"""SIDER: side effects with frequencies."""

from pathlib import Path

from tests.kg.sources.source_cases import SourceCases, write

from graphrx.kg.ingest import Reject
from graphrx.kg.sources.base import Row
from graphrx.kg.sources.sider4 import SPEC, locate

_DRUG = "CID100000900\tCID000000901"


class TestSider4(SourceCases):
    name = "sider4"
    files = {  # noqa: RUF012
        "meddra_all_se.tsv.gz": (
            f"{_DRUG}\tC9000001\tLLT\tC9000001\tSore example\n"
            f"{_DRUG}\tC9000001\tPT\tC9000002\tExample ache\n"
            f"{_DRUG}\tC9000003\tPT\tC9000002\tExample ache\n"
            f"{_DRUG}\tC9000004\tPT\tC9000004\tExample rash\n"
            f"{_DRUG}\tC9000005\t\t\t\n"
            "CID100000910\tCID000000911\tC9000004\tPT\tC9000004\tExample rash\n"
            "CID100000920\tCID000000921\tC9000004\tPT\tC9000004\tExample rash\n"
            "nonsense\tCID000000921\tC9000004\tPT\tC9000004\tExample rash\n"
        ),
        "meddra_freq.tsv.gz": (
            f"{_DRUG}\tC9000001\t\t2%\t0.02\t0.02\tPT\tC9000002\tExample ache\n"
            f"{_DRUG}\tC9000001\t\t1-30%\t0.01\t0.3\tPT\tC9000002\tExample ache\n"
            f"{_DRUG}\tC9000001\tplacebo\t90%\t0.9\t0.9\tPT\tC9000002\tExample ache\n"
            f"{_DRUG}\tC9000001\t\t90%\t0.9\t0.9\tLLT\tC9000001\tSore example\n"
            f"{_DRUG}\tC9000004\t\tpostmarketing\t0\t0.001\tPT\tC9000004\tExample rash\n"
            f"{_DRUG}\tC9000004\t\tfrom time to time\t\t\tPT\tC9000004\tExample rash\n"
        ),
        "pubchem-mapping.tsv": (
            "drugbank_id\tpubchem_cid\nDB90001\t901\nDB90002\t910\nDB90003\t921\nDB90004\t921\n"
        ),
        "drugbank-slim.tsv": "drugbank_id\tname\nDB90001\tExamplin\n",
    }
    tables = (*SPEC.files, "pubchem-mapping.tsv")
    expected = {"has_side_effect": 3, "reject": 4}  # noqa: RUF012
    # 145,321 pairs of compound and term: 93,911 have a drug (1,039 of them two, by stereochemistry)
    # and 51,410 have none; 901 rows have no term.
    real = {  # noqa: RUF012
        "has_side_effect": 93_911 + 1_039,
        "reject": 51_410 + 901,
    }

    def test_frequencies(self, folder: Path) -> None:
        rows = [item for item in self.read(folder) if isinstance(item, Row)]
        assert [dict(row.qualifiers) for row in rows] == [
            {"frequency": "very common"},
            {"frequency": "unknown"},
            {},
        ]
        assert rows[0].notes == {"frequencies": "1-30%; 2%"}

    def test_joins_by_stereochemistry_then_without(self, folder: Path) -> None:
        rows = [item for item in self.read(folder) if isinstance(item, Row)]
        assert [row.subject.ids for row in rows] == [
            ("DRUGBANK:DB90001",),
            ("DRUGBANK:DB90001",),
            ("DRUGBANK:DB90002",),
        ]
        assert rows[0].subject.name == "Examplin"

    def test_a_compound_of_two_drugs_is_rejected(self, folder: Path) -> None:
        rejects = [item for item in self.read(folder) if isinstance(item, Reject)]
        assert any("CID100000920" in item.row and "no DrugBank" in item.reason for item in rejects)

    def test_names_of_its_own_help(self, folder: Path) -> None:
        write(folder, {"drug_names.tsv": "CID100000900\tother name\nCID100000920\tTwofoldin\n"})
        rows = [item for item in self.read(folder) if isinstance(item, Row)]
        assert [row.subject.name for row in rows] == ["Examplin", "Examplin", None, "Twofoldin"]

    def test_finds_the_mapping_beside_it(self, tmp_path: Path) -> None:
        write(tmp_path / "sider4", {name: self.files[name] for name in SPEC.files})
        write(
            tmp_path / "drugbank_slim", {"pubchem-mapping.tsv": self.files["pubchem-mapping.tsv"]}
        )
        assert len([i for i in self.read(locate(tmp_path)) if isinstance(i, Row)]) == 3
