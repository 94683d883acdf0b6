# SPDX-License-Identifier: GPL-2.0-or-later
"""Hooks of our own: functions that netfilter calls without a rule."""
import os
import subprocess
import time
from errno import EBUSY, EEXIST, EINVAL, ENOENT, ENXIO, EPERM, ERANGE

import tap
from attached import INET, IPV4, IPV6, Hooked, hooked, s32, send
from nflua_nl import N, attr, u32
from rules import settle
from tap import Refused, equal, main, ok, refused, sh, wait_for
from topology import HOSTS, Inside, Net, Router, client, received, udp

PREROUTING, INPUT, FORWARD, OUTPUT, POSTROUTING = range(5)
NAMES = ("prerouting", "input", "forward", "output", "postrouting")
PORT = 5310
KERNEL = tuple(int(n) for n in os.uname().release.split(".")[:2])


def ask(c, script):
    return c.eval("fw", script)


# ---- Which packets come ------------------------------------------------------------------

COUNT = """
seen = {}
local function counter(name)
    return function(frame, packet)
        if packet.udp and packet.udp.dport == %d then
            local key = name .. " " .. packet.version
            seen[key] = (seen[key] or 0) + 1
        end
    end
end
for _, name in ipairs{"prerouting", "input", "forward", "output", "postrouting"} do
    _G[name] = counter(name)
end
""" % PORT


def counts(c, version):
    return tuple(n or 0 for n in ask(c, ", ".join(
        "seen['%s %d'] or 0" % (name, version) for name in NAMES)))


def crossing(net, c, version, family_name):
    here, there = HOSTS[version]
    router = "10.9.1.1" if version == 4 else "fd09:1::1"
    ways = ((("c", here), there, (1, 0, 1, 0, 1), "that is forwarded"),
            (("c", here), router, (1, 1, 0, 0, 0), "to this host"),
            (("r", router), here, (0, 0, 0, 1, 1), "from this host"))
    for source, target, wanted, what in ways:
        ask(c, "(function() seen = {} end)()")
        send(source, target)
        wait_for(lambda w=wanted: counts(c, version) == w, 3)
        equal("%s: IPv%d: a datagram %s meets its hooks" % (family_name, version, what),
              counts(c, version), wanted)


def know_neighbours():
    """Lets all resolve each other's addresses, so that no later datagram waits for that."""
    for here, there in HOSTS.values():
        for a, b in (("c", here), ("s", there)), (("s", there), ("c", here)):
            sock = udp(b[0], b[1], PORT + 1)
            send(a, b[1], PORT + 1)
            received(sock)
            sock.close()


def families(net, c):
    know_neighbours()
    for family, versions, name in ((IPV4, (4,), "ip"), (IPV6, (6,), "ip6"),
                                   (INET, (4, 6), "inet")):
        for hook, function in enumerate(NAMES):
            c.attach(function, hook, family)
        for version in versions:
            crossing(net, c, version, name)
        for version in {4, 6} - set(versions):
            ask(c, "(function() seen = {} end)()")
            send(("c", HOSTS[version][0]), HOSTS[version][1])
            time.sleep(0.2)
            equal("%s: IPv%d meets no hook" % (name, version), counts(c, version), (0,) * 5)
        c.detach_all()
        ask(c, "(function() seen = {} end)()")
        send(("c", HOSTS[4][0]), HOSTS[4][1])
        time.sleep(0.1)
        equal("%s: no function is called once its hooks are removed" % name, counts(c, 4),
              (0,) * 5)


