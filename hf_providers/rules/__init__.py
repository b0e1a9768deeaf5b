"""The rules used everywhere: money, tasks, readiness, ranking."""
