"""Size curves."""

from dashboards import state, widgets

widgets.heading("Size curves", "Score against parameters, per task and task type.")
widgets.problems(state.current())
widgets.lines(["This page is being built."])
