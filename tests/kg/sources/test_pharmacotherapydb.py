"""PharmacotherapyDB."""

from tests.kg.sources.source_cases import SourceCases


class TestPharmacotherapyDb(SourceCases):
    name = "pharmacotherapydb"
    tables = ("indications.tsv",)
    files = {  # noqa: RUF012
        "indications.tsv": (
            "doid_id\tdrugbank_id\tdisease\tdrug\tcategory\tn_curators\tn_resources\n"
            "DOID:1\tDB90001\tsome disease\tExampline\tDM\t2\t1\n"
            "DOID:1\tDB90002\tsome disease\tReliefine\tSYM\t2\t1\n"
            "DOID:2\tDB90001\tother disease\tExampline\tNOT\t2\t1\n"
            "DOID:2\tDB90001\tother disease\tExampline\n"
        )
    }
    expected = {"treats": 1, "palliates": 1, "reject": 2}  # noqa: RUF012
    real = {"treats": 755, "palliates": 390, "reject": 243}  # noqa: RUF012
