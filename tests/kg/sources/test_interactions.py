"""Drug–drug interactions: DDInter, ONC, NDF-RT, ANSM."""

import json
from pathlib import Path

import pytest
from tests.kg.sources.source_cases import SourceCases, write

from graphrx.kg.errors import SourceError
from graphrx.kg.ingest import Reject
from graphrx.kg.sources import ansm, ddinter, onc, registry
from graphrx.kg.sources.base import EntityRow, Row

_HEADER = "DDInterID_A,Drug_A,DDInterID_B,Drug_B,Level\n"
_DDINTER = dict.fromkeys(ddinter.SPEC.files, _HEADER) | {
    "ddinter_downloads_code_A.csv.gz": _HEADER + "DDInter1,Examplin,DDInter2,Otherol,Major\n"
    "DDInter3,Creamol (topical),DDInter1,Examplin,Minor\n"
    'DDInter4,"Vaccine X (live)",DDInter1,Examplin,Unknown\n',
    "ddinter_downloads_code_B.csv.gz": _HEADER + "DDInter2,Otherol,DDInter1,Examplin,Major\n"
    "DDInter1,Examplin,DDInter1,Examplin,Major\n"
    "DDInter1,Examplin,DDInter5,Thirdin,Dreadful\n"
    "DDInter1,Examplin,DDInter5,,Minor\n"
    "DDInter1,Examplin\n",
}


class TestDdinter(SourceCases):
    name = "ddinter"
    files = _DDINTER
    tables = ddinter.SPEC.files
    expected = {"pharmacologically_interacts_with": 3, "reject": 4}  # noqa: RUF012
    real = {"pharmacologically_interacts_with": 160_235, "reject": 0}  # noqa: RUF012

    def test_a_form_is_a_qualifier_of_its_side(self, folder: Path) -> None:
        rows = [item for item in self.read(folder) if isinstance(item, Row)]
        assert [dict(row.qualifiers) for row in rows] == [
            {"severity": "major"},
            {"severity": "minor", "subject_form": "topical"},
            {"severity": "unknown"},
        ]
        assert [row.subject.name for row in rows] == ["Examplin", "Creamol", "Vaccine X (live)"]

    def test_unknown_stays_unknown(self, folder: Path) -> None:
        row = [item for item in self.read(folder) if isinstance(item, Row)][-1]
        assert row.qualifiers["severity"] == "unknown"

    def test_severities_of_the_real_data(self) -> None:
        folder = _real("ddinter")
        found: dict[str, int] = {}
        for item in registry.read("ddinter", folder):
            if isinstance(item, Row):
                word = item.qualifiers["severity"]
                found[word] = found.get(word, 0) + 1
        assert found == {"major": 26_914, "moderate": 96_675, "minor": 6_833, "unknown": 29_813}

    def test_needs_its_licence_accepted(self) -> None:
        assert ddinter.SPEC.noncommercial
        assert not ddinter.SPEC.trusted


class TestOnc(SourceCases):
    name = "onc"
    files = {  # noqa: RUF012
        "ONC_High_Priority_Mapped.csv": "\ufeffExamplin$DB90001$Otherol$DB90002$\r\n"
        "Otherol$DB90002$Examplin$DB90001$\r\n"
        "Amiodarone$DB01118$Sotalol$DB00489$\r\n"
        "Exampline$$Otherol$DB90002$\r\n"
        "Examplin$DB9$Otherol$DB90002$\r\n"
        "Examplin$DB90001$Examplin$DB90001$\r\n"
        "Examplin$DB90001\r\n"
    }
    tables = ("ONC_High_Priority_Mapped.csv",)
    expected = {"pharmacologically_interacts_with": 3, "reject": 3}  # noqa: RUF012
    real = {"pharmacologically_interacts_with": 1150, "reject": 0}  # noqa: RUF012

    def test_qt_with_qt_is_no_contraindication(self, folder: Path) -> None:
        rows = [item for item in self.read(folder) if isinstance(item, Row)]
        assert [row.qualifiers["severity"] for row in rows] == [
            "contraindicated",
            "major",
            "contraindicated",
        ]
        assert "QT" in rows[1].notes["mechanism"]

    def test_no_pair_may_block(self) -> None:
        assert not onc.SPEC.trusted

    def test_a_name_without_id_is_left_to_the_names(self, folder: Path) -> None:
        rows = [item for item in self.read(folder) if isinstance(item, Row)]
        assert rows[2].subject.ids == ()
        assert rows[2].subject.name == "Exampline"

    def test_two_thirds_of_the_real_pairs_are_qt(self) -> None:
        rows = [i for i in registry.read("onc", _real("onc")) if isinstance(i, Row)]
        assert sum(row.qualifiers["severity"] == "major" for row in rows) == 780


