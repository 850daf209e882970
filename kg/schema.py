"""The schema in one place: categories, predicates, levels, checks, and who may stand where.

Terms are Biolink's (https://biolink.github.io/biolink-model/) save ``SideEffect``, which Biolink
does not have, and ``has_side_effect``.

Qualifiers (canonical JSON on the triple; part of its identity). Everything that refers to
another node is written as a **node id**:

* ``contraindicated_in``: ``check``, ``severity``, ``when``?, ``except``?, ``active``?
* ``pharmacologically_interacts_with``: ``severity``, ``when``?, ``except``?, ``washout_days``?
  (node id → days), ``derived``?
* ``treats``: ``purpose``, ``line``, ``when``?, ``except``?
* ``has_side_effect``: ``frequency``; ``has_part``: ``component``, ``role``, ``preference``;
  ``chemically_similar_to``: ``similarity``; the rest: none.

``except`` is a list whose items are a node id, a pair of node ids, ``{"condition": node id}`` or
``{"route": [...]}``. ``when`` is a conjunction; its ``condition`` is a node id. An edge of the
check ``dose`` has ``dose`` in its ``when``: ``">2550 mg/day"``.

Node attributes (canonical JSON on the record): ``Drug``: ``routes``, ``persists_days``?,
``usual_doses``? (dose, route?, when?, source, at), ``no_dose_limit``? (the reason),
``withdrawn``?, ``only_in_combination``?, ``food``? (a food or herb); ``DrugClass``: ``kind``,
``duplicate``, ``allergen``, ``allow``? (pairs of preferred names); ``Disease``: ``refines``?,
``implies``?, ``icd10cm``?, ``kind``? (``goal``), ``of``? (node id); an allergen is a
``PhenotypicFeature`` with ``kind`` ``allergen``; ``Regimen``: ``components`` (role,
role_zh), ``duration``?.

Classes are ``member_of`` their parent classes, so ``member_of+`` leads from a drug to all of them;
diseases are ``subclass_of`` their parents.
"""

import json
from functools import lru_cache
from typing import Final, Literal, cast, get_args

from graphrx.kg.errors import SchemaError
from graphrx.kg.model import Statement, Triple, canonical_json

DRUG: Final = "Drug"
DISEASE: Final = "Disease"
PHENOTYPE: Final = "PhenotypicFeature"
SIDE_EFFECT: Final = "SideEffect"
DRUG_CLASS: Final = "DrugClass"
REGIMEN: Final = "Regimen"
GENE: Final = "Gene"
LAB_TEST: Final = "LabTest"

CATEGORIES: Final = (
    DRUG, DRUG_CLASS, DISEASE, PHENOTYPE, SIDE_EFFECT, REGIMEN, GENE, LAB_TEST,
)  # fmt: skip
"""In the order in which a name with several meanings is listed."""

TREATS: Final = "treats"
PALLIATES: Final = "palliates"
HAS_PHENOTYPE: Final = "has_phenotype"
HAS_SIDE_EFFECT: Final = "has_side_effect"
CONTRAINDICATED_IN: Final = "contraindicated_in"
INTERACTS_WITH: Final = "pharmacologically_interacts_with"
MEMBER_OF: Final = "member_of"
SUBCLASS_OF: Final = "subclass_of"
HAS_INGREDIENT: Final = "has_ingredient"
SIMILAR_TO: Final = "chemically_similar_to"
HAS_PART: Final = "has_part"

_DRUGS = frozenset({DRUG, DRUG_CLASS})
_PROBLEMS = frozenset({DISEASE, PHENOTYPE})

ALLOWED: Final[dict[str, tuple[frozenset[str], frozenset[str]]]] = {
    TREATS: (_DRUGS | {REGIMEN}, _PROBLEMS),
    PALLIATES: (_DRUGS | {REGIMEN}, _PROBLEMS),
    HAS_PHENOTYPE: (frozenset({DISEASE}), _PROBLEMS),
    HAS_SIDE_EFFECT: (_DRUGS, _PROBLEMS | {SIDE_EFFECT}),
    CONTRAINDICATED_IN: (_DRUGS, _PROBLEMS),
    INTERACTS_WITH: (_DRUGS, _DRUGS),
    MEMBER_OF: (_DRUGS, frozenset({DRUG_CLASS})),
    SUBCLASS_OF: (_PROBLEMS | {SIDE_EFFECT}, _PROBLEMS | {SIDE_EFFECT}),
    HAS_INGREDIENT: (frozenset({DRUG}), frozenset({DRUG})),
    SIMILAR_TO: (_DRUGS | {PHENOTYPE}, _DRUGS | {PHENOTYPE}),
    HAS_PART: (frozenset({REGIMEN}), _DRUGS),
}
"""Predicate → categories that may be its subject, and its object."""

SYMMETRIC: Final = frozenset({INTERACTS_WITH, SIMILAR_TO})

Severity = Literal["contraindicated", "major", "moderate", "minor", "unknown"]
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
"""From worst to least; ``unknown`` never maps below a warning."""

