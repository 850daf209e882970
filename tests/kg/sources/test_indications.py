"""Every Cure, Hetionet, DrugMechDB, Wikidata: what treats what."""

import json

from tests.kg.sources.source_cases import SourceCases

_EC = ("final normalized drug id\tfinal normalized drug label\tfinal normalized disease id\t"
       "final normalized disease label")  # fmt: skip


class TestEveryCure(SourceCases):
    name = "everycure"
    tables = ("indications.tsv", "contraindications.tsv")
    files = {  # noqa: RUF012
        "indications.tsv": (
            f"{_EC}\tdrug|disease\n"
            "CHEBI:900001\tExampline\tMONDO:900001\tinvented disease\tx\n"
            "\tExampline\tMONDO:900001\tinvented disease\tx\n"
        ),
        "contraindications.tsv": (
            f"active ingredient\tcontraindications\t{_EC}\tis_allergen\tis_diagnostic_agent\n"
            "exampline\tInvented sentence.\tCHEBI:900001\tExampline\tHP:900001\tsign"
            '\t"TRUE\n"\t"FALSE\n"\n'
            "exampline\tInvented.\tCHEMBL.COMPOUND:CHEMBL9\tExampline\tHP:1\tpregnancy"
            "\tFALSE\tFALSE\n"
        ),
    }
    expected = {"treats": 1, "contraindicated_in": 2, "reject": 1}  # noqa: RUF012
    real = {"treats": 10186, "contraindicated_in": 3385}  # noqa: RUF012

    def test_contraindications_are_silver(self, folder) -> None:  # type: ignore[no-untyped-def]
        from graphrx.kg.sources.everycure import SPEC

        assert (SPEC.level, SPEC.trusted, SPEC.agent) == ("text_mined", False, "text_mining_agent")
        rows = [i for i in self.read(folder) if getattr(i, "notes", None)]
        assert rows[0].notes == {"product": "allergen", "reason": "Invented sentence."}
        assert rows[1].qualifiers["check"] == "pregnancy"
        assert rows[1].subject.ids == ("CHEMBL:9",)


class TestHetionet(SourceCases):
    name = "hetionet"
    tables = ("nodes.tsv.gz", "edges-5k.sif.gz")
    files = {  # noqa: RUF012
        "nodes.tsv.gz": (
            "id\tname\tkind\nCompound::DB90001\tExampline\tCompound\n"
            "Disease::DOID:90001\tinvented disease\tDisease\n"
            "Symptom::D900001\tsign\tSymptom\n"
        ),
        "edges-5k.sif.gz": (
            "source\tmetaedge\ttarget\n"
            "Compound::DB90001\tCtD\tDisease::DOID:90001\n"
            "Compound::DB90001\tCpD\tDisease::DOID:90001\n"
            "Disease::DOID:90001\tDpS\tSymptom::D900001\n"
            "Pharmacologic Class::N1\tPCiC\tCompound::DB90001\n"
            "Compound::DB90001\tCcSE\tSide Effect::C1\n"
            "Gene::1\tGiG\tGene::2\n"
            "Gene::1\tCtD\tGene::2\n"
        ),
    }
    expected = {  # noqa: RUF012
        "treats": 1, "palliates": 1, "has_phenotype": 1, "member_of": 1, "reject": 3,
    }  # fmt: skip
    real = {"treats": 755, "palliates": 390, "has_phenotype": 3357, "member_of": 1029}  # noqa: RUF012


_PATH = """graph:
  _id: DB90001_MESH_D900001_1
  disease: invented disease
  disease_mesh: MESH:D900001
  drug: exampline
  drug_mesh: MESH:D900002
  drugbank: DB:DB90001
links:
- {key: decreases, source: MESH:D900002, target: MESH:D900001}
nodes:
- {id: MESH:D900002, name: Exampline}
- {id: MESH:D900001, name: Invented disease}
references:
- https://pubmed.ncbi.nlm.nih.gov/900001/
"""


class TestDrugMechDb(SourceCases):
    name = "drugmechdb"
    files = {  # noqa: RUF012
        "drugmechdb.tar.gz": {
            "kb/paths/a.yaml": _PATH,
            "kb/paths/b.yaml": _PATH.replace("DB:DB90001", "DB:B90001"),
            "kb/paths/c.yaml": "graph: [",
            "kb/paths/d.yaml": "graph: {}",
            "kb/paths/_index.yaml": "x: 1",
        }
    }
    expected = {"treats": 2, "reject": 2}  # noqa: RUF012
    real = {"treats": 4846}  # noqa: RUF012

    def test_the_path_is_the_mechanism(self, folder) -> None:  # type: ignore[no-untyped-def]
        first, second = self.read(folder)[:2]
        assert first.notes == {"mechanism": "Exampline decreases Invented disease"}
        assert first.publications == ("PMID:900001",)
        assert first.subject.ids == ("DRUGBANK:DB90001", "MESH:D900002")
        assert second.subject.ids == ("MESH:D900002",)


class TestWikidata(SourceCases):
    name = "wikidata_med"
    files = {  # noqa: RUF012
        "WikiMedicineData.jl.gz": json.dumps(
            {"MedicineURI": "http://www.wikidata.org/entity/Q900001", "Medicine": "exampline",
             "ConditionsTreated": ["invented disease", "unheard of"]}
        ) + "\nnot json\n",
        "WikiDiseaseData.jl.gz": json.dumps(
            {"DiseaseURI": "http://www.wikidata.org/entity/Q900002", "Disease": "invented disease",
             "TreatmentDrugs": ["exampline"], "Symptons": ["sign"]}
        ) + "\n" + json.dumps({"Disease": "no uri"}) + "\n",
    }  # fmt: skip
    expected = {"treats": 2, "has_phenotype": 1, "reject": 2}  # noqa: RUF012
    real = {"treats": 5565, "has_phenotype": 1641}  # noqa: RUF012

    def test_labels_get_their_item_back(self, folder) -> None:  # type: ignore[no-untyped-def]
        known, unknown = self.read(folder)[:2]
        assert known.object.ids == ("WIKIDATA:Q900002",)
        assert unknown.object.ids == ()
