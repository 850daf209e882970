"""The fixed words of the screens, English and Chinese."""

from typing import Final

WORDS: Final = {
    "pass": ("PASS", "通过", "green"),
    "warn": ("WARN", "警告", "yellow"),
    "unverified": ("UNVERIFIED", "未核实", "magenta"),
    "block": ("BLOCK", "禁用", "red"),
    "none": ("NOTHING LEFT", "无可推荐", "red"),
    "info": ("INFO", "提示", "blue"),
}
LABELS: Final = {
    "check": ("Check", "用药审核"),
    "recommend": ("Recommendation", "用药推荐"),
    "quiet": ("quiet", "其他提示"),
    "above": ("see above", "见上"),
    "full": ("--full shows all", "--full 显示全部"),
    "overridden": ("overridden by", "已人工越过，操作者"),
    "policy": ("Site policy", "院内规则"),
    "do": ("do", "处理"),
    "why": ("because", "依据"),
    "ask": ("question", "需确认"),
    "mechanism": ("mechanism", "机制"),
    "note": ("note", "说明"),
    "questions": ("Questions that would settle most", "需确认的问题（按可解决的药物数排序）"),
    "settles": ("settles", "可解决"),
    "instead": ("instead", "可替代"),
    "used": ("Inputs used", "已用信息"),
    "missing": ("Inputs missing", "缺失信息"),
    "unknown": ("Not recognised", "无法识别"),
    "presumed": ("presumed absent, not listed", "未列出，视为无"),
    "pairs": ("Pairs", "药物组合"),
    "kept": ("Can be kept together", "可合用"),
    "removed": ("Has to go", "需移除"),
    "aside": ("Stand aside", "暂不推荐"),
    "others": ("Also possible, ranked lower", "其他候选"),
    "no_regimen": (
        "No regimen of the graph can be filled; try single drugs",
        "图谱中没有可用方案；请改用单药模式",
    ),
    "sources": ("Sources", "来源"),
    "model": ("Model", "模型"),
    "own": ("its own list", "模型自拟列表"),
    "carried": ("read from the graph", "图谱依据节点"),
    "treats": ("indication", "适应证"),
    "by_parent": ("indicated for the wider disease", "适应证（上位疾病）"),
    "not_found": ("no indication found", "未见适应证"),
    "origin": ("from", "来自"),
    "usual": ("usual dose", "常用剂量"),
    "disclaimer": (
        "Decision support for a pharmacist; verify independently.",
        "供药师决策参考，须独立核实。",
    ),
}
LINES_ZH: Final = {
    "first": "一线", "second": "二线", "third": "三线", "adjunct": "辅助", "alternative": "备选",
    "specialist": "专科用药",
}  # fmt: skip
FIELDS_ZH: Final = {
    "age_years": "年龄", "age": "年龄", "sex": "性别", "weight_kg": "体重(kg)", "weight": "体重",
    "diagnoses": "诊断", "history": "既往史", "symptoms": "症状", "current_drugs": "当前用药",
    "allergies": "过敏史", "pregnancy": "妊娠", "breastfeeding": "哺乳",
    "egfr_ml_min_1_73m2": "eGFR(mL/min/1.73m²)", "egfr": "eGFR", "crcl_ml_min": "肌酐清除率(mL/min)",
    "crcl": "肌酐清除率", "child_pugh": "Child-Pugh分级", "qtc_ms": "QTc(ms)", "qtc": "QTc",
    "labs": "检验", "genetics": "基因", "drugs": "药品", "fhir": "FHIR资源",
}  # fmt: skip
STYLE: Final = {"contraindicated": "red", "major": "yellow", "moderate": "cyan", "minor": "dim",
                "unknown": "magenta"}  # fmt: skip
KINDS_ZH: Final = {
    "drug_drug": "药物相互作用", "drug_disease": "药物与疾病", "allergy": "过敏", "pregnancy": "妊娠",
    "lactation": "哺乳", "duplicate": "重复用药", "renal": "肾功能", "hepatic": "肝功能", "age": "年龄",
    "qt": "QT间期", "pharmacogenomic": "药物基因", "unknown_drug": "未知药品", "data_gap": "信息缺失",
    "withdrawn": "已撤市", "indication": "适应证", "lab": "检验", "washout": "停药间隔",
    "dose": "剂量", "food": "食物与草药",
}  # fmt: skip
