"""Somebody with a browser: what they do and what they see."""

import re

from axe_playwright_python.sync_playwright import Axe
from house import PASSWORD
from playwright.sync_api import expect


class Person:
    """One browser context of its own: cookies, storage, network."""

    def __init__(self, browser, name, base, **options):
        self.name, self.base = name, base
        self.context = browser.new_context(base_url=base, reduced_motion="reduce", **options)
        self.complaints = []
        self.context.on("console", self._console)
        self.context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        self.page = self.context.new_page()
        # Held from the start: a chooser that is asked for with the key press may be shown before it is held.
        self.page.on("filechooser", lambda chooser: None)

    def _console(self, message):
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            self.complaints.append(message.text)

    def sign_in(self):
        self.page.goto("/signin")
        self.page.get_by_label("User name").fill(self.name)
        self.page.get_by_label("Password").fill(PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.composer).to_be_visible()
        self.page.wait_for_load_state()  # scripts have run by then, and keys are heard
        return self

    @property
    def composer(self):
        return self.page.locator("main message-composer textarea").first

    def say(self, text):
        self.composer.fill(text)
        self.composer.press("Enter")

    def message(self, text):
        return self.page.locator("message-item", has=self.page.locator(".text", has_text=text))

    def sees(self, text):
        expect(self.message(text)).to_have_count(1)

    def transcript(self):
        """What is on the screen, from top to bottom: id, who, text, reactions."""
        return self.page.locator("message-list message-item").evaluate_all("""items => items.map(item => [
            item.dataset.id, item.querySelector(".author")?.innerText, item.querySelector(".text").innerText,
            [...item.querySelectorAll(".reaction")].map(reaction => reaction.innerText.trim().split("\\n").slice(0, 2).join(" "))])""")

    def row(self, channel):
        return self.page.locator(".sidebar-row", has=self.page.locator(".row-title", has_text=re.compile(f"^{channel}$")))

    def check(self, what):
        """No violation of the rules for accessible pages."""
        found = Axe().run(self.page).response["violations"]
        assert not found, f"{what}: " + "; ".join(
            f"{one['id']} ({one['help']}): {', '.join(str(node['target']) for node in one['nodes'][:3])}" for one in found)
