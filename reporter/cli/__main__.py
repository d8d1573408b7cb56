"""``python -m reporter.cli`` is ``datarisk``."""

from reporter.cli.main import main

main()
