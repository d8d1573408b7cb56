"""Arguments, progress and exit status: the only prints and the only exits."""