def filters(net, c):
    """What is looked at before Lua."""
    here, there = HOSTS[4]
    v6 = HOSTS[6]
    tests = (
        ("iif", {"iif": "c"}, {"iif": "s"}),
        ("oif", {"oif": "s"}, {"oif": "c"}),
        ("mark", {"mark": 0x17}, {"mark": 0x18}),
        ("mark with a mask", {"mark": 0x10, "mark_mask": 0xf0}, {"mark": 0, "mark_mask": 0xf}),
        ("mark 0", {"mark": 0, "mark_mask": 0x8}, {"mark": 0, "mark_mask": 0x1}),
        ("protocol", {"protocol": bytes([17])}, {"protocol": bytes([6])}),
    )
    for tool in ("iptables-nft", "ip6tables-nft"):
        net.sh("r", "%s -t mangle -A PREROUTING -j MARK --set-mark 0x17" % tool)
    for name, yes, no in tests:
        for version, (source, target) in ((4, (here, there)), (6, v6)):
            for match, called in ((yes, 1), (no, 0)):
                c.attach("forward", FORWARD, **match)
                ask(c, "(function() seen = {} end)()")
                send(("c", source), target)
                if called:
                    wait_for(lambda v=version: counts(c, v)[FORWARD], 3)
                else:
                    time.sleep(0.1)
                equal("IPv%d: %s: the function is %scalled" % (version, name,
                                                              "" if called else "not "),
                      counts(c, version)[FORWARD], called)
                c.detach("forward")
    for tool in ("iptables-nft", "ip6tables-nft"):
        net.sh("r", "%s -t mangle -F" % tool)


def priorities(net, c):
    """A hook sees what hooks of lower priority did, and not what later ones do."""
    here, there = HOSTS[4]
    c.exec("fw", "marks = {} for _, n in ipairs{'before', 'after'} do "
           "_G[n] = function(f, p) if p.udp then marks[n] = p.mark end end end")
    net.sh("r", "iptables-nft -t mangle -A PREROUTING -j MARK --set-mark 7")
    c.attach("before", PREROUTING, priority=-151)
    c.attach("after", PREROUTING, priority=-149)
    send(("c", here), there)
    wait_for(lambda: ask(c, "marks.after") != [None], 3)
    c.attach("forward", FORWARD, mark=7)
    ask(c, "(function() seen = {} end)()")
    send(("c", here), there)
    wait_for(lambda: counts(c, 4)[FORWARD], 3)
    equal("a hook behind a table of nft gets packets by the mark that it set",
          counts(c, 4)[FORWARD], 1)
    net.sh("r", "iptables-nft -t mangle -F")
    c.detach_all()


# ---- Verdicts ----------------------------------------------------------------------------

VERDICTS = (
    ("nil", True), ("false", True), ("true", False), ("'accept'", True), ("'drop'", False),
    ("'stop'", True), ("'continue'", True), ("'stolen'", False), ("'queue'", False),
    ("'queue:7'", False), ("'queue:7:bypass'", True), ("'queue:65535:bypass'", True),
)
WRONG = ("1", "{}", "'reject me'", "'queue:'", "'queue:65536'", "'queue:7:'", "'queue:x'",
         "'queue:7:bypass '", "'queue::bypass'", "'queue:000007'", "'repeat'", "''",
         "'queue\\0'")


def verdicts(net, c):
    del net
    c.exec("fw", "function f(frame, packet) if packet.udp and packet.udp.dport == %d then "
           "calls = (calls or 0) + 1 return answer end end" % PORT)
    here, there = HOSTS[4]
    sock = udp("s", there, PORT)
    for hook in (PREROUTING, FORWARD, POSTROUTING):
        c.attach("f", hook)
        for answer, passes in VERDICTS:
            c.exec("fw", "answer = " + answer)
            send(("c", here), there, data=answer.encode())
            got = received(sock, 3 if passes else 0.3)
            equal("%s: %s %s a packet" % (NAMES[hook], answer, "lets through" if passes else
                                          "holds back"),
                  got and got[0], answer.encode() if passes else None)
        c.detach("f")
    for on_error, passes in ((None, True), (0, True), (1, False)):
        more = {} if on_error is None else {"on_error": on_error}
        c.attach("f", FORWARD, **more)
        for answer in WRONG:
            c.exec("fw", "answer = " + answer)
            before = c.get("fw").number("ERRORS")
            send(("c", here), there, data=answer.encode())
            got = received(sock, 3 if passes else 0.3)
            equal("on error %s: %s is an error, and the packet is %s" % (
                on_error, answer, "let through" if passes else "held back"),
                  (got is not None, wait_for(lambda b=before: c.get("fw").number("ERRORS") ==
                                             b + 1, 3)), (passes, True))
        c.detach("f")
    c.exec("fw", "answer, calls = 'repeat', 0")
    c.attach("f", FORWARD)
    send(("c", here), there)
    received(sock)
    equal("'repeat' calls the function 8 times", ask(c, "calls"), [8])
    ok("returned 'repeat' 8 times" in c.get("fw").text("LAST_ERROR"),
       "'repeat' without end is an error", c.get("fw").text("LAST_ERROR"))
    c.exec("fw", "function f(frame, packet) calls = calls + 1 if calls %% 3 ~= 0 then "
           "return 'repeat' end return packet.udp and packet.udp.dport == %d end" % PORT)
    c.exec("fw", "calls = 0")
    send(("c", here), there)
    equal("'repeat' ends with the next verdict", (received(sock, 0.3), ask(c, "calls")),
          (None, [3]))
    c.exec("fw", "hot = true function f(frame, packet) if packet.udp and packet.udp.dport == %d "
           "then if not hot then error('x') end hot = false nf.hotdrop(true) return 'repeat' end "
           "end" % PORT)
    send(("c", here), there)
    ok(received(sock), "nf.hotdrop(true) before 'repeat' has no effect if the next call fails")
    c.detach("f")
    sock.close()


