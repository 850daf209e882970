"""Disease Ontology, DrugBank, DrugCentral and HPO: terms, names, classes."""

from pathlib import Path

import pytest
from tests.kg.sources.source_cases import SourceCases, write

from graphrx.kg.errors import SourceError
from graphrx.kg.sources.base import EntityRow
from graphrx.kg.sources.disease_ontology import SPEC as DO
from graphrx.kg.sources.disease_ontology import read as read_diseases
from graphrx.kg.sources.drugcentral_rephetio import class_id

OBO = """format-version: 1.2

[Term]
id: DOID:90001
name: invented disease
alt_id: DOID:90009
def: "A disease that has_symptom inventive fever, has symptom cough and is long." [url:none]
synonym: "made-up disease" EXACT []
synonym: "disease" BROAD []
xref: ICD10CM:A00
xref: UMLS_CUI:C9000001
xref: SNOMEDCT_US_2020_09_01:90001
xref: KEGG:1
is_a: DOID:90002 ! broader disease

[Term]
id: DOID:90002
name: broader disease

[Term]
id: DOID:90003
name: obsolete disease
is_obsolete: true

[Term]
name: nameless

[Typedef]
id: part_of
name: part of
"""


class TestDiseaseOntology(SourceCases):
    name = "disease_ontology"
    files = {"HumanDO.obo.gz": OBO}  # noqa: RUF012
    expected = {"entity": 2, "has_phenotype": 2, "reject": 2}  # noqa: RUF012
    real = {"entity": 10844, "reject": 2451, "has_phenotype": 1385}  # noqa: RUF012

    def test_only_exact_synonyms_are_names(self, folder) -> None:  # type: ignore[no-untyped-def]
        first = next(item for item in read_diseases(folder) if isinstance(item, EntityRow))
        assert first.ref.synonyms == ("made-up disease",)
        assert first.ref.ids == (
            "DOID:90001", "DOID:90009", "ICD10CM:A00", "UMLS:C9000001", "SNOMEDCT:90001",
        )  # fmt: skip
        assert first.parents[0].ids == ("DOID:90002",)
        assert DO.licence == "CC0-1.0"


class TestDrugBankOpen(SourceCases):
    name = "drugbank_open"
    tables = ("drugbank_vocab.csv.gz",)
    files = {  # noqa: RUF012
        "drugbank_vocab.csv.gz": (
            "DrugBank ID,Accession Numbers,Common name,CAS,UNII,Synonyms,Standard InChI Key\n"
            'DB90001,X,Exampline,1-2-3,AAA,"Exampline | Example, the | Exemplina",\n'
            "DB90002,,Reliefine,,,,\n"
            "DB90003,,short row\n"
        )
    }
    expected = {"entity": 2, "reject": 1}  # noqa: RUF012
    real = {"entity": 15235}  # noqa: RUF012


class TestDrugBankSlim(SourceCases):
    name = "drugbank_slim"
    tables = ("drugbank-slim.tsv", "pubchem-mapping.tsv")
    files = {  # noqa: RUF012
        "drugbank-slim.tsv": (
            "drugbank_id\tname\ttype\tgroups\tatc_codes\tcategories\tinchikey\tinchi\tdescription\n"
            "DB90001\tExampline\tsmall molecule\tapproved|withdrawn\tA01AA01|B02BB02\tX\tK\tI\tt\n"
            "DB90002\tReliefine\tbiotech\tapproved\t\t\t\t\tt\n"
        ),
        "pubchem-mapping.tsv": "drugbank_id\tpubchem_cid\nDB90001\t11\nDB90001\t12\n",
    }
    expected = {"entity": 2}  # noqa: RUF012
    real = {"entity": 1552}  # noqa: RUF012


class TestDrugCentral(SourceCases):
    name = "drugcentral_rephetio"
    tables = ("classes.tsv", "drug-to-class.tsv")
    files = {  # noqa: RUF012
        "classes.tsv": (
            "class_id\tclass_name\tclass_source\tclass_type\turl\n"
            "N0000900001\tExample Agonists\tFDA\tMechanism of Action\thttp://x\n"
        ),
        "drug-to-class.tsv": (
            "drugbank_id\tdrugbank_name\tclass_id\tclass_name\n"
            "DB90001\tExampline\tN0000900001\tExample Agonists\n"
            "DB90001\tExampline\tCHEBI:90001\texample\n"
        ),
    }
    expected = {"entity": 1, "member_of": 2}  # noqa: RUF012
    real = {"entity": 1262, "member_of": 10959}  # noqa: RUF012

    def test_ids_of_three_vocabularies(self) -> None:
        assert class_id("N0000175655") == "NDFRT:N0000175655"
        assert class_id("D000970") == "MESH:D000970"
        assert class_id("CHEBI:35480") == "CHEBI:35480"


HP = """format-version: 1.2

[Term]
id: HP:0000001
name: All

[Term]
id: HP:0000118
name: Phenotypic abnormality
is_a: HP:0000001 ! All

[Term]
id: HP:9000001
name: Invented sign
alt_id: HP:9000009
synonym: "Made-up sign" EXACT layperson []
xref: UMLS:C9000002
is_a: HP:0000118 ! Phenotypic abnormality

[Term]
id: HP:9000002
name: Narrow invented sign
is_a: HP:9000001 ! Invented sign

[Term]
id: HP:9000003
name: Mode of inheritance
is_a: HP:0000001 ! All
"""
HPOA = (
    "#description: invented\n"
    "database_id\tdisease_name\tqualifier\thpo_id\treference\tevidence\tonset\tfrequency\tsex\t"
    "modifier\taspect\tbiocuration\n"
    "OMIM:900001\tInvented syndrome\t\tHP:9000009\tPMID:1;OMIM:1\tPCS\t\tHP:0040283\t\t\tP\tx\n"
    "ORPHA:90\tOther syndrome\t\tHP:9000002\tORPHA:90\tIEA\t\t1/2\t\t\tP\tx\n"
    "OMIM:900001\tInvented syndrome\tNOT\tHP:9000002\tPMID:1\tPCS\t\t\t\t\tP\tx\n"
    "OMIM:900001\tInvented syndrome\t\tHP:9000003\tPMID:1\tPCS\t\t\t\t\tI\tx\n"
    "OMIM:900001\tcut\n"
)


class TestHpo(SourceCases):
    name = "hpo"
    tables = ("phenotype.hpoa",)
    files = {"hp.obo": HP, "phenotype.hpoa": HPOA}  # noqa: RUF012
    expected = {"entity": 2, "has_phenotype": 2, "reject": 6}  # noqa: RUF012
    real = {"has_phenotype": 253917}  # noqa: RUF012


def test_an_id_of_two_terms_is_one_error(tmp_path: Path) -> None:
    write(tmp_path, {"HumanDO.obo.gz": f"{OBO}\n[Term]\nid: DOID:90001\nname: another\n"})
    with pytest.raises(SourceError, match=r"gives DOID:90001 to two terms, at lines \d+ and \d+"):
        list(read_diseases(tmp_path))
