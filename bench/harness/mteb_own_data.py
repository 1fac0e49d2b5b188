"""The user's own file as the rows of an embedding task: columns found, rows that cannot be used dropped aloud."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import polars as pl

from advisor.core.errors import BadInput
from bench.data_file import column, data_hash, read_data

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind = Literal["classification", "pair", "sts", "retrieval", "clustering"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

TEST_SHARE: Final = 0.3
"""Of each class, when the file has no split column."""

_OPTION: Final = {
    "input": "--input", "input2": "--input (a second one)", "label": "--label", "split": "--split-column",
}  # fmt: skip
_INPUT: Final = ("text", "sentence1", "input", "sentence", "text1", "query", "question")
_INPUT2: Final = ("sentence2", "text2", "passage", "document", "answer", "context")
_LABEL: Final = ("label", "labels", "score", "class", "category", "target", "relevance", "intent")
_ID: Final = ("_id", "id", "row_id", "doc_id", "passage_id", "query_id", "qid", "corpus_id")
_QUERY_ID: Final = ("query-id", "query_id", "qid")
_CORPUS_ID: Final = ("corpus-id", "corpus_id", "doc_id", "passage_id", "docid")


@dataclass(frozen=True, kw_only=True)
class OwnData:
    """A file's rows under fixed names.

    test: columns id, text (and text2, label by kind; retrieval: the queries). train: the same, empty but for
    classification. corpus: id, text; qrels: query id, document id, relevance; both empty but for retrieval.
    """

    kind: Kind
    name: str
    revision: str
    """Hash of the file, or of its three files."""
    subset: str
    """The column that is asked for."""
    test: pl.DataFrame
    train: pl.DataFrame = field(default_factory=pl.DataFrame)
    corpus: pl.DataFrame = field(default_factory=pl.DataFrame)
    qrels: pl.DataFrame = field(default_factory=pl.DataFrame)
    labels: tuple[str, ...] = ()
    """Names of the classes, sorted; a row's label is its place here."""
    warnings: tuple[str, ...] = ()


def own_options(said: Mapping[str, Any]) -> dict[str, Any]:
    """What a job must know of the user's data: paths, kind, columns, and the hash of all files.

    said: data, kind, and where given input, input2, label, split, queries, qrels.
    Raises: BadInput: no such file or kind.
    """
    if said.get("kind") not in KINDS:
        raise BadInput(f"--kind: {said.get('kind')!r} is not accepted; type {', '.join(KINDS)}")
    files = {
        name: str(Path(said[name]).resolve())
        for name in ("data", "queries", "qrels")
        if said.get(name)
    }
    hashes = [data_hash(Path(path)) for path in files.values()]
    columns = {name: said[name] for name in ("input", "input2", "label", "split") if said.get(name)}
    return {**files, "kind": said["kind"], **columns, "data_hash": "-".join(hashes)}


def read_own(options: Mapping[str, Any], *, seed: int) -> OwnData:
    """The rows that own_options described. Raises: BadInput: a column or enough of its content is missing."""
    kind: Kind = options["kind"]
    path = Path(options["data"])
    frame = read_data(path)
    said: dict[str, Any] = {
        "kind": kind, "name": path.stem, "revision": options["data_hash"],
    }  # fmt: skip
    if kind == "retrieval":
        return _retrieval(frame, options, said)
    text = _column(frame, options, "input", _INPUT)
    label = _column(frame, options, "label", _LABEL)
    wanted = {"id": pl.col("row_nr").cast(pl.String), "text": _text(text), "label": pl.col(label)}
    if kind in {"pair", "sts"}:
        wanted["text2"] = _text(_column(frame, options, "input2", _INPUT2))
    if (split := options.get("split")) is not None:
        wanted["split"] = pl.col(column(frame, split, option=_OPTION["split"])).cast(pl.String)
    rows, warnings = _usable(frame.select(**wanted))
    said |= {"subset": label, "warnings": warnings}
    if kind == "sts":
        return OwnData(test=_test_part(_scores(rows, label)), **said)
    rows, labels = _classes(rows, label)
    said["labels"] = labels
    if kind == "pair":
        if len(labels) != 2:
            raise BadInput(
                f"--label: {label!r} has {len(labels)} values; pairs need two, like 0 and 1"
            )
        return OwnData(test=_test_part(rows), **said)
    if kind == "clustering":
        return OwnData(test=_test_part(rows), **said)
    return _classification(rows, said, seed=seed)


