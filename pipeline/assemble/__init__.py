"""From the records of all sources to the tables of a dataset."""
