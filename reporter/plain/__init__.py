"""What knows nothing of declarations: canonical JSON, text that is safe to show, languages, colours, places in TOML."""
