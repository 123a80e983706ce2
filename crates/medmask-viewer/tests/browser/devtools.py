"""Chromium without a window, steered over a pipe by its developer protocol. Needs nothing but Python."""

import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

PATIENCE_S = 60


def program():
    """The browser of this machine, or None."""
    named = os.environ.get("MEDMASK_CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Browser:
    """One page in a browser of its own, with a new profile. All that it asks the network for and all that it complains of is noted."""

    def __init__(self, *flags):
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_read, self.to_browser = os.pipe()
        self.from_browser, to_write = os.pipe()

        def fds():
            # First out of the way, so that neither end overwrites the other.
            ends = [fcntl.fcntl(end, fcntl.F_DUPFD, 10) for end in (to_read, to_write)]
            for end, number in zip(ends, (3, 4)):
                os.dup2(end, number)

        # Numbers that neither end has yet, so that no end is overwritten.
        self.process = subprocess.Popen(
            [program(), "--headless=new", "--no-sandbox", "--remote-debugging-pipe", "--no-first-run", "--disable-extensions",
             f"--user-data-dir={self.folder.name}/profile", *flags, "about:blank"],
            preexec_fn=fds, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(to_read)
        os.close(to_write)
        self.number, self.buffer, self.session = 0, b"", None
        self.requests, self.complaints = [], []
        self.names, self.saved = {}, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE_S)
        self.folder.cleanup()

    def call(self, method, **parameters):
        """What the browser answers."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.to_browser, json.dumps(message).encode() + b"\0")
        answer = self._until(lambda message: message.get("id") == self.number)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']}")
        return answer["result"]

    def _until(self, is_wanted):
        end = time.monotonic() + PATIENCE_S
        while True:
            while b"\0" not in self.buffer:
                left = end - time.monotonic()
                if left <= 0 or not select.select([self.from_browser], [], [], left)[0]:
                    raise TimeoutError(f"no answer within {PATIENCE_S} s; complaints: {self.complaints}")
                self.buffer += os.read(self.from_browser, 1 << 20)
            text, self.buffer = self.buffer.split(b"\0", 1)
            message = json.loads(text)
            self._note(message)
            if is_wanted(message):
                return message

    def _note(self, message):
        method, parameters = message.get("method"), message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"])
        elif method == "Page.downloadWillBegin":
            self.names[parameters["guid"]] = parameters["suggestedFilename"]
        elif method == "Page.downloadProgress" and parameters["state"] == "completed":
            self.saved.append(parameters["guid"])
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(parameters["exceptionDetails"].get("exception", {}).get("description", "exception"))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] == "error":
            self.complaints.append(str(parameters["args"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.complaints.append(parameters["entry"]["text"] + " " + parameters["entry"].get("url", ""))

    def open(self, address):
        """Returns when the page has run its scripts."""
        self.call("Page.navigate", url=address)
        self._until(lambda message: message.get("method") == "Page.loadEventFired")

    def run(self, script):
        """The value of an expression in the page, which may be awaited."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def press(self, key):
        """A key, as from a keyboard."""
        parameters = {"key": key, "text": key} if len(key) == 1 else {"key": key}
        if key == "Enter":
            parameters["text"] = "\r"
        self.call("Input.dispatchKeyEvent", type="keyDown", **parameters)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def type(self, text):
        """Text into what has the focus."""
        self.call("Input.insertText", text=text)

    def download(self, action):
        """The name and the bytes of the file that `action` makes the browser save."""
        folder = f"{self.folder.name}/saved"
        self.call("Page.setDownloadBehavior", behavior="allow", downloadPath=folder)
        self.saved = []
        action()
        while not self.saved:
            self._until(lambda _: True)
        name = self.names[self.saved[0]]
        with open(os.path.join(folder, name), "rb") as file:
            return name, file.read()
