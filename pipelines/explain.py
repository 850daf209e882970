"""``explain``: one drug for one patient, with everything that was found of it."""

from typing import Any

from graphrx.pipelines.check import check
from graphrx.pipelines.envelope import Json
from graphrx.pipelines.recommend import recommend
from graphrx.pipelines.session import Session


def explain(session: Session, patient: Any, drug: str, target: str | None = None) -> Json:
    """Explain a drug.

    :param target: with it, the answer also says what the graph and the model hold of the drug as
        a treatment of the target.
    :returns: a result by the result schema that holds this drug alone.
    :raises InputError: for a bad patient or an unknown target.
    """
    if target is None:
        return check(session, patient, [drug])
    return recommend(session, patient, target, only=drug)
