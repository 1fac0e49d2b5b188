"""Method: how each number is made, and from what."""

from dashboards import method, widgets

widgets.heading(
    "Method", "How each number is made, what each metric means, and what it was all made from."
)
method.page()
