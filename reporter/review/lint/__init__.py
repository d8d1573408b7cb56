"""What in a declaration, or between it and the JSON schemas beside it, needs a second look."""
