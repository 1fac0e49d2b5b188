"""The dashboard: the command line's answers in pictures. It shows and never measures: no page runs a job."""
