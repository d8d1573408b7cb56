"""What knows nothing of declarations: canonical JSON, files, text that is safe to show, languages, colours, TOML."""
