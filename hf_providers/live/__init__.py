"""The current state of the Hub and the router: status, watching, probing, and calls that cost money."""
