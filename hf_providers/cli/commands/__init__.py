"""The commands of `hfp`, one module each: `arguments(parser)` and `main(args)`."""
