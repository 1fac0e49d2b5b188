"""Evidence: every published score with its source, revision, licence and doubts."""

from dashboards import evidence, widgets

widgets.heading(
    "Evidence",
    "Every published score that answers rest on, with its source, revision and licence, and what the guard doubts of it.",
)
evidence.page()