# ---- States that come and go --------------------------------------------------------------

def passes(c, data=b"x"):
    """Returns whether a datagram gets from c to s."""
    del c
    here, there = HOSTS[4]
    sock = udp("s", there, PORT)
    send(("c", here), there, data=data)
    got = received(sock, 0.5)
    sock.close()
    return got is not None


def coming_and_going(net, c):
    del net
    drop = "function f(frame, packet) return packet.udp ~= nil end"
    c.create("g", drop)
    c.attach("f", FORWARD, state="g")
    ok(not passes(c), "a hook drops packets")
    refused("a state with a hook is not destroyed", EBUSY, "rules or hooks refer to the state",
            c.destroy, "g")
    equal("a state's figures have the number of its hooks",
          [c.get("g").number(n) for n in ("REFS", "HOOKS")], [1, 1])
    c.exec("g", "function f() end", N["NFLUA_EXEC_REPLACE"])
    ok(passes(c), "after a replace, the new code's function is called")
    refused("a replace that would leave a hook without its function is refused", ENXIO,
            "hooks call functions that the script does not define: f",
            c.exec, "g", "x = 1", N["NFLUA_EXEC_REPLACE"])
    c.destroy("g", force=True)
    ok(passes(c), "a hook of a destroyed state accepts, as the state says")
    equal("a hook of a destroyed state is listed", [h.text("FUNCTION") for h in c.hooks("g")],
          ["f"])
    refused("a hook of a destroyed state needs force", ENOENT, "there is no state of this name",
            c.attach, "f", INPUT, state="g")
    c.create("g", drop)
    ok(not passes(c), "a hook calls the new state of its state's name")
    c.detach("f", "g")
    ok(passes(c), "a hook that was removed drops nothing")
    c.destroy("g")
    c.create("g", drop, on_error=u32(1))
    c.attach("f", FORWARD, state="g")
    number = c.attach("f", FORWARD, state="g", priority=1, on_error=0)
    c.destroy("g", force=True)
    ok(not passes(c), "a hook of a destroyed state drops, as the state says")
    c.attach("f", FORWARD, state="g", on_error=0, force=True, priority=2)
    equal("a hook can be added to a destroyed state by force", len(c.hooks("g")), 3)
    c.detach(number, "g")
    c.detach("f", "g")
    equal("a function's hooks are removed together", c.hooks("g"), [])
    refused("a destroyed state is forgotten with its last hook", ENOENT, "no state",
            c.get, "g")


# ---- Refusals -----------------------------------------------------------------------------

