"""The entries of the formulary files, as frozen models that know every key and refuse others."""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from graphrx.kg.curie import is_curie
from graphrx.kg.formulary.doses import ADULT, exceeds, max_amount, usual_amount
from graphrx.kg.formulary.when import check_when, comparison
from graphrx.kg.schema import Frequency, Level, Line, Purpose, Route, RuleCheck, Similarity


def _curie(text: str) -> str:
    if not is_curie(text):
        raise ValueError("not an id of a known prefix; write e.g. DRUGBANK:DB00331 or omit it")
    return text


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Texts = tuple[Text, ...]
Curie = Annotated[Text, AfterValidator(_curie)]
When = Annotated[dict[str, Any], AfterValidator(check_when)]
KnownSeverity = Literal["contraindicated", "major", "moderate", "minor"]

PAIRED = (("why", "zh"), ("mechanism", "mechanism_zh"), ("do", "do_zh"))
"""English wording and the Chinese wording that must stand beside it."""


class Entry(BaseModel):
    """Base of all entries: frozen, unknown keys refused, numbers accepted where text is meant."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)


EntryT = TypeVar("EntryT", bound=Entry)


class ConditionIs(Entry):
    """An exception for patients who have a condition."""

    condition: Text


class RouteIs(Entry):
    """An exception for some routes of the drug."""

    route: Annotated[tuple[Route, ...], Field(min_length=1)]


Exception_ = Text | tuple[Text, Text] | ConditionIs | RouteIs


class Sourced(Entry):
    """An entry that says where it stands written."""

    source: Text
    at: Text


def _both_languages(entry: EntryT) -> EntryT:
    for english, chinese in PAIRED:
        said, said_zh = getattr(entry, english, None), getattr(entry, chinese, None)
        if said and not said_zh:
            raise ValueError(f'"{english}" has no "{chinese}"; write it in Chinese too')
        if said_zh and not said:
            raise ValueError(f'"{chinese}" has no "{english}"; write it in English too')
    return entry


class Worded(Sourced):
    """An entry with its wording in both languages."""

    why: Text
    zh: Text
    mechanism: Text | None = None
    mechanism_zh: Text | None = None
    do: Text | None = None
    do_zh: Text | None = None
    when: When | None = None
    except_: Annotated[tuple[Exception_, ...], Field(alias="except")] = ()

    @model_validator(mode="after")
    def _wording(self) -> "Worded":
        return _both_languages(self)


class Rule(Worded):
    """A rule about the patient, on a drug or on a class."""

    check: RuleCheck
    condition: Text | None = None
    level: KnownSeverity
    active: bool = False


def _dose_tests(when: dict[str, Any]) -> dict[str, Any]:
    if "route" in when:
        raise ValueError('write the route beside "max", not in "when"')
    return {"age": ADULT, **when}


class Dose(Sourced):
    """A row of a drug's ``doses``: the usual adult dose, the highest, or both."""

    usual: Annotated[Text, AfterValidator(usual_amount)] | None = None
    max: Annotated[
        tuple[Annotated[Text, AfterValidator(max_amount)], ...], BeforeValidator(_listed)
    ] = ()
    route: Annotated[tuple[Route, ...], BeforeValidator(_listed)] = ()
    when: Annotated[When, AfterValidator(_dose_tests)] = {"age": ADULT}
    except_: Annotated[tuple[Exception_, ...], Field(alias="except")] = ()
    level: KnownSeverity = "major"
    why: Text | None = None
    zh: Text | None = None
    do: Text | None = None
    do_zh: Text | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "Dose":
        if not self.usual and not self.max:
            raise ValueError('neither "usual" nor "max"; write one of them')
        for limit in self.max:
            if self.usual and exceeds(self.usual, limit):
                raise ValueError(f'"usual" {self.usual} is above "max" {limit}; correct one')
        return _both_languages(self)


class Treats(Sourced):
    """An indication."""

    condition: Text
    purpose: Purpose
    line: Line
    when: When | None = None
    except_: Annotated[tuple[Exception_, ...], Field(alias="except")] = ()


class Named(Entry):
    """An entry that becomes a node."""

    zh: Text
    id: Curie | None = None
    synonyms: Texts = ()


class SideEffectsFrom(Sourced):
    """Where the side effects of a drug are listed."""


