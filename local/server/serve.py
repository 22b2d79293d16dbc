"""Runs in the embedded AWS's own environment: starts MiniStack with Lambda's Python for the functions.

Usage: serve.py PYTHON, where PYTHON is the interpreter that functions run under. MiniStack would run them under its
own, which has libraries that Lambda has not; a forgotten dependency would go unnoticed.
"""

import sys

from ministack import app
from ministack.core import lambda_runtime

import conditions


def main(function_python: str) -> None:
    """Serve until the process is told to stop."""
    script = lambda_runtime._detect_runtime_binary("python3.13")[1]
    lambda_runtime._detect_runtime_binary = lambda _: (function_python, script)
    # Every handler of ours prints its one line before it answers, so there is little to wait for after it.
    lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = (0.05, 0.002, 0.05)
    conditions.install()
    sys.argv = sys.argv[:1]
    app.main()


if __name__ == "__main__":
    main(sys.argv[1])