def _classification(rows: pl.DataFrame, said: dict[str, Any], *, seed: int) -> OwnData:
    if "split" in rows.columns:
        train = rows.filter(pl.col("split") == "train")
        test = rows.filter(pl.col("split") == "test")
        if train.is_empty() or test.is_empty():
            there = ", ".join(sorted(rows["split"].unique().to_list()))
            raise BadInput(
                f"--split-column: rows marked train and test are needed; the column has {there}"
            )
    else:
        shuffled = rows.sample(fraction=1.0, shuffle=True, seed=seed)
        place = pl.int_range(pl.len()).over("label")
        is_test = place < (pl.len().over("label") * TEST_SHARE).ceil().cast(pl.Int64)
        alone = pl.len().over("label") == 1
        test = shuffled.filter(is_test & ~alone).sort(pl.col("id").cast(pl.Int64))
        train = shuffled.filter(~is_test | alone).sort(pl.col("id").cast(pl.Int64))
    if train["label"].n_unique() < 2:
        raise BadInput("--label: the training rows hold one class only; at least two are needed")
    if test.is_empty():
        raise BadInput("--data: no row is left to test on; give more rows of each class")
    warnings = list(said.pop("warnings"))
    shared = test.join(train, on="text", how="semi").height
    if shared:
        warnings.append(f"{shared} of {test.height} test texts are in the training rows too")
    return OwnData(train=train, test=test, warnings=tuple(warnings), **said)


def _retrieval(frame: pl.DataFrame, options: Mapping[str, Any], said: dict[str, Any]) -> OwnData:
    if ("queries" in options) != ("qrels" in options):
        raise BadInput(
            "--queries and --qrels belong together: which document answers which question"
        )
    if "queries" in options:
        return _three_files(frame, options, said)
    query = _column(frame, options, "input", ("query", "question", *_INPUT))
    passage = _column(frame, options, "input2", _INPUT2)
    given = options.get("label") or ("relevance" if "relevance" in frame.columns else None)
    relevance = (
        pl.lit(1)
        if given is None
        else pl.col(column(frame, given, option="--label")).cast(pl.Int64, strict=False)
    )
    rows, warnings = _usable(
        frame.select(
            "row_nr", text=_text(query), text2=_text(passage), label=relevance
        ).with_columns(pl.col("row_nr").cast(pl.String))
    )
    queries = rows.group_by("text", maintain_order=True).agg(id=pl.col("row_nr").first())
    corpus = rows.group_by("text2", maintain_order=True).agg(doc=pl.col("row_nr").first())
    qrels = (
        rows.join(queries, on="text")
        .join(corpus, on="text2")
        .select(query=pl.col("id"), document=pl.col("doc"), relevance="label")
    )
    return _checked_retrieval(
        OwnData(
            test=queries.select("id", "text"), corpus=corpus.select(id="doc", text="text2"),
            qrels=qrels, subset=passage, warnings=warnings, **said,
        )
    )  # fmt: skip


def _three_files(frame: pl.DataFrame, options: Mapping[str, Any], said: dict[str, Any]) -> OwnData:
    asked = read_data(Path(options["queries"]))
    judged = read_data(Path(options["qrels"]))
    text = _column(frame, options, "input2", ("text", "passage", "document", "context"))
    title = _text("title") if "title" in frame.columns else pl.lit("")
    corpus, dropped = _usable(frame.select(id=_id(frame, "--data"), text=_text(text), title=title))
    question = _column(asked, options, "input", ("text", "query", "question"))
    queries, more = _usable(asked.select(id=_id(asked, "--queries"), text=_text(question)))
    score = next((c for c in ("score", "relevance", "label") if c in judged.columns), None)
    qrels = judged.select(
        query=pl.col(_first(judged, _QUERY_ID, "--qrels")).cast(pl.String),
        document=pl.col(_first(judged, _CORPUS_ID, "--qrels")).cast(pl.String),
        relevance=pl.lit(1) if score is None else pl.col(score).cast(pl.Int64, strict=False),
    )
    return _checked_retrieval(
        OwnData(
            test=queries, corpus=corpus, qrels=qrels, subset="default",
            warnings=(*dropped, *more), **said,
        )
    )  # fmt: skip


