# SPDX-License-Identifier: GPL-2.0-or-later
"""Races. The module's parameter hold stretches moments that are too short to hit by luck,
and others act meanwhile."""
import os
import socket
import time

from nflua_nl import Client, Message, N, attr, chunk, u32
from rules import Rule, settle
from tap import DEBUG_KERNEL, Aside, Udp, equal, main, ok, sh
from topology import Inside, Router, client, received, udp

KNOB = "/sys/module/nflua/parameters/hold"
PORT = 5300
# busy() runs for as many ms as "wanted" says, by the module's clock.
BUSY = """
local function now() local s, ms = nf.time() return s * 1000 + ms end
function busy() local start = now() while now() - start < wanted do end return true end
function quick() return true end
"""


class Hold:
    """While the block runs, whoever gets to the point stays there for @msecs."""

    def __init__(self, point, msecs):
        self.what = "%s %d" % (point, msecs)

    def __enter__(self):
        with open(KNOB, "w") as f:
            f.write(self.what)
        return self

    def __exit__(self, *_):
        with open(KNOB, "w") as f:
            f.write("0")

    def count(self):
        """Returns how many got to the point."""
        with open(KNOB) as f:
            return int(f.read())

    def wait(self, n=1, seconds=5):
        """Waits until n got to the point. The last one is still there then."""
        end = time.monotonic() + seconds
        while self.count() < n and time.monotonic() < end:
            time.sleep(0.001)
        return self.count() >= n


def on_cpu(cpu, f, *args):
    """Calls f() in this thread on that CPU."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cpu})
    try:
        return f(*args)
    finally:
        os.sched_setaffinity(0, before)


def knob(_):
    for bad in ("figures", "nowhere 1", "figures 2001", "figures x", "1"):
        try:
            with open(KNOB, "w") as f:
                f.write(bad)
            taken = True
        except OSError:
            taken = False
        equal("the parameter hold refuses %r" % bad, taken, False)


def figures(c):
    """Long calls end while the state's figures are read."""
    cpus = sorted(os.sched_getaffinity(0))
    c.create("f", BUSY + "wanted = 30", budget=u32(1000000))
    udp = Udp(PORT)
    with Rule("-m lua --state f --function quick"):
        on_cpu(cpus[0], udp.send)  # the first call is timed
    with Rule("-m lua --state f --function busy"), Hold("figures", 300) as hold:
        reader = Aside(on_cpu, cpus[0], c.get, "f")
        for n, cpu in enumerate(cpus, 1):
            ok(hold.wait(n), "the reader is held at the figures of CPU %d" % cpu)
            for _ in range(3):
                on_cpu(cpus[-1], udp.send)
        m = reader.end()
        ok(m.number("TIME_NS") < 10e9, "the time read while calls end is below 10 s",
           m.number("TIME_NS"))
    m = c.get("f")
    equal("calls that end while the figures are read are all counted", m.number("CALLS"),
          1 + 3 * len(cpus))
    ok(3 * len(cpus) * 4e6 < m.number("TIME_NS") < 10e9,
       "the time of calls that end while the figures are read is counted", m.number("TIME_NS"))
    udp.close()
    c.destroy("f")


def ticks(c):
    """The budget's timer ticks just before a call begins, or just after it ended."""
    budget, msecs = 1000 if DEBUG_KERNEL else 200, 15
    n = budget * 3 // 2 // msecs  # together longer than the budget
    c.create("t", BUSY + "wanted = 10", budget=u32(budget * 1000))
    quick, busy = Udp(PORT), Udp(PORT + 1)
    for point in ("begins", "ends"):
        with Rule("--dport %d -m lua --state t --function quick -j DROP" % PORT), \
                Rule("--dport %d -m lua --state t --function busy -j DROP" % (PORT + 1)), \
                Hold(point, msecs) as hold:
            before = c.get("t").number("TIME_NS")
            for _ in range(n):
                quick.send()
            busy.send()
            # The softirq of a loaded CPU may leave datagrams to a thread.
            ok(hold.wait(n + 1, 60), "enough calls are held as they %s for a tick to come" % point,
               hold.count())
            equal("a tick just as a call %s does not kill a call of 10 ms" % point,
                  busy.through(0), 0)
            took = (c.get("t").number("TIME_NS") - before) / 1e9
            ok(0.003 < took < 3 * n * msecs / 1e3,
               "a tick just as a call %s leaves the state's time right" % point, took)
        equal("no call fails for a tick just as a call %s" % point,
              c.get("t").number("ERRORS"), 0)
    quick.close()
    busy.close()
    settle(c, "t")


