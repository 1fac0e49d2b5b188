"""The limits of a question as controls: filled in from the text, overridden by hand, and the text's again on demand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

import streamlit as st

from advisor.core.languages import NAMES, parse_language
from advisor.core.ranges import whole
from advisor.core.units import format_bytes, format_count, parse_bytes, parse_count
from advisor.recommend.request import ANY, Asked, check_options
from advisor.render import labels, reading
from dashboards import state, widgets

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.core.profile import TaskProfile
    from dashboards.state import Parameter, State


@dataclass(frozen=True, kw_only=True)
class Slider:
    """One quantity that can be slid: what it is called, where it stops, and how a stop is written."""

    label: str
    steps: tuple[str, ...]
    """As typed on the command line, ascending; ANY, where there is one, is no limit."""
    number: Callable[[str], float]
    """A step as a number, in one unit for all of them."""
    typed: Callable[[float], str]
    """Such a number as it is typed."""
    shown: Callable[[str], str]
    """A step as a reader sees it."""
    said: Callable[[TaskProfile], float | None]
    """What the text says, in the same unit."""
    source: str | None = None
    """The key of `read_from` under which its words stand."""


def _typed_count(value: float) -> str:
    short = format_count(value)
    return short if parse_count(short) == value else f"{value:.0f}"


def _typed_bytes(value: float) -> str:
    short = format_bytes(value).replace(" ", "")
    return short if parse_bytes(short) == value else f"{value:.0f}B"


def _at_most(shown: Callable[[str], str]) -> Callable[[str], str]:
    return lambda step: "no limit" if step == ANY else shown(step)


SLIDERS: Final = {
    "max_params": Slider(
        label="Size: at most … parameters",
        steps=("5M", "10M", "20M", "35M", "50M", "75M", "100M", "150M", "200M", "350M", "500M", "700M", "1B", "1.5B",
               "2B", "3B", "4B", "6B", "8B", "10B", "14B", "32B", "70B", ANY),
        number=parse_count, typed=_typed_count, shown=_at_most(lambda step: format_count(parse_count(step))),
        said=lambda profile: profile.constraints.max_parameters, source="constraints.max_parameters",
    ),
    "max_latency_ms": Slider(
        label="Latency: at most … per item (p95)",
        steps=("0.1", "0.5", "1", "2", "5", "10", "15", "20", "30", "50", "75", "100", "150", "200", "300", "500", "1000",
               "2000", "5000", "10000", "30000", ANY),
        number=float, typed=lambda value: f"{value:g}", shown=_at_most(lambda step: f"{step} ms"),
        said=lambda profile: profile.constraints.max_latency_ms, source="constraints.max_latency_ms",
    ),
    "max_memory": Slider(
        label="Memory: at most …",
        steps=("100MB", "250MB", "500MB", "750MB", "1GB", "1.5GB", "2GB", "3GB", "4GB", "6GB", "8GB", "12GB", "16GB", "24GB",
               "32GB", "48GB", "80GB", "160GB", ANY),
        number=parse_bytes, typed=_typed_bytes, shown=_at_most(lambda step: format_bytes(parse_bytes(step))),
        said=lambda profile: None if profile.constraints.max_memory_gb is None else round(profile.constraints.max_memory_gb * 1e9),
        source="constraints.max_memory_gb",
    ),
    "tolerance": Slider(
        label="Points that may be given up",
        steps=("0", "0.5", "1", "2", "3", "4", "5", "6", "8", "10", "15", "20", "30", "50"),
        number=float, typed=lambda value: f"{value:g}", shown=lambda step: f"{step} points",
        said=lambda profile: profile.tolerance,
    ),
    "confidence": Slider(
        label="How sure to be, at least",
        steps=("0.05", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.75", "0.8", "0.85", "0.9", "0.95", "0.99"),
        number=float, typed=lambda value: f"{value:g}", shown=lambda step: f"{100 * float(step):g}%",
        said=lambda profile: profile.confidence,
    ),
}  # fmt: skip
"""By the names of the command line's options; the order in which they stand on the page."""


def _option(name: str) -> Parameter[str]:
    return state.text(name, check=lambda value: check_options(**{name: value}))  # type: ignore[arg-type]


_MOST_LABELS: Final = 1e9
COST: Final = _option("max_cost")
HARDWARE: Final = state.text("hardware")
LICENCE: Final = _option("license")
INTERPRETABLE: Final = _option("interpretable")
LABELS: Final = state.text(
    "labels",
    check=lambda value: whole("--labels", value, least=0, most=_MOST_LABELS, example="300"),
)
WEIGHTS: Final = _option("weights")
_WISHED: Final = frozenset({"language", "labels", "needs", "cost"})
"""Parts of a profile that are limits or wishes, by their labels in render.reading."""
AS_OF: Final = _option("as_of")
OPEN: Final = state.flag("open_weights")
LANGUAGE: Final = state.several("language", check=parse_language)
PARAMETERS: Final[dict[str, Parameter[Any]]] = {
    **{name: _option(name) for name in SLIDERS},
    **{
        p.name: p
        for p in (COST, HARDWARE, LICENCE, INTERPRETABLE, LABELS, WEIGHTS, AS_OF, OPEN, LANGUAGE)
    },
}
"""Every option of a question by its name; an empty one is what the text says."""


def asked(now: State) -> Asked:
    """The options that were set by hand, as the library takes them."""
    return cast("Asked", {name: now[p] for name, p in PARAMETERS.items() if now[p]})


