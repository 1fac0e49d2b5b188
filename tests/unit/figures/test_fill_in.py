from __future__ import annotations

import numpy as np
import polars as pl

from advisor.figures.fill_in import filled_in


def some_scores(seed: int, *, models: int = 60, tasks: int = 20, hidden: float = 0.1):
    """A table of two hidden traits with a little noise, a part of it hidden; the scores seen, and all of them."""
    rng = np.random.default_rng(seed)
    traits = rng.normal(0, 1, (models, 2)) @ rng.normal(0, 1, (2, tasks))
    table = 0.5 + 0.08 * traits + 0.1 * rng.normal(0, 1, tasks) + rng.normal(0, 0.01, traits.shape)
    seen = rng.uniform(size=table.shape) > hidden
    rows = [
        (f"m{i:02d}", f"t{j:02d}", table[i, j], bool(seen[i, j]))
        for i in range(models)
        for j in range(tasks)
    ]
    full = pl.DataFrame(rows, schema=["model_id", "task_id", "truth", "seen"], orient="row")
    return full.filter("seen").select("model_id", "task_id", value="truth"), full


def test_hidden_scores_come_back_closer_than_their_task_means_and_no_further_off_than_said():
    seen, full = some_scores(1)
    made = filled_in(seen).join(full.filter(~pl.col("seen")), on=["model_id", "task_id"])
    means = seen.group_by("task_id").agg(mean=pl.col("value").mean())
    rows = made.join(means, on="task_id")
    miss = float(np.sqrt(((rows["value"] - rows["truth"]) ** 2).mean()))
    naive = float(np.sqrt(((rows["mean"] - rows["truth"]) ** 2).mean()))
    said = float(np.sqrt((rows["error"] ** 2).mean()))
    assert miss < 0.5 * naive
    # Said of scores hidden a fifth at a time, on top of those that are missing: rather too much than too little.
    assert 0.9 * miss <= said <= 2 * miss


def test_every_pair_is_there_once_and_the_order_of_the_rows_does_not_matter():
    seen, full = some_scores(2)
    made = filled_in(seen)
    assert made.height == full.height == made.select("model_id", "task_id").unique().height
    assert made.equals(filled_in(seen.sample(fraction=1.0, shuffle=True, seed=3)))
