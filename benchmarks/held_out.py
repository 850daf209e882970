"""Drugs for conditions that the model was never told about: ours against every simple way.

    python benchmarks/held_out.py --seeds 0 1 2 3 4          # about 40 minutes on two cores
    python benchmarks/held_out.py --table                    # the table from the stored results

Each seed holds out a fifth of the conditions (those with two or more drugs), and a tenth as dev
for the one number that is chosen, the share of the encoder in the mixture. Held out means: no edge
that tells its drugs is seen by anything, neither as message, vote, training answer nor regimen; its
place in the hierarchy, symptoms and contraindications are seen. All drugs of the graph are ranked.
"""

from __future__ import annotations

import argparse
import json
import math
import shlex
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import graphrx.fusion  # noqa: F401  settles threads before torch loads

# isort: split
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from graphrx.fusion.checkpoint import commit, versions
from graphrx.fusion.dataset import split_conditions
from graphrx.fusion.evaluate import choose_weight, language_scores
from graphrx.fusion.features import name_features
from graphrx.fusion.graph import GraphTensors, graph_tensors
from graphrx.fusion.loss import row_weights
from graphrx.fusion.metrics import filtered_mrr, first_hit, recall_at
from graphrx.fusion.model import view
from graphrx.fusion.settings import EncoderSettings, FusionSettings
from graphrx.fusion.train import train
from graphrx.fusion.train_encoder import hidden_scores, train_encoder
from graphrx.fusion.votes import VOTES, Votes
from graphrx.llm.load import load

RESULTS = Path(__file__).parent / "results" / "held_out.json"
METRICS = ("recall_at_1", "recall_at_5", "recall_at_10", "mrr", "first_hit")
T_95 = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36, 9: 2.31, 10: 2.26}
LABELS = {
    "popularity": "popularity",
    "class_vote": "shared-class vote",
    "neighbour_vote": "neighbour vote (hierarchy, symptoms, names)",
    "logistic_regression": "logistic regression on votes",
    "gnn": "GNN only (message passing)",
    "encoder": "our encoder (regression on votes + 0.1 message passing)",
    "llm_text": "LLM, text only, trained so",
    "llm_none": "LLM trained with graph tokens, asked without (`--tokens none`)",
    "llm_shuffled": "LLM trained with graph tokens, shuffled (`--tokens shuffled`)",
    "llm_graph": "LLM with graph tokens (`--tokens graph`)",
    "text_mixture": "text-only LLM + encoder, share from dev",
    "mixture": "**ours: LLM with graph tokens + encoder, share from dev**",
}


def judged(scores: Tensor, graph: GraphTensors, conditions: Sequence[int]) -> dict[str, Any]:
    """Return the metrics of every condition, by name of the metric, and their means."""
    rows = {name: [] for name in METRICS}
    for order, condition in zip(
        scores.argsort(dim=1, descending=True, stable=True), conditions, strict=True
    ):
        ranked, wanted = graph.drugs[order].tolist(), set(graph.treats[condition])
        for k in (1, 5, 10):
            rows[f"recall_at_{k}"].append(recall_at(ranked, wanted, k))
        rows["mrr"].append(filtered_mrr(ranked, wanted))
        rows["first_hit"].append(first_hit(ranked, wanted))
    return {
        "mean": {name: round(fmean(values), 4) for name, values in rows.items()},
        "mrr_each": [round(value, 4) for value in rows["mrr"]],
        "recall_at_10_each": [round(value, 4) for value in rows["recall_at_10"]],
    }


def regression(votes: Tensor, wanted: Tensor, asked: Tensor) -> Tensor:
    """Fit on (C, D, V) votes and truth, return the log odds of `asked`."""
    width = votes.shape[-1]
    model = LogisticRegression(max_iter=1000, C=10)
    model.fit(votes.reshape(-1, width).numpy(), (wanted > 0).reshape(-1).numpy())
    odds = model.decision_function(asked.reshape(-1, width).numpy())
    return torch.from_numpy(odds).reshape(asked.shape[:2])


