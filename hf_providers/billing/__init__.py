"""Usage logs and the prices in force at each request's time."""
