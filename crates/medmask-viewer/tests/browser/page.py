"""Opens the page of one case, works with it, and prints as JSON what was seen. Arguments: the page, and the names of three structures; without
names the browser has no WebGL."""

import json
import pathlib
import sys

from devtools import Browser, program

SOFTWARE = ("--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--window-size=900,600")
NO_WEBGL = ("--disable-3d-apis",)

ROWS = """[...document.querySelectorAll('#structures label')].map((row) => [
    row.querySelector('span').textContent, row.querySelector('output').textContent,
    row.querySelector('input').checked, row.querySelector('input').disabled,
    getComputedStyle(row.querySelector('i')).backgroundColor])"""

# How many pixels of the canvas have each colour, and where their middle lies from left to right in the axial slice.
COLOURS = """(() => {
    const niivue = medmask.viewer.picture.niivue;
    niivue.drawScene();
    const { gl } = niivue;
    const [width, height] = [gl.drawingBufferWidth, gl.drawingBufferHeight];
    const pixels = new Uint8Array(4 * width * height);
    gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    const found = {};
    for (let at = 0; at < pixels.length; at += 4) {
        const colour = `rgb(${pixels[at]}, ${pixels[at + 1]}, ${pixels[at + 2]})`;
        found[colour] ??= [0, 0];
        found[colour][0] += 1;
        found[colour][1] += (at / 4) % width / width;
    }
    return Object.fromEntries(Object.entries(found).filter(([, [count]]) => count > 20).map(([colour, [count, sum]]) => [colour, [count, sum / count]]));
})()"""

# CRC-32 of the voxels of an entry as bytes.
CHECKSUM = """(async (name) => {
    const { data } = await medmask.viewer.archive.load(name);
    const table = Int32Array.from({ length: 256 }, (_, n) => {
        for (let bit = 0; bit < 8; bit += 1) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
        return n;
    });
    let crc = -1;
    for (const byte of data) crc = (crc >>> 8) ^ table[(crc ^ byte) & 255];
    return (crc ^ -1) >>> 0;
})"""


def click(name):
    text = json.dumps(name)
    return (f"[...document.querySelectorAll('#structures label')].find((row) => row.querySelector('span').textContent === {text})"
            ".querySelector('input').click()")


def opacity(value):
    return f"document.querySelector('#opacity').value = {value}; document.querySelector('#opacity').dispatchEvent(new Event('input'))"


def settle(browser):
    """Returns when all that was switched is shown."""
    browser.run("medmask.viewer.switch([], true)")


def main(page, *names):
    if program() is None:
        print("null")
        return
    address = pathlib.Path(page).resolve().as_uri()
    seen = {}
    with Browser(*(SOFTWARE if names else NO_WEBGL)) as browser:
        browser.open(address)
        browser.run("medmask.started.catch(() => {})")
        seen["failed"] = browser.run("document.body.classList.contains('failed')")
        seen["notes"] = browser.run("[...document.querySelectorAll('#notes p')].map((note) => note.textContent)")
        seen["title"] = browser.run("[document.title, document.querySelector('h1').textContent]")
        seen["rows"] = browser.run(ROWS)
        if not seen["failed"]:
            look(browser, names, seen)
        # What is inside the page is read as data, which is no request.
        seen["asked"] = [request["url"] for request in browser.requests if request["url"] != address and not request["url"].startswith(("data:", "blob:"))]
        seen["complaints"] = browser.complaints
    print(json.dumps(seen))


def look(browser, names, seen):
    seen["injected"] = browser.run("typeof injected")
    seen["here"] = browser.run("document.querySelector('#here').textContent")
    seen["layers"] = browser.run("medmask.viewer.layers.all.length")
    seen["checksums"] = {name: browser.run(f"{CHECKSUM}({json.dumps(name)})") for name in names}
    browser.run("document.querySelector('#none').click()")
    settle(browser)
    seen["none"] = browser.run(COLOURS)
    browser.run(opacity(0.25))
    browser.run("; ".join(click(name) for name in names))
    settle(browser)
    seen["opacities"] = browser.run("medmask.viewer.picture.niivue.volumes.map((volume) => volume.opacity)")
    browser.run(opacity(1))
    seen["three"] = browser.run(COLOURS)
    seen["on"] = browser.run("[...document.querySelectorAll('#structures label')].filter((row) => row.querySelector('input').checked)"
                             ".map((row) => row.querySelector('span').textContent)")
    browser.run("document.querySelector('#search').focus()")
    browser.type(names[0])
    seen["searched"] = browser.run("[...document.querySelectorAll('#structures label')].filter((row) => !row.hidden)"
                                   ".map((row) => row.querySelector('span').textContent)")
    # Drawing fails once while the first is switched off; the next switch draws both.
    browser.run("medmask.viewer.picture.draw = () => { delete medmask.viewer.picture.draw; throw new Error('drawing failed') }; null")
    browser.run(click(names[0]))
    settle(browser)
    seen["failure"] = browser.run("document.querySelector('#notes').lastChild.textContent")
    browser.run(click(names[1]))
    settle(browser)
    seen["third"] = browser.run(COLOURS)


if __name__ == "__main__":
    main(*sys.argv[1:])
