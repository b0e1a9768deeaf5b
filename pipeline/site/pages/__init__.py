"""One file a kind of page; each has `make(source)`, which gives the pages and files to write."""
