"""One file for each kind of page, with `make(source)`, which gives the pages and files to write."""
