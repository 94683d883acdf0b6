# SPDX-License-Identifier: GPL-2.0-or-later
"""Messages between scripts and user space, in both directions."""
import ctypes
import os
import resource
import socket
import struct
import threading
import time
from errno import (EBUSY, ECANCELED, EINTR, EINVAL, ENOBUFS, ENOENT, ENOMEM,
                   ENOTCONN, ETIME)

from nflua_nl import N, SOL_NETLINK, Client, attr, chunk, u32, u64
from rules import Rule, settle
from tap import DEBUG_KERNEL, Refused, Udp, equal, main, ok, refused, wait_for

MAX = N["NFLUA_MSG_MAX"]
SCALE = 20 if DEBUG_KERNEL else 1


class Listener(Client):
    """A socket that receives messages. @size is that of its buffer, as the kernel counts it."""

    def __init__(self, *groups, size=64 << 20):
        super().__init__()
        self.sock.setsockopt(socket.SOL_SOCKET, 33, size // 2)
        self.sock.setsockopt(SOL_NETLINK, 3, 1)  # NETLINK_PKTINFO
        self.port = self.sock.getsockname()[0]
        for group in groups:
            self.join("data%d" % group)

    def leave(self, group):
        self.sock.setsockopt(SOL_NETLINK, 2, self.groups[group])

    def message(self, timeout=5):
        """Returns (payload, state, number, group) of the next message, None if none comes."""
        self.sock.settimeout(timeout)
        try:
            data, anc, _, _ = self.sock.recvmsg(1 << 17, 64)
        except (socket.timeout, BlockingIOError):
            return None
        size, kind, _, seq, pid = struct.unpack_from("IHHII", data)
        assert (kind, seq, pid, size) == (self.family, 0, 0, len(data)), data[:16]
        m = Attributes(data[20:])
        group = struct.unpack("I", anc[0][2][:4])[0]
        names = {number: name for name, number in self.groups.items()}
        return m.MSG, m.NAME.rstrip(b"\0").decode(), m.SEQ, names.get(group)

    def overrun(self):
        """Returns whether the kernel reports that messages were lost."""
        try:
            self.sock.settimeout(0)
            self.sock.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError as e:
            return e.errno == ENOBUFS
        return False


class Attributes:
    def __init__(self, data):
        self.MSG = self.NAME = self.SEQ = None
        at = 0
        while at < len(data):
            size, kind = struct.unpack_from("HH", data, at)
            if kind == N["NFLUA_A_MSG"]:
                self.MSG = data[at + 4:at + size]
            elif kind == N["NFLUA_A_NAME"]:
                self.NAME = data[at + 4:at + size]
            elif kind == N["NFLUA_A_SEQ"]:
                self.SEQ = struct.unpack_from("I", data, at + 4)[0]
            else:
                raise ValueError("attribute %d" % kind)
            at += (size + 3) & ~3


def send(c, name, payload):
    return c.request("DATA", attr("NAME", name), attr("MSG", payload))


def arguments(c):
    c.create("a")
    port = Listener()
    for code, text in (
            ("nf.netlink()", "bad argument #1 to 'netlink' (number expected, got no value)"),
            ("nf.netlink(1)", "bad argument #2 to 'netlink' (number expected, got no value)"),
            ("nf.netlink(1, 0)", "bad argument #3 to 'netlink' (string expected, got no value)"),
            ("nf.netlink(-1, 0, 'x')", "bad argument #1 to 'netlink' (ports are"),
            ("nf.netlink(1 << 32, 0, 'x')", "bad argument #1 to 'netlink' (ports are"),
            ("nf.netlink('a', 0, 'x')", "bad argument #1 to 'netlink' (number expected"),
            ("nf.netlink(0, -1, 'x')", "bad argument #2 to 'netlink' (groups are"),
            ("nf.netlink(0, 1 << 32, 'x')", "bad argument #2 to 'netlink' (groups are"),
            ("nf.netlink(0, 0, 'x')", "bad argument #2 to 'netlink' (port and groups are both 0"),
            ("nf.netlink(1, 0, {})", "bad argument #3 to 'netlink' (string expected, got table)"),
            ("nf.netlink(1, 0, ('x'):rep(65532))", "bad argument #3 to 'netlink' (messages have"),
            ("nf.genetlink()", "bad argument #1 to 'genetlink' (string expected"),
            ("nf.genetlink('x')", "bad argument #2 to 'genetlink' (number expected"),
            ("nf.genetlink('x', 0)", "bad argument #2 to 'genetlink' (the port is 0)"),
            ("nf.genetlink('x', 1 << 32)", "bad argument #2 to 'genetlink' (ports are"),
            ("nf.genetlink(('x'):rep(65532), 1)", "bad argument #1 to 'genetlink' (messages have"),
            ("nf.receive()",
             "bad argument #1 to 'receive' (function or nil expected, got no value)"),
            ("nf.receive(1)",
             "bad argument #1 to 'receive' (function or nil expected, got number)"),
            ("nf.receive(print, 99)",
             "bad argument #2 to 'receive' (budgets are 100 to 1000000 micro"),
            ("nf.receive(print, 1000001)", "bad argument #2 to 'receive' (budgets are 100 to"),
            ("nf.receive({})", "bad argument #1 to 'receive' (function or nil expected")):
        refused("%s is refused" % code, ECANCELED, text, c.eval, "a", code)
    equal("nf.netlink to a group without members returns 'nobody listens'",
          c.eval("a", "nf.netlink(0, 1, 'x')"), [None, "nobody listens"])
    equal("nf.netlink to an unused port returns 'nobody listens'",
          c.eval("a", "nf.netlink(4000000000, 0, 'x')"), [None, "nobody listens"])
    equal("nf.genetlink to an unused port returns 'nobody listens'",
          c.eval("a", "nf.genetlink('x', 4000000000)"), [None, "nobody listens"])
    equal("nf.netlink to a port and an empty group succeeds",
          c.eval("a", "nf.netlink(%d, 1 << 31, 'both')" % port.port), [4])
    equal("the first message to a port has number 1", port.message(), (b"both", "a", 1, None))
    equal("nf.netlink takes a number as the payload",
          c.eval("a", "nf.netlink(%d, 0, 12)" % port.port), [2])
    equal("a number arrives as Lua prints it", port.message(), (b"12", "a", 2, None))
    equal("refused calls of nf.netlink send nothing", port.message(0), None)
    port.close()
    c.destroy("a")


def groups(c):
    long = "g" * 63
    c.create(long)
    first, second, last = Listener(0), Listener(0, 5), Listener(31)
    both = "nf.netlink(0, 1 | 1 << 5, 'to both')"
    equal("nf.netlink sends to two groups at once", c.eval(long, both), [7])
    equal("a member of one of the groups receives the message once", first.message(),
          (b"to both", long, 1, "data0"))
    equal("a member of both groups receives the message twice",
          sorted([second.message(), second.message()]),
          [(b"to both", long, 1, "data0"), (b"to both", long, 1, "data5")])
    equal("a member of another group does not receive the message", last.message(0), None)
    equal("nf.netlink sends to the highest group", c.eval(long, "nf.netlink(0, 1 << 31, 'last')"),
          [4])
    equal("a message to the highest group arrives with that group's own count", last.message(),
          (b"last", long, 1, "data31"))
    equal("nf.netlink sends an empty message", c.eval(long, "nf.netlink(0, 1, '')"), [0])
    equal("an empty message arrives and is counted", first.message(), (b"", long, 2, "data0"))
    second.message()
    first.leave("data0")
    equal("nf.netlink still sends when one of two members has left the group",
          c.eval(long, "nf.netlink(0, 1, 'x')"), [1])
    equal("a socket that left the group receives no more of its messages", first.message(0), None)
    equal("the member that stayed in the group receives the message", second.message(),
          (b"x", long, 3, "data0"))
    second.close()
    equal("nf.netlink returns 'nobody listens' when no member is left",
          c.eval(long, "nf.netlink(0, 1, 'x')"), [None, "nobody listens"])
    first.join("data0")
    c.eval(long, "nf.netlink(0, 1, 'x')")
    equal("a message that nobody could receive is not counted", first.message()[2], 4)
    c.exec(long, "built = nf.netlink(0, 1, 'while it is built')", N["NFLUA_EXEC_REPLACE"])
    equal("a message that a replacing script sends while it loads arrives", first.message(),
          (b"while it is built", long, 5, "data0"))
    equal("nf.netlink returns the length while a replacing script loads",
          c.eval(long, "built"), [17])
    for l in (first, last):
        l.close()
    c.destroy(long)


def sizes(c):
    c.create("s")
    l = Listener(3)
    for size in (1, 2, 3, 4, 5, 255, 4096, 32768, MAX - 1, MAX):
        for code in ("nf.netlink(%d, 0, p)" % l.port, "nf.netlink(0, 8, p)",
                     "nf.genetlink(p, %d)" % l.port):
            equal("%d bytes: %s returns the length" % (size, code), c.eval(
                "s", "(function() local p = ('%%PX'):rep(22000):sub(1, %d) return %s end)()"
                % (size, code)), [size])
            m = l.message()
            ok(m and m[0] == (b"%PX" * 22000)[:size],
               "%d bytes: the payload of %s arrives whole" % (size, code), m and len(m[0]))
    l.close()
    c.destroy("s")


def packets(c):
    c.create("p", """
        function f(frame, packet)
            sent, why = nf.netlink(port, 1, packet:sub(-4))
            return false
        end""")
    group, port, udp = Listener(0), Listener(), Udp(5300)
    c.exec("p", "port = %d" % port.port)
    with Rule("-m lua --state p --function f"):
        udp.through(1, b"one.")
        udp.through(1, b"two.")
    for name, l, where in (("group", group, "data0"), ("port", port, None)):
        equal("a message sent while a packet is filtered arrives by %s" % name, l.message(),
              (b"one.", "p", 1, where))
        equal("the second packet's message arrives by %s with number 2" % name, l.message(),
              (b"two.", "p", 2, where))
    equal("sending while packets are filtered causes no errors", c.get("p").number("ERRORS"), 0)
    udp.close()
    settle(c, "p")
    group.close()
    port.close()


def flood(c):
    """Sends 100,000 messages, which must arrive complete and in order."""
    c.create("f", """
        body = ('.'):rep(248)
        function batch(port, groups, from, n)
            for i = from, from + n - 1 do
                if not nf.netlink(port, groups, ('%08d'):format(i) .. body) then
                    return i - from
                end
            end
            return n
        end""")
    for by, l in (("group", Listener(7)), ("port", Listener())):
        want, got, wrong = 100000 // SCALE, 0, 0
        port = 0 if by == "group" else l.port

        def feed():
            feeder, at = Client(), 0
            while at < want:
                while at - got > 10000:  # this machine may read slower than it writes
                    time.sleep(0.01)
                at += feeder.eval("f", "batch(%d, %d, %d, %d)" % (
                    port, 0 if port else 1 << 7, at, min(5000, want - at)))[0]
            feeder.close()

        thread = threading.Thread(target=feed, daemon=True)
        begun = time.monotonic()
        thread.start()
        while got < want:
            m = l.message(20)
            if not m:
                break
            wrong += m[2] != 1 + got or m[0][:8] != b"%08d" % got or len(m[0]) != 256
            got += 1
        thread.join()
        equal("all messages of a flood arrive by %s" % by, got, want)
        equal("the messages of a flood arrive undamaged and in order by %s" % by, wrong, 0)
        print("# %d messages in %.1f s" % (got, time.monotonic() - begun))
        l.close()
    c.destroy("f")


def sleeper(c):
    """A receiver that does not read is told what it lost. Nobody waits for it."""
    c.create("z", """
        sent, full = 0, 0
        function f()
            local n, why = nf.netlink(port, 0, ('x'):rep(200))
            if n then sent = sent + 1 elseif why == "the receiver's buffer is full" then
                full = full + 1 end
            nf.netlink(0, 1, 'to all')
            return false
        end
        function g() return nf.netlink(port, 0, 'last') end""", budget=u32(1000000))
    total = 400
    asleep, awake, all_asleep = Listener(size=64 << 10), Listener(0), Listener(0, size=16 << 10)
    c.exec("z", "port = %d" % asleep.port)
    udp = Udp(5300)
    with Rule("-m lua --state z --function f"):
        through = sum(udp.through(100) for _ in range(total // 100))
    equal("no packet is lost when a receiver's buffer is full", through, total)
    sent, full = c.eval("z", "sent, full")
    ok(0 < sent < total and sent + full == total,
       "nf.netlink tells the script which messages found a full buffer", (sent, full))
    equal("a group member with room receives every message",
          [awake.message()[2] for _ in range(total)], list(range(1, total + 1)))
    for name, l in (("by port", asleep), ("by group", all_asleep)):
        ok(l.overrun(), "%s: a receiver with a full buffer gets ENOBUFS" % name)
        numbers = []
        while True:
            m = l.message(0)
            if not m:
                break
            numbers.append(m[2])
        equal("%s: a receiver with a full buffer keeps the first messages" % name, numbers,
              list(range(1, len(numbers) + 1)))
        if l is asleep:
            equal("the receiver got as many messages as nf.netlink reported", len(numbers), sent)
            equal("nf.netlink sends again once the receiver has room", c.eval("z", "g()"), [4])
        else:
            c.eval("z", "nf.netlink(0, 1, 'last')")
        equal("%s: the gap in the numbers is the number of lost messages" % name,
              l.message()[2], total + 1)
    only = Listener(9, size=16 << 10)
    c.exec("z", "for i = 1, 200 do n, why = nf.netlink(0, 1 << 9, ('x'):rep(1000)) end")
    equal("nf.netlink tells the script when no member of a group has room",
          c.eval("z", "n, why"), [None, "the receiver's buffer is full"])
    udp.close()
    for l in (asleep, awake, all_asleep, only):
        l.close()
    settle(c, "z")


def ports(c):
    """Each port has its own count, which ends with the socket. There are at most 4096."""
    c.create("n")
    a, b = Listener(), Listener()
    c.exec("n", "for i = 1, 3 do nf.netlink(%d, 0, 'x') end" % a.port)
    c.exec("n", "nf.netlink(%d, 0, 'x')" % b.port)
    equal("messages are counted for each port", ([a.message()[2] for _ in range(3)],
                                                 b.message()[2]), ([1, 2, 3], 1))
    port = a.port
    a.close()
    equal("nf.netlink to the port of a closed socket returns 'nobody listens'",
          c.eval("n", "nf.netlink(%d, 0, 'x')" % port), [None, "nobody listens"])
    a = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
    a.bind((port, 0))
    c.exec("n", "nf.netlink(%d, 0, 'x')" % port)
    equal("the next socket with the same port is counted from 1",
          Attributes(a.recv(1000)[20:]).SEQ, 1)
    a.close()
    c.exec("n", "nf.netlink(%d, 0, 'x')" % port)
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
    many = []
    for i in range(4096):
        s = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 16)
        s.bind((1000000 + i, 0))
        many.append(s)
    c.exec("n", "for i = 1000000, 1004094 do assert(nf.netlink(i, 0, 'x')) end")
    c.exec("n", "assert(nf.netlink(%d, 0, 'x'))" % b.port)
    equal("the counts of 4096 ports are kept", b.message()[2], 2)
    c.exec("n", "assert(nf.netlink(1004095, 0, 'x'))")
    c.exec("n", "assert(nf.netlink(%d, 0, 'x'))" % b.port)
    equal("one port more than 4096 starts all counts again", b.message()[2], 1)
    for s in many:
        s.close()
    b.close()
    c.destroy("n")


def answers(c):
    """A script's answer arrives before the acknowledgement."""
    c.create("d", """
        nf.receive(function(port, payload)
            local n = nf.netlink(port, 0, ('%d %d '):format(port, #payload) .. payload)
            last, answered = payload, n
        end)
        function keep() nf.receive(function(_, payload) last = payload end) end""")
    l = Listener()
    for payload in (b"", b"hel\0lo", b"x" * (MAX - 30)):
        seq = l.start("DATA", attr("NAME", "d"), attr("MSG", payload))
        answer = l.message()
        equal("a message of %d bytes is answered to the port that it came from" % len(payload),
              answer[0], b"%d %d " % (l.port, len(payload)) + payload)
        equal("a message of %d bytes is acknowledged after the answer" % len(payload),
              l.finish(seq), [])
    c.eval("d", "keep()")
    equal("a message of the greatest length is acknowledged", send(c, "d", b"y" * MAX), [])
    equal("a message of the greatest length reaches the handler whole",
          c.eval("d", "#last, last:find('[^y]')"), [MAX, None])
    l.close()
    c.destroy("d")


def handlers(c):
    c.create("h", maxalloc=u64(256 << 10), budget=u32(1000000))
    refused("a message to a state without a handler is refused", ENOTCONN, "no message handler",
            send, c, "h", b"x")
    refused("a message to a state that does not exist is refused", ENOENT,
            "no state of this name", send, c, "none", b"x")
    refused("a DATA request without a message is refused", EINVAL, "lacks the message",
            c.request, "DATA", attr("NAME", "h"))
    refused("a DATA request without a state's name is refused", EINVAL, "lacks the name",
            c.request, "DATA", attr("MSG", b"x"))
    refused("a DATA request with an attribute of another command is refused", EINVAL, None,
            c.request, "DATA", attr("NAME", "h"), attr("MSG", b"x"), attr("FORCE"))
    c.exec("h", "nf.receive(function(_, p) got = p end)")
    send(c, "h", b"1")
    equal("a handler that a script sets receives messages", c.eval("h", "got"), ["1"])
    c.exec("h", "nf.receive(nil)")
    refused("nf.receive(nil) removes the handler", ENOTCONN, "no message handler", send, c, "h",
            b"x")
    c.exec("h", "nf.receive(function(_, p) got = 'new ' .. p end)", N["NFLUA_EXEC_REPLACE"])
    send(c, "h", b"2")
    equal("the handler of a replacing script receives messages", c.eval("h", "got"), ["new 2"])
    c.exec("h", "", N["NFLUA_EXEC_REPLACE"])
    refused("replacing the runtime removes its handler", ENOTCONN, "no message handler", send, c,
            "h", b"x")
    c.exec("h", "nf.receive(function() nf.receive(function(_, p) got = p end) end)")
    send(c, "h", b"3")
    send(c, "h", b"4")
    equal("a handler can set another handler", c.eval("h", "got"), ["4"])
    watch = Client(timeout=5)
    watch.join("events")
    c.exec("h", "nf.receive(function(_, p) print('seen', p) end)")
    send(c, "h", b"5")
    m = watch.receive()[0]
    equal("print in a handler sends a print event", (m.cmd, m.text("NAME"), m.get("OUTPUT")),
          (N["NFLUA_CMD_PRINT_NTF"], "h", b"seen\t5\n"))
    for code, kind, err, text in (
            ("error('as told')", "RUNTIME", ECANCELED, "=h:1: as told"),
            ("nf.hotdrop(true)", "RUNTIME", ECANCELED, "there is no packet here"),
            ("while true do end", "BUDGET", ETIME, "budget exceeded"),
            ("pcall(function() while true do end end)", "BUDGET", ETIME, "budget exceeded"),
            ("local t = {} for i = 1, 1 << 40 do t[i] = ('x'):rep(5000) .. i end", "MEMORY", ENOMEM,
             "not enough memory")):
        c.exec("h", "nf.receive(function() %s end)" % code, 0, "=h")
        e = refused("a message is refused when its handler fails: %s" % code, err,
                    text.lstrip("="), send, c, "h", b"x")
        m = e.replies[0]
        equal("the error of a handler is of kind %s: %s" % (kind, code), m.number("ERROR_KIND"),
              N["NFLUA_ERROR_" + kind])
        equal("the error of a handler names the state: %s" % code, m.text("NAME"), "h")
        if kind != "MEMORY":
            ok("traceback" in (m.text("TRACEBACK") or ""),
               "the error of a handler has a traceback: %s" % code, m.text("TRACEBACK"))
        equal("the state still runs code after a handler failed: %s" % code, c.eval("h", "1"), [1])
    equal("failures of handlers are not counted as errors of packets",
          c.get("h").number("ERRORS"), 0)
    equal("failures of handlers send no error events",
          [m for m in drain(watch) if m.cmd == N["NFLUA_CMD_ERROR_NTF"]], [])
    watch.close()
    c.destroy("h")


def own_budget(c):
    """A handler can have a larger budget than calls for packets. It must keep to it."""
    c.create("o", "function work(ms) local t = nf.monotime() while nf.monotime() - t < ms do end "
             "done = ms end nf.receive(function(_, p) work(tonumber(p)) end)", budget=u32(4000))
    refused("a handler without a budget of its own has the state's budget", ETIME,
            "budget exceeded", send, c, "o", b"500")
    c.exec("o", "done = nil nf.receive(function(_, p) work(tonumber(p)) end, 1000000)")
    send(c, "o", b"200")
    equal("a handler with a budget of its own can use more than the state's",
          c.eval("o", "done"), [200])
    c.exec("o", "done = nil")
    refused("a handler that exceeds its own budget is stopped", ETIME, "budget exceeded", send, c,
            "o", b"60000")
    equal("a handler's budget leaves the state's budget as it was", c.get("o").number("BUDGET"),
          4000)
    c.exec("o", "nf.receive(function(_, p) work(tonumber(p)) end)")
    refused("a handler's budget does not pass to the next handler", ETIME, "budget exceeded",
            send, c, "o", b"500")
    c.destroy("o")


def drain(client):
    client.sock.settimeout(0.2)
    got = []
    try:
        while True:
            got += client.receive()
    except socket.timeout:
        return got


def busy(c):
    """Messages arrive beside other requests, and from sockets that close at once."""
    c.create("b", "n = 0 nf.receive(function() n = n + 1 end)")
    other = Client()
    seq = other.start("EXEC", attr("NAME", "b"), *chunk("while true do end"))
    time.sleep(0.2)
    refused("a message is refused while its socket has an exec running", EBUSY,
            "has a request running", other.finish,
            other.start("DATA", attr("NAME", "b"), attr("MSG", b"x")))
    for _ in range(20):
        send(c, "b", b"x")
    other.start("INTERRUPT", flags=0)
    refused("INTERRUPT ends an endless exec while messages arrive", EINTR, None, other.finish, seq)
    equal("the handler received all messages sent during an endless exec", c.eval("b", "n"), [20])
    c.exec("b", "nf.receive(function() n = n + 1 while true do end end)")
    for _ in range(50):
        gone = Client()
        gone.start("DATA", attr("NAME", "b"), attr("MSG", b"x"))
        gone.close()
    ok(wait_for(lambda: free(c, "b"), 30), "handlers of closed sockets end by their budget")
    ok(20 <= c.eval("b", "n")[0] <= 70,
       "the handler runs at most once for a socket that closes at once", c.eval("b", "n"))
    seq = other.start("DATA", attr("NAME", "b"), attr("MSG", b"x"))
    c.destroy("b", force=True)
    try:
        other.finish(seq)
        ok(False, "a message fails when its state is destroyed during the handler")
    except Refused as e:
        ok(e.code in (ETIME, ENOENT),
           "a message fails when its state is destroyed during the handler", e)
    other.close()


def free(c, name):
    """Returns whether no request ran in the state. If so, it has been created again."""
    n = c.eval(name, "n")[0]
    try:
        c.destroy(name)
    except Refused:
        return False
    c.create(name, "n = %d nf.receive(function() while true do end end)" % n)
    return True


def who_may(c):
    c.create("w", "nf.receive(function() end)")
    pid = os.fork()
    if pid == 0:
        os.setgid(65534)
        os.setuid(65534)
        code = 1
        try:
            send(Client(), "w", b"x")
        except Refused as e:
            code = 0 if e.code == 1 and "CAP_NET_ADMIN" in e.text else 2
        os._exit(code)
    equal("a process without CAP_NET_ADMIN cannot send a message", os.waitpid(pid, 0)[1], 0)
    c.destroy("w")


def namespaces(c):
    """Messages reach only the sockets of their own namespace."""
    c.create("ns")
    here = Listener(0)
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os_unshare()
            inside, there = Client(), Listener(0)
            inside.create("in")
            sent = inside.eval("in", "nf.netlink(0, 1, 'inside')")
            seen = there.message()
            sent += inside.eval("in", "(nf.netlink(%d, 0, 'x'))" % here.port)
            code = 0 if sent == [6, None] and seen[1] == "in" else 3
        finally:
            os.write(write, b"x")
            os._exit(code)
    os.read(read, 1)
    equal("a message reaches only the listener in its own namespace, by group or by port",
          os.waitpid(pid, 0)[1], 0)
    equal("a message does not reach a listener outside its namespace", here.message(0.2), None)
    here.close()
    c.destroy("ns")


def os_unshare():
    if ctypes.CDLL(None).unshare(0x40000000):
        raise OSError("unshare")


main(arguments, groups, sizes, packets, flood, sleeper, ports, answers, handlers, own_budget,
     busy, who_may, namespaces)
