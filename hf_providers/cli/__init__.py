"""`hfp`, a thin skin over the library: main, parser, filters, output, and a module for each command."""
