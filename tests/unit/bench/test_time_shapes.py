import subprocess
import sys

import polars as pl
import pytest

from advisor.estimate.latency_fit import fit_latency

pytestmark = pytest.mark.slow


def test_one_tiny_shape_is_timed_from_the_command_line(tmp_path):
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    out = tmp_path / "timings.parquet"
    command = [
        sys.executable,
        "-m",
        "bench.measure.time_shapes",
        "--out",
        str(out),
        "--shape",
        "bert-l2-h128",
    ]
    done = subprocess.run(
        [*command, "--no-training", "--budget", "0.5"],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = pl.read_parquet(out)
    assert set(rows["metric"]) == {
        "latency_p50_s",
        "latency_p95_s",
        "throughput_items_s",
        "memory_peak_bytes",
    }
    assert (rows["value"] > 0).all()
    # Half a million parameters outside the table: two layers of 12 * 128².
    assert (rows["n_parameters"] - rows["n_embedding_parameters"]).unique().item() == pytest.approx(
        2 * 12 * 128**2, rel=0.25
    )
    assert not fit_latency(rows).is_empty()


def test_an_unknown_shape_ends_with_one_line_and_code_2(tmp_path):
    command = [
        sys.executable,
        "-m",
        "bench.measure.time_shapes",
        "--out",
        str(tmp_path / "x"),
        "--shape",
        "nothing",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "unknown shape 'nothing'" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "x").exists()