class DrugDoc(Named):
    """``drugs/<name>.yaml``."""

    drug: Text
    brands: Texts = ()
    atc: Texts = ()
    routes: Annotated[tuple[Route, ...], Field(min_length=1)]
    classes: Texts = ()
    ingredients: Texts = ()
    treats: tuple[Treats, ...] = ()
    rules: tuple[Rule, ...] = ()
    no_rule: tuple[RuleCheck, ...] = ()
    doses: tuple[Dose, ...] = ()
    no_dose_limit: Text | None = None
    side_effects: dict[Frequency, Texts] = {}
    side_effects_from: SideEffectsFrom | None = None
    persists_days: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _doses_or_none(self) -> "DrugDoc":
        if self.doses and self.no_dose_limit:
            raise ValueError('"no_dose_limit" beside "doses"; drop one')
        for n, row in enumerate(self.doses):
            if wrong := set(row.route) - set(self.routes):
                raise ValueError(
                    f"doses[{n}].route: {', '.join(sorted(wrong))} is not among the drug's routes"
                )
        return self


class IngredientDoc(Named):
    """An entry of ``ingredients/*.yaml``: a part that is only ever given in a combination."""

    drug: Text
    classes: Texts = ()


class FoodDoc(Named):
    """An entry of ``foods.yaml``: a food, drink or herb that matters to drugs."""

    food: Text
    classes: Texts = ()


class ClassDoc(Named):
    """An entry of ``classes/*.yaml``."""

    class_: Annotated[Text, Field(alias="class")]
    atc: Text | None = None
    parents: Texts = ()
    kind: Literal["pharmacologic", "chemical", "interaction"] = "pharmacologic"
    duplicate: Literal["no_dual_use", "warn"] | None = None
    allow: tuple[tuple[Text, Text], ...] = ()
    allergen: bool = False
    rules: tuple[Rule, ...] = ()


class Implies(Entry):
    """Facts that a condition implies."""

    egfr: Annotated[Text, AfterValidator(comparison)] | None = None
    crcl: Annotated[Text, AfterValidator(comparison)] | None = None
    child_pugh: tuple[Literal["A", "B", "C"], ...] | None = None


class ConditionDoc(Named):
    """An entry of ``conditions/*.yaml``."""

    condition: Text
    category: Literal["Disease", "PhenotypicFeature"] = "Disease"
    icd10cm: Texts = ()
    parents: Texts = ()
    refines: dict[Text, Text] | None = None
    implies: Implies | None = None
    symptoms: Texts = ()
    kind: Literal["goal"] | None = None
    of: Text | None = None

    @model_validator(mode="after")
    def _parent_to_refine(self) -> "ConditionDoc":
        if self.refines is not None and not self.parents:
            raise ValueError('"refines" without "parents"; name the condition that it refines')
        return self


class SymptomDoc(Named):
    """An entry of ``symptoms.yaml``."""

    symptom: Text


class SideEffectDoc(Named):
    """An entry of ``side_effects.yaml``."""

    side_effect: Text


class AllergenDoc(Named):
    """An entry of ``allergens.yaml``: an allergen that is no drug, and the drugs at risk."""

    allergen: Text
    related: Texts = ()
    why: Text | None = None
    why_zh: Text | None = None
    source: Text | None = None
    at: Text | None = None

    @model_validator(mode="after")
    def _related_is_sourced(self) -> "AllergenDoc":
        if self.related and not (self.why and self.why_zh and self.source and self.at):
            raise ValueError('"related" needs "why", "why_zh", "source" and "at"')
        return self


class CrossReactivityDoc(Sourced):
    """An entry of ``cross_reactivity.yaml``."""

    between: tuple[Text, Text]
    similarity: Similarity
    why: Text
    zh: Text


class InteractionDoc(Worded):
    """An entry of ``interactions/*.yaml``."""

    between: tuple[Text, Text]
    level: KnownSeverity
    washout_days: dict[Text, Annotated[int, Field(gt=0)]] = {}
    derived: bool = False


class Component(Entry):
    """One component of a regimen; options in order of preference."""

    role: Text
    role_zh: Text
    options: Annotated[Texts, Field(min_length=1)]


class RegimenDoc(Named):
    """An entry of ``regimens.yaml``."""

    regimen: Text
    for_: Annotated[Text, Field(alias="for")]
    purpose: Purpose
    line: Line
    components: Annotated[tuple[Component, ...], Field(min_length=1)]
    duration: Text | None = None
    source: Text
    at: Text
    when: When | None = None
    except_: Annotated[tuple[Exception_, ...], Field(alias="except")] = ()


class Withdrawal(Entry):
    """Where, when and why a drug was withdrawn."""

    where: Annotated[Texts, Field(min_length=1)]
    year: int
    why: Text
    zh: Text


class WithdrawnDoc(Named):
    """An entry of ``withdrawn.yaml``."""

    drug: Text
    brands: Texts = ()
    atc: Texts = ()
    classes: Texts = ()
    withdrawn: Withdrawal
    source: Text
    at: Text


class SourceDoc(Entry):
    """An entry of ``sources.yaml``."""

    id: Text
    title: Text
    version: Text
    date: Annotated[Text, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    licence: Text
    url: Text = ""
    level: Level
    trusted: bool
