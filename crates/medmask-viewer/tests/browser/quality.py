"""Opens a page for quality control, works with it by keyboard, and prints as JSON what was seen. Arguments: the page."""

import json
import pathlib
import sys

from devtools import Browser, program

NAMES = "[...document.querySelectorAll('tbody tr')].map((row) => row.cells[0].firstChild.textContent)"
HEADINGS = "[...document.querySelectorAll('thead th')].filter((cell) => !cell.hidden).map((cell) => cell.textContent)"


def click_heading(browser, name):
    browser.run(f"[...document.querySelectorAll('thead button')].find((own) => own.textContent === {json.dumps(name)}).click()")


def search(browser, field, text):
    browser.run(f"document.querySelector('{field}').select(); document.querySelector('{field}').focus()")
    browser.type(text) if text else browser.run(
        f"document.querySelector('{field}').value = ''; document.querySelector('{field}').dispatchEvent(new Event('input'))")
    browser.press("Escape")


def opened_again(browser, address, place, is_right):
    """The text of a place when the page is opened again. The browser keeps what a page stores in another process, so that the next page may
    still see what was before: a few times are tried."""
    for _ in range(10):
        browser.open(address)
        text = browser.run(f"document.querySelector('{place}').textContent")
        if is_right(text):
            break
    return text


def main(page):
    if program() is None:
        print("null")
        return
    address = pathlib.Path(page).resolve().as_uri()
    seen = {}
    with Browser() as browser:
        browser.open(address)
        seen["cases"] = browser.run(NAMES)
        seen["headings"] = browser.run(HEADINGS)
        seen["cells"] = browser.run("[...document.querySelectorAll('tbody tr')].map((row) => [...row.cells].map((cell) => cell.innerText))")
        seen["pictures"] = browser.run(
            "Promise.all([...document.querySelectorAll('tbody tr')].map(async (row) => {"
            " const image = row.querySelector('img'); if (!image) return null; image.loading = 'eager'; await image.decode();"
            " return [image.naturalWidth, image.naturalHeight] }))")
        seen["far"] = browser.run("[...document.querySelectorAll('td.far, td.farther')].map((cell) => cell.title)")
        seen["sorted"] = []
        for _ in range(3):
            click_heading(browser, "liver")
            seen["sorted"].append(browser.run(NAMES))
        search(browser, "#search-cases", "S2")
        seen["found"] = browser.run(NAMES)
        search(browser, "#search-cases", "")
        search(browser, "#search-structures", "LIV")
        seen["found_structures"] = browser.run(HEADINGS)
        search(browser, "#search-structures", "")
        # The first is chosen from the start. Pass it; fail the second, with a note; pass the third, and take it back.
        browser.run("document.activeElement.blur()")
        for key in ("k", "p", "j", "f", "n"):
            browser.press(key)
        browser.type('=1+1, "odd"')
        for key in ("Enter", "ArrowDown", "p", "p"):
            browser.press(key)
        # One that is looked at in full, and judged there.
        for key in ("j", "o", "f"):
            browser.press(key)
        seen["enlarged"] = browser.run(
            "[document.querySelector('dialog').open, document.querySelector('dialog p').textContent, document.querySelector('dialog img').naturalWidth > 0]")
        browser.press("o")
        seen["counts"] = browser.run("document.querySelector('#counts').textContent")
        name, csv = browser.download(lambda: browser.press("s"))
        seen["saved"], seen["csv"] = name, csv.decode()
        seen["counts_after"] = opened_again(browser, address, "#counts", lambda counts: counts == seen["counts"])
        # As if the file of the first had been written again since.
        browser.run("(() => { const key = Object.keys(localStorage)[0]; const kept = JSON.parse(localStorage[key]);"
                    " Object.values(kept)[0].state = 'another'; localStorage[key] = JSON.stringify(kept) })()")
        seen["warning"] = opened_again(browser, address, "#warning", bool)
        seen["injected"] = browser.run("window.injected === undefined && document.querySelectorAll('tbody b, tbody script').length === 0")
        seen["asked"] = [one["url"] for one in browser.requests if not one["url"].startswith(("file:", "data:", "blob:"))]
        seen["complaints"] = browser.complaints
    print(json.dumps(seen))


main(sys.argv[1])