_LINK = "http://purl.bioontology.org/ontology/NDFRT/{},{},http://bio2rdf.org/drugbank:{}\n"
_NUI = "http://purl.bioontology.org/ontology/NDFRT/{}"


class TestNdfrt(SourceCases):
    name = "ndfrt"
    files = {  # noqa: RUF012
        "Ndfrt-Drugbank-Mapped.csv": "NUI,FDASubstancePrefName,Drugbank_Bio2rdf\n"
        + _LINK.format("N0000000001", "EXAMPLIN", "DB90001")
        + _LINK.format("N0000000002", "EXAMPLIN SODIUM", "DB90001")
        + _LINK.format("N0000000003", "OTHEROL", "DB90002")
        + _LINK.format("N0000000004", "TWOFOLD", "DB90003")
        + _LINK.format("N0000000004", "TWOFOLD", "DB90004")
        + _LINK.format("N0000000005", "FIRSTIN", "DB90005")
        + _LINK.format("N0000000006", "SECONDIN", "DB90005")
        + "nothing,NOTHING,nothing\n",
        "ndfrt-interactions.csv": "s,label,severity,targetDrug\n"
        f"{_NUI.format('N0000100001')},EXAMPLIN/OTHEROL,Critical,{_NUI.format('N0000000001')}\n"
        f"{_NUI.format('N0000100001')},EXAMPLIN/OTHEROL,Critical,{_NUI.format('N0000000003')}\n"
        f"{_NUI.format('N0000100002')},EXAMPLIN/TWOFOLD,Critical,{_NUI.format('N0000000001')}\n"
        f"{_NUI.format('N0000100002')},EXAMPLIN/TWOFOLD,Critical,{_NUI.format('N0000000004')}\n"
        f"{_NUI.format('N0000100003')},OTHEROL/EXAMPLIN,Significant,{_NUI.format('N0000000003')}\n"
        f"{_NUI.format('N0000100003')},OTHEROL/EXAMPLIN,Significant,{_NUI.format('N0000000002')}\n"
        f"{_NUI.format('N0000100004')},EXAMPLIN,Significant,{_NUI.format('N0000000001')}\n"
        f"{_NUI.format('N0000100005')},OTHEROL,Mild,{_NUI.format('N0000000003')}\n",
    }
    tables = ("Ndfrt-Drugbank-Mapped.csv", "ndfrt-interactions.csv")
    expected = {  # noqa: RUF012
        "entity": 2,
        "pharmacologically_interacts_with": 2,
        "reject": 4 + 1 + 3,
    }
    # The folder has the mapping alone: 2,114 rows, 148 of them ambiguous, the rest 988 drugs.
    real = {"entity": 988, "reject": 148, "pharmacologically_interacts_with": 0}  # noqa: RUF012

    def test_severities(self, folder: Path) -> None:
        rows = [item for item in self.read(folder) if isinstance(item, Row)]
        assert [row.qualifiers["severity"] for row in rows] == ["major", "moderate"]

    def test_ambiguous_is_reported_with_both(self, folder: Path) -> None:
        reasons = {item.reason for item in self.read(folder) if isinstance(item, Reject)}
        assert "ambiguous: N0000000004 is given to DB90003 and DB90004" in reasons
        assert "ambiguous: DB90005 is given to FIRSTIN and SECONDIN" in reasons


def _entry(main: str, plus: str, *levels: tuple[str, str]) -> dict[str, object]:
    return {
        "main_drug": main,
        "plus_drug": plus,
        "severity_levels": [{"level": level, "info": info} for level, info in levels],
        "interaction_mechanism": "Exemple\nde mécanisme.",
    }


