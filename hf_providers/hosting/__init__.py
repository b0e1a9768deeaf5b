"""Estimate what it takes to run a model yourself: memory, machines, dedicated endpoints."""
