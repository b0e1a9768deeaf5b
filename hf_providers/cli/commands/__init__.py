"""The commands of `hfp`, one module each: `arguments(parser)` and `main(options)`."""

COMMANDS = {
    "run": "print code that calls a model",
    "status": "is it ready now: ask the Hub, watch, probe",
    "models": "browse models: by task, provider, price, context",
    "providers": "list providers, show one, or compare those of a model",
    "cost": "what a job costs with every provider, exactly",
    "bill": "price a usage log at the prices in force at each request's time",
    "need": "what it takes to run a model: serverless, a dedicated endpoint, or your own hardware",
    "history": "what a model's offers cost over time",
    "changes": "what changed lately: prices, offers, providers",
    "sql": "query the tables and views with DuckDB",
    "export": "write the catalogue for LiteLLM, genai-prices, opencode, Continue and others",
    "mcp": "serve the snapshot to agents, over the Model Context Protocol",
    "sync": "fetch the newest published snapshot",
    "info": "which snapshot this is, and where",
    "completion": "print the completion script of a shell",
    "help": "explain a command",
}
"""Every command but the default one, each a module of this package, with what it does."""
