"""Who measured what: the sources of the language-model tables, and the harness behind each of their labels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class LmSource:
    """One original source of language-model scores."""

    id: str
    title: str
    repository: str
    """Owner and name on GitHub, as the tables' column `source` spells it."""
    licence: str


def _source(source_id: str, title: str, repository: str, licence: str) -> LmSource:
    return LmSource(id=source_id, title=title, repository=repository, licence=licence)


SOURCES: Final = {
    entry.id: entry
    for entry in (
        _source("lm-eval-results", "lm-evaluation-harness, result files in its history and pull requests", "EleutherAI/lm-evaluation-harness", "MIT"),
        _source("pythia", "Pythia, raw lm-eval output over training, OPT and BLOOM as baselines", "EleutherAI/pythia", "Apache-2.0"),
        _source("euroeval", "EuroEval leaderboards", "EuroEval/leaderboards", "MIT"),
        _source("open-llm-leaderboard-v1", "Open LLM Leaderboard v1, dump in the sloth repository", "felipemaiapolo/sloth", "MIT"),
        _source("sloth-compiled", "Sloth, compiled leaderboard v1 and v2 details", "felipemaiapolo/sloth", "MIT"),
        _source("open-llm-leaderboard-v2", "Open LLM Leaderboard v2, final state, in Every Eval Ever", "evaleval/every_eval_ever", "MIT"),
        _source("helm", "HELM lite, classic, MMLU and capabilities, in Every Eval Ever", "evaleval/every_eval_ever", "MIT"),
        _source("global-mmlu-lite", "Global MMLU Lite, in Every Eval Ever", "evaleval/every_eval_ever", "MIT"),
        _source("livecodebench-pro", "LiveCodeBench Pro, in Every Eval Ever", "evaleval/every_eval_ever", "MIT"),
        _source("obsscaling", "Observational Scaling Laws, collected lm-eval scores", "ryoungj/ObsScaling", "Apache-2.0"),
        _source("obsscaling-agents", "Observational Scaling Laws, agent benchmarks", "ryoungj/ObsScaling", "Apache-2.0"),
        _source("dclm", "DataComp-LM, llm-foundry heavy suite", "mlfoundations/dclm", "MIT"),
        _source("open-lm-scaling", "open_lm scaling models, llm-foundry heavy suite", "mlfoundations/scaling", "MIT"),
        _source("swallow", "Swallow LLM leaderboard (attribution: Swallow LLM Team)", "swallow-llm/leaderboard", "CC-BY-4.0"),
        _source("alpaca-eval", "AlpacaEval 2", "tatsu-lab/alpaca_eval", "Apache-2.0"),
        _source("evalplus", "EvalPlus leaderboard", "evalplus/evalplus.github.io", "Apache-2.0"),
        _source("aider", "Aider code-editing leaderboards", "Aider-AI/aider", "Apache-2.0"),
        _source("vectara", "Vectara hallucination leaderboard", "vectara/hallucination-leaderboard", "Apache-2.0"),
    )
}  # fmt: skip
"""Every source that may enter the evidence, by its slug. Source of url and licence: data/README.md"""

UNKNOWN: Final = "unknown"

LABELS: Final[dict[tuple[str, str], tuple[str, str, str]]] = {
    ("felipemaiapolo/sloth", "Open LLM Leaderboard v1 (lm-eval fork)"): ("open-llm-leaderboard-v1", "lm-eval", "open-llm-leaderboard-v1"),
    ("felipemaiapolo/sloth", "Open LLM Leaderboard v1/v2 (compiled)"): ("sloth-compiled", "lm-eval", UNKNOWN),
    ("evaleval/every_eval_ever", "Open LLM Leaderboard v2 (lm-eval fork)"): ("open-llm-leaderboard-v2", "lm-eval", "open-llm-leaderboard-v2"),
    ("evaleval/every_eval_ever", "HELM"): ("helm", "HELM", UNKNOWN),
    ("evaleval/every_eval_ever", "global-mmlu-lite"): ("global-mmlu-lite", "Global-MMLU", UNKNOWN),
    ("evaleval/every_eval_ever", "livecodebenchpro"): ("livecodebench-pro", "LiveCodeBench Pro", UNKNOWN),
    ("ryoungj/ObsScaling", "lm-evaluation-harness (collected)"): ("obsscaling", "lm-eval", UNKNOWN),
    ("ryoungj/ObsScaling", "AgentBench/AgentBoard"): ("obsscaling-agents", "AgentBench/AgentBoard", UNKNOWN),
    ("EuroEval/leaderboards", "EuroEval"): ("euroeval", "EuroEval", UNKNOWN),
    ("mlfoundations/dclm", "llm-foundry (dclm heavy)"): ("dclm", "llm-foundry", "dclm-heavy"),
    ("mlfoundations/scaling", "llm-foundry (open_lm heavy)"): ("open-lm-scaling", "llm-foundry", "open_lm-heavy"),
    ("swallow-llm/leaderboard", "swallow-evaluation"): ("swallow", "swallow-evaluation", UNKNOWN),
    ("tatsu-lab/alpaca_eval", "alpaca_eval (LLM judge)"): ("alpaca-eval", "alpaca_eval", UNKNOWN),
    ("evalplus/evalplus.github.io", "evalplus"): ("evalplus", "evalplus", UNKNOWN),
    ("Aider-AI/aider", "aider"): ("aider", "aider", UNKNOWN),
    ("vectara/hallucination-leaderboard", "HHEM (Vectara)"): ("vectara", "HHEM", UNKNOWN),
}  # fmt: skip
"""(repository, harness as the tables write it) → (source_id, harness, harness_version)."""

NATIVE_LABEL: Final = "lm-evaluation-harness "
"""Labels of lm-eval's own files end in the version: "lm-evaluation-harness 0.4.8"."""
NATIVE_SOURCES: Final = {
    "EleutherAI/lm-evaluation-harness": "lm-eval-results",
    "EleutherAI/pythia": "pythia",
}


def resolve(repository: str, label: str) -> tuple[str, str, str] | None:
    """(source_id, harness, harness_version) of a row, or None for a source that nobody has reviewed."""
    if (found := LABELS.get((repository, label))) is not None:
        return found
    source_id = NATIVE_SOURCES.get(repository)
    if source_id is None or not label.startswith(NATIVE_LABEL):
        return None
    return source_id, "lm-eval", label.removeprefix(NATIVE_LABEL)
