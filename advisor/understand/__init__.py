"""Free text, a catalogued task's name or a data file → TaskProfile, with the nearest measured tasks."""

from advisor.understand.catalogue import Catalogue
from advisor.understand.read import names_a_file, read_data, read_task, wanted_of

__all__ = ["Catalogue", "names_a_file", "read_data", "read_task", "wanted_of"]
