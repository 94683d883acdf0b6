# SPDX-License-Identifier: GPL-2.0-or-later
"""What rules do to packets: results of functions, options of rules, errors, and states that
do not exist."""
import socket

from tap import equal, main, ok, sh, wait_for
from topology import Inside, Net, Patient, received, tcp, udp

TOOLS = {"iptables-legacy": "10.9.0.2", "iptables-nft": "10.9.0.2",
         "ip6tables-legacy": "fd09::2", "ip6tables-nft": "fd09::2"}

SCRIPT = """
function yes() return true end
function no() return false end
function nothing() end
function number() return 1 end
function broken() error "broken" end
function endless() while true do end end
function marked(frame, packet) return packet:find("mark") ~= nil end
function accept() return "accept" end
function drop() return "drop" end
function stolen() return "stolen" end
function stop() return "stop" end
function go_on() return "anything" end
local calls = 0
function again() calls = calls + 1 return calls % 3 == 0 and "drop" or "repeat" end
function forever() return "repeat" end
not_a_function = 1"""

# How many of 4 datagrams pass, and the options of a match whose rule drops.
MATCHES = (
    (0, "a match whose function returns true matches", "--function yes"),
    (4, "a match whose function returns false does not match", "--function no"),
    (4, "a negated match whose function returns true does not match", "! --function yes"),
    (0, "a negated match whose function returns false matches", "! --function no"),
    (0, "the function of a match sees the packet", "--function marked"),
    (4, "a match whose function returns nothing does not match", "--function nothing"),
    (4, "a match whose function returns a number does not match", "--function number"),
    (4, "a negated match whose function fails does not match", "! --function broken"),
    (0, "a match whose function fails matches with --on-error yes",
     "--function broken --on-error yes"),
    (4, "a match whose function does not exist does not match", "--function absent"),
    (0, "a match whose function does not exist matches with --on-error yes",
     "--function absent --on-error yes"),
    (0, "a match whose function is a number matches with --on-error yes",
     "--function not_a_function --on-error yes"),
    (4, "a match with --tcp-payload does not match UDP", "--function yes --tcp-payload"),
    (0, "a negated match with --tcp-payload matches UDP", "! --function yes --tcp-payload"),
)

# The same of a target.
TARGETS = (
    (4, "the verdict accept lets the packet pass", "--function accept"),
    (0, "the verdict drop drops the packet", "--function drop"),
    (0, "the verdict stolen takes the packet away", "--function stolen"),
    (4, "the verdict stop lets the packet pass", "--function stop"),
    (4, "a target whose function returns an unknown verdict continues", "--function go_on"),
    (0, "a target whose function returns an unknown verdict drops with --on-error drop",
     "--function go_on --on-error drop"),
    (0, "a target whose function returns true drops with --on-error drop",
     "--function yes --on-error drop"),
    (4, "a target whose function returns false continues without an error",
     "--function no --on-error drop"),
    (4, "a target whose function returns nothing continues without an error",
     "--function nothing --on-error drop"),
    (4, "a target whose function fails continues", "--function broken"),
    (4, "a target whose function fails accepts with --on-error accept",
     "--function broken --on-error accept"),
    (0, "a target whose function fails drops with --on-error drop",
     "--function broken --on-error drop"),
    (0, "a target whose function does not exist drops with --on-error drop",
     "--function absent --on-error drop"),
    (0, "the verdict repeat calls the function again", "--function again"),
)


class Pair(Net):
    """A client c and a server s, on one link."""

    def __init__(self):
        super().__init__("c", "s")

    def __enter__(self):
        super().__enter__()
        self.link("c", "veth0", ["10.9.0.1/24", "fd09::1/64"],
                  "s", "veth0", ["10.9.0.2/24", "fd09::2/64"])
        for host in ("10.9.0.2", "fd09::2"):  # until the neighbour is known
            wait_for(lambda: udp_through(host, 1))
        return self


