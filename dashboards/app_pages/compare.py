"""Compare."""

from dashboards import state, widgets

widgets.heading("Compare", "Models side by side on one task.")
widgets.problems(state.current())
widgets.lines(["This page is being built."])
