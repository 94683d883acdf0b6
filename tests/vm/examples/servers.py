# SPDX-License-Identifier: GPL-2.0-or-later
"""HTTP servers that read requests in ways of their own. blockpage.lua must not let a
blocked request reach them."""
import os
import subprocess
import tempfile
import time

from clients import FREE_GET
from readme import SLOW
from tap import equal, ok, wait_for
from topology import HOSTS, Inside, tcp

NEAR, FAR = HOSTS[4]
ROUTER = "10.9.2.1"
SECRET = b"GET /secret HTTP/1.1\r\nHost: blocked.example\r\n\r\n"
KEEP = FREE_GET[:-2] + b"Connection: keep-alive\r\n"
APP = """
def app(environ, start):
    environ["wsgi.input"].read()
    print(environ["PATH_INFO"], flush=True)
    start("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""
PYTHON = ["/usr/bin/python3", "-u", "-m"]
# Two servers, and the requests that make them read SECRET.
SERVERS = {
    "http.server": (["http.server", "--bind", FAR, "--protocol", "HTTP/1.1", "80"], {
        "after Upgrade, %r" % byte: KEEP + b"Upgrade: x\r\n\r\n" + byte + SECRET
        for byte in (b" ", b"\t", b"\v", b"\f", b"\x85", b"\xa0", b"\x1c")} | {
        "after Content-Length of GET": KEEP + b"Content-Length: %d\r\n\r\n" % len(SECRET) + SECRET,
        "after Content-Length of HEAD": KEEP.replace(b"GET", b"HEAD") + b"Content-Length: %d\r\n\r\n" % len(SECRET) +
                                        SECRET,
        "with lines of LF": SECRET.replace(b"\r", b""),
    }),
    "gunicorn": (["gunicorn", "-k", "gthread", "--threads", "4", "--keep-alive", "60", "-b", FAR + ":80", "app:app"], {
        "after a LF": KEEP + b"X: y\nContent-Length: %d\r\n\r\n" % len(SECRET) + SECRET,
    }),
}


class Server:
    """A server in s, which logs the paths that it reads."""

    def __init__(self, command):
        self.dir = tempfile.TemporaryDirectory()
        for name, text in (("app.py", APP), ("index.html", "ok")):
            with open(os.path.join(self.dir.name, name), "w") as f:
                f.write(text)
        self.log = open(os.path.join(self.dir.name, "log"), "w+")
        with Inside("s"):
            self.process = subprocess.Popen(PYTHON + command, cwd=self.dir.name, stdout=self.log,
                                            stderr=subprocess.STDOUT)

    def count(self, text):
        with open(self.log.name) as f:
            return f.read().count(text)

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.log.close()
        self.dir.cleanup()


def talk(name, address, *pieces):
    """Sends pieces. Returns what comes back until the server sends no more."""
    sock, got = tcp(name, address, timeout=1.5 * SLOW), b""
    try:
        sock.connect((FAR, 80))
        for piece in pieces:
            sock.sendall(piece)
            time.sleep(0.2 * SLOW)
        while piece := sock.recv(65536):
            got += piece
    except OSError:
        pass
    sock.close()
    return got


def smuggling():
    for name, (command, cases) in SERVERS.items():
        server = Server(command)
        try:
            ok(wait_for(lambda: b"200 OK" in talk("r", ROUTER, FREE_GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")),
                        60 * SLOW), "web: %s answers a request from the router" % name)
            for what, data in cases.items():
                seen = server.count("/secret")
                talk("r", ROUTER, data)
                ok(wait_for(lambda: server.count("/secret") > seen),
                   "web: %s reads a hidden request %s" % (name, what))
                seen = server.count("/secret")
                got = talk("c", NEAR, data)
                time.sleep(0.5 * SLOW)
                equal("web: the filter keeps a hidden request from %s %s" % (name, what),
                      (server.count("/secret") - seen, got.count(b"Not from here")), (0, 1))
            got = talk("c", NEAR, KEEP + b"Upgrade: h2c\r\n\r\n", FREE_GET,
                       KEEP.replace(b"GET", b"POST") + b"Content-Length: 2\r\n\r\nxy")
            ok(got.count(b"HTTP/1.1 ") == 3 and b"Not from" not in got,
               "web: %s gets free requests after Upgrade and with a body" % name, got)
        finally:
            server.close()
