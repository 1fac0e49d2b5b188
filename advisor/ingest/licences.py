"""What a licence string allows, from the reviewed map in data/licences.toml; what is not there is unknown."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from typing import Final, Literal, NamedTuple, cast, get_args

import polars as pl

from advisor.core.errors import BadInput
from advisor.ingest.reporting import Report
from advisor.tables.locate import data_file

MAP_FILE: Final = "licences.toml"
CommercialUse = Literal["yes", "no", "unknown"]


class Licence(NamedTuple):
    """The reviewed meaning of one licence string."""

    commercial: CommercialUse
    is_open: bool | None
    """OSI-approved or an open Creative Commons licence; None where it is not known."""
    why: str
    reference: str


@lru_cache(maxsize=1)
def reviewed() -> dict[str, Licence]:
    """Every reviewed string, lower-cased, with its meaning.

    Raises: BadInput: the file says something else than yes, no or unknown, or gives no reason.
    """
    with data_file(MAP_FILE).open("rb") as stream:
        lines = tomllib.load(stream)["licences"]
    return {text: _licence(text, line) for text, line in lines.items()}


def _licence(text: str, line: dict[str, object]) -> Licence:
    commercial, is_open = line.get("commercial"), line.get("open")
    if commercial not in get_args(CommercialUse) or text != text.lower():
        raise BadInput(
            f"{MAP_FILE}: {text!r}: commercial is {commercial!r}; "
            "write yes, no or unknown, and the key in lower case"
        )
    if not isinstance(is_open, bool | None) or not line.get("why") or not line.get("reference"):
        raise BadInput(f"{MAP_FILE}: {text!r} needs open = true or false, why and reference")
    return Licence(
        cast("CommercialUse", commercial),
        is_open,
        str(line["why"]),
        str(line["reference"]),
    )


def normalise(strings: pl.Series) -> pl.Series:
    """Licence strings as the map's keys are written: lower-cased, without outer blanks."""
    return strings.cast(pl.String).str.strip_chars().str.to_lowercase()


def commercial_use(strings: pl.Series) -> pl.Series:
    """One of "yes", "no", "unknown" for each licence string; null, "other" and unlisted ones are "unknown"."""
    meaning = {text: licence.commercial for text, licence in reviewed().items()}
    return normalise(strings).replace_strict(
        list(meaning), list(meaning.values()), default="unknown", return_dtype=pl.String
    )


def is_open(strings: pl.Series) -> pl.Series:
    """True for an open licence (OSI, open Creative Commons), False for another, null where not known."""
    meaning = {text: licence.is_open for text, licence in reviewed().items()}
    return normalise(strings).replace_strict(
        list(meaning), list(meaning.values()), default=None, return_dtype=pl.Boolean
    )


def report(source: str, strings: pl.Series) -> pl.DataFrame:
    """How many licence strings (one a model) are settled, unsettled, missing or not in the map."""
    text = normalise(strings)
    known = text.is_in(list(reviewed())).fill_null(value=False)
    answer = commercial_use(strings)
    missing = text.is_null()
    unlisted = sorted(text.filter(~known & ~missing).unique().to_list())
    lines = Report(source)
    for word in ("yes", "no"):
        lines.add(
            f"models: commercial use {word}",
            int((known & (answer == word)).sum()),
            action="kept",
            why="reviewed licence",
        )
    lines.add(
        "models: licence does not settle commercial use",
        int((known & (answer == "unknown")).sum()),
        action="kept",
        why="'other', a revenue limit, or a text not reviewed: unknown",
    )
    lines.add(
        "models: no licence stated",
        int(missing.sum()),
        action="kept",
        why="null: unknown",
    )
    lines.add(
        "models: licence not in the map",
        int((~known & ~missing).sum()),
        action="kept",
        why=f"unknown until reviewed: {', '.join(unlisted)[:200]}" if unlisted else "none new",
    )
    return lines.frame()
