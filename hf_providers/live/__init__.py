"""The Hub and the router, asked now: status, watching, probing, and calls that cost money."""
