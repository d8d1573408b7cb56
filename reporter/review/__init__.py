"""What declarations put up for review."""
