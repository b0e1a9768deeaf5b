"""The snapshot as tools for agents: `hfp mcp`, a server of the Model Context Protocol on stdin and stdout."""