def one_seed(
    snapshot: Any, seed: int, settings: FusionSettings, say: Any, *, simple: bool = False
) -> dict[str, Any]:
    """Train and judge everything on one split; `simple` leaves the language models out."""
    started = time.monotonic()
    graph = graph_tensors(snapshot)
    train_on, dev, test = split_conditions(graph, seed=seed)
    out = (*dev, *test)
    bare = load(settings.model)
    x = name_features(graph.names, bare.tokenizer, bare.model.get_input_embeddings().weight)
    votes = Votes(graph, x, out)
    asked = votes.table(test)
    column = {name: asked[:, :, i] for i, name in enumerate(VOTES)}
    wanted = row_weights(graph.treats, torch.tensor(train_on), graph.drugs, graph.n_nodes)
    tables = {
        "popularity": column["popularity"],
        "class_vote": column["class"],
        "neighbour_vote": column["hierarchy"] + column["symptoms"] + column["name"],
        "logistic_regression": regression(votes.table(train_on), wanted, asked),
    }
    plain = EncoderSettings(**{**settings.encoder.model_dump(), "votes": False})
    gnn = train_encoder(
        graph, x, plain, settings.stage_one, conditions=train_on, held_out=out, seed=seed
    )
    tables["gnn"] = hidden_scores(gnn, graph, x, test, held_out=dev)
    say(f"seed {seed}: votes and GNN after {time.monotonic() - started:.0f} s")
    ours = train_encoder(
        graph, x, settings.encoder, settings.stage_one,
        conditions=train_on, held_out=out, seed=seed,
    )  # fmt: skip
    tables["encoder"] = hidden_scores(ours, graph, x, test, held_out=dev)
    encoder_dev = hidden_scores(ours, graph, x, dev, held_out=test)
    chosen: dict[str, Any] = {}
    for text_only in () if simple else (False, True):
        done = train(
            snapshot,
            load(settings.model),
            settings,
            conditions=train_on,
            held_out=out,
            seed=seed,
            text_only=text_only,
        )
        say(f"seed {seed}: text_only={text_only} trained, loss {fmean(done.losses[-20:]):.3f}, "
            f"after {time.monotonic() - started:.0f} s")  # fmt: skip
        seen = view(done.model, graph, out)
        if text_only:
            tables["llm_text"] = language_scores(done.model, seen, test, "none")
            on_dev = language_scores(done.model, seen, dev, "none")
        else:
            for mode in ("graph", "none", "shuffled"):
                tables[f"llm_{mode}"] = language_scores(done.model, seen, test, mode, seed)
            on_dev = language_scores(done.model, seen, dev, "graph")
        name, part = ("text_mixture", "llm_text") if text_only else ("mixture", "llm_graph")
        share, curve = choose_weight(on_dev, encoder_dev, graph, dev)
        chosen[name] = {"share": share, "dev_mrr": {str(k): round(v, 4) for k, v in curve.items()}}
        tables[name] = (1 - share) * tables[part] + share * tables["encoder"]
        say(f"seed {seed}: scored after {time.monotonic() - started:.0f} s")
    return {
        "seed": seed,
        "test": [graph.names[c] for c in test],
        "dev": [graph.names[c] for c in dev],
        "encoder_share": chosen,
        "methods": {n: judged(tables[n], graph, test) for n in LABELS if n in tables},
        "seconds": round(time.monotonic() - started),
    }


def interval(values: Sequence[float]) -> tuple[float, float]:
    """Return mean and half width of the 95 % t-interval over seeds."""
    if len(values) < 2:
        return fmean(values), math.nan
    return fmean(values), T_95.get(len(values), 1.96) * stdev(values) / math.sqrt(len(values))


