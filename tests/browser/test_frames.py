"""The app in a real browser under its own server's headers: nobody's frame but its own, and cold deep links."""

from __future__ import annotations

import functools
import http.server
import threading
import urllib.request

import pytest
from playwright.sync_api import expect

from tests.browser.rig import settled


@pytest.fixture
def elsewhere(tmp_path, app):
    """A page of another origin that lays the app into a frame."""
    (tmp_path / "index.html").write_text(f"<h1>Elsewhere</h1><iframe src='{app.url}' name='app'></iframe>")
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def test_a_cold_deep_link_arrives_and_no_other_origin_may_frame_the_app(app, blank, chromium, elsewhere):
    blank.goto(f"{app.url}/Training")  # the first request of a server that has just started
    expect(blank.get_by_role("heading", name="Training", level=1)).to_be_visible()
    expect(blank.get_by_test_id("stTopNavLink").first).to_be_visible()
    settled(blank)

    with chromium.new_context() as context:
        page = context.new_page()
        with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
            page.goto(elsewhere)
        assert "Sendero" not in page.frame("app").content()
    for path in ("/", "/Training", "/_stcore/health", "/nothing/here"):
        with urllib.request.urlopen(app.url + path) as answer:
            assert answer.headers["Content-Security-Policy"] == "frame-ancestors 'self'"
            assert answer.headers["X-Frame-Options"] == "SAMEORIGIN"
