"""My runs."""

from dashboards import state, widgets

widgets.heading("My runs", "What you measured with `advisor bench`.")
widgets.problems(state.current())
widgets.lines(["This page is being built."])
