"""CMeKG: triples that programs read from Chinese labels, guidelines and textbooks.

Taken are the relations that the schema has: 适应症, 药物治疗 (``treats``), 不良反应
(``has_side_effect``), 常见症状 and 临床症状及体征 (``has_phenotype``), 药物相互作用
(``pharmacologically_interacts_with``, severity unknown) and 禁忌 (``contraindicated_in``, one
statement for each condition in its short text). Every other triple is a reject that names its
relation. The things have Chinese names only.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from graphrx.kg import schema
from graphrx.kg.ingest import Reject
from graphrx.kg.sources.base import Item, Ref, Row, SourceSpec, file_in, reject
from graphrx.kg.sources.files import lines
from graphrx.kg.sources.headerless import cells_of
from graphrx.kg.sources.zh_names import drug

SPEC: Final = SourceSpec(
    name="cmekg",
    title="CMeKG: Chinese medical knowledge graph",
    version="2.0",
    date="2021-01-01",
    licence="package MIT; no terms for the data",
    noncommercial=False,
    url="https://cmekg.pcl.ac.cn/",
    sha256=None,
    level="text_mined",
    trusted=False,
    checks=(),
    files=("cmekg_triples.tsv.gz",),
    pitfalls="Read from text by programs: trial arms stand as indications, drug interactions name "
    "classes and foods. Products, not substances: dosage form and salt are stripped by rule. "
    "Traditional uses (主治, 功能主治) are not taken as treatment.",
    agent="text_mining_agent",
)

_PREDICATE: Final = {
    "适应症": schema.TREATS,
    "适应证": schema.TREATS,
    "药物治疗": schema.TREATS,
    "不良反应": schema.HAS_SIDE_EFFECT,
    "常见症状": schema.HAS_PHENOTYPE,
    "临床症状": schema.HAS_PHENOTYPE,
    "临床症状及体征": schema.HAS_PHENOTYPE,
    "药物相互作用": schema.INTERACTS_WITH,
    "禁忌": schema.CONTRAINDICATED_IN,
}
_OBJECT: Final = {
    schema.TREATS: schema.DISEASE,
    schema.HAS_SIDE_EFFECT: schema.SIDE_EFFECT,
    schema.HAS_PHENOTYPE: schema.PHENOTYPE,
}
_GENERIC: Final = "\t通用名\t"
_ENGLISH: Final = "\t英文名称\t"
_LONGEST_NAME: Final = 60
_PARTS: Final = re.compile("[、，,；;。]|(?:以)?及|和|与|或")
_WORDS: Final = re.compile(
    "^(?:对|有|患有|伴有|严重的?|禁用于|忌用于)|(?:患者|病人|者|的)?(?:禁用|忌用|禁服|忌服|慎用|慎服|均)$"
)
_PEOPLE: Final = re.compile("(?:的?患者|病人|者)$")
_ALLERGY: Final = re.compile("过敏")
_CHECK: Final = {"孕妇": ("pregnancy", "妊娠"), "妊娠期妇女": ("pregnancy", "妊娠"),
                 "妊娠妇女": ("pregnancy", "妊娠"), "哺乳期妇女": ("lactation", "哺乳期"),
                 "哺乳妇女": ("lactation", "哺乳期")}  # fmt: skip


def read(folder: Path) -> Iterator[Item]:
    """Iterate over the triples in file order; the file is read twice, once for generic names."""
    path = file_in(folder, SPEC.files[0], SPEC)
    generic, english = _names(path)
    for item in cells_of(path, 3):
        if isinstance(item, Reject):
            yield item
            continue
        number, (head, relation, tail) = item
        predicate = _PREDICATE.get(relation)
        if predicate is None:
            yield Reject(f'["{head[:60]}","{relation}","{tail[:60]}"]', _not_taken(relation))
        elif not head.strip() or not tail.strip():
            yield reject([head, relation, tail], "triple names only one thing")
        elif predicate == schema.CONTRAINDICATED_IN:
            yield from _contraindications(number, drug(head, generic.get(head)), head, tail)
        elif len(head) > _LONGEST_NAME or len(tail) > _LONGEST_NAME:
            yield reject([head, relation, tail], "a sentence stands where a name should")
        else:
            yield _row(number, (head, relation, tail), predicate, generic, english)


def _row(
    number: int,
    triple: tuple[str, str, str],
    predicate: str,
    generic: dict[str, str],
    english: dict[str, str],
) -> Row:
    head, relation, tail = triple
    qualifiers: dict[str, Any] = {}
    if relation == "药物治疗":
        subject = drug(tail, generic.get(tail))
        object_ = Ref(schema.DISEASE, (), english.get(head), head)
    elif predicate == schema.INTERACTS_WITH:
        subject, object_ = drug(head, generic.get(head)), drug(tail, generic.get(tail))
        qualifiers["severity"] = "unknown"
    elif predicate == schema.HAS_PHENOTYPE:
        subject = Ref(schema.DISEASE, (), english.get(head), head)
        object_ = _thing(schema.PHENOTYPE, tail)
    else:
        subject = drug(head, generic.get(head))
        object_ = _thing(_OBJECT[predicate], tail)
    return Row(
        source_row=f"{head} {relation} {tail}",
        subject=subject,
        predicate=predicate,
        object=object_,
        qualifiers=qualifiers,
        locator=f"line {number}",
    )


def _contraindications(number: int, subject: Ref, head: str, text: str) -> Iterator[Item]:
    """One row for each condition that a short text forbids; a caution is moderate."""
    severity = "moderate" if "慎" in text and "禁" not in text else "contraindicated"
    found = False
    for part in filter(None, (part.strip() for part in _PARTS.split(text))):
        if _ALLERGY.search(part):
            yield reject([head, "禁忌", part], "allergy to the drug itself holds for every drug")
            found = True
            continue
        name = part
        while (shorter := _WORDS.sub("", name)) != name:
            name = shorter
        check, name = _CHECK.get(name, ("drug_disease", _PEOPLE.sub("", name)))
        if not 2 <= len(name) <= _LONGEST_NAME:
            continue
        found = True
        yield Row(
            source_row=f"{head} 禁忌 {text}"[:200],
            subject=subject,
            predicate=schema.CONTRAINDICATED_IN,
            object=_thing(schema.DISEASE, name),
            qualifiers={"check": check, "severity": severity},
            locator=f"line {number}",
            notes={"reason_zh": text},
        )
    if not found:
        yield reject([head, "禁忌", text], "text names no condition")


@lru_cache(maxsize=16384)
def _thing(category: str, name: str) -> Ref:
    return Ref(category, (), None, name)


@lru_cache(maxsize=1024)
def _not_taken(relation: str) -> str:
    return f"relation {relation[:30]!r} is not taken"


def _names(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Product → generic name where that is one, and disease → English name."""
    generic: dict[str, str | None] = {}
    english: dict[str, str] = {}
    for line in lines(path):
        if _GENERIC in line:
            head, _, tail = line.partition(_GENERIC)
            generic[head] = tail if generic.get(head, tail) == tail else None
        elif _ENGLISH in line:
            head, _, tail = line.partition(_ENGLISH)
            if tail.isascii():
                english.setdefault(head, tail)
    return {name: to for name, to in generic.items() if to}, english
