"""The command, as a process of its own."""

import sys

SALLYPORT = [sys.executable, "-c", "from sallyport.client.commands.main import cli; cli()"]