def sliders(said: TaskProfile, now: State) -> None:
    """The five what-if sliders, each with the words that its value was read from."""
    for name, slider in SLIDERS.items():
        of_text = _step_of(slider, slider.said(said))
        by_hand = now[PARAMETERS[name]]
        value = _canonical(slider, by_hand) if by_hand else of_text
        key = f"limit_{name}"
        if st.session_state.get(key) != value:
            st.session_state[key] = value
        st.select_slider(
            slider.label, options=_steps(name, {of_text, value}), format_func=slider.shown, key=key,
            on_change=_slid, args=(name, key, of_text),
        )  # fmt: skip
        if words := _source(slider, said, of_text, by_hand=bool(by_hand)):
            widgets.small(words)


def _source(slider: Slider, said: TaskProfile, of_text: str, *, by_hand: bool) -> str:
    words = said.read_from.get(slider.source or "", "")
    if by_hand:
        return f"set by hand; your text says {slider.shown(of_text)}" if words else "set by hand"
    return f"from your words “{words}”" if words else ""


def _step_of(slider: Slider, value: float | None) -> str:
    return ANY if value is None else slider.typed(value)


def _canonical(slider: Slider, typed: str) -> str:
    return ANY if typed == ANY else slider.typed(slider.number(typed))


def _steps(name: str, also: set[str]) -> list[str]:
    """The slider's stops with those that the text or the address brought in during this visit."""
    slider = SLIDERS[name]
    known: set[str] = st.session_state.setdefault(f"steps_{name}", set())
    known |= also
    every = {_canonical(slider, step) for step in slider.steps} | known
    return sorted(every, key=lambda step: (step == ANY, 0 if step == ANY else slider.number(step)))


def _slid(name: str, key: str, of_text: str) -> None:
    value = st.session_state[key]
    state.write((PARAMETERS[name], "" if value == of_text else value))


def also_read(said: TaskProfile) -> None:
    """What else the text asks for, and in which words; the sliders show the rest."""
    slid = {slider.source for slider in SLIDERS.values()}
    shown = {said.read_from[key] for key in slid if key in said.read_from}
    for part in reading.parts(said):
        if part.label in _WISHED and part.words and part.words.strip("“”") not in shown:
            widgets.small(f"{part.label}: {part.value}; from your words {part.words}")


def wishes(said: TaskProfile, now: State) -> None:
    """The limits and wishes that are not slid."""
    limits = said.constraints
    _pick(
        "Licence",
        LICENCE,
        ("any", "open", "commercial"),
        "commercial" if limits.commercial_licence else "any",
        now,
    )
    _pick(
        "Must explain itself",
        INTERPRETABLE,
        ("no", "prefer", "require"),
        "require" if limits.interpretable else "no",
        now,
    )
    chosen = now[LANGUAGE]
    languages = list(chosen) or said.languages
    _set("wish_language", [_code(code) for code in languages])
    st.multiselect(
        "Languages of the data", sorted({*NAMES, *languages, *map(_code, languages)}, key=labels.language),
        format_func=labels.language, key="wish_language", on_change=_languages, args=(tuple(said.languages),),
    )  # fmt: skip
    _set("wish_labels", int(float(now[LABELS])) if now[LABELS] else limits.n_labels)
    st.number_input(
        "Labelled examples at hand", min_value=0, step=10, key="wish_labels", placeholder="not stated",
        on_change=_typed, args=(LABELS, "wish_labels", limits.n_labels),
    )  # fmt: skip
    cost = limits.max_cost_usd_per_1k
    _set("wish_cost", now[COST] or ("" if cost is None else f"{cost:g}"))
    st.text_input(
        "Cost: at most … USD per 1,000 items", key="wish_cost", placeholder="no limit",
        on_change=_typed, args=(COST, "wish_cost", None if cost is None else f"{cost:g}"),
    )  # fmt: skip
    st.text_input(
        "Hardware id, e.g. nvidia-a100-pcie",
        placeholder="one CPU core",
        **state.bound(HARDWARE, now),
    )
    st.text_input(
        "Weights of the four dimensions, e.g. accuracy=0.6,efficiency=0.4",
        **state.bound(WEIGHTS, now),
    )
    st.text_input(
        "As of a day: only models released until then",
        placeholder="2024-12-31",
        **state.bound(AS_OF, now),
    )
    st.checkbox("Only models that can be downloaded", **state.bound(OPEN, now))


def _code(language: str) -> str:
    return parse_language(language, field="language")


def _set(key: str, value: Any) -> None:
    if key not in st.session_state or st.session_state[key] != value:
        st.session_state[key] = value


def _pick(
    label: str, parameter: Parameter[str], accepted: tuple[str, ...], of_text: str, now: State
) -> None:
    key = f"wish_{parameter.name}"
    _set(key, now[parameter] or of_text)
    st.selectbox(label, accepted, key=key, on_change=_typed, args=(parameter, key, of_text))


def _typed(parameter: Parameter[str], key: str, of_text: object) -> None:
    value = st.session_state[key]
    state.write((parameter, "" if value in (None, "", of_text) else str(value)))


def _languages(of_text: tuple[str, ...]) -> None:
    chosen = tuple(st.session_state["wish_language"])
    state.write((LANGUAGE, () if set(chosen) == set(of_text) else chosen))


def take_back() -> None:
    """All limits are the text's again."""
    state.write(*((parameter, parameter.default) for parameter in PARAMETERS.values()))
