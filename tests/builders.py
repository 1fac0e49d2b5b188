"""Builders with good defaults: a valid object in one call, any part of it replaced by keyword.

The models are real and the numbers plausible, but they are made up for tests and measure nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.core.ids import size_class
from advisor.core.profile import Constraints, Neighbour, TaskProfile
from advisor.core.recommendation import (
    DimensionScore,
    Gain,
    LargeReference,
    Leaders,
    Pool,
    Quantity,
    RankedModel,
    Recommendation,
    Rejected,
    Rung,
    ScoreEstimate,
    ShadowPrice,
    TiedModel,
    Undecided,
    Verdict,
)

if TYPE_CHECKING:
    from advisor.core.ids import Basis


def a_score(
    value: float = 0.512, *, half: float = 0.024, basis: Basis = "extrapolated", n: int = 31
) -> ScoreEstimate:
    lo, hi = round(value - half, 6), round(value + half, 6)
    return ScoreEstimate(value=value, lo=lo, hi=hi, level=0.9, basis=basis, n_evidence=n)


def a_quantity(value: float, *, factor: float = 1.3, basis: Basis = "extrapolated") -> Quantity:
    # Six significant digits, so that what is rendered is what was built.
    lo, hi = float(f"{value / factor:.6g}"), float(f"{value * factor:.6g}")
    return Quantity(value=value, lo=lo, hi=hi, basis=basis)


def a_ranked(model_id: str = "BAAI/bge-small-en-v1.5", **changes: Any) -> RankedModel:
    n_parameters = changes.get("n_parameters", 33_400_000)
    kind = changes.get("kind", "encoder")
    facts: dict[str, Any] = {
        "model_id": model_id,
        "n_parameters": n_parameters,
        "n_active_parameters": None,
        "kind": kind,
        "size_class": size_class(n_parameters, kind),
        "license": "mit",
        "commercial_use": "yes",
        "downloads_30d": 5_210_000,
        "estimate": a_score(),
        "dimensions": {
            "accuracy": DimensionScore(value=0.81, lo=0.77, hi=0.85, basis="extrapolated"),
            "generality": DimensionScore(value=0.62, lo=0.55, hi=0.7, basis="measured"),
            "efficiency": DimensionScore(value=0.93, lo=0.9, hi=0.95, basis="extrapolated"),
            "interpretability": DimensionScore(value=0.2, lo=0.1, hi=0.3, basis="prior"),
        },
        "efficiency": {
            "latency_p95_s": a_quantity(0.0091),
            "memory_bytes": a_quantity(134_000_000.0),
        },
        "utility": 0.74,
        "p_best": 0.21,
        "p_good_enough": 0.86,
        "flags": [],
        "reasons": [],
    }
    return RankedModel(**(facts | changes))


def a_rung(model_id: str, n_parameters: int | None, **changes: Any) -> Rung:
    facts: dict[str, Any] = {
        "size_class": size_class(n_parameters, "encoder"),
        "model_id": model_id,
        "n_parameters": n_parameters,
        "estimate": a_score(changes.pop("score", 0.512)),
        "share_of_best": 0.9,
        "p_good_enough": 0.86,
        "eligible": True,
        "is_knee": False,
    }
    return Rung(**(facts | changes))


def a_profile(**changes: Any) -> TaskProfile:
    facts: dict[str, Any] = {
        "text": "English FAQ retrieval for RAG, under 15 ms on CPU, at most 150M parameters",
        "task_family": "retrieval",
        "metric": "ndcg_at_10",
        "tolerance": 3.0,
        "confidence": 0.8,
        "languages": ["eng"],
        "domain": "customer support",
        "constraints": Constraints(max_latency_ms=15.0, max_parameters=150_000_000, no_gpu=True),
        "neighbours": [
            Neighbour(task_id="FiQA2018", similarity=0.81),
            Neighbour(task_id="CQADupstackWebmastersRetrieval", similarity=0.78),
            Neighbour(task_id="NQ", similarity=0.74),
        ],
        "read_from": {
            "task_family": "FAQ retrieval for RAG",
            "languages": "English",
            "domain": "FAQ",
            "constraints.max_latency_ms": "under 15 ms",
            "constraints.max_parameters": "at most 150M parameters",
            "constraints.no_gpu": "on CPU",
        },
    }
    return TaskProfile(**(facts | changes))


def a_tied(model_id: str, n_parameters: int | None, p_tie: float) -> TiedModel:
    return TiedModel(model_id=model_id, n_parameters=n_parameters, p_tie=p_tie)


def a_price(constraint: str = "max_latency_ms", **changes: Any) -> ShadowPrice:
    facts: dict[str, Any] = {
        "constraint": constraint,
        "from_limit": 15.0,
        "to_limit": 25.0,
        "gain_points": Gain(value=2.1, lo=-0.4, hi=4.6, level=0.9),
        "model_id": "intfloat/multilingual-e5-small",
        "reason": None,
    }
    return ShadowPrice(**(facts | changes))


def a_verdict(**changes: Any) -> Verdict:
    facts: dict[str, Any] = {
        "kind": "model",
        "model_id": "BAAI/bge-small-en-v1.5",
        "n_parameters": 33_400_000,
        "size_class": "under 200M",
        "p_good_enough": 0.86,
        "tie_set": ["BAAI/bge-small-en-v1.5"],
        "runner_up": "BAAI/bge-base-en-v1.5",
        "why_not_runner_up": "0.9 points better, 3.3 times the size",
        "sentence": (
            "BAAI/bge-small-en-v1.5 (33.4M parameters) is the smallest model that is good enough: "
            "86% sure to be within 3 points of the best that fits."
        ),
    }
    return Verdict(**(facts | changes))


def a_recommendation(**changes: Any) -> Recommendation:
    """FAQ retrieval on a CPU: a clear verdict with a full ladder."""
    facts: dict[str, Any] = {
        "advisor_version": "0.1.0",
        "snapshot_id": "3f9c2b7a10de",
        "profile": a_profile(),
        "verdict": a_verdict(),
        "large_reference": LargeReference(
            model_id="Qwen/Qwen3-Embedding-8B",
            n_parameters=7_567_295_488,
            size_class="6B and over",
            estimate=a_score(0.593, half=0.021),
            parameter_ratio=226.566,
            given_up=0.081,
        ),
        "size_ladder": [
            a_rung("BAAI/bge-base-en-v1.5", 109_000_000, score=0.521, share_of_best=0.878583, p_good_enough=0.95),
            a_rung("Snowflake/snowflake-arctic-embed-l-v2.0", 568_000_000, score=0.548, share_of_best=0.924115,
                   p_good_enough=None, eligible=False),
            a_rung("Alibaba-NLP/gte-Qwen2-1.5B-instruct", 1_776_000_000, score=0.571, share_of_best=0.962901,
                   p_good_enough=None, eligible=False, is_knee=True),
            a_rung("Qwen/Qwen3-Embedding-8B", 7_567_295_488, score=0.593, share_of_best=1.0, p_good_enough=None,
                   eligible=False),
        ],
        "leaders": Leaders(
            best="BAAI/bge-base-en-v1.5", n_models=2,
            models=[a_tied("BAAI/bge-small-en-v1.5", 33_400_000, 0.2375), a_tied("BAAI/bge-base-en-v1.5", 109_000_000, 1.0)],
        ),
        "shadow_prices": [
            a_price("max_parameters", from_limit=150_000_000.0, to_limit=600_000_000.0, gain_points=None, model_id=None,
                    reason="no well-measured model enters by this step alone"),
            a_price(),
        ],
        "ranked": _retrieval_models(),
        "undecided": [
            Undecided(model_id="acme/closed-embed", constraint="max_parameters", why="size not disclosed"),
            Undecided(model_id="acme/tiny", constraint="max_latency_ms",
                      why="latency 14 ms (11 ms to 18 ms, extrapolated) against at most 15 ms"),
        ],
        "rejected": [
            Rejected(model_id="Qwen/Qwen3-Embedding-8B", constraint="max_parameters",
                     why="7.57B parameters against at most 150M"),
            Rejected(model_id="intfloat/e5-large-v2", constraint="max_parameters",
                     why="335M parameters against at most 150M"),
            Rejected(model_id="intfloat/multilingual-e5-small", constraint="max_latency_ms",
                     why="19 ms (16 ms to 23 ms, extrapolated) against at most 15 ms"),
        ],
        "pool": Pool(description="text embedding models measured by MTEB", n_models=412, n_eligible=57, n_undecided=2,
                     n_rejected=353),
        "receipt": {
            "task_family": "retrieval", "cap": 200_000_000, "n_questions": 61, "regret_mean_points": 1.62,
            "regret_median_points": 0.41, "regret_biggest_points": 5.93, "regret_leader_points": 2.24,
            "coverage": 0.904, "level": 0.9,
        },
        "evidence": [],
        "warnings": ["nobody measured your task: the scores are carried over from the 3 nearest measured tasks"],
    }  # fmt: skip
    return Recommendation(**(facts | changes))


def _retrieval_models() -> list[RankedModel]:
    named = a_ranked(
        estimate=a_score(0.512, half=0.021),
        reasons=[
            "best of the models below 50M parameters on 13 of the 20 nearest measured tasks",
            "holds every limit: ~9.1 ms against 15 ms, 33.4M against 150M parameters",
        ],
        flags=["trained on this task's neighbours: NQ, FiQA2018"],
    )
    return [
        named,
        a_ranked("BAAI/bge-base-en-v1.5", n_parameters=109_000_000, estimate=a_score(0.521, half=0.02),
                 efficiency={"latency_p95_s": a_quantity(0.0141, factor=1.05), "memory_bytes": a_quantity(438_000_000.0)},
                 p_good_enough=0.95, downloads_30d=3_870_000),
        a_ranked("Snowflake/snowflake-arctic-embed-s", n_parameters=33_360_000, license="apache-2.0",
                 estimate=a_score(0.504, half=0.025), p_good_enough=0.74, downloads_30d=118_000),
        a_ranked("ibm-granite/granite-embedding-small-english-r2", n_parameters=47_700_000, license="apache-2.0",
                 estimate=a_score(0.497, half=0.023), p_good_enough=0.66, downloads_30d=86_400),
        a_ranked("thenlper/gte-small", n_parameters=33_360_512, estimate=a_score(0.489), p_good_enough=0.52,
                 downloads_30d=412_000),
        a_ranked("sentence-transformers/all-MiniLM-L6-v2", n_parameters=22_713_216, license="apache-2.0",
                 estimate=a_score(0.431, half=0.012, basis="measured", n=1),
                 efficiency={"latency_p95_s": a_quantity(0.0052, basis="measured"),
                             "memory_bytes": a_quantity(90_900_000.0)},
                 p_good_enough=0.08, downloads_30d=151_000_000),
        a_ranked("minishlab/potion-base-8M", n_parameters=7_560_000, kind="static_embedding",
                 estimate=a_score(0.331, half=0.03),
                 efficiency={"latency_p95_s": a_quantity(0.000082, basis="measured"),
                             "memory_bytes": a_quantity(30_200_000.0)},
                 p_good_enough=0.001, downloads_30d=942_000),
    ]  # fmt: skip


def a_cannot_tell() -> Recommendation:
    """German support tickets with few labels: the evidence is too thin for a name."""
    ranked = [
        a_ranked("intfloat/multilingual-e5-small", n_parameters=118_000_000, estimate=a_score(0.684, half=0.083, n=6),
                 p_good_enough=0.57, p_best=0.19, downloads_30d=6_310_000),
        a_ranked("deutsche-telekom/gbert-large-paraphrase-cosine", n_parameters=336_000_000,
                 estimate=a_score(0.701, half=0.092, n=4), p_good_enough=0.61, p_best=0.26, downloads_30d=24_100,
                 efficiency={"memory_bytes": a_quantity(1_340_000_000.0)}),
        a_ranked("ollama/unnamed", n_parameters=None, license=None, commercial_use="unknown", downloads_30d=None,
                 estimate=a_score(0.66, half=0.12, n=2), p_good_enough=0.44, p_best=0.12, efficiency={}),
    ]  # fmt: skip
    return a_recommendation(
        profile=a_profile(
            text="Kundenanfragen auf Deutsch in 12 Themen sortieren, 300 gelabelte Tickets",
            task_family="text-classification", metric="accuracy", languages=["deu"], domain="customer support",
            constraints=Constraints(n_labels=300),
            neighbours=[Neighbour(task_id="MTOPIntentClassification", similarity=0.44)],
            read_from={"task_family": "in 12 Themen sortieren", "languages": "auf Deutsch",
                       "constraints.n_labels": "300 gelabelte Tickets"},
        ),
        verdict=a_verdict(
            kind="cannot_tell", model_id=None, n_parameters=None, size_class=None, p_good_enough=None, tie_set=[],
            runner_up=None, why_not_runner_up=None,
            sentence="The evidence cannot tell: no model is 80% sure to be within 3 points of the best. "
                     "Measuring two models on 200 of your tickets would settle it.",
        ),
        large_reference=None, shadow_prices=[],
        leaders=Leaders(
            best="deutsche-telekom/gbert-large-paraphrase-cosine", n_models=1,
            models=[a_tied("deutsche-telekom/gbert-large-paraphrase-cosine", 336_000_000, 1.0)],
        ),
        size_ladder=[
            a_rung("intfloat/multilingual-e5-small", 118_000_000, score=0.684, share_of_best=0.975749,
                   p_good_enough=0.57, is_knee=True),
            a_rung("deutsche-telekom/gbert-large-paraphrase-cosine", 336_000_000, score=0.701, share_of_best=1.0,
                   p_good_enough=0.61),
        ],
        ranked=ranked, rejected=[],
        undecided=[Undecided(model_id="acme/closed-embed", constraint="language", why="languages not declared")],
        pool=Pool(description="text embedding models measured by MTEB", n_models=412, n_eligible=411, n_undecided=1,
                  n_rejected=0),
        receipt={},
        warnings=["your task is far from every measured one (0.44, trusted from 0.55): intervals are widened"],
    )  # fmt: skip


def a_none_feasible() -> Recommendation:
    """Limits that nothing holds."""
    return a_recommendation(
        profile=a_profile(constraints=Constraints(max_latency_ms=0.01, max_parameters=150_000_000)),
        verdict=a_verdict(
            kind="none_feasible", model_id=None, n_parameters=None, size_class=None, p_good_enough=None, tie_set=[],
            runner_up=None, why_not_runner_up=None,
            sentence="No model holds every limit; the nearest misses the latency: "
                     "minishlab/potion-base-8M takes 82 µs, 10 µs were allowed.",
        ),
        large_reference=None, size_ladder=[], leaders=None,
        shadow_prices=[
            a_price(from_limit=0.01, to_limit=0.04, gain_points=None, model_id=None,
                    reason="no well-measured model enters by this step alone"),
        ],
        ranked=[], undecided=[],
        rejected=[Rejected(model_id="minishlab/potion-base-8M", constraint="max_latency_ms",
                           why="82 µs (63 µs to 107 µs, measured) against at most 10 µs")],
        pool=Pool(description="text embedding models measured by MTEB", n_models=412, n_eligible=0, n_undecided=0,
                  n_rejected=412),
        warnings=[],
    )  # fmt: skip


def a_tie() -> Recommendation:
    """An auditor must understand it: a table, classical models, a tie, and the evidence attached."""

    def tabular(model_id: str, kind: str, value: float, **changes: Any) -> RankedModel:
        return a_ranked(
            model_id,
            kind=kind,
            n_parameters=None,
            license="bsd-3-clause",
            downloads_30d=None,
            estimate=a_score(value, half=0.011, basis="interpolated", n=112),
            **changes,
        )

    return a_recommendation(
        profile=a_profile(
            text="credit default from a table, the auditor must understand it", source="text",
            task_family="tabular-classification", metric="roc_auc", languages=[], domain="finance",
            constraints=Constraints(interpretable=True), neighbours=[],
            read_from={"task_family": "from a table", "domain": "credit",
                       "constraints.interpretable": "the auditor must understand it"},
        ),
        verdict=a_verdict(
            kind="tie", model_id="logistic regression", n_parameters=None, size_class="no neural model",
            p_good_enough=0.83, tie_set=["logistic regression", "EBM"], runner_up="EBM",
            why_not_runner_up="0.4 points better, within the interval",
            sentence="logistic regression and EBM are tied; logistic regression is the simpler one, "
                     "83% sure to be within 3 points of the best that fits.",
        ),
        leaders=Leaders(
            best="EBM", n_models=2,
            models=[a_tied("logistic regression", None, 0.31), a_tied("EBM", None, 1.0)],
        ),
        shadow_prices=[
            a_price("interpretable", from_limit=None, to_limit=None, model_id="TabPFN-v2",
                    gain_points=Gain(value=2.2, lo=1.1, hi=3.3, level=0.9)),
        ],
        large_reference=LargeReference(
            model_id="TabPFN-v2", n_parameters=7_200_000, size_class="under 200M",
            estimate=a_score(0.801, half=0.01, basis="interpolated"), parameter_ratio=None, given_up=0.022,
        ),
        size_ladder=[
            a_rung("logistic regression", None, size_class="no neural model", score=0.779, share_of_best=0.972534,
                   p_good_enough=0.83, is_knee=True),
            a_rung("TabPFN-v2", 7_200_000, score=0.801, share_of_best=1.0, p_good_enough=None, eligible=False),
        ],
        ranked=[
            tabular("logistic regression", "linear", 0.779, p_good_enough=0.83,
                    efficiency={"latency_p95_s": a_quantity(0.00012)},
                    reasons=["its coefficients are its explanation: one weight per column"]),
            tabular("EBM", "tree", 0.783, p_good_enough=0.88, efficiency={}),
        ],
        undecided=[],
        rejected=[Rejected(model_id="TabPFN-v2", constraint="interpretable", why="kind tabular_foundation")],
        pool=Pool(description="linear models, trees and tabular networks measured on tables", n_models=31, n_eligible=9,
                  n_undecided=0, n_rejected=22),
        receipt={"task_family": "tabular-classification", "cap": None, "n_questions": 38, "share_within_3_points": 0.868},
        evidence=[
            {"model_id": "logistic regression", "model_revision": "unknown", "task_id": task, "similarity": similarity,
             "metric": "roc_auc", "value": value, "n_rows": 9, "source_id": "tabarena",
             "url": "https://github.com/autogluon/tabarena", "commit": "84093d6f", "licence": "apache-2.0"}
            for task, similarity, value in (("GiveMeSomeCredit", 0.71, 0.8512),
                                            ("default-of-credit-card-clients", 0.69, 0.7741))
        ],
        warnings=[],
    )  # fmt: skip
