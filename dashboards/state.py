"""What a page shows stands in its URL: typed on the way in, text on the way out, so that a link reproduces the page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import streamlit as st

from advisor.core.errors import AdvisorError, BadInput
from advisor.render.escape import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

T = TypeVar("T")
_STREAMLITS: Final = frozenset({"embed", "embed_options"})
"""Parameters that Streamlit reads itself."""
_REMEMBERED: Final = "addresses"
_PAGE: Final = "page"
_SHOWN: Final = 60
"""Characters of a bad value that its message repeats."""


@dataclass(frozen=True, kw_only=True)
class Parameter(Generic[T]):
    """One parameter of a page's URL."""

    name: str
    default: T
    read: Callable[[Sequence[str]], T]
    """From the values of the URL, at least one; raises AdvisorError where they say nothing."""
    write: Callable[[T], Sequence[str]]
    """The values of the URL; none where it says nothing."""


def text(
    name: str, *, default: str = "", check: Callable[[str], object] | None = None
) -> Parameter[str]:
    """Free words. check: raises AdvisorError for words that are refused."""

    def read(values: Sequence[str]) -> str:
        if check is not None:
            check(values[-1])
        return values[-1]

    return Parameter(name=name, default=default, read=read, write=lambda value: [value])


def choice(name: str, accepted: Sequence[str], *, default: str | None = None) -> Parameter[str]:
    """One of a few names; the first where no default is given."""

    def read(values: Sequence[str]) -> str:
        return _accepted(values[-1], accepted)

    return Parameter(
        name=name,
        default=accepted[0] if default is None else default,
        read=read,
        write=lambda value: [value],
    )


def several(
    name: str,
    accepted: Iterable[str] | None = None,
    *,
    default: Sequence[str] = (),
    check: Callable[[str], object] | None = None,
) -> Parameter[tuple[str, ...]]:
    """Several names, each a value of its own in the URL.

    accepted: those there are, None for any; check: raises AdvisorError for one that is refused.
    """
    known = None if accepted is None else list(accepted)

    def read(values: Sequence[str]) -> tuple[str, ...]:
        given = list(dict.fromkeys(value for value in values if value))
        for value in given:
            if known is not None:
                _accepted(value, known)
            if check is not None:
                check(value)
        return tuple(given)

    return Parameter(
        name=name, default=tuple(default), read=read, write=lambda value: value or [""]
    )


def flag(name: str, *, default: bool = False) -> Parameter[bool]:
    """Yes or no."""

    def read(values: Sequence[str]) -> bool:
        return _accepted(values[-1], ("yes", "no")) == "yes"

    return Parameter(
        name=name, default=default, read=read, write=lambda value: ["yes" if value else "no"]
    )


class State:
    """The values of a page's parameters, with a line for each part of the URL that was not understood."""

    def __init__(self, values: Mapping[str, Any], problems: Sequence[str]) -> None:
        """Take what `current` has read."""
        self._values = dict(values)
        self.problems = tuple(problems)

    def __getitem__(self, parameter: Parameter[T]) -> T:
        value: T = self._values[parameter.name]
        return value

    def changed(self, parameters: Iterable[Parameter[Any]]) -> dict[str, Any]:
        """Name → value of those that do not have their default."""
        return {
            p.name: self._values[p.name] for p in parameters if self._values[p.name] != p.default
        }


def current(*parameters: Parameter[Any]) -> State:
    """The page's state as its URL has it; what cannot be read has its default and is a line in `problems`."""
    values: dict[str, Any] = {}
    problems: list[str] = []
    for parameter in parameters:
        values[parameter.name] = parameter.default
        given = st.query_params.get_all(parameter.name)
        if not given:
            continue
        try:
            values[parameter.name] = parameter.read(given)
        except AdvisorError as error:
            problems.append(
                f"{_pair(parameter.name, given[-1])} in the address is ignored: {error}"
            )
    known = {p.name for p in parameters} | _STREAMLITS
    problems += [
        f"{_pair(name, st.query_params[name])} in the address is ignored: this page has nothing of that name"
        for name in sorted(set(st.query_params) - known)
    ]
    return State(values, problems)


def write(*changes: tuple[Parameter[Any], Any]) -> None:
    """Put values into the URL; a default stands in no URL."""
    for parameter, value in changes:
        if value == parameter.default:
            st.query_params.pop(parameter.name, None)
        else:
            st.query_params[parameter.name] = list(parameter.write(value))
    _remember()


def bound(parameter: Parameter[Any], state: State, *, key: str | None = None) -> dict[str, Any]:
    """Arguments that tie a widget to a parameter: `st.selectbox("Sort by", ORDERS, **bound(SORT, state))`.

    The URL is what counts: a widget that says something else is set to it before it is drawn.
    """
    name = key or f"page_{parameter.name}"
    value = state[parameter]
    shown = list(value) if isinstance(value, tuple) else value
    if name not in st.session_state or st.session_state[name] != shown:
        st.session_state[name] = shown
    return {"key": name, "on_change": _take, "args": (parameter, name)}


def _take(parameter: Parameter[Any], key: str) -> None:
    """A widget was changed: its value goes into the URL."""
    value = st.session_state[key]
    if value is None:
        value = parameter.default
    write((parameter, tuple(value) if isinstance(value, list) else value))


def restore(page: str) -> None:
    """Come back to a page within one visit: an address without parameters gets those it had last.

    Called once a run, before the page.
    """
    visited = st.session_state.setdefault(_REMEMBERED, {})
    if st.session_state.get(_PAGE) != page and not st.query_params and visited.get(page):
        st.query_params.from_dict(visited[page])
    st.session_state[_PAGE] = page
    _remember()


def _remember() -> None:
    visited = st.session_state.setdefault(_REMEMBERED, {})
    page = st.session_state.get(_PAGE)
    visited[page] = {name: st.query_params.get_all(name) for name in st.query_params}


def _accepted(value: str, accepted: Sequence[str]) -> str:
    if value in accepted:
        return value
    shown = ", ".join(accepted[:8]) + (", …" if len(accepted) > len(accepted[:8]) else "")
    raise BadInput(f"accepted are {shown}")


def _pair(name: str, value: str) -> str:
    return f"{plain(name, at_most=_SHOWN)}={plain(value, at_most=_SHOWN)}"
