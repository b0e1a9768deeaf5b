"""What it takes to run a model oneself: memory, machines, dedicated endpoints."""
