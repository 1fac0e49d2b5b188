"""Popularity."""

from dashboards import state, widgets

widgets.heading("Popularity", "Downloads per size class.")
widgets.problems(state.current())
widgets.lines(["This page is being built."])
