"""Opens the page of a case from a server, switches structures on, and prints as JSON what was seen. Arguments: the list's address, the
path of the page of a case, a file that takes its place at the end, the file of the case, and names of the first structures."""

import json
import pathlib
import sys

from devtools import Browser, program

WEBGL = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--window-size=1200,900"]
# What was switched is drawn when nothing more waits.
DRAWN = "medmask.viewer.switch([], true).then(() => true)"
# How many pixels have a structure's colour exactly, or nearly so.
PIXELS = """(() => {
  const { niivue } = medmask.viewer.picture;
  niivue.drawScene();
  const { gl } = niivue;
  const pixels = new Uint8Array(4 * gl.drawingBufferWidth * gl.drawingBufferHeight);
  gl.readPixels(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
  return medmask.viewer.page.structures.slice(0, COUNT).map(({ colour }) => {
    let found = 0;
    for (let at = 0; at < pixels.length; at += 4) {
      if (colour.every((value, index) => Math.abs(pixels[at + index] - value) <= 2)) found += 1;
    }
    return found;
  });
})()"""


def switch(browser, name):
    """Clicks the structure's box, as a user does."""
    clicked = browser.run(
        "(() => { const row = [...document.querySelectorAll('#structures label')]"
        f".find((row) => row.querySelector('span').textContent === {json.dumps(name)}); row.querySelector('input').click(); return true; }})()")
    assert clicked
    browser.run(DRAWN)


def fetched(browser, path):
    """The ranges that were asked of the file: first and last byte of each."""
    asked = [request for request in browser.requests if request["url"].endswith(path)]
    ranges = [request["headers"]["Range"].removeprefix("bytes=").split("-") for request in asked]
    return [[int(first), int(last)] for first, last in ranges]


def main(address, page, names, change):
    if program() is None:
        print("null")
        return
    seen = {}
    with Browser(*WEBGL) as browser:
        browser.open(address)
        seen["links"] = browser.run("[...document.querySelectorAll('a')].map((link) => link.getAttribute('href'))")
        browser.open(address.rstrip("/") + page)
        browser.run("medmask.started.then(() => true)")
        seen["names"] = browser.run("[...document.querySelectorAll('#structures span')].map((name) => name.textContent)")
        count = PIXELS.replace("COUNT", str(len(names)))
        files = page.replace("/view/", "/files/", 1)
        seen["before"], seen["ranges_before"] = browser.run(count), fetched(browser, files)
        for name in names:
            switch(browser, name)
        seen["after"], seen["ranges"] = browser.run(count), fetched(browser, files)
        seen["complaints"], seen["hosts"] = list(browser.complaints), sorted({
            request["url"].split("/")[2] for request in browser.requests if request["url"].startswith("http")})
        # Another file gets the name while the page is open.
        new, place = map(pathlib.Path, change)
        new.rename(place)
        switch(browser, seen["names"][len(names)])
        seen["failed"] = browser.run("[...document.querySelectorAll('#structures .wrong output')].map((volume) => volume.textContent)")
        seen["notes"] = browser.run("document.querySelector('#notes').textContent")
    print(json.dumps(seen))


main(sys.argv[1], sys.argv[2], sys.argv[5:], sys.argv[3:5])
