"""The profile echoed: what the task was read as, and from which words."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from advisor.core.units import format_bytes, format_count
from advisor.render import labels, table_facts

if TYPE_CHECKING:
    from advisor.core.profile import Constraints, TaskProfile


class Part(NamedTuple):
    """One part of the profile: what it is, its value, and the words it was read from ("" when none)."""

    label: str
    value: str
    words: str


def parts(profile: TaskProfile) -> list[Part]:
    """Every part that was read or given, in reading order; words of the user's stand in quotes."""
    words = {key: _quoted(said) for key, said in profile.read_from.items()}
    family = profile.task_family.replace("-", " ")
    task = f"{family}, the catalogued task {profile.task_id}" if profile.task_id else family
    rows = [
        Part(
            "task",
            f"{task}, scored by {labels.metric(profile.metric)}",
            _first(words, "task_family", "task_id"),
        )
    ]
    if profile.languages:
        names = ", ".join(labels.language(code) for code in profile.languages)
        rows.append(Part("language", names, words.get("languages", "")))
    if profile.domain:
        rows.append(Part("domain", profile.domain, words.get("domain", "")))
    rows += [
        Part(label, value, words.get(f"constraints.{key}", ""))
        for key, label, value in _stated(profile.constraints)
    ]
    if profile.table:
        rows += [Part(label, value, "") for label, value in table_facts.lines(profile.table)]
    beside = (profile.table or {}).get("compared_with")
    if isinstance(beside, list):
        rows.append(Part("resembles", "; ".join(beside), ""))
    elif profile.neighbours:
        nearest = ", ".join(f"{n.task_id} ({n.similarity:.2f})" for n in profile.neighbours[:3])
        rows.append(Part("resembles", nearest, ""))
    return rows


def assumed(profile: TaskProfile) -> str:
    """What was taken for granted and how to change it."""
    work = profile.workload
    machine = work.hardware_id or "one CPU core"
    batch = "one at a time" if work.batch_size == 1 else f"in batches of {work.batch_size}"
    return (
        f"items of {work.input_tokens} tokens, {batch}, on {machine}; "
        f"good enough = within {profile.tolerance:g} points of the best eligible model, "
        f"at least {100 * profile.confidence:g}% sure"
    )


def _stated(limits: Constraints) -> list[tuple[str, str, str]]:
    rows: list[tuple[str, str, str]] = []
    if limits.max_parameters is not None:
        rows.append(
            ("max_parameters", "size", f"at most {format_count(limits.max_parameters)} parameters")
        )
    if limits.max_memory_gb is not None:
        rows.append(
            ("max_memory_gb", "memory", f"at most {format_bytes(limits.max_memory_gb * 1e9)}")
        )
    if limits.max_latency_ms is not None:
        rows.append(
            ("max_latency_ms", "latency", f"at most {limits.max_latency_ms:g} ms per item (p95)")
        )
    if limits.max_cost_usd_per_1k is not None:
        cost = f"at most ${limits.max_cost_usd_per_1k:g} per 1,000 items"
        rows.append(("max_cost_usd_per_1k", "cost", cost))
    if limits.n_labels is not None:
        rows.append(("n_labels", "labels", f"{limits.n_labels:,} labelled examples"))
    for key, value in (
        ("commercial_licence", "licence allows commercial use"),
        ("interpretable", "must explain itself"),
        ("local_only", "must run on your own machines"),
        ("no_gpu", "no GPU"),
    ):
        if getattr(limits, key):
            rows.append((key, "needs", value))
    return rows


def _quoted(words: str) -> str:
    """An option is shown as typed, anything else as a quotation."""
    return words if not words or words.startswith("--") else f"“{words}”"


def _first(words: dict[str, str], *keys: str) -> str:
    return next((words[key] for key in keys if words.get(key)), "")
