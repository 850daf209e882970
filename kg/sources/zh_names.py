"""Chinese product names to what they contain: brackets and dosage form taken away, by rule.

Compounds (复方…) and drugs dissolved in saline or glucose keep their whole name, since what remains
of it would be another drug. Salts stay: they are part of the substance's name.
"""

import re
from functools import lru_cache
from typing import Final

from graphrx.kg import schema
from graphrx.kg.sources.base import Ref

_BRACKETS: Final = re.compile(r"[（(［\[][^）)］\]]*[）)］\]]")
_KIND: Final = (
    "肠溶|缓释|控释|分散|咀嚼|泡腾|口腔崩解|口崩|薄膜衣|舌下|口含|双层|速释|多层|干|口服|外用|吸入|粉|"
    "鼻用|鼻|经皮|透皮|阴道|直肠|硬|软|微|冻干"
)
_FORM: Final = re.compile(
    f"(?:{_KIND})*(?:含片|片|胶囊|胶丸|滴丸|丸|颗粒|混悬剂|混悬液|溶液|口服液|糖浆|注射液|注射剂|针剂|"
    "粉针剂?|滴眼液|滴眼剂|眼膏|滴耳液|滴鼻液|喷雾剂|气雾剂|吸入剂|粉雾剂|软膏|乳膏|凝胶剂?|贴剂|贴片|贴膏|"
    "栓剂?|散剂?|洗剂|搽剂|酊剂?|乳剂|微球|植入剂|滴剂|泡沫剂)$"
)
_USE: Final = re.compile("^(?:注射用|吸入用|外用|口服用?)")
_MIXTURE: Final = re.compile("^(?:复方|小儿复方)|(?:氯化钠|葡萄糖)注射液$")


@lru_cache(maxsize=65536)
def substance(product: str) -> str:
    """Return what a product contains, as its name says.

    >>> substance("盐酸二甲双胍缓释片（II）"), substance("复方甘草片")
    ('盐酸二甲双胍', '复方甘草片')
    """
    name = _BRACKETS.sub("", product).strip()
    if _MIXTURE.search(name):
        return name
    bare = _FORM.sub("", _USE.sub("", name))
    return bare if len(bare) >= 2 else name or product


def drug(product: str, generic: str | None = None) -> Ref:
    """Return the drug of a Chinese product; a brand is named by its generic name if known."""
    return Ref(schema.DRUG, (), None, substance(generic or product))