def refusals(net, c):
    del net
    c.exec("fw", "function f() end here = 1")
    n = c.attach("f", INPUT, priority=3, mark=1, iif="lo")
    refused("the same hook twice is refused", EEXIST, "there is such a hook already",
            c.attach, "f", INPUT, priority=3, mark=1, iif="lo", on_error=1)
    for name, more in (("priority", {"priority": 4}), ("mark", {"mark": 2}),
                       ("device", {"iif": "c"})):
        args = {"priority": 3, "mark": 1, "iif": "lo", **more}
        ok(c.attach("f", INPUT, **args) > n, "a hook with another %s is another hook" % name)
    c.detach("f")
    refused("a hook of a state that is not there is refused", ENOENT,
            "there is no state of this name", c.attach, "f", INPUT, state="none")
    refused("a hook of a function that is not there is refused", ENXIO,
            "the state has no such function", c.attach, "g", INPUT)
    refused("a hook of a value that is no function is refused", ENXIO,
            "the state has no such function", c.attach, "here", INPUT)
    ok(c.attach("g", INPUT, force=True), "force adds a hook without its function")
    c.detach("g")
    for name, code, text, args, more in (
            ("a family of netfilter that has no hooks here", EINVAL, "this family is not supported",
             ("f", INPUT, 4), {}),
            ("a family out of range", ERANGE, "", ("f", INPUT, 99), {}),
            ("a hook out of range", ERANGE, "", ("f", 6), {}),
            ("an empty function", ENXIO, "the state has no such function", ("", INPUT), {}),
            ("a device to leave by in input", EINVAL, "leave by no device yet", ("f", INPUT),
             {"oif": "lo"}),
            ("a device to come in by in output", EINVAL, "came in by no device", ("f", OUTPUT),
             {"iif": "lo"}),
            ("an empty device", EINVAL, "1 to 15 bytes", ("f", INPUT), {"iif": ""}),
            ("a long device", EINVAL, "policy", ("f", INPUT), {"iif": "x" * 16}),
            ("a mask without a mark", EINVAL, "a mask without a mark", ("f", INPUT),
             {"mark_mask": 1}),
            ("a mask of 0", EINVAL, "the mask of the mark is 0", ("f", INPUT),
             {"mark": 0, "mark_mask": 0}),
            ("a mark outside its mask", EINVAL, "bits that its mask has not", ("f", INPUT),
             {"mark": 3, "mark_mask": 1}),
            ("an unknown verdict for errors", ERANGE, "", ("f", INPUT), {"on_error": 2})):
        refused(name + " is refused", code, text, c.attach, *args, **more)
    refused("removing a hook that is not there is refused", ENOENT, "the state has no such hook",
            c.detach, "f")
    refused("removing a hook by a number that is not there is refused", ENOENT,
            "the state has no such hook", c.detach, 1 << 31)
    refused("removing neither a function nor a number is refused", EINVAL, "needs a function",
            c.request, "HOOK_DEL", attr("NAME", "fw"))
    refused("removing both a function and a number is refused", EINVAL, "needs a function",
            c.request, "HOOK_DEL", attr("NAME", "fw"), attr("FUNCTION", "f"),
            attr("HOOK_ID", u32(1)))
    number = c.attach("f", INPUT)
    c.create("other", "function f() end")
    refused("a hook is not removed by the name of another state", ENOENT, "no such hook",
            c.detach, number, "other")
    c.destroy("other")
    c.detach(number)


def many(net, c):
    """Netfilter takes 1,024 hooks in one place."""
    del net
    c.exec("fw", "function f() end")
    added = 0
    try:
        for n in range(1100):
            c.attach("f", INPUT, IPV4, priority=n)
            added += 1
    except Refused as e:
        equal("one hook too many is refused with the reason", (e.code, e.text),
              (7, "netfilter has no room for more hooks there"))
    ok(1000 < added <= 1024, "there can be a thousand hooks in one place", added)
    equal("a list has all of them, in order",
          [h.number("HOOK_ID") for h in c.hooks()] == sorted(
              h.number("HOOK_ID") for h in c.hooks()) and len(c.hooks()), added)
    c.detach("f")
    equal("all of a function's hooks are removed at once", c.hooks(), [])


# ---- Lists and events ---------------------------------------------------------------------

