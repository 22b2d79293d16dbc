"""Start of MiniStack in the environment of the embedded AWS, with Lambda's Python for the functions.

Usage: `python -m sallyport.local.server PYTHON`, or by the path of this folder, in an environment that has MiniStack.
PYTHON is the interpreter for functions. MiniStack would run functions under its own interpreter, which has libraries
that Lambda lacks, so that a missing dependency would not be noticed.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from ministack import app
from ministack.core import lambda_runtime
from ministack.services import lambda_svc

if not __package__:  # started by path: replace this folder in sys.path by the folder of the package
    sys.path[:1] = []
    sys.path.append(str(Path(__file__).parents[3]))

from sallyport.local import keys
from sallyport.local.fakes.app import before
from sallyport.local.server import (
    arns,
    caught_mail,
    conditions,
    credentials,
    durability,
    edge_functions,
    guard,
    layers,
    metrics,
    ministack_patches,
    site,
    workers,
)
from sallyport.local.server.live_reload import FLAG, LiveReload


def main(function_python: str) -> None:
    """Serve until the process is told to stop."""
    script = lambda_runtime._detect_runtime_binary("python3.13")[1]
    lambda_runtime._detect_runtime_binary = lambda _: (function_python, script)
    # Our handlers print their line before they answer, so a short wait for further lines is enough.
    lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = (0.05, 0.002, 0.05)
    to_proxy_response = lambda_svc.lambda_execute_result_to_api_proxy_response
    lambda_svc.lambda_execute_result_to_api_proxy_response = as_api_gateway(to_proxy_response)
    folder = Path(os.environ["STATE_DIR"])
    credentials.install(keys.read(folder.parent / keys.FILE))
    arns.install()
    conditions.install()
    ministack_patches.install()
    metrics.install()
    caught_mail.install()
    edge_functions.install()
    layers.install(folder / "layers", Path(tempfile.gettempdir()) / "code")
    workers.install()
    durability.install(folder)
    live_reload = LiveReload(folder.parent / FLAG)
    app.app = site.before(guard.guarded(before(app.app, folder)), live_reload)
    sys.argv = sys.argv[:1]
    app.main()


def as_api_gateway(answer: Any) -> Any:
    """Answer a bare 500 for a function that fails or does not start; the cause is in this process's log."""

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
