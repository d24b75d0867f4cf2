"""What a browser finds wrong with a page."""

from base64 import b64decode
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe

SCREENSHOTS = Path(__file__).parents[2] / "var" / "screenshots"

SERIOUS = ("serious", "critical")

EXPECTED = ("status of 404", "status of 422", "Autofocus processing was blocked")
"""What the browser may say: that a page is missing or a form is wrong, where the test asked for that, and
that the test was quicker to a field than the page, which would have begun there too."""


def unexpected(said: list[str]) -> list[str]:
    """What the browser said, without what a test asked for."""
    return [line for line in said if not any(part in line for part in EXPECTED)]


def picture(page: Any) -> bytes:
    """The whole page as PNG."""
    browser = page.context.new_cdp_session(page)
    size = browser.send("Page.getLayoutMetrics")["cssContentSize"]
    whole = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
    quickly = {"optimizeForSpeed": True, "captureBeyondViewport": True, "clip": whole}
    taken = browser.send("Page.captureScreenshot", quickly)["data"]
    browser.detach()
    return b64decode(taken)


ASK = """([options, serious]) => axe.run(options).then(({violations}) => violations
  .filter(({impact}) => serious.includes(impact))
  .flatMap(({id, nodes}) => nodes.map(({html}) => `${id}: ${html.slice(0, 160)}`)))"""


def faults(page: Any) -> list[str]:
    """Serious findings of axe. No rule of these waits for style sheets of other hosts: there are none; and
    what is right stays in the page: to bring it here takes as long as to look."""
    page.evaluate(Axe().axe_script)
    options = {"resultTypes": ["violations"], "preload": False, "reporter": "no-passes"}
    found: list[str] = page.evaluate(ASK, [options, SERIOUS])
    return found


WATCH = """() => {
  const looks = (element) => {
    const style = getComputedStyle(element);
    return ["outlineStyle", "outlineWidth", "boxShadow", "borderColor", "backgroundColor", "color",
      "textDecorationLine", "clipPath", "clip", "position"].map((name) => style[name]).join(" ");
  };
  const called = ({tagName, name, textContent}) =>
    `${tagName} ${name || ""} ${textContent.trim().slice(0, 40)}`;
  const main = document.querySelector("main");
  const inMain = [...main.querySelectorAll("a[href], button, input, select, textarea, summary")].filter(
    (element) => element.tabIndex >= 0 && !element.disabled && element.type !== "hidden"
      && element.checkVisibility({visibilityProperty: true}));
  const reached = new Map();
  document.addEventListener("focusin", (event) => reached.set(event.target, looks(event.target)));
  let left = false;
  main.addEventListener("focusout", (event) => { left ||= !main.contains(event.relatedTarget); });
  main.focus();
  window.walkedBeyond = () => left;
  window.walkEnds = () => {
    document.activeElement.blur();
    const missed = inMain.filter((element) => !reached.has(element) && element.type !== "radio");
    const unseen = inMain.filter((element) => reached.get(element) === looks(element));
    return [...missed.map((element) => "not reached: " + called(element)),
      ...unseen.map((element) => "focus not visible: " + called(element))];
  };
  return inMain.length;
}"""
"""Remembers in the page what gets the focus, and how it looks then."""

STEPS = 10


def walk(page: Any) -> list[str]:
    """What is wrong for somebody who goes through the page with the Tab key: what is never reached, a focus
    that cannot be seen, a trap."""
    count = page.evaluate(WATCH)
    for _ in range(count // STEPS * 2 + 3):  # a date takes several steps
        for _ in range(STEPS):
            page.keyboard.press("Tab")
        if page.evaluate("walkedBeyond()"):
            found: list[str] = page.evaluate("walkEnds()")
            return found
    return [f"focus is trapped in {page.evaluate('document.activeElement.outerHTML')[:160]}"]
