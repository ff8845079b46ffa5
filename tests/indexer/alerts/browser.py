"""Letters in a real browser: laid out in a frame of a given width, light or dark, and measured there.

A frame, since a browser's window has a least width that is wider than a phone. What is measured comes back as the text
of the page; a picture can be taken of the same page.
"""

import html
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Scheme = Literal["light", "dark"]

CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
SECONDS = 120

_PAGE = """\
<!DOCTYPE html><html><head><meta charset="utf-8"><style>body {{ margin: 0 }} iframe {{ border: 0; display: block }}
</style></head><body><iframe id="letter" width="{width}" height="{height}" srcdoc="{letter}"></iframe>
<script>
const blocks = "h1, h2, h3, p, li", colored = blocks + ", a, mark, ins, del";
function channels(color) {{ return (color.match(/[\\d.]+/g) || []).map(Number); }}
function isOpaque(color) {{ const [, , , alpha] = channels(color); return alpha === undefined || alpha > 0; }}
function light([red, green, blue]) {{
  const [r, g, b] = [red, green, blue].map(one => one / 255).map(
    one => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}}
function contrast(view, element) {{
  let behind = element;
  while (behind && !isOpaque(view.getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
  const back = behind ? view.getComputedStyle(behind).backgroundColor : "rgb(255, 255, 255)";
  const [a, b] = [light(channels(view.getComputedStyle(element).color)), light(channels(back))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}}
function measure() {{
  const frame = document.getElementById("letter"), view = frame.contentWindow, page = frame.contentDocument;
  const boxes = [...page.querySelectorAll(blocks)].map(one => [one, one.getBoundingClientRect()]);
  const name = one => one.tagName + " " + one.textContent.trim().slice(0, 60);
  const outside = boxes.filter(([one, box]) => box.left < 0 || box.right > view.innerWidth + 0.5
    || one.scrollWidth > one.clientWidth + 1);
  const overlapping = boxes.slice(1).filter(([one, box], place) => {{
    const [before, above] = boxes[place];
    return !before.contains(one) && box.top < above.bottom - 0.5;
  }});
  const faint = [...page.querySelectorAll(colored)].filter(one => contrast(view, one) < 4.5);
  const said = {{
    inner: view.innerWidth, scroll: page.documentElement.scrollWidth, blocks: boxes.length,
    dark: view.matchMedia("(prefers-color-scheme: dark)").matches,
    background: view.getComputedStyle(page.body).backgroundColor,
    outside: outside.map(([one]) => name(one)), overlapping: overlapping.map(([one]) => name(one)),
    faint: [...new Set(faint.map(one => name(one) + " " + view.getComputedStyle(one).color))],
    images: page.images.length, scripts: page.scripts.length,
  }};
  const result = document.createElement("pre");
  result.id = "measured";
  result.hidden = true;
  result.textContent = JSON.stringify(said);
  document.body.append(result);
}}
document.getElementById("letter").addEventListener("load", measure);
</script></body></html>
"""


@dataclass(frozen=True)
class Measured:
    """What the browser says of a letter; the lists name elements."""

    inner: int
    scroll: int
    blocks: int
    dark: bool
    background: str
    outside: list[str]
    overlapping: list[str]
    faint: list[str]
    images: int
    scripts: int


def measure_letter(letter: str, width: int, scheme: Scheme, folder: Path) -> Measured:
    """Lay the letter out and measure it."""
    said = _run(letter, width, 800, scheme, folder, "--dump-dom", "--virtual-time-budget=5000")
    found = said.partition('<pre id="measured" hidden="">')[2].partition("</pre>")[0]
    if not found:
        raise AssertionError(f"the browser measured nothing: {said[-2000:]}")
    values: dict[str, Any] = json.loads(html.unescape(found))
    return Measured(**values)


def picture_letter(letter: str, width: int, height: int, scheme: Scheme, folder: Path) -> Path:
    """Take a picture of the beginning of the letter."""
    picture = folder / f"letter-{width}-{scheme}.png"
    _run(letter, width, height, scheme, folder, f"--screenshot={picture}", f"--window-size={max(width, 500)},{height}")
    return picture


def _run(letter: str, width: int, height: int, scheme: Scheme, folder: Path, *options: str) -> str:
    assert CHROMIUM is not None
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / f"letter-{width}-{scheme}.html"
    page.write_text(_PAGE.format(width=width, height=height, letter=html.escape(letter)), encoding="utf-8")
    command = [
        CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
        f"--user-data-dir={folder / 'profile'}", f"--blink-settings=preferredColorScheme={int(scheme == 'light')}",
        *options, page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    return done.stdout