_ENTRIES = [
    _entry("EXEMPLINE", "AUTROLS (SAUF TIERSOL)", ("CONTRE-INDICATION", "")),
    _entry("EXEMPLINE", "TIERSOL", ("CONTRE-INDICATION", ": forte dose"),
           ("A prendre en compte", "- faible dose")),
    _entry("WARFARINE", "PAMPLEMOUSSE", ("Précaution d'emploi", "Surveillance.")),
    _entry("WARFARINE", "EXEMPLINE", ("Terrible", "")),
    _entry("TIERSOL", "EXEMPLINE"),
    {"main_drug": "EXEMPLINE"},
    "nothing",
]  # fmt: skip
_SUBSTANCES = [
    {"substance": "exempline", "drug_classes": []},
    {"substance": "tiersol", "drug_classes": ["autrols"]},
    {"substance": "quatrol", "drug_classes": ["autrols", "autrols (sauf tiersol)"]},
    {"substance": "warfarine", "drug_classes": []},
]


class TestAnsm(SourceCases):
    name = "ansm"
    files = {  # noqa: RUF012
        ansm.SPEC.files[0]: json.dumps(_ENTRIES, ensure_ascii=False),
        ansm.SPEC.files[1]: json.dumps(_SUBSTANCES, ensure_ascii=False),
        ansm.SPEC.files[2]: "substance\tRxNorm\nexempline\t900\ntiersol\tNA\n"
        "quatrol\t901\nquatrol\t902\n",
        ansm.SPEC.files[3]: "substance\twikidata\ntiersol\tQ90\nquatrol\tQ91\nexempline\tQ91\n",
    }
    tables = ansm.SPEC.files[2:]
    expected = {  # noqa: RUF012
        "entity": 4,
        "pharmacologically_interacts_with": 4,
        "reject": 4,
    }
    # 3,139 entries: 3,015 with one level, 118 with two, 6 with three.
    real = {  # noqa: RUF012
        "entity": 1084,
        "pharmacologically_interacts_with": 3015 + 2 * 118 + 3 * 6,
        "reject": 0,
    }

    def test_several_levels_stay_conditional(self, folder: Path) -> None:
        rows = [item for item in self.read(folder) if isinstance(item, Row)]
        assert dict(rows[0].qualifiers) == {"severity": "contraindicated"}
        assert [dict(row.qualifiers) for row in rows[1:3]] == [
            {"severity": "contraindicated", "conditional": True},
            {"severity": "minor", "conditional": True},
        ]
        assert rows[1].notes == {"mechanism": "Exemple de mécanisme.", "condition": "forte dose"}
        assert rows[3].notes["management"] == "Surveillance."

    def test_124_real_entries_are_conditional(self) -> None:
        rows = [i for i in registry.read("ansm", _real("ansm")) if isinstance(i, Row)]
        entries = {row.locator for row in rows if row.qualifiers.get("conditional")}
        assert len(entries) == 124

    def test_groups_get_ids_of_their_own(self, folder: Path) -> None:
        found = {i.ref.name: i for i in self.read(folder) if isinstance(i, EntityRow)}
        assert found["tiersol"].ref.ids == ("WIKIDATA:Q90",)
        assert found["quatrol"].ref.ids == (), "an id of two substances is none"
        assert found["exempline"].ref.ids == ("RXCUI:900",)
        assert found["warfarin"].ref.synonyms == ("warfarine",)
        assert [parent.ids for parent in found["quatrol"].parents] == [
            ("GRX:class.ansm-autrols",),
            ("GRX:class.ansm-autrols-sauf-tiersol",),
        ]

    def test_says_that_it_is_not_json(self, folder: Path) -> None:
        write(folder, {ansm.SPEC.files[0]: '[{"main_drug": '})
        with pytest.raises(SourceError, match="not JSON"):
            self.read(folder)

    def test_own_folder_comes_before_the_wheel(self, tmp_path: Path) -> None:
        (tmp_path / "ansm").mkdir()
        assert ansm.locate(tmp_path) == tmp_path / "ansm"


def _real(name: str) -> Path:
    """Return the data directory, or skip with the reason."""
    from tests.kg.sources.source_cases import REAL

    source = registry.source(name, REAL)
    for file in source.spec.files:
        if not (source.folder / file).is_file():
            pytest.skip(f"no {source.folder / file}")
    return REAL
