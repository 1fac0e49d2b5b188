"""How each chart is drawn: one function per chart, from a `Chart` to a plotly figure, as given."""
