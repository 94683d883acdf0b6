# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
"""Runs the commands of docs/guide.md in order, on a host that gets NTP requests, and
compares what they print with the page; guide.py takes them from the page."""
import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time

import guide
from tap import equal, main, ok, wait_for
from topology import Net, udp

HOST, CLIENT = "192.0.2.1", "192.0.2.7"
ORDINARY = b"\x23" + bytes(47)  # mode 3
MONLIST = b"\x17\x00\x03\x2a" + bytes(4)  # mode 7
PAUSE = 0.5  # seconds before each command; a reader takes time as well
LIMIT = 120  # seconds that a command may take


class Traffic:
    """Sends requests of both kinds to the host, all the time."""

    def __init__(self):
        self.server, self.client = udp("host", HOST, 123, timeout=0.2), udp("client", CLIENT)
        self.arrived = {ORDINARY: 0, MONLIST: 0}
        self.over = threading.Event()
        self.threads = [threading.Thread(target=f) for f in (self.send, self.receive)]
        for thread in self.threads:
            thread.start()

    def send(self):
        while not self.over.is_set():
            for request in self.arrived:
                self.client.sendto(request, (HOST, 123))
            time.sleep(0.02)

    def receive(self):
        while not self.over.is_set():
            try:
                self.arrived[self.server.recv(2048)] += 1
            except socket.timeout:
                pass

    def comes(self, request, n=5):
        """Returns whether n more requests of this kind arrive."""
        before = self.arrived[request]
        return wait_for(lambda: self.arrived[request] >= before + n)

    def close(self):
        self.over.set()
        for thread in self.threads:
            thread.join()
        self.server.close()
        self.client.close()


def check_rule(traffic, there):
    """Checks that the right requests arrive, with the rule or without it."""
    time.sleep(PAUSE)  # lets requests arrive that are on their way
    before = traffic.arrived[MONLIST]
    ok(traffic.comes(ORDINARY), "ordinary NTP requests arrive %s the rule"
       % ("with" if there else "without"))
    if there:
        equal("NTP control requests do not arrive with the rule", traffic.arrived[MONLIST], before)
    else:
        ok(traffic.comes(MONLIST), "NTP control requests arrive without the rule")


# Headings after whose commands the test checks what arrives, and whether the rule, or the
# hook in its place, is there then.
RULES = {"Try it on captured packets": False, "Load it": True, "Replace it safely": True,
         "Roll back": True, "Remove it": False, "Without iptables": True,
         "Remove the hook": False, "Start it at boot": True, "Remove what the file names": False}


def command(line, directory):
    """Runs a command; returns its status and output. Calls get a larger budget than in the
    guide, because this machine may be busy."""
    time.sleep(PAUSE)
    line = line.replace("nfluactl create ", "nfluactl create -b 1000000 ")
    try:
        r = subprocess.run(["nsenter", "--net=/run/netns/host", "bash", "-c", line], cwd=directory,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                           stderr=subprocess.STDOUT, text=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired as e:
        return "not done after %d s" % LIMIT, (e.stdout or b"").decode(errors="replace")
    return r.returncode, r.stdout


def take(step, directory):
    """Writes the file of a step, or runs its commands."""
    if step.file:
        with open(os.path.join(directory, step.file), "w", encoding="utf-8") as f:
            f.write(step.text)
    output = ""
    for line in step.commands():
        status, out = command(line, directory)
        ok(status == 0, "the guide's command has status 0: %s: %s" % (step.heading, line[:70]),
           "status %s\n%s" % (status, out))
        output += out
    if step.output is not None:
        ok(guide.is_like(output, step.output),
           "the output of the guide's commands is as shown: %s" % step.heading, output)


def walk(directory):
    steps = guide.read()
    ok(sum(len(s.commands()) for s in steps) > 20, "the guide has more than 20 commands")
    equal("the guide has its files", [s.file for s in steps if s.file],
          ["ntp.lua", "report.lua", "ntp-hook.lua", "nflua.conf"])
    equal("the guide has all headings after which the rule is checked",
          [h for h in RULES if h not in [s.heading for s in steps]], [])
    with Net("host", "client") as net:
        net.link("host", "eth0", [HOST + "/24"], "client", "eth0", [CLIENT + "/24"])
        traffic = Traffic()
        try:
            for step, following in zip(steps, steps[1:] + [None]):
                take(step, directory)
                if step.heading in RULES and (not following or following.heading != step.heading):
                    check_rule(traffic, RULES[step.heading])
        finally:
            traffic.close()


def the_guide(_):
    directory = tempfile.mkdtemp()
    try:
        walk(directory)
    finally:
        shutil.rmtree(directory)
        shutil.rmtree("/etc/nflua", ignore_errors=True)


main(the_guide)
