"""What each chart shows, as tidy frames with the words that belong to them; `advisor.render.charts` draws them."""
