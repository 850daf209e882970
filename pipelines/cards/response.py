"""A result as the response to order-select or order-sign (CDS Hooks 2.0).

https://cds-hooks.hl7.org/2.0/#cds-service-response

One card for each group of findings that interrupts, one quiet card for the rest. What is not
verified always has a card: an empty list means that everything was checked and nothing found.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from graphrx.pipelines.audit.reasons import REASONS
from graphrx.pipelines.cards.grouping import PAIRS, Group, distinct, judged, loud, name_of, quiet
from graphrx.pipelines.cards.markdown import Words, cut, escaped, evidence
from graphrx.pipelines.cards.suggestions import (
    Orders,
    create,
    identity,
    instead_of,
    proposal,
    suggestion,
)
from graphrx.pipelines.words import WORDS

Json = dict[str, Any]

KINDS: Final = "urn:graphrx:finding-kind"
REASON_CODES: Final = "urn:graphrx:override-reason"


def response(result: Json, langs: Sequence[str], orders: Orders | None = None) -> Json:
    """The response for a result; an error has a card as well, since nothing was checked.

    :param orders: patient and draft orders that suggestions may refer to.
    """
    words, known = Words(langs), orders or Orders()
    told = {key: result[key] for key in ("id", "run_id", "status", "exit_code") if key in result}
    if result["status"] == "error":
        return {"cards": [_failed(result, words)], "extension": {"org.graphrx": told}}
    cards = [_card(result, group, words, known) for group in loud(result)]
    if result["command"] == "recommend":
        cards.append(_recommended(result, words, known))
    rest = _rest(result, words)
    if rest is not None:
        cards.append(rest)
    return {"cards": cards, "extension": {"org.graphrx": told}}


def _verdict(words: Words, verdict: str) -> str:
    english, chinese, _ = WORDS[verdict]
    return words.first(english, chinese)


def _card(result: Json, group: Group, words: Words, orders: Orders) -> Json:
    worst = group.worst
    detail = [line for one in distinct(group.findings) for line in words.finding(one)]
    if len(group.drugs) > 1:
        detail += [f"{escaped(words.both('Drugs', '药物'))}: {escaped(', '.join(group.drugs))}", ""]
    detail += list(_overridden(result, group, words))
    card: Json = {
        "uuid": identity("card", result["run_id"], *group.key),
        "summary": _summary(group, words),
        "indicator": "critical" if worst["verdict"] == "block" else "warning",
        "detail": "\n".join([*detail, *words.sources(result)]),
        "source": _source(group.findings, worst["kind"]),
    }
    reasons = [(*REASONS[code], code) for code in _reasons(group)]
    if reasons:
        card["overrideReasons"] = [
            {"code": code, "system": REASON_CODES, "display": words.both(english, chinese)}
            for english, chinese, code in reasons
        ]
    offered = instead_of(result, group.drugs, orders)
    return _offering(card, offered, "at-most-one")


def _overridden(result: Json, group: Group, words: Words) -> Iterator[str]:
    """Who has overridden findings of the group, and why."""
    numbers = {finding["id"] for finding in group.findings}
    for one in result["overrides"]:
        if one["finding_id"] in numbers:
            code = one["reason_code"]
            why = words.both(*REASONS[code]) if code in REASONS else code
            said = f"{one['finding_id']}: {one['who']}, {one['when_utc']}: {why}"
            yield f"* {escaped(words.both('overridden', '已越权'))}: {escaped(said)}"
            yield ""


def _offering(card: Json, offered: list[Json], behavior: str) -> Json:
    if offered:
        card |= {"suggestions": offered, "selectionBehavior": behavior}
    return card


def _reasons(group: Group) -> list[str]:
    """Codes by which every finding of the group may be overridden; none for an open question."""
    offers = [finding["override"] for finding in group.findings]
    return [code for code in REASONS
            if all(offer["allowed"] and code in offer["reasons"] for offer in offers)]  # fmt: skip


def _summary(group: Group, words: Words) -> str:
    worst = group.worst
    verdict = _verdict(words, worst["verdict"])
    open_ = distinct([one for one in group.findings if one.get("question")])
    if len(open_) > 1 and worst in open_:
        first = words.first(open_[0]["question"], open_[0].get("question_zh"))
        count = words.first(f"{len(open_)} open questions", f"{len(open_)}个待确认问题")
        return cut(f"{verdict}: {count} ({', '.join(group.drugs)}): {first} …")
    if worst in open_:
        asked = words.first(worst["question"], worst.get("question_zh"))
        return cut(f"{verdict}: {asked} ({', '.join(group.drugs)})")
    reason = words.first(worst["reason"], worst.get("reason_zh"))
    subject = words.first(worst["subject"], worst.get("subject_zh"))
    others = dict.fromkeys(words.first(f["object"], f.get("object_zh")) for f in group.findings)
    sign = " + " if worst["kind"] in PAIRS else " – "
    return cut(f"{verdict}: {sign.join([subject, ', '.join(others)])}: {reason}")


def _source(findings: Sequence[Json], kind: str | None) -> Json:
    said = dict.fromkeys(path["source"] for f in findings for path in f["evidence"])
    source: Json = {"label": cut(", ".join(["graphrx", *said]), 100)}
    if kind is not None:
        display = kind.replace("_", " ")
        source["topic"] = {"system": KINDS, "code": kind, "display": display}
    return source


def _failed(result: Json, words: Words) -> Json:
    message = result["error"]["message"]
    head = words.first("Not checked", "未能审核")
    return {
        "uuid": identity("card", "error", message, str(result.get("id"))),
        "summary": cut(f"{head}: {message}"),
        "indicator": "warning",
        "detail": escaped(message),
        "source": _source([], None),
    }


def _recommended(result: Json, words: Words, orders: Orders) -> Json:
    """What is recommended, as proposals to choose from; a regimen is proposed as a whole."""
    kept = judged(result)
    lines, single, together = [], [], []
    for item in kept:
        drug = item["drug"]
        name, curies = name_of(item), drug["curies"]
        shown = words.both(drug["inn"], drug["name_zh"])
        verdict = escaped(_verdict(words, item["verdict"]))
        lines.append(f"{item['rank']}. {escaped(shown)}: {verdict}")
        lines += [f"   {escaped(evidence(path))}" for path in item["indication"]["evidence"][:1]]
        action = create(name, proposal(name, curies, orders, None))
        together.append(action)
        single.append(suggestion(f"{name} ({item['verdict']})", [action], result["run_id"]))
    names = ", ".join(name_of(item) for item in kept)
    regimen = result["mode"] == "regimen"
    if kept:
        summary = f"{words.first('Recommended', '推荐')}: {names}"
    else:
        summary = words.first("Nothing is left to recommend", "没有可推荐的药物")
    aside = [gone["drug"] for gone in result["plan"]["removed"]]
    if aside:
        lines += ["", f"{escaped(words.label('aside'))}: {escaped(', '.join(aside))}"]
    offered = [suggestion(f"All of {names}", together, result["run_id"])] if regimen else single
    card: Json = {
        "uuid": identity("card", result["run_id"], "recommended"),
        "summary": cut(summary),
        "indicator": "info" if kept else "warning",
        "detail": "\n".join([*lines, "", *words.sources(result)]),
        "source": _source([], None),
    }
    return _offering(card, offered if kept else [], "at-most-one")


def _rest(result: Json, words: Words) -> Json | None:
    """Quiet findings, and what was not understood or not read."""
    findings, echo = quiet(result), result["patient_echo"]
    unknown = [f"{one['text']} ({one['field']})" for one in echo["unrecognised"]]
    if not findings and not unknown:
        return None
    lines = [line for finding in findings for line in words.finding(finding)]
    if echo["missing"]:
        missing = ", ".join(echo["missing"])
        lines += [f"{escaped(words.label('missing'))}: {escaped(missing)}", ""]
    if unknown:
        lines += [f"{escaped(words.label('unknown'))}:", ""]
        lines += [*(f"* {escaped(text)}" for text in unknown), ""]
    said = [
        f"{words.first('Quiet findings', '一般提示')}: {len(findings)}" if findings else "",
        f"{words.first('Not recognised', '无法识别')}: {len(unknown)}" if unknown else "",
    ]
    return {
        "uuid": identity("card", result["run_id"], "rest"),
        "summary": cut(", ".join(part for part in said if part)),
        "indicator": "info",
        "detail": "\n".join([*lines, *words.sources(result)]),
        "source": _source(findings, None),
    }
