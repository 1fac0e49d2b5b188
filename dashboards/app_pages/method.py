"""Method."""

from dashboards import state, widgets

widgets.heading("Method", "How each number is made.")
widgets.problems(state.current())
widgets.lines(["This page is being built."])
