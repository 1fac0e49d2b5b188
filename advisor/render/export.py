"""Charts as files: html, svg, png, pdf and json, and always the data beside the picture."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import polars as pl

from advisor._lazy import need
from advisor.core.errors import BadInput, MissingExtra
from advisor.render.charts import catalogue
from advisor.render.charts.theme import Style

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from advisor.figures.chart import Chart

Format = Literal["html", "svg", "png", "pdf", "json", "csv"]
FORMATS: Final[tuple[Format, ...]] = get_args(Format)
PICTURES: Final[tuple[Format, ...]] = ("svg", "png", "pdf")
"""These need a browser; the others do not."""

Size = Literal["slide", "paper"]
SIZES: Final[tuple[Size, ...]] = get_args(Size)
_WIDTH: Final[dict[Size, int]] = {"slide": 1280, "paper": 700}
_SCALE: Final[dict[Size, float]] = {"slide": 1.5, "paper": 3.0}
"""Pixels of a PNG per pixel of the layout: 1920 across a slide; 2100 across, which is seven inches at 300 dpi."""
_PLOT: Final[dict[Size, int]] = {"slide": 520, "paper": 400}
_SLIDE_HEIGHT: Final = 720
_LEAST_PLOT: Final = 320
_BROWSER_S: Final = 20
"""Seconds that a browser may take to say its version."""

Theme = Literal["light", "dark"]
THEMES: Final[tuple[Theme, ...]] = get_args(Theme)


@dataclass(frozen=True, kw_only=True)
class Export:
    """Where a chart goes, and as what."""

    folder: Path
    formats: tuple[Format, ...] = ("html",)
    themes: tuple[Theme, ...] = ("light",)
    sizes: tuple[Size, ...] = ("slide",)
    self_contained: bool = False
    """Whether each page carries plotly's script (4.8 MB) itself; else one file beside them all does."""


def write(chart: Chart, how: Export) -> list[Path]:
    """Write the chart in every format asked for, and its data as CSV; returns the files, the data last.

    Each file is complete or not there. A second theme is named NAME-dark, the paper's size NAME-paper.
    Raises: BadInput: the folder cannot be written; MissingExtra: a picture without plotly, kaleido or a browser.
    """
    try:
        how.folder.mkdir(parents=True, exist_ok=True)
        return [*_pages(chart, how), *_pictures(chart, how), *_data(chart, how)]
    except OSError as error:
        reason = error.strerror or str(error)
        raise BadInput(
            f"{how.folder}: cannot be written ({reason}); name another folder with --out"
        ) from None


@contextlib.contextmanager
def browser(formats: Sequence[str]) -> Iterator[None]:
    """One browser for all pictures inside: a tenth of a second each instead of three.

    Raises: MissingExtra: a picture is wanted and no browser can be started.
    """
    if not set(formats) & set(PICTURES):
        yield
        return
    kaleido = need("kaleido", extra="charts")
    _check_browser()
    kaleido.start_sync_server(silence_warnings=True)
    try:
        yield
    finally:
        kaleido.stop_sync_server(silence_warnings=True)


def figure(chart: Chart, size: Size, *, dark: bool) -> Any:
    """The framed picture at one size: a slide is 16:9 unless its notes are too long for that."""
    style = Style(width=_WIDTH[size], plot_height=_PLOT[size], dark=dark)
    drawn = catalogue.draw(chart, style)
    if size == "slide" and drawn.layout.height > _SLIDE_HEIGHT:
        left = _SLIDE_HEIGHT - (drawn.layout.height - style.plot_height)
        drawn = catalogue.draw(chart, replace(style, plot_height=max(_LEAST_PLOT, left)))
    return drawn


def csv(frame: pl.DataFrame) -> str:
    """A frame as CSV; lists as their members with semicolons between."""
    lists = [name for name, dtype in frame.schema.items() if dtype == pl.List]
    flat = frame.with_columns(
        pl.col(name).cast(pl.List(pl.String)).list.join("; ") for name in lists
    )
    return flat.write_csv()


def _pages(chart: Chart, how: Export) -> list[Path]:
    if "html" not in how.formats:
        return []
    from advisor.render.charts import page

    script = None if how.self_contained else "plotly.min.js"
    files = []
    if script is not None and not (how.folder / script).is_file():
        _put(how.folder / script, page.plotly_script().encode())
    for theme in how.themes:
        text = page.html(chart, dark=theme == "dark", script=script)
        files.append(_put(how.folder / f"{chart.name}{_suffix(theme)}.html", text.encode()))
    return files


def _pictures(chart: Chart, how: Export) -> list[Path]:
    files = []
    wanted = [f for f in how.formats if f in PICTURES]
    for theme in how.themes if wanted else ():
        for size in how.sizes:
            drawn = figure(chart, size, dark=theme == "dark")
            for kind in wanted:
                paper = "-paper" if size == "paper" else ""
                file = how.folder / f"{chart.name}{_suffix(theme)}{paper}.{kind}"
                files.append(_put(file, _image(drawn, kind, _SCALE[size])))
    return files


def _image(drawn: Any, kind: Format, scale: float) -> bytes:
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # plotly's remark that a running browser is used
            content: bytes = drawn.to_image(format=kind, scale=scale if kind == "png" else 1)
    except (RuntimeError, ValueError) as error:
        raise _no_browser(error) from None
    return content


def _check_browser() -> None:
    """Nothing, when a browser answers: kaleido's server would wait for ever for one that cannot start."""
    chromium = need("choreographer.browsers.chromium", extra="charts").Chromium
    path = chromium.find_browser(skip_local=False)
    if path is None or not Path(path).is_file():
        named = os.environ.get("BROWSER_PATH")
        raise _no_browser(f"none at BROWSER_PATH={named}" if named else "none was found")
    try:
        subprocess.run(  # noqa: S603 - the browser that kaleido would start
            [path, "--version"], capture_output=True, check=True, timeout=_BROWSER_S
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise _no_browser(f"{path}: {type(error).__name__}") from None


def _no_browser(why: object) -> MissingExtra:
    first = (str(why).strip() or type(why).__name__).splitlines()[0]
    return MissingExtra(
        "png, svg and pdf need Chrome or Chromium, which could not be started "
        f"({first}); install it (Debian: apt-get install chromium), or use --format html,csv"
    )


def _data(chart: Chart, how: Export) -> list[Path]:
    files = []
    if "json" in how.formats:
        from advisor.render.charts import page

        files.append(_put(how.folder / f"{chart.name}.json", page.json(chart)))
    for part, frame in {"": chart.frame, **chart.parts}.items():
        stem = f"{chart.name}-{part}" if part else chart.name
        files.append(_put(how.folder / f"{stem}.csv", csv(frame).encode()))
    return files


def _suffix(theme: Theme) -> str:
    return "-dark" if theme == "dark" else ""


def _put(file: Path, content: bytes) -> Path:
    """Write by rename, so that a file is whole or not there."""
    handle, name = tempfile.mkstemp(prefix=f".{file.stem}-", dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).chmod(0o644)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return file
