"""A person before a browser."""

from typing import Any

from cdp_pipeline_tests.browser.instance import ROOT

PICTURES = ROOT / ".e2e"


class Visitor:
    """Opens pages, waits for words, takes pictures; remembers all they read."""

    def __init__(self, url: str, browser: Any) -> None:
        self.url = url
        self.outside: list[str] = []
        self.errors: list[str] = []
        self.read: dict[str, str] = {}
        self.tab = browser.new_page(viewport={"width": 1400, "height": 900})
        self.tab.set_default_timeout(60_000)
        self.tab.on("request", lambda request: self._note(request.url))
        self.tab.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, path: str, *words: str) -> str:
        """Open a page of the UI, wait until it shows these words; gives all its words."""
        self.tab.goto(self.url + path)
        return self.wait_for(path, *words)

    def wait_for(self, what: str, *words: str) -> str:
        """Wait until these words are visible; gives all words of the page."""
        for word in words:
            self.tab.get_by_text(word).first.wait_for(state="visible")
        text = str(self.tab.inner_text("body"))
        self.read[what] = text
        return text

    def show(self, key: str, *words: str) -> Any:
        """Open the dialog of a metadata entry that is too long for its row; gives where it stands."""
        place, hidden = self._row(key), self._row(key).get_by_text("[Show Markdown]")
        if hidden.count():
            hidden.click()
            place = self.tab.locator(".bp5-dialog").last
        for word in words:
            place.get_by_text(word).first.wait_for()
        self.read[f"{self.tab.url} {key}"] = str(place.inner_text())
        return place

    def close_dialogs(self) -> None:
        """Close what `show` may have opened."""
        dialog = self.tab.locator(".bp5-dialog")
        if dialog.count():
            dialog.get_by_role("button", name="Close").click()
            dialog.wait_for(state="detached")

    def picture(self, name: str, key: str | None = None) -> None:
        """Keep what is to be seen, from a metadata entry down if one is named; half a second lets all arrive."""
        if key:
            self._row(key).evaluate("row => row.scrollIntoView({block: 'start'})")
        self.tab.wait_for_timeout(500)
        self.tab.screenshot(path=PICTURES / f"{name}.png")

    def _row(self, key: str) -> Any:
        return self.tab.locator("tr", has=self.tab.get_by_text(key, exact=True)).first

    def _note(self, address: str) -> None:
        if not address.startswith((self.url, "data:", "blob:", "file:")):
            self.outside.append(address)
