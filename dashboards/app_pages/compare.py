"""Compare: models or size classes side by side on one task."""

from dashboards import compare, widgets

widgets.heading(
    "Compare",
    "Models or whole size classes side by side on one task: what they score, how sure that is, and what they take.",
)
compare.page()