def rules(tool, *lines):
    """Puts these rules into INPUT of the server, and no others."""
    text = "".join(line + "\n" for line in ("*filter", "-F INPUT") + lines + ("COMMIT",))
    with Inside("s"):
        sh("%s-restore --noflush" % tool, stdin=text)


def udp_through(host, count=4):
    """Sends datagrams to the server. Returns how many of them arrive."""
    sender, receiver = udp("c", "fd09::1" if ":" in host else "10.9.0.1"), udp("s", host, 53)
    for _ in range(count):
        sender.sendto(b"marked", (host, 53))
    got = 0
    while got < count and received(receiver, 0.25):
        got += 1
    sender.close()
    receiver.close()
    return got


def tcp_through(host):
    """Sends a text to the server over TCP. Returns what arrives within a second."""
    listener, sender = tcp("s", host, 80, timeout=1), tcp("c", "fd09::1" if ":" in host else
                                                         "10.9.0.1", timeout=1)
    listener.listen()
    sender.connect((host, 80))
    peer, _ = listener.accept()
    peer.settimeout(1)
    sender.sendall(b"text")
    try:
        return peer.recv(100)
    except socket.timeout:
        return b""
    finally:
        for s in (peer, sender, listener):
            s.close()


def passes(tool, count, name, *lines):
    rules(tool, *lines)
    equal("%s: %s" % (tool, name), udp_through(TOOLS[tool]), count)


def match(tool, count, name, options):
    passes(tool, count, name, "-A INPUT -p udp -m lua %s -j DROP" % options)


def target(tool, count, name, options):
    passes(tool, count, name, "-A INPUT -p udp -j LUA " + options)


def order(tool):
    """'accept' and 'continue' differ in whether the next rule sees the packet."""
    drop = "-A INPUT -p udp -j DROP"
    passes(tool, 4, "the verdict accept keeps the packet from the next rule",
           "-A INPUT -p udp -j LUA --function accept", drop)
    passes(tool, 0, "without a verdict the packet goes on to the next rule",
           "-A INPUT -p udp -j LUA --function nothing", drop)


def tcp_payload(tool):
    rule = "-A INPUT -p tcp -m lua --function %s --tcp-payload -j DROP"
    rules(tool, rule % "yes")
    equal(tool + ": --tcp-payload with a function that returns true drops segments with payload",
          tcp_through(TOOLS[tool]), b"")
    rules(tool, rule % "no")
    equal(tool + ": --tcp-payload with a function that returns false lets payload pass",
          tcp_through(TOOLS[tool]), b"text")


def server(**more):
    with Inside("s"):
        return Patient(**more)


def each(_):
    """What must be the same with each tool."""
    with Pair():
        c = server()
        c.create("default", SCRIPT)
        for tool in TOOLS:
            for row in MATCHES:
                match(tool, *row)
            for row in TARGETS:
                target(tool, *row)
            order(tool)
            tcp_payload(tool)
            rules(tool)
        c.close()


def once(_):
    with Pair():
        c = server()
        super(Patient, c).create("default", SCRIPT)  # with a budget that ends a call soon
        tool = "ip6tables-nft"
        match(tool, 4, "a match whose function never ends does not match", "--function endless")
        match(tool, 0, "a match whose function never ends matches with --on-error yes",
              "--function endless --on-error yes")
        target(tool, 4, "a target whose function always returns repeat continues",
               "--function forever")
        c.create("other", "function yes() return true end")
        match(tool, 0, "--state chooses the state whose function is called",
              "--state other --function yes")
        match(tool, 4, "--state does not use the function of another state",
              "--state other --function marked")
        c.close()


def absent(_):
    tool = "iptables-legacy"
    with Pair() as net:
        out = net.sh("s", tool + " -A INPUT -m lua --state absent --function yes 2>&1 || echo "
                     "refused", check=False)
        ok(out.endswith("refused"), "a rule with --state of a state that does not exist is refused",
           out)


main(each, once, absent)