def ports(c):
    """A socket gets the port ID of one that is being closed."""
    c.create("p")
    port = 4242
    for what, first in (("nothing", None), ("a script", "while true do end")):
        old = Client(port=port)
        if first:
            old.start("EXEC", attr("NAME", "p"), *chunk(first))
            time.sleep(0.1)
        with Hold("closes", 500) as hold:
            closing = Aside(old.close)
            ok(hold.wait(), "closing a socket that runs %s is held" % what)
            new = Client(port=port, timeout=25)
            loop = "for i = 1, %d do end" % 3e7
            got = Aside(new.exec, "p", loop).end()
            equal("a new socket with the port of one that runs %s can run a script" % what,
                  getattr(got, "cmd", got), N["NFLUA_CMD_EXEC"])
            closing.end()
        equal("a new socket works on when the old one, which ran %s, is closed" % what,
              new.eval("p", "1 + 1"), [2])
        new.close()
    settle(c, "p")


def replaced(c):
    """A state's script is replaced while others are about to run something in the state."""
    c.create("r", "nf.receive(function() got = true end)")
    requests = {"a script": lambda o: o.exec("r", "ran = true"),
                "a message": lambda o: o.request("DATA", attr("NAME", "r"), attr("MSG", b"x"))}
    for what, request in requests.items():
        other = Client()
        with Hold("finds", 500) as hold:
            got = Aside(request, other)
            ok(hold.wait(), "%s is held when it has found a runtime" % what)
            c.exec("r", "nf.receive(function() got = true end)", N["NFLUA_EXEC_REPLACE"])
        result = got.end()
        ok(isinstance(result, (list, Message)),
           "%s succeeds although its runtime is replaced" % what, result)
        equal("%s whose runtime is replaced runs in the new one" % what,
              c.eval("r", "ran or got"), [True])
        other.close()
    other = Client()
    with Hold("waits", 500) as hold:
        got = Aside(other.exec, "r", "ran = 'here'")
        ok(hold.wait(), "a script is held while it waits for its turn")
        c.exec("r", "ran = 'nowhere'", N["NFLUA_EXEC_REPLACE"])
    result = got.end()
    ok(isinstance(result, Message),
       "a script that waits for its turn succeeds although its runtime is replaced", result)
    equal("a script that waits while its runtime is replaced runs in the new one",
          c.eval("r", "ran"), ["here"])
    other.close()
    settle(c, "r")


def closing(_):
    """A namespace is closed while a call in it sends a packet. The script is told why that
    is not sent. It then lets the packet of the call through, which goes on."""
    with Router() as net:
        c = client("r")
        c.create("fw", """function f()
            local sent, why = nf.getpacket():send('copy')
            return why == 'the network namespace is being closed'
        end""")
        net.sh("r", "iptables-legacy -t raw -A PREROUTING -p udp -m lua --state fw --function f "
                    "-j RETURN")
        net.sh("r", "iptables-legacy -t raw -A PREROUTING -p udp -j DROP")
        c.close()
        with Inside("r"):
            last = socket.socket(socket.AF_UNIX)  # closing it waits for no packet
        near, far = udp("c", "10.9.1.2", 4000), udp("s", "10.9.2.2", PORT)
        near.sendto(b"first", ("10.9.2.2", PORT))
        equal("a copy is sent before the namespace is closed", received(far),
              (b"copy", ("10.9.1.2", 4000)))
        sh("ip netns del r")
        cpus = sorted(os.sched_getaffinity(0))
        with Hold("sends", 300) as hold:
            got = Aside(on_cpu, cpus[-1], near.sendto, b"itself", ("10.9.2.2", PORT))
            ok(hold.wait(), "a call that is about to send a copy is held")
            on_cpu(cpus[0], last.close)
            got.end()
        equal("when the namespace closes first, the packet itself goes on instead of the copy",
              received(far), (b"itself", ("10.9.1.2", 4000)))
        for sock in (near, far):
            sock.close()
        sh("ip netns add r")  # Router deletes it with the others


main(knob, figures, ticks, ports, replaced, closing)
