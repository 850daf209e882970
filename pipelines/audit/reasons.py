"""Why a finding may be overridden: the fixed list of reason codes."""

from typing import Any, Final

REASONS: Final[dict[str, tuple[str, str]]] = {
    "benefit_outweighs_risk": ("The benefit outweighs the risk", "获益大于风险"),
    "tolerated_before": ("The patient has tolerated it before", "患者既往可耐受"),
    "monitored": ("The patient is monitored for it", "已安排监测"),
    "dose_adjusted": ("The dose has been adjusted", "已调整剂量"),
    "not_clinically_relevant": ("Not clinically relevant here", "对该患者无临床意义"),
    "palliative": ("Palliative care", "姑息治疗"),
    "other": ("Another reason, given in the comment", "其他，见备注"),
}
"""Code → its words in English and Chinese; results and the audit log hold the code."""


def offer(effect: str) -> dict[str, Any]:
    """What a result says of overriding a finding, by the finding's effect.

    A warning or a block may be overridden, the block only with a signature. An open question is
    answered, never overridden; information asks for nothing.
    """
    if effect not in ("warn", "block"):
        return {"allowed": False, "reasons": []}
    offered: dict[str, Any] = {"allowed": True, "reasons": list(REASONS)}
    return offered | {"signature_required": True} if effect == "block" else offered
