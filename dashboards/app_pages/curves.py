"""Size curves: score against parameters, and what larger models buy."""

from dashboards import curves, widgets

widgets.heading(
    "Size curves",
    "Score against parameters on any task, task type or benchmark: the points as measured, the curve through them, and what "
    "ten times the size is worth.",
)
curves.page()
