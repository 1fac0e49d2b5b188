"""Is it right?: how what was promised came true on held-out tasks."""

from dashboards import right, widgets

widgets.heading(
    "Is it right?",
    "Every rule here was tried on tasks that it had not seen. What came true, what did not, and by how much: the misses first.",
)
right.page()
