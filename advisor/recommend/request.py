"""What was asked: the task's words read, and every option laid over what they say."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypedDict, Unpack

from advisor.core.errors import BadInput, UnknownName
from advisor.core.languages import parse_language
from advisor.core.profile import Constraints, TaskProfile, usual_workload
from advisor.core.ranges import whole, within
from advisor.core.units import format_bytes, parse_bytes, parse_count
from advisor.recommend.names import hint
from advisor.recommend.options import InterpretableWish, LicenceWish, Options
from advisor.recommend.weights import parse_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from advisor.tables.snapshot import Snapshot

MOST_RANKED = 1000
ANY: Final = "any"
"""Typed for a limit: there is none, whatever the text says."""


class Asked(TypedDict, total=False):
    """Options of one question, by the names of the command line; None or absent is "not stated".

    A limit that is "any" takes back what the text says.
    """

    max_params: str | int | None
    """Like "150M"."""
    max_memory: str | float | None
    """Like "8GB"; a bare number is bytes."""
    max_latency_ms: str | float | None
    max_cost: str | float | None
    """USD per 1,000 items."""
    hardware: str | None
    license: str | None
    language: str | Sequence[str] | None
    open_weights: bool
    interpretable: str | None
    labels: str | int | None
    target: str | None
    """For a table, the column to predict."""
    tolerance: str | float | None
    """Points of the main score."""
    confidence: str | float | None
    weights: str | Mapping[str, float] | None
    """Like "accuracy=0.5,efficiency=0.5"."""
    as_of: str | date | None
    """Like "2024-12-31"."""
    top: str | int | None
    explain: bool


def request(
    task: str | Path | TaskProfile, *, snapshot: Snapshot, **asked: Unpack[Asked]
) -> tuple[TaskProfile, Options]:
    """The profile and the wishes behind one question; options override what the text says.

    task: free words, a catalogued task's name, a path to a table, or a profile made elsewhere; a `Path` is
    always a table's.
    Raises: BadInput: an option out of range or two that contradict; Unclear: no task in the words.
    """
    check_options(**asked)
    stated = {name: value for name, value in asked.items() if value is not None}
    limits = _limits(stated)
    changes = _changes(stated)
    options = _options(stated)
    if isinstance(task, TaskProfile):
        profile = task
    else:
        profile = _read(task, snapshot, changes.get("languages"), asked.get("target"))
    if options.hardware is not None:
        profile = _on_hardware(profile, options.hardware, snapshot)
        options = replace(options, hardware=profile.workload.hardware_id)
    return _overridden(profile, limits, changes, stated), _with_text(options, profile, stated)


def check_options(**asked: Unpack[Asked]) -> None:
    """Nothing, when each option can be read; no table is needed, so a mistyped one is met at once.

    Raises: BadInput: an unknown option, one out of range, or two that contradict.
    """
    if unknown := sorted(set(asked) - set(Asked.__annotations__)):
        accepted = ", ".join(sorted(Asked.__annotations__))
        raise BadInput(f"unknown option {unknown[0]!r}; accepted are {accepted}")
    stated = {name: value for name, value in asked.items() if value is not None}
    _limits(stated)
    _changes(stated)
    _options(stated)


def _read(
    task: str | Path, snapshot: Snapshot, languages: list[str] | None, target: str | None
) -> TaskProfile:
    from advisor.understand import Catalogue, read_data, read_task

    catalogue = Catalogue(snapshot.scan)
    if isinstance(task, str):
        profile = read_task(task, catalogue=catalogue, target=target)
    else:
        profile = read_data(task, catalogue=catalogue, target=target)
    if target is not None and profile.source != "table":
        raise BadInput("--target: names a column of a table; give one with --data FILE")
    if profile.source != "table":
        workload = usual_workload(profile.task_family)
        profile = profile.model_copy(update={"workload": workload})
    if languages is None or profile.source == "task":
        return profile
    from advisor.understand.similarity import nearest

    # The tasks that a question resembles depend on its language, so an option that names it asks again.
    neighbours = nearest(
        snapshot.scan,
        text=profile.text,
        family=profile.task_family,
        languages=languages,
        domain=profile.domain,
        k=max(len(profile.neighbours), 1),
    )
    return profile.model_copy(update={"neighbours": neighbours})


def _on_hardware(profile: TaskProfile, typed: str, snapshot: Snapshot) -> TaskProfile:
    """The profile on a device of the snapshot, by its id or its name in any spelling of case and spaces.

    A device that is not a CPU takes back the words "no GPU", and says so.
    """
    devices = snapshot.collect(snapshot.scan("hardware").select("hardware_id", "kind"))
    kinds = dict(devices.iter_rows())
    hardware_id = "-".join(re.findall(r"[a-z0-9]+", typed.lower()))
    if hardware_id not in kinds:
        near = hint(hardware_id, kinds, otherwise="an id looks like nvidia-a100-pcie")
        raise UnknownName(f"--hardware: unknown hardware {typed!r}{near}")
    update: dict[str, Any] = {
        "workload": profile.workload.model_copy(update={"hardware_id": hardware_id})
    }
    if profile.constraints.no_gpu and kinds[hardware_id] != "cpu":
        update["constraints"] = profile.constraints.model_copy(update={"no_gpu": None})
        words = f"the text says no GPU; --hardware {hardware_id} overrides it"
        update["warnings"] = [*profile.warnings, words]
    return profile.model_copy(update=update)


def _overridden(
    profile: TaskProfile,
    limits: dict[str, Any],
    changes: dict[str, Any],
    stated: dict[str, Any],
) -> TaskProfile:
    constraints = Constraints(**(profile.constraints.model_dump() | limits))
    echo = {key: _typed(option, stated) for key, option in _OPTION_OF.items() if option in stated}
    # A limit that an option takes back was read from nothing.
    gone = {f"constraints.{name}" for name, value in constraints if value is None}
    read_from = {k: v for k, v in (profile.read_from | echo).items() if k not in gone}
    return profile.model_copy(
        update={**changes, "constraints": constraints, "read_from": read_from}
    )


_OPTION_OF = {
    "constraints.max_parameters": "max_params",
    "constraints.max_memory_gb": "max_memory",
    "constraints.max_latency_ms": "max_latency_ms",
    "constraints.max_cost_usd_per_1k": "max_cost",
    "constraints.n_labels": "labels",
    "constraints.commercial_licence": "license",
    "constraints.interpretable": "interpretable",
    "languages": "language",
}


def _typed(option: str, stated: dict[str, Any]) -> str:
    """An option as it would be typed, for the echo of what the profile was read from."""
    value = stated[option]
    if not isinstance(value, str | int | float):
        value = " ".join(value)
    if option == "max_memory" and not isinstance(value, str):
        value = format_bytes(value)
    return f"--{option.replace('_', '-')} {value}"


def _limits(stated: dict[str, Any]) -> dict[str, Any]:
    """Constraint fields that options set; None takes back what the text says."""
    limits: dict[str, Any] = {}
    for option, (name, read) in _QUANTITIES.items():
        if option in stated:
            value = stated[option]
            limits[name] = None if value == ANY else read(value)
    if "labels" in stated:
        limits["n_labels"] = whole("--labels", stated["labels"], least=0, example="300")
    if "license" in stated:
        wish = _one_of("--license", stated["license"], ("any", "open", "commercial"))
        if wish != "open":  # which stands beside a wish for commercial use and does not replace it
            limits["commercial_licence"] = True if wish == "commercial" else None
    if "interpretable" in stated:
        wish = _one_of("--interpretable", stated["interpretable"], ("no", "prefer", "require"))
        limits["interpretable"] = True if wish == "require" else None
    return limits


def _bytes(given: str | float) -> float:
    if isinstance(given, str):
        return parse_bytes(given, field="--max-memory")
    return within("--max-memory", given, above=0, example="8GB")


_QUANTITIES: Final[dict[str, tuple[str, Callable[[Any], float]]]] = {
    "max_params": (
        "max_parameters",
        lambda given: parse_count(str(given), field="--max-params"),
    ),
    "max_memory": ("max_memory_gb", lambda given: _bytes(given) / 1e9),
    "max_latency_ms": (
        "max_latency_ms",
        lambda given: within("--max-latency-ms", given, above=0, example="15"),
    ),
    "max_cost": (
        "max_cost_usd_per_1k",
        lambda given: within("--max-cost", given, least=0, example="0.50"),
    ),
}
"""Option → the field of Constraints that it sets, and how it is read."""


def _changes(stated: dict[str, Any]) -> dict[str, Any]:
    """Profile fields that options set."""
    changes: dict[str, Any] = {}
    if "language" in stated:
        given = [stated["language"]] if isinstance(stated["language"], str) else stated["language"]
        words = [word for entry in given for word in entry.split(",") if word.strip()]
        codes = (parse_language(word, field="--language") for word in words)
        if languages := list(dict.fromkeys(codes)):
            changes["languages"] = languages
    if "tolerance" in stated:
        changes["tolerance"] = within(
            "--tolerance", stated["tolerance"], least=0, most=100, example="3"
        )
    if "confidence" in stated:
        changes["confidence"] = within(
            "--confidence", stated["confidence"], above=0, below=1, example="0.8"
        )
    if "weights" in stated:
        changes["weights"] = parse_weights(stated["weights"])
    return changes


def _options(stated: dict[str, Any]) -> Options:
    return Options(
        license=stated.get("license", "any"),
        open_weights=bool(stated.get("open_weights", False)),
        interpretable=stated.get("interpretable", "no"),
        hardware=stated.get("hardware"),
        as_of=_day(stated.get("as_of")),
        top=whole("--top", stated.get("top", 10), least=1, most=MOST_RANKED, example="10"),
        explain=bool(stated.get("explain", False)),
    )


def _with_text(options: Options, profile: TaskProfile, stated: dict[str, Any]) -> Options:
    """The wishes that the text states, where no option speaks about them."""
    licence: LicenceWish = options.license
    if "license" not in stated and profile.constraints.commercial_licence:
        licence = "commercial"
    wish: InterpretableWish = options.interpretable
    if "interpretable" not in stated and profile.constraints.interpretable:
        wish = "require"
    return replace(options, license=licence, interpretable=wish)


def _day(given: str | date | None) -> date | None:
    if given is None or isinstance(given, date):
        return given
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError):
        raise BadInput(f"--as-of: {given!r} is not a date; write it like 2024-12-31") from None


def _one_of(field: str, value: object, accepted: tuple[str, ...]) -> str:
    if not isinstance(value, str) or value not in accepted:
        raise BadInput(f"{field}: {value!r} is not accepted; type one of {', '.join(accepted)}")
    return value