def lists(net, c):
    del net
    events = hooked("r")
    events.join("events")
    c.exec("fw", "function f() end")
    number = c.attach("f", FORWARD, IPV6, priority=-7, mark=0x30, mark_mask=0xf0, iif="c",
                      oif="s", protocol=bytes([58]), on_error=1)
    m = c.hooks("fw")[0]
    wanted = {"HOOK_ID": number, "FAMILY": IPV6, "HOOK": FORWARD, "MARK": 0x30,
              "MARK_MASK": 0xf0, "ON_ERROR": 1}
    equal("a list has what a hook was given", {k: m.number(k) for k in wanted}, wanted)
    equal("a list has a hook's names", [m.text(k) for k in ("NAME", "FUNCTION", "IIF", "OIF")],
          ["fw", "f", "c", "s"])
    equal("a list has a hook's priority and protocol", (m.get("PRIORITY"), m.get("PROTOCOL")),
          (s32(-7), bytes([58])))
    bare = c.attach("f", INPUT)
    m = [h for h in c.hooks() if h.number("HOOK_ID") == bare][0]
    equal("a list has nothing of what a hook was not given",
          [m.get(k) for k in ("MARK", "MARK_MASK", "IIF", "OIF", "PROTOCOL", "ON_ERROR")],
          [None] * 6)
    equal("a list of a state without hooks is empty", c.hooks("none"), [])
    c.detach(number)
    got = [m for _ in range(3) for m in events.receive()]
    equal("adding and removing hooks are events", [m.cmd for m in got],
          [N["NFLUA_CMD_HOOK_NEW_NTF"]] * 2 + [N["NFLUA_CMD_HOOK_DEL_NTF"]])
    equal("events of hooks say which", [m.number("HOOK_ID") for m in got],
          [number, bare, number])
    c.detach("f")
    events.close()


# ---- The module and the namespace ---------------------------------------------------------

def ends(_):
    """A namespace and the module end while hooks exist, and packets are in them."""
    with Net("n"):
        c = hooked("n")
        c.create("fw", "function f() end")
        for hook in range(5):
            c.attach("f", hook)
        ok(not tap.unload(), "the module is not unloaded while there are hooks")
        c.close()
        # Packets all the time, until the namespace is gone.
        code = ("import socket\ns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
                "while True: s.sendto(b'x', ('127.0.0.1', 9))")
        sender = subprocess.Popen(["ip", "netns", "exec", "n", "python3", "-c", code])
        time.sleep(0.5)
    time.sleep(0.2)
    sender.kill()
    sender.wait()
    ok(wait_for(tap.unload), "a namespace that ends takes its hooks along")
    sh("modprobe nflua")


def shown_by_nft(_):
    """nft lists hooks on kernels with NETFILTER_NETLINK_HOOK, which Debian's 6.1 and the debug
    kernel lack."""
    if KERNEL < (6, 12) or tap.DEBUG_KERNEL:
        return
    with Net("n"):
        c = hooked("n")
        c.create("fw", "function f() end")
        c.attach("f", INPUT, priority=77)
        with Inside("n"):
            text = sh("nft list hooks inet", check=False)
        lines = [line for line in text.splitlines() if "nflua_hook_packet [nflua]" in line]
        ok(lines and all("0000000077" in line for line in lines),
           "nft lists the hook with its priority and module", text)
        c.detach("f")
        c.close()


def unprivileged(_):
    """Who may load no scripts may add no hooks."""
    c = Hooked()
    c.create("fw", "function f() end")
    c.close()
    pid = os.fork()
    if pid == 0:
        os.setgid(65534)
        os.setuid(65534)
        c = Hooked()
        try:
            c.attach("f", INPUT)
            os._exit(0)
        except Refused as e:
            os._exit(e.code)
    equal("a hook needs CAP_NET_ADMIN", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), EPERM)
    c = Hooked()
    settle(c, "fw")
    c.close()


def routed(_):
    with Router() as net:
        client("r").close()
        c = hooked("r")
        c.create("fw", COUNT, budget=u32(1000000))
        for test in (families, filters, priorities, verdicts, coming_and_going, refusals, many,
                     lists):
            test(net, c)
            equal("%s leaves no hooks" % test.__name__, c.hooks(), [])
        settle(c, "fw")
        c.close()


main(routed, ends, shown_by_nft, unprivileged)