def _checked_retrieval(data: OwnData) -> OwnData:
    """The data with judgements of known queries and documents only. Raises: BadInput: none is left, ids twice."""
    for what, ids in (("a document's", data.corpus["id"]), ("a query's", data.test["id"])):
        if ids.is_duplicated().any():
            twice = ids.filter(ids.is_duplicated())[0]
            raise BadInput(f"--data: {what} id {twice!r} occurs more than once")
    kept = data.qrels.filter(
        pl.col("query").is_in(data.test["id"].implode())
        & pl.col("document").is_in(data.corpus["id"].implode())
        & (pl.col("relevance") >= 0)
    )
    answered = kept.filter(pl.col("relevance") > 0)["query"].unique()
    queries = data.test.filter(pl.col("id").is_in(answered.implode()))
    if queries.is_empty():
        raise BadInput(
            "--qrels: no query has a relevant document; check the ids and the relevance column"
        )
    warnings = list(data.warnings)
    if lost := data.qrels.height - kept.height:
        warnings.append(f"{lost} judgements name a query or document that is not there")
    if lost := data.test.height - queries.height:
        warnings.append(f"{lost} queries without a relevant document are left out")
    kept = kept.filter(pl.col("query").is_in(queries["id"].implode()))
    kept = kept.group_by("query", "document", maintain_order=True).agg(pl.col("relevance").max())
    said = {name: getattr(data, name) for name in OwnData.__dataclass_fields__}
    return OwnData(**{**said, "test": queries, "qrels": kept, "warnings": tuple(warnings)})


def _column(
    frame: pl.DataFrame, options: Mapping[str, Any], option: str, usual: tuple[str, ...]
) -> str:
    if (named := options.get(option)) is not None:
        return column(frame, named, option=_OPTION[option])
    return _first(frame, usual, _OPTION[option])


def _first(frame: pl.DataFrame, usual: tuple[str, ...], option: str) -> str:
    found = next((name for name in usual if name in frame.columns), None)
    if found is None:
        there = ", ".join(c for c in frame.columns if c != "row_nr")
        raise BadInput(f"{option}: name its column; the file has {there}")
    return found


def _id(frame: pl.DataFrame, option: str) -> pl.Expr:
    return pl.col(_first(frame, _ID, option)).cast(pl.String)


def _text(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).str.strip_chars()


def _usable(rows: pl.DataFrame) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Rows that have all their cells and texts that are not empty; a line that counts the others."""
    texts = [name for name in ("text", "text2") if name in rows.columns]
    kept = rows.drop_nulls().filter(*(pl.col(name) != "" for name in texts))
    lost = rows.height - kept.height
    if kept.is_empty():
        raise BadInput("--data: no row has both a text and a label")
    return kept, (f"{lost} rows without a text or a label are left out",) if lost else ()


def _scores(rows: pl.DataFrame, label: str) -> pl.DataFrame:
    """Rows with a number as label. Raises: BadInput: text, or always the same number."""
    made = rows.with_columns(pl.col("label").cast(pl.Float64, strict=False))
    if made["label"].null_count() or not made["label"].is_finite().all():
        raise BadInput(f"--label: {label!r} must hold numbers: how alike the two texts are")
    if made["label"].n_unique() < 2:
        raise BadInput(f"--label: {label!r} holds one value only; a correlation needs several")
    return made


def _classes(rows: pl.DataFrame, label: str) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """Rows with the place of their class among the sorted names. Raises: BadInput: one class only."""
    names = rows["label"].unique().sort().cast(pl.String).to_list()
    if len(names) < 2:
        raise BadInput(f"--label: {label!r} holds one class only ({names[0]!r}); two are needed")
    places = {name: place for place, name in enumerate(names)}
    coded = rows.with_columns(
        pl.col("label").cast(pl.String).replace_strict(places, return_dtype=pl.Int64)
    )
    return coded, tuple(names)


def _test_part(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows marked "test" where a split column was named; else all: nothing is trained on these kinds."""
    if "split" not in rows.columns:
        return rows
    test = rows.filter(pl.col("split") == "test")
    if test.is_empty():
        raise BadInput("--split-column: no row is marked test")
    return test
