"""CMeKG and the Chinese encyclopaedia."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from tests.kg.sources.source_cases import REAL, SourceCases, check, counts

from graphrx.kg.errors import NotAvailableError
from graphrx.kg.ingest import Reject
from graphrx.kg.sources import registry
from graphrx.kg.sources.base import Item, Row
from graphrx.kg.sources.zh_names import substance


class Streamed(SourceCases):
    """A source that is too long for one list."""

    def test_reads_the_real_data(self) -> None:
        try:
            items: Iterator[Item] = registry.source(self.name, REAL).read()
        except NotAvailableError as error:
            pytest.skip(error.message)
        found: Counter[str] = Counter()
        while batch := list(islice(items, 10_000)):
            check(batch[::10])  # each tenth row: all share one shape
            found += counts(batch)
        assert {key: found[key] for key in self.real} == self.real


class TestCmekg(Streamed):
    name = "cmekg"
    files = {  # noqa: RUF012
        "cmekg_triples.tsv.gz": (
            "盐酸示例明缓释片（II）\t适应症\t示例病\n"
            "盐酸示例明缓释片（II）\t不良反应\t示例痛\n"
            "示例牌\t通用名\t盐酸示例明片\n"
            "示例牌\t适应症\t示例病\n"
            "示例病\t英文名称\texample disease\n"
            "示例病\t常见症状\t示例热\n"
            "示例病\t临床症状及体征\t示例汗\n"
            "示例病\t药物治疗\t示例明\n"
            "示例明\t药物相互作用\t另例明\n"
            "示例明\t禁忌\t孕妇、有出血倾向者禁用，对本品过敏者禁用\n"
            "示例明\t禁忌\t示例病患者慎用\n"
            "示例明\t禁忌\t尚\n"
            "示例明\t成份\t示例素\n"
            "示例明\t主治\t示例病\n"
            "示例明\t适应症\t" + "很长的句子" * 20 + "\n"
            "示例明\t适应症\n"
        )
    }
    tables = ("cmekg_triples.tsv.gz",)
    expected = {  # noqa: RUF012
        "treats": 3,
        "has_side_effect": 1,
        "has_phenotype": 2,
        "pharmacologically_interacts_with": 1,
        "contraindicated_in": 3,
        "reject": 8,
    }
    # 967,409 triples. 适应症 80,946 + 适应证 8 + 药物治疗 2,771; 常见症状 87,735 + 临床症状及体征
    # 5,222; a text of 禁忌 (5,931) names several conditions or none.
    real = {  # noqa: RUF012
        "treats": 80_946 + 8 + 2_771,
        "has_side_effect": 279_980,
        "has_phenotype": 87_735 + 5_222,
        "pharmacologically_interacts_with": 5_282,
        "contraindicated_in": 6_710,
        "reject": 501_054,
    }

    def test_a_brand_is_named_by_its_generic(self, folder: Path) -> None:
        rows = [i for i in self.read(folder) if isinstance(i, Row) and i.predicate == "treats"]
        assert [row.subject.name_zh for row in rows] == ["盐酸示例明", "盐酸示例明", "示例明"]
        assert rows[2].object.name == "example disease"

    def test_contraindications_by_condition(self, folder: Path) -> None:
        rows = [
            (row.object.name_zh, dict(row.qualifiers))
            for row in self.read(folder)
            if isinstance(row, Row) and row.predicate == "contraindicated_in"
        ]
        assert rows == [
            ("妊娠", {"check": "pregnancy", "severity": "contraindicated"}),
            ("出血倾向", {"check": "drug_disease", "severity": "contraindicated"}),
            ("示例病", {"check": "drug_disease", "severity": "moderate"}),
        ]

    def test_is_not_trusted(self) -> None:
        spec = registry.spec(self.name)
        assert (spec.level, spec.agent, spec.trusted) == ("text_mined", "text_mining_agent", False)

    def test_names_the_relations_left_out(self, folder: Path) -> None:
        reasons = {item.reason for item in self.read(folder) if isinstance(item, Reject)}
        assert {"relation '成份' is not taken", "relation '主治' is not taken"} <= reasons


_ENTRY = (
    '"0":{"gaishu_info": {"name": "示例病", "common_drug": ["示例明片"], '
    '"has_complication": ["另例病"]}, "symptom_data": {"symptoms": ["示例热", " "]}, '
    '"inspect_info": ["示例试验"]}'
)


class TestCnMedicalJson(SourceCases):
    name = "cn_medical_json"
    files = {  # noqa: RUF012
        "cn_medical_json.tar.gz": {
            "cn_medical_json/medical_0.json": "{\n" + _ENTRY + ',\n"1":{"name":"示例"}\n}',
            "cn_medical_json/medical_1.json": "{\n" + _ENTRY + ',\n"2": broken\n}',
            "cn_medical_json/readme.txt": "nothing",
        }
    }
    expected = {"has_phenotype": 2, "treats": 2, "reject": 2 + 2 + 2}  # noqa: RUF012
    # Complications 19,195 and tests 39,211 have no relation.
    real = {  # noqa: RUF012
        "has_phenotype": 58_399,
        "treats": 13_479,
        "reject": 19_195 + 39_211,
    }


@pytest.mark.parametrize(
    ("product", "expected"),
    [
        ("盐酸二甲双胍缓释片", "盐酸二甲双胍"),
        ("注射用头孢曲松钠", "头孢曲松钠"),
        ("硝苯地平缓释片（III）", "硝苯地平"),
        ("利福平胶丸", "利福平"),
        ("复方甘草片", "复方甘草片"),
        ("甲硝唑葡萄糖注射液", "甲硝唑葡萄糖注射液"),
        ("片", "片"),
    ],
)
def test_a_product_is_named_by_what_it_contains(product: str, expected: str) -> None:
    assert substance(product) == expected
