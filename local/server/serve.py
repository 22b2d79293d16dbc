"""Runs in the embedded AWS's own environment: starts MiniStack with Lambda's Python for the functions.

Usage: serve.py PYTHON, where PYTHON is the interpreter that functions run under. MiniStack would run them under its
own, which has libraries that Lambda has not; a forgotten dependency would go unnoticed.
"""

import os
import sys
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core import lambda_runtime
from ministack.services import lambda_svc

sys.path.append(str(Path(__file__).parents[2]))

from local import keys
from local.fakes.app import before

import conditions
import credentials
import durability
import gaps
import guard
import layers


def main(function_python: str) -> None:
    """Serve until the process is told to stop."""
    script = lambda_runtime._detect_runtime_binary("python3.13")[1]
    lambda_runtime._detect_runtime_binary = lambda _: (function_python, script)
    # Every handler of ours prints its one line before it answers, so there is little to wait for after it.
    lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = (0.05, 0.002, 0.05)
    to_proxy_response = lambda_svc.lambda_execute_result_to_api_proxy_response
    lambda_svc.lambda_execute_result_to_api_proxy_response = as_api_gateway(to_proxy_response)
    folder = Path(os.environ["STATE_DIR"])
    credentials.install(keys.read(folder.parent / keys.FILE))
    conditions.install()
    gaps.install()
    layers.install(folder / "layers")
    durability.install(folder)
    app.app = guard.guarded(before(app.app, folder))
    sys.argv = sys.argv[:1]
    app.main()


def as_api_gateway(answer: Any) -> Any:
    """A function that fails, or does not even start, is a bare 500 to the caller; why stands in this process's log."""

    def answering(result: dict[str, Any]) -> Any:
        response, rest = answer(result)
        if not result.get("error") or response["statusCode"] == 429:
            return response, rest
        sys.stderr.write(f"a function failed: {response['body']}\n")
        sys.stderr.flush()
        return {"statusCode": 500, "body": '{"message":"Internal Server Error"}'}, rest

    return answering


if __name__ == "__main__":
    main(sys.argv[1])
