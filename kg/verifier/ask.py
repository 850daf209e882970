"""The questions that settle an undecided finding, in both languages."""

from functools import cache

from graphrx.kg.verifier.verdict import Question

_FIXED: dict[str, tuple[str, str]] = {
    "age": ("How old is the patient?", "患者年龄是多少？"),
    "weight": ("What is the patient's weight?", "患者体重是多少？"),
    "sex": ("What is the patient's sex?", "患者性别是什么？"),
    "egfr": ("What is the eGFR (mL/min/1.73 m²)?", "eGFR 是多少（mL/min/1.73 m²）？"),
    "crcl": (
        "What is the creatinine clearance (Cockcroft-Gault, mL/min)?",
        "肌酐清除率是多少（Cockcroft-Gault，mL/min）？",
    ),
    "child_pugh": ("What is the Child-Pugh class?", "Child-Pugh 分级是什么？"),
    "pregnancy": ("Is the patient pregnant?", "患者是否怀孕？"),
    "gestation": ("How many weeks of gestation?", "孕周是多少？"),
    "breastfeeding": ("Is the patient breastfeeding?", "患者是否正在哺乳？"),
    "diagnoses": ("Which diagnoses does the patient have?", "患者有哪些诊断？"),
    "allergies": ("Which allergies does the patient have?", "患者有哪些过敏史？"),
    "current_drugs": ("Which drugs does the patient take?", "患者正在使用哪些药物？"),
    "qtc": ("What is the QTc (ms)?", "QTc 是多少（ms）？"),
    "dose": (
        "How much is one dose, in mg, units or mmol?",
        "每次剂量是多少（mg、单位或 mmol）？",
    ),
    "frequency": ("How often is it given?", "给药频次是什么？"),
    "route": ("By which route will it be given?", "给药途径是什么？"),
}


@cache
def ask(field: str) -> Question:
    """The question for a patient field."""
    text, text_zh = _FIXED[field]
    return Question(field, text, text_zh)


@cache
def ask_grade(parent: str, parent_zh: str, words: tuple[str, ...]) -> Question:
    """The question for the missing stage or class of a listed problem."""
    if "nyha" in words:
        kind, kind_zh = "NYHA class", "NYHA 心功能分级"
    elif "child_pugh" in words:
        kind, kind_zh = "Child-Pugh class", "Child-Pugh 分级"
    elif "type" in words:
        kind, kind_zh = "type", "类型"
    elif "degree" in words:
        kind, kind_zh = "degree", "程度"
    elif "severity" in words:
        kind, kind_zh = "severity", "严重程度"
    elif "side" in words:
        text, text_zh = f"Is the {parent} on both sides?", f"{parent_zh}是否为双侧？"
        return Question("diagnoses", text, text_zh, parent, "bilateral")
    elif "aura" in words:
        text, text_zh = f"Is the {parent} with aura?", f"{parent_zh}是否伴先兆？"
        return Question("diagnoses", text, text_zh, parent, "with aura")
    else:
        kind, kind_zh = "stage", "分期"
    return Question(
        "diagnoses", f"Which {kind} is the {parent}?", f"{parent_zh}的{kind_zh}是什么？",
        parent, kind,
    )  # fmt: skip


@cache
def ask_meant(field: str, text: str, suggestions: tuple[str, ...]) -> Question:
    """The question for a name that nothing knows: did you mean …?"""
    if suggestions:
        options, options_zh = " or ".join(suggestions), "、".join(suggestions)
        return Question(field, f"'{text}' is not known. Did you mean {options}?",
                        f"无法识别“{text}”。是否指：{options_zh}？", text)  # fmt: skip
    if field in ("drugs", "current_drugs", "allergies"):
        wanted, wanted_zh = "What is its generic name?", "其通用名是什么？"
    else:
        wanted, wanted_zh = "What is its usual name?", "其常用名称是什么？"
    return Question(
        field, f"'{text}' is not known. {wanted}", f"无法识别“{text}”。{wanted_zh}", text
    )
