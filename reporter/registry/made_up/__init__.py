"""A company that does not exist, with the AI agents that it would have: what the demo shows and many tests read."""
