"""Whether a page holds markup that is not the hub's own."""

from html.parser import HTMLParser


class Foreign(HTMLParser):
    """Collects elements and attributes that no page of the hub has."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at an element."""
        given = {name: value or "" for name, value in attrs}
        if tag == "x-planted" or (tag == "script" and "src" not in given):
            self.found.append(tag)
        self.found += [f"{tag} {name}" for name in given if name.startswith("on")]
        self.found += [
            f"{tag} {name}={given[name][:40]}"
            for name in ("href", "src", "action", "formaction", "xlink:href", "hx-get", "hx-post")
            if given.get(name, "").strip().lower().startswith(("javascript:", "data:text", "vbscript:"))
        ]


def foreign(page: str) -> list[str]:
    """What is in the page that should not be."""
    reader = Foreign()
    reader.feed(page)
    return reader.found


WATCH = """
window.planted = () => { window.wasPlanted = true; };
document.addEventListener("securitypolicyviolation", (event) => {
  (window.violations ||= []).push(`${event.violatedDirective} ${event.blockedURI}`);
});
"""
"""Is in a page before anything else: what planted scripts call, and what the policy had to stop."""

ASK = """() => ({
  ran: Boolean(window.wasPlanted),
  stopped: window.violations || [],
  elements: [...document.querySelectorAll(
    "x-planted, script:not([src]), [onerror], [onload], [onclick], [onfocus], iframe, object, embed, base"
  )].map((one) => one.outerHTML.slice(0, 120)),
  links: [...document.querySelectorAll("[href], [src], [action]")]
    .map((one) => one.getAttribute("href") || one.getAttribute("src") || one.getAttribute("action"))
    .filter((target) => /^\\s*(javascript|data:text|vbscript)/i.test(target)),
})"""

CLEAN = {"ran": False, "stopped": [], "elements": [], "links": []}
