"""`advisor bench runs`: what was run, and how much of it is done."""

from __future__ import annotations

from advisor.cli import output
from advisor.cli.bench import running


def command(style: running.FormatOption = "text", runs: running.RunsOption = None) -> None:
    """List the stored runs: id, jobs done, when, command."""
    chosen = output.style(style)
    from advisor.tables.run_folders import stored_runs

    root = running.folder_of(runs)
    kept = stored_runs(root)
    found = kept.lines
    output.warn(list(kept.warnings))
    if chosen == "json":
        import orjson

        content = [line.model_dump() for line in found]
        output.emit(orjson.dumps(content, option=orjson.OPT_INDENT_2).decode() + "\n")
        return
    from advisor.render import bench_runs

    output.write(
        bench_runs.runs(found, folder=str(root), width=output.width(), colour=output.colour())
    )
