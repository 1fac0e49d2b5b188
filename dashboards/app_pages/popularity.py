"""Popularity: downloads by size class, and downloads against quality."""

from dashboards import popularity, widgets

widgets.heading(
    "Popularity",
    "Which sizes of model are downloaded, by the Hub's own counts, and whether what is downloaded is what is good.",
)
popularity.page()
