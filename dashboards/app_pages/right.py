"""Is it right?."""

from dashboards import state, widgets

widgets.heading("Is it right?", "How the predictions and the picks did on what was held out.")
widgets.problems(state.current())
widgets.lines(["This page is being built."])
