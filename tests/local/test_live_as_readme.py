"""The live tests pass as the README's deploying part runs them: on a stack that has been given nothing but a sender,
by its outputs, which come through a pipe.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.local.test_cloud import Terminal, free_port
from tests.support import project_copy

WAITS = "test_an_access_token_outlives_its_session_by_the_bound_at_most"
"""For a minute, and for the same on every stack."""

NOTHING_BUT_A_SENDER = """
config:
  sallyport:retain: false
  sallyport:testUser: true
  sallyport:layerPlatform: host
  sallyport:mailFrom: you@example.com
  sallyport:authyApiKey: ""
  sallyport:twilioAccountSid: ""
  sallyport:twilioAuthToken: ""
  sallyport:twilioVerifyService: ""
  sallyport:passkeyRpId: ""
  sallyport:passkeyOrigins: []
  # Checked with one mailbox from one address, as Pulumi.dev.yaml has it.
  sallyport:signInLimits:
    mailsPerMailboxPerDay: 200
    mailsPerMailboxAndSourcePerDay: 200
    mailsPerSourcePerDay: 200
    signUpsPerMailboxPerDay: 200
"""


@pytest.mark.slow
def test_live_tests_take_outputs_from_a_pipe_and_need_no_passkeys(tmp_path: Path) -> None:
    copy = project_copy.copy(tmp_path / "copy")
    (copy / "Pulumi.local.yaml").write_text(NOTHING_BUT_A_SENDER)
    terminal = Terminal(tmp_path / "home", copy)
    try:
        up = terminal.run("up", "--detach", "--port", str(free_port()))
        assert up.returncode == 0, up.stderr
        outputs = terminal.run("output", "--json", "--show-secrets").stdout
        smoke = terminal.run("smoke", "-", stdin=outputs)
        live = subprocess.run(
            [sys.executable, "-m", "pytest", "tests/live", "--outputs", "-", "-p", "no:randomly", "-k", f"not {WAITS}"],
            cwd=copy,
            env={**os.environ, "SALLYPORT_HOME": str(terminal.stack.home)},
            input=outputs,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        terminal.stack.stop()

    assert smoke.returncode == 0, smoke.stdout
    assert live.returncode == 0, live.stdout[-5000:]
