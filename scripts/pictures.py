"""The README's pictures, taken of the running app on the bundled sample: `make pictures`.

Walks the path by command line in a temporary workspace, opens every page of the path in chromium, and writes
docs/pictures/*.png. What the README shows is what the app looks like.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from playwright.sync_api import Page, ViewportSize, sync_playwright

if __name__ == "__main__":  # a script looks for modules beside itself; these are the project's
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from tests.browser.rig import CHROMIUM, FLAGS, ROOT, App, free_port, go, settled

PICTURES = ROOT / "docs" / "pictures"
SAMPLE = ROOT / "core" / "samples" / "flights_late.csv"
Scheme = Literal["light", "dark"]
SIZE: ViewportSize = {"width": 1280, "height": 800}


def cli(workspace: Path, *args: str) -> dict[str, Any]:
    """Run a verb in the workspace and return its JSON."""
    command = [sys.executable, str(ROOT / "scripts" / "pipeline.py"), *args, "--json"]
    done = subprocess.run(
        [*command, "--workspace", str(workspace)], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def main() -> None:
    """Take all pictures, light and dark."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        workspace = Path(folder) / "workspace"
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        pages: dict[Scheme, Page] = {
            scheme: browser.new_context(viewport=SIZE, color_scheme=scheme).new_page()
            for scheme in ("light", "dark")
        }
        app = App(workspace, free_port(), Path(folder) / "server.log")
        app.start()
        try:
            walk(workspace, pages, app.url)
        finally:
            app.kill()
            browser.close()


def walk(workspace: Path, pages: Mapping[Scheme, Page], url: str) -> None:
    """Walk the path, and take each page when it is its turn."""
    leaky = cli(workspace, "eda", str(SAMPLE), "--target", "late")["job"]
    drop = ("--drop", "arr_delay", "dep_delay")
    eda = cli(workspace, "eda", str(SAMPLE), "--target", "late", *drop)["job"]
    for scheme, page in pages.items():
        page.goto(f"{url}/EDA")
        page.get_by_role("button", name="Log").click()
        picture(page, "eda", scheme)
        page.goto(f"{url}/Report?job={leaky}")
        page.get_by_role("heading", name="Report", level=1).wait_for()
        picture(page, "report", scheme)
    for depth, eta in (("4", "0.05"), ("9", "0.1")):
        cli(workspace, "train", "--eda", eda, "--set", f"max_depth={depth}", "--set", f"eta={eta}")
    training = cli(workspace, "train", "--eda", eda)["job"]
    endpoint = cli(workspace, "deploy", "--training", training, "--name", "flights-late")["endpoint"]
    try:
        for scheme, page in pages.items():
            served(page, url, scheme)
    finally:
        cli(workspace, "delete", endpoint)
    cli(
        workspace, "pipeline", "save", "weekly", "--training", training
    )  # last: its run would stand on the others
    cli(workspace, "pipeline", "run", "weekly")
    for scheme, page in pages.items():
        go(page, "Pipelines")
        picture(page, "pipelines", scheme)


def served(page: Page, url: str, scheme: Scheme) -> None:
    """Take the pages that show more once a model is trained and served."""
    page.goto(url)
    picture(page, "home", scheme)
    go(page, "Configuration")
    picture(page, "configuration", scheme)
    go(page, "Training")
    picture(page, "training", scheme)
    go(page, "Inference")
    page.get_by_role("button", name="Predict", exact=True).click()
    page.get_by_text("Answered in").wait_for()
    page.mouse.move(0, 0)  # a button under the mouse has another colour
    picture(page, "inference", scheme)


def picture(page: Page, name: str, scheme: Scheme) -> None:
    """Take one picture of what the page shows now."""
    settled(page)
    page.wait_for_timeout(1500)  # charts and tables draw themselves after the script has ended
    # As a palette it is a third of the size, and looks the same.
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    shot.quantize(256, dither=Image.Dither.NONE).save(PICTURES / f"{name}-{scheme}.png", optimize=True)
    print(f"docs/pictures/{name}-{scheme}.png")


if __name__ == "__main__":
    main()
