# SPDX-License-Identifier: GPL-2.0-or-later
"""TAP results for the tests in Python, and helpers that they share."""
import errno
import os
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
import traceback

from nflua_nl import DEBUG_KERNEL, Client, Refused

_count = _failures = 0
TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")


def note(text):
    for line in str(text).splitlines():
        print("# " + line)


def ok(passed, name, detail=""):
    global _count, _failures
    _count += 1
    if not passed:
        _failures += 1
    print("%s %d - %s" % ("ok" if passed else "not ok", _count,
                          name.replace("\n", " ").replace("#", "\\#")))
    if not passed and detail != "":
        note(detail)
    return passed


def equal(name, got, want):
    return ok(got == want, name, "got %.500r, wanted %.500r" % (got, want))


def refused(name, code, text, f, *args, **more):
    """Checks that the kernel refuses f() with errno @code and a message that contains @text,
    if that is given. Returns the error."""
    try:
        f(*args, **more)
    except Refused as e:
        ok(e.code == code and (text is None or text in (e.text or "")), name,
           "got %s, wanted %s: %s" % (e, errno.errorcode[code], text))
        return e
    ok(False, name, "it was not refused")
    return None


def sh(command, check=True, stdin=None):
    """Runs a command and returns its output. It gets a shell if it needs one: in the VM a
    process costs a tenth of a second."""
    shell = any(c in command for c in "|&;<>()$`*?[#~\n") or not shutil.which(command.split()[0])
    r = subprocess.run(command if shell else shlex.split(command), shell=shell, input=stdin,
                       capture_output=True, text=True, check=False)
    if check and r.returncode:
        note("%s: status %d\n%s%s" % (command, r.returncode, r.stdout, r.stderr))
    return r.stdout.strip()


def unload():
    """Unloads both modules. Returns whether that was possible."""
    script = os.path.join(os.path.dirname(__file__), "rmmod-nflua")
    return subprocess.run([script], capture_output=True, check=False).returncode == 0


def wait_for(f, seconds=50 if DEBUG_KERNEL else 5):
    """Waits until f() is true. Returns false if that takes too long."""
    end = time.monotonic() + seconds
    while not f():
        if time.monotonic() > end:
            return bool(f())  # once more: the machine may have stood still
        time.sleep(0.02)
    return True


class Aside(threading.Thread):
    """Calls f() in another thread."""

    def __init__(self, f, *args):
        super().__init__(daemon=True)
        self.f, self.args, self.result = f, args, None
        self.start()

    def run(self):
        try:
            self.result = self.f(*self.args)
        except Exception as e:  # the exception is the result
            self.result = e

    def end(self, seconds=30):
        """Returns f()'s result or exception, or None if it still runs."""
        self.join(seconds)
        return self.result


class Udp:
    """Sends datagrams to a port of this host and counts those that arrive."""

    def __init__(self, port, host="127.0.0.1"):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.to = (host, port)
        self.receiver = socket.socket(family, socket.SOCK_DGRAM)
        self.receiver.bind(self.to)
        self.sender = socket.socket(family, socket.SOCK_DGRAM)

    def send(self, data=b"x"):
        try:
            self.sender.sendto(data, self.to)
        except PermissionError:  # a rule in OUTPUT dropped it
            pass

    def through(self, n=1, data=b"x"):
        """Sends n datagrams and returns how many arrive."""
        for _ in range(n):
            self.send(data)
        self.receiver.settimeout(0.1)
        got = 0
        while True:
            try:
                self.receiver.recv(65536)
                got += 1
            except socket.timeout:
                return got

    def close(self):
        self.receiver.close()
        self.sender.close()


def alone(test):
    """A test that destroys the states that it leaves."""
    def run(c):
        try:
            test(c)
        finally:
            for m in c.dump():
                c.destroy(m.text("NAME"), force=True)
    run.__name__ = test.__name__
    return run


def main(*tests):
    """Runs the tests, each with a client of its own."""
    sh("ip link set lo up")
    for test in tests:
        client = Client()
        try:
            test(client)
        except Exception:  # the next test may still pass
            ok(False, "%s() raises no exception" % test.__name__, traceback.format_exc())
        finally:
            client.close()
    print("1..%d" % _count)
    sys.exit(_failures != 0)
