"""My runs: what was measured on one's own data with `advisor bench`."""

from dashboards import runs, widgets

widgets.heading(
    "My runs",
    "What you measured on your own data with `advisor bench`: each run's ladder, and models against each other item by item. "
    "Nothing is run from here.",
)
runs.page()