def summarise(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return means and intervals over seeds, and paired differences of MRR from the regression."""
    table: dict[str, Any] = {}
    for name in LABELS:
        done = [run["methods"] for run in runs if name in run["methods"]]
        if not done:
            continue
        row: dict[str, Any] = {"seeds": len(done)}
        for metric in METRICS:
            row[metric] = _figure([methods[name]["mean"][metric] for methods in done])
        for other in ("logistic_regression", "encoder", "llm_text", "llm_shuffled"):
            both = [methods for methods in done if other in methods]
            if both:
                gaps = [m[name]["mean"]["mrr"] - m[other]["mean"]["mrr"] for m in both]
                row[f"mrr_minus_{other}"] = _figure(gaps)
        table[name] = row
    return table


PAIRS = (
    ("mixture", "logistic_regression"),
    ("mixture", "encoder"),
    ("mixture", "text_mixture"),
    ("llm_graph", "llm_text"),
    ("llm_graph", "llm_none"),
    ("llm_graph", "llm_shuffled"),
)


def paired(runs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return differences condition by condition, with the 95 % interval over conditions."""
    rows = []
    for one, other in PAIRS:
        done = [run["methods"] for run in runs if {one, other} <= set(run["methods"])]
        row: dict[str, Any] = {"method": one, "minus": other}
        for metric in ("mrr", "recall_at_10"):
            key = f"{metric}_each"
            gaps = [a - b for m in done for a, b in zip(m[one][key], m[other][key], strict=True)]
            if len(gaps) > 1:
                half = 1.96 * stdev(gaps) / math.sqrt(len(gaps))
                row[metric] = {"mean": round(fmean(gaps), 4), "half_width": round(half, 4)}
                row["conditions"] = len(gaps)
        if "conditions" in row:
            rows.append(row)
    return rows


def _figure(values: Sequence[float]) -> dict[str, float | None]:
    mean, half = interval(values)
    return {"mean": round(mean, 4), "half_width": None if math.isnan(half) else round(half, 4)}


def _cell(figure: dict[str, float | None], sign: str = "") -> str:
    half = figure["half_width"]
    return f"{figure['mean']:{sign}.3f}" + ("" if half is None else f" ± {half:.3f}")


def markdown(result: dict[str, Any]) -> str:
    """Return the table of a stored result."""
    seeds = [run["seed"] for run in result["runs"]]
    tested = sum(len(run["test"]) for run in result["runs"])
    lines = [
        "| method | seeds | Recall@1 | Recall@5 | Recall@10 | MRR | MRR − regression |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, label in LABELS.items():
        row = result["summary"].get(name)
        if row is None:
            continue
        shown = ("recall_at_1", "recall_at_5", "recall_at_10", "mrr")
        cells = [str(row["seeds"]), *(_cell(row[metric]) for metric in shown)]
        cells.append(_cell(row["mrr_minus_logistic_regression"], "+"))
        lines.append(f"| {label} | {' | '.join(cells)} |")
    lines += ["", "| condition by condition | MRR | Recall@10 | conditions |", "|---|---|---|---|"]
    for row in result["paired"]:
        names = f"{LABELS[row['method']].strip('*')} − {LABELS[row['minus']]}"
        cells = [_cell(row[metric], "+") for metric in ("mrr", "recall_at_10")]
        lines.append(f"| {names} | {' | '.join(cells)} | {row['conditions']} |")
    graph = result["graph"]
    lines += [
        "",
        (
            f"Whole conditions held out; {len(seeds)} seeds ({', '.join(map(str, seeds))}), "
            f"{tested} held-out conditions in all, {graph['drugs']} drugs ranked; ± is the half "
            f"width of the 95 % t-interval over seeds. Graph `{graph['sha256'][:12]}`, commit "
            f"`{', '.join(c[:12] for c in result['commit'].split('; '))}`, `{result['command']}`."
        ),
    ]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--steps", type=int, default=100, help="of stage 2, both LLMs alike")
    parser.add_argument("--snapshot", type=Path, help="folder; default: the packaged formulary")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--simple", action="store_true", help="without language models")
    parser.add_argument("--keep", action="store_true", help="add to the stored results")
    parser.add_argument("--table", action="store_true", help="print the table of stored results")
    options = parser.parse_args()
    if options.table:
        print(markdown(json.loads(options.out.read_text("utf-8"))))
        return
    if options.snapshot:
        from graphrx.kg.snapshot import Snapshot

        snapshot = Snapshot.load(options.snapshot)
    else:
        from graphrx.kg.formulary.snapshot import packaged_snapshot

        snapshot = packaged_snapshot()
    settings = FusionSettings.model_validate({"stage_two": {"steps": options.steps}})
    graph = graph_tensors(snapshot)
    result: dict[str, Any] = {
        "command": shlex.join(["python", "benchmarks/held_out.py", *sys.argv[1:]]),
        "commit": commit(),
        "graph": {
            "sha256": graph.sha256,
            "nodes": graph.n_nodes,
            "edges": int(graph.edges.shape[1]),
            "drugs": len(graph.drugs),
            "conditions": len(graph.conditions()),
        },
        "versions": versions(),
        "settings": settings.model_dump(mode="json"),
        "runs": [],
    }
    if options.keep:
        before = json.loads(options.out.read_text("utf-8"))
        if before["graph"] != result["graph"]:
            sys.exit("the stored results are of another graph: give its --snapshot")
        result = {
            **before,
            "command": f"{before['command']}; {result['command']}",
            "commit": f"{before['commit']}; {result['commit']}",
        }
    known = {run["seed"] for run in result["runs"]}
    for seed in [s for s in options.seeds if s not in known]:
        run = one_seed(
            snapshot,
            seed,
            settings,
            lambda line: print(line, file=sys.stderr),
            simple=options.simple,
        )
        result["runs"].append(run)
        result["summary"] = summarise(result["runs"])
        result["paired"] = paired(result["runs"])
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(markdown(result))


if __name__ == "__main__":
    main()
