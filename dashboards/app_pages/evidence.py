"""Evidence."""

from dashboards import state, widgets

widgets.heading("Evidence", "Every score with its source, revision, licence and flags.")
widgets.problems(state.current())
widgets.lines(["This page is being built."])
