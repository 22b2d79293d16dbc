"""sallyport.client.stack.reload: functions that are called by an alias. tests/local/test_cloud.py saves files."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sallyport.client.stack import reload
from sallyport.local.state import Entry, State


def test_saved_code_is_what_the_alias_names(tmp_path: Path) -> None:
    """With `snapStart` or `provisionedConcurrency`; other functions have no versions."""
    state, calls = State(tmp_path / "stack.json"), []
    outputs = {"function": "signin", "name": "live"}
    state.put("alias", Entry(reload.ALIAS, "signin-live", "signin/live", "digest", outputs, [], ""))

    def publish_version(**given: Any) -> dict[str, str]:
        calls.append(given)
        return {"Version": "2"}

    lambda_ = SimpleNamespace(publish_version=publish_version, update_alias=lambda **given: calls.append(given))

    reload._publish(state, lambda_, "me")
    assert calls == []
    reload._publish(state, lambda_, "signin")

    assert calls == [{"FunctionName": "signin"}, {"FunctionName": "signin", "Name": "live", "FunctionVersion": "2"}]
    assert state.entries["alias"].inputs_digest == reload.BY_HAND
