"""The answer as people and programs read it: text, JSON, markdown."""