Level = Literal[
    "label", "guideline", "expert_list", "curated_db", "derived_rule", "text_mined", "unknown"
]
LEVELS: Final[tuple[Level, ...]] = get_args(Level)
"""Knowledge levels, from most to least relied upon."""

Agent = Literal[
    "manual_agent", "computational_model", "text_mining_agent", "data_analysis_pipeline"
]
AGENTS: Final[tuple[Agent, ...]] = get_args(Agent)

Check = Literal[
    "drug_drug", "drug_disease", "allergy", "duplicate", "pregnancy", "lactation", "renal",
    "hepatic", "age", "qt", "lab", "pharmacogenomic", "dose", "withdrawn",
]  # fmt: skip
CHECKS: Final[tuple[Check, ...]] = get_args(Check)

RuleCheck = Literal[
    "drug_disease", "pregnancy", "lactation", "renal", "hepatic", "age", "qt", "lab",
    "pharmacogenomic",
]  # fmt: skip
RULE_CHECKS: Final[tuple[RuleCheck, ...]] = get_args(RuleCheck)
"""Checks that a rule on a drug or class can be about; ``dose`` rules are made of ``doses`` rows."""

READ_CHECKS: Final[tuple[RuleCheck, ...]] = RULE_CHECKS[:7]
"""Checks that a formulary drug must have a rule for, or be said to have none."""

Similarity = Literal["similar_side_chain", "low", "none"]
Frequency = Literal["very common", "common", "uncommon", "rare", "very rare", "unknown"]
Purpose = Literal[
    "treatment", "prevention", "control", "symptom relief", "contraception", "diagnosis",
    "palliation",
]  # fmt: skip
Line = Literal["first", "second", "third", "adjunct", "alternative", "specialist"]
LINES: Final[tuple[Line, ...]] = get_args(Line)
Route = Literal[
    "oral", "iv", "im", "sc", "topical", "inhaled", "rectal", "ophthalmic", "nasal",
    "transdermal", "sublingual", "vaginal", "intrathecal",
]  # fmt: skip
ROUTES: Final[tuple[Route, ...]] = get_args(Route)

CORE_SOURCE: Final = "graphrx-formulary"
"""The source of the packaged formulary; where sources name a node differently, it decides."""

_SIDES = ("subject_", "object_")


def severity_rank(severity: str) -> int:
    """Return 0 for the worst severity; raise :class:`SchemaError` for an unknown word."""
    try:
        return SEVERITIES.index(cast("Severity", severity))
    except ValueError:
        raise SchemaError(
            f"severity {severity!r} is not known; use one of {', '.join(SEVERITIES)}"
        ) from None


def canonical(triple: Triple) -> Triple:
    """Return the triple in canonical form.

    Qualifiers get their canonical JSON; a symmetric triple has its smaller id first, and
    qualifiers that name a side (``subject_…``, ``object_…``) change sides with it.
    """
    swap = triple.predicate in SYMMETRIC and triple.object < triple.subject
    qualifiers = _canonical_qualifiers(triple.qualifiers, swap)
    subject, object_ = triple.subject, triple.object
    if swap:
        subject, object_ = object_, subject
    return Triple(subject, triple.predicate, object_, qualifiers)


def canonical_statement(statement: Statement) -> Statement:
    """Return the statement with its triple in canonical form."""
    return Statement(canonical(statement.triple), statement.evidence)


def violation(predicate: str, subject_category: str, object_category: str) -> str | None:
    """Say in one line what the schema has against such an edge, or return None."""
    if predicate not in ALLOWED:
        return f"predicate {predicate!r} is not known; use one of {', '.join(ALLOWED)}"
    subjects, objects = ALLOWED[predicate]
    if subject_category not in subjects:
        return f"{predicate} can't start at a {subject_category}; allowed: {_list(subjects)}"
    if object_category not in objects:
        return f"{predicate} can't end at a {object_category}; allowed: {_list(objects)}"
    return None


def statement_violation(statement: Statement) -> str | None:
    """Say what is wrong with a statement's words (not its ends), or return None."""
    if statement.triple.predicate not in ALLOWED:
        return violation(statement.triple.predicate, "", "")
    if statement.evidence.level not in LEVELS:
        return f"level {statement.evidence.level!r} is not known; use one of {', '.join(LEVELS)}"
    if statement.evidence.agent not in AGENTS:
        return f"agent {statement.evidence.agent!r} is not known; use one of {', '.join(AGENTS)}"
    return None


@lru_cache(maxsize=8192)
def _canonical_qualifiers(text: str, swap: bool) -> str:
    qualifiers = json.loads(text)
    if swap:
        qualifiers = {_other_side(key): value for key, value in qualifiers.items()}
    return canonical_json(qualifiers)


def _other_side(key: str) -> str:
    for here, there in (_SIDES, _SIDES[::-1]):
        if key.startswith(here):
            return there + key[len(here) :]
    return key


def _list(words: frozenset[str]) -> str:
    return ", ".join(sorted(words))
