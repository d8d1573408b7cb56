"""What page and paper share: an agent's part of a report, row by row."""
