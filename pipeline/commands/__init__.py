"""The commands of `python -m pipeline`, one file each: HELP, `arguments(parser)` and `main(args) -> exit code`."""
