"""``python -m reporter.cli`` is ``datarisk``."""

from reporter.cli.process import main

main()
