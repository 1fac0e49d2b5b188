"""Ask: a task in words, its limits as controls, and the smallest model that is good enough."""

from dashboards import asking, widgets

widgets.heading(
    "Ask",
    "Describe your task in a sentence or two. The answer is the smallest language model that is good enough for it, "
    "with the odds that it is, from published measurements.",
)
asking.page()
