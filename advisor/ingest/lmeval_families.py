"""What a language-model task is about, read from data/lm_task_families.toml by the task's name."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from advisor.core.errors import BadInput, UnknownName
from advisor.core.ids import TASK_FAMILIES
from advisor.core.languages import parse_language
from advisor.tables import locate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILE: Final = "lm_task_families.toml"
_KNOWN: Final = frozenset(
    {"match", "family", "type", "languages", "domains", "chance", "twin", "aggregate", "description"}
)  # fmt: skip
_PLAIN: Final = re.compile(r"[\w:\- ]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """One task's reviewed facts; None where nobody knows."""

    family: str | None = None
    type: str | None = None
    languages: tuple[str, ...] | None = None
    """ISO 639-3, sorted."""
    domains: tuple[str, ...] | None = None
    chance: float | None = None
    twin: str | None = None
    description: str | None = None
    aggregate: bool = False


NOTHING: Final = TaskFacts()


@dataclass(frozen=True, slots=True, kw_only=True)
class Families:
    """The patterns of the facts file, ready to be asked."""

    exact: Mapping[str, tuple[int, dict[str, Any]]]
    """Patterns without a wildcard, by task name."""
    patterns: tuple[tuple[int, re.Pattern[str], dict[str, Any]], ...]
    codes: Mapping[str, str]

    def facts(self, name: str, *, folder: str | None = None) -> TaskFacts | None:
        """What the file says about the task `name`, or None when no pattern fits.

        folder: the top folder of a catalogued task; its patterns are asked when the name says nothing.
        """
        found = self._first(name)
        if found is None and folder is not None:
            found = self._first(f"folder/{folder}/{name}")
        return None if found is None else self._fill(*found)

    def _first(self, name: str) -> tuple[dict[str, Any], dict[str, str | None]] | None:
        place, entry = self.exact.get(name, (len(self.exact) + len(self.patterns), None))
        for order, pattern, candidate in self.patterns:
            if order > place:
                break
            if match := pattern.fullmatch(name):
                return candidate, match.groupdict()
        return None if entry is None else (entry, {})

    def _fill(self, entry: dict[str, Any], groups: dict[str, str | None]) -> TaskFacts:
        words = {key: (value or "").replace("_", " ").strip() for key, value in groups.items()}
        description = entry.get("description")
        if description is not None:
            description = re.sub(r"[:,]?\s+([.)])", r"\1", description.format(**words)).replace(
                ": .", "."
            )
        twin = entry.get("twin")
        return TaskFacts(
            family=entry.get("family"),
            type=entry.get("type"),
            languages=self._languages(entry.get("languages"), groups),
            domains=tuple(entry["domains"]) if "domains" in entry else None,
            chance=entry.get("chance"),
            twin=None if twin is None else twin.format(**{k: v or "" for k, v in groups.items()}),
            description=description,
            aggregate=entry.get("aggregate", False),
        )

    def _languages(
        self, declared: list[str] | None, groups: Mapping[str, str | None]
    ) -> tuple[str, ...] | None:
        if declared != ["{lang}"]:
            return None if declared is None else tuple(sorted(declared))
        named = [value for key, value in groups.items() if key.startswith("lang") and value]
        codes = {code for value in named if (code := self.language(value)) is not None}
        return tuple(sorted(codes)) if codes and len(codes) == len(set(named)) else None

    def language(self, text: str) -> str | None:
        """The ISO 639-3 code for a code or an English name in a task's name, or None."""
        if (code := self.codes.get(text)) is not None:
            return code
        try:
            return parse_language(text)
        except UnknownName:
            return None


def load_families(file: Path | None = None) -> Families:
    """The reviewed patterns, from `file` or from the facts that ship with the package.

    Raises: BadInput: a pattern with an unknown field, family or a broken regular expression.
    """
    file = file or locate.data_file(FILE)
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"{file}: cannot be read as TOML ({error})") from None
    exact: dict[str, tuple[int, dict[str, Any]]] = {}
    patterns = []
    for order, entry in enumerate(content.get("pattern", [])):
        _check(file, order, entry)
        if _PLAIN.fullmatch(entry["match"]):
            exact.setdefault(entry["match"], (order, entry))
        else:
            patterns.append((order, _compiled(file, entry["match"]), entry))
    return Families(exact=exact, patterns=tuple(patterns), codes=content.get("codes", {}))


def _check(file: Path, order: int, entry: dict[str, Any]) -> None:
    where = f"{file}: pattern {order + 1} ({entry.get('match', 'no match')!r})"
    if "match" not in entry:
        raise BadInput(f"{where}: give the regular expression as `match`")
    if unknown := set(entry) - _KNOWN:
        raise BadInput(f"{where}: unknown fields {sorted(unknown)}; known are {sorted(_KNOWN)}")
    if (family := entry.get("family")) is not None and family not in TASK_FAMILIES:
        raise BadInput(f"{where}: unknown family {family!r}; known are {', '.join(TASK_FAMILIES)}")


def _compiled(file: Path, text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise BadInput(f"{file}: {text!r} is no regular expression ({error})") from None
