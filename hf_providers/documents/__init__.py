"""The JSON documents that `hfp --json` prints and the site publishes."""
