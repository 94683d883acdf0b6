# SPDX-License-Identifier: GPL-2.0-or-later
"""The verdict "reject": senders learn that their packets are dropped."""
import contextlib
import socket
from errno import EACCES, ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ETIMEDOUT

from attached import BRIDGE, INET, NETDEV, hooked
from bridges import Switch
from nflua_nl import attr, u32
from tap import equal, main, ok, wait_for
from topology import HOSTS, Capture, Inside, Router, tcp, udp

PRE, IN, FORWARD, OUT, POST = range(5)
INGRESS, EGRESS = 0, 1
PORT = 5312
BUDGET = 1000000

SCRIPT = """
answer = 'reject'
function f(frame, packet)
    local to = packet.udp or packet.tcp
    if to and to.dport == %d then return answer end
end
""" % PORT

# kind, errno over IPv4 and IPv6
KINDS = (("reject", ECONNREFUSED, ECONNREFUSED),
         ("reject:port-unreachable", ECONNREFUSED, ECONNREFUSED),
         ("reject:no-route", ENETUNREACH, ENETUNREACH),
         ("reject:host-unreachable", EHOSTUNREACH, EHOSTUNREACH),
         ("reject:admin-prohibited", EHOSTUNREACH, EACCES))


def udp_error(name, here, there):
    """Returns the error that a sender of a datagram gets, or None."""
    sock = udp(name, here)
    if ":" in here:
        sock.setsockopt(socket.IPPROTO_IPV6, 25, 1)  # IPV6_RECVERR
    else:
        sock.setsockopt(socket.IPPROTO_IP, 11, 1)  # IP_RECVERR
    sock.settimeout(2)
    try:
        sock.connect((there, PORT))
        with contextlib.suppress(PermissionError):  # where it is dropped in output
            sock.send(b"x")
        sock.recv(1)
    except socket.timeout:
        return None
    except OSError as e:
        return e.errno
    finally:
        sock.close()
    return None


def tcp_error(name, here, there):
    """Returns the error of a connect, or None."""
    sock = tcp(name, here)
    sock.settimeout(3)
    try:
        sock.connect((there, PORT))
    except socket.timeout:
        return ETIMEDOUT
    except OSError as e:
        return e.errno
    finally:
        sock.close()
    return None


def each_kind(c, what, name, here, there):
    version = 6 if ":" in here else 4
    listener = tcp("s", there, PORT) if there in (HOSTS[4][1], HOSTS[6][1]) else None
    if listener:
        listener.listen(1)
    for kind, error4, error6 in KINDS:
        c.exec("fw", "answer = '%s'" % kind)
        error = error4 if version == 4 else error6
        equal("%s, IPv%d: %s of a datagram" % (what, version, kind),
              udp_error(name, here, there), error)
        equal("%s, IPv%d: %s of a SYN" % (what, version, kind), tcp_error(name, here, there),
              error)
    c.exec("fw", "answer = 'reject:tcp-reset'")
    equal("%s, IPv%d: a reset" % (what, version), tcp_error(name, here, there), ECONNREFUSED)
    equal("%s, IPv%d: none of these is an error" % (what, version),
          c.get("fw").text("LAST_ERROR"), None)
    errors = c.get("fw").number("ERRORS")
    udp_error(name, here, there)
    ok(wait_for(lambda: c.get("fw").number("ERRORS") == errors + 1) and
       "'reject:tcp-reset', which is not a verdict" in c.get("fw").text("LAST_ERROR"),
       "%s, IPv%d: a reset for a datagram is an error" % (what, version))
    c.request("CLEAR", attr("NAME", "fw"))
    if listener:
        listener.close()


def hooks(_):
    with Router() as net:
        for name in "crs":  # an ICMP error for each packet
            net.sh(name, "sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0")
        c = hooked("r")
        c.create("fw", SCRIPT, budget=u32(BUDGET))
        for version in (4, 6):
            here, there = HOSTS[version]
            router = there[:-1] + "1"
            for hook, what, name, source, target in (
                    (PRE, "prerouting", "c", here, there), (FORWARD, "forward", "c", here, there),
                    (IN, "input", "c", here, router), (OUT, "output", "r", router, there)):
                c.attach("f", hook, INET)
                each_kind(c, what, name, source, target)
                c.detach_all()
            c.attach("f", INGRESS, NETDEV, iif="c")
            each_kind(c, "ingress", "c", here, there)
            c.detach_all()
        again(c)
        refusing(c)
        method(c, net)
        rules(c, net)
        c.destroy("fw")
        c.close()


def again(c):
    """A function that makes a SYN of each reset, and rejects that, too."""
    c.exec("fw", "n = 0 function again(_, p) if p.tcp then n = n + 1 p.tcp.flags = 2 "
           "return 'reject' end end")
    c.attach("again", OUT, INET)
    begun = c.get("fw").number("ERRORS")
    tcp_error("r", "10.9.2.1", "10.9.2.2")
    calls = c.eval("fw", "n")[0]
    ok(2 <= calls <= 2 * 4, "an answer that is rejected, too, is only dropped", calls)
    equal("and none of it is an error", c.get("fw").number("ERRORS"), begun)
    c.detach_all()


def refusing(c):
    """Where there is no way back, and what is no kind."""
    here, there = HOSTS[4]
    for what, hook, family, more in (("postrouting", POST, INET, {}),
                                     ("egress", EGRESS, NETDEV, {"oif": "s"})):
        c.exec("fw", "answer = 'reject'")
        c.attach("f", hook, family, **more)
        errors = c.get("fw").number("ERRORS")
        tcp_error("c", here, there)
        ok(c.get("fw").number("ERRORS") > errors, "reject is an error in " + what)
        c.detach_all()
    c.attach("f", FORWARD, INET)
    for kind in ("reject:", "reject:tcp", "rejects", "reject:port-unreachable ", "rejec",
                 "reject\\0"):
        c.exec("fw", "answer = '%s'" % kind)
        errors = c.get("fw").number("ERRORS")
        tcp_error("c", here, there)
        ok(c.get("fw").number("ERRORS") > errors, "'%s' is an error" % kind)
    c.detach_all()
    c.request("CLEAR", attr("NAME", "fw"))


CALLED = """
function f(frame, packet)
    if packet.udp and packet.udp.dport == %d then return called(frame, packet) end
    return false
end
""" % PORT


def method(c, net):
    """packet:reject(), whatever the function returns."""
    here, there = HOSTS[4]
    sink = udp("s", there, PORT)  # so that what passes has no answer
    c.exec("fw", CALLED)

    def is_answered(code, error, what):
        c.exec("fw", "function called(frame, packet) %s end" % code)
        before = c.get("fw").number("ERRORS")
        equal("packet:reject(): " + what, udp_error("c", here, there), error)
        return c.get("fw").number("ERRORS") - before

    def is_refused(code, text, what):
        equal("packet:reject(): %s: the sender gets no answer" % what,
              is_answered(code, None, what), 1)
        ok(text in (c.get("fw").text("LAST_ERROR") or ""), "packet:reject(): %s: the error says so"
           % what, c.get("fw").text("LAST_ERROR"))

    c.attach("f", FORWARD, INET)
    for result in ("", "return false", "return true", "return 'accept'", "return 'stolen'",
                   "return 'queue:9'", "return 'reject:port-unreachable'", "nf.hotdrop(true)",
                   "nf.hotdrop(false)"):
        equal("and it is no error", is_answered("packet:reject('no-route') " + result, ENETUNREACH,
                                                "counts more than %r" % result), 0)
    is_answered("packet:reject('no-route') packet:reject()", ECONNREFUSED,
                "the last kind counts")
    is_answered("turns = (turns or 0) + 1 if turns == 1 then packet:reject('no-route') return 'repeat' end",
                ENETUNREACH, "holds when the function is called again")
    is_refused("packet:reject('no-route') error('x')", "x", "a call that fails rejects nothing")
    is_refused("packet:reject('nonsense')", "cannot reject the packet: there is no such kind",
               "an unknown kind")
    is_refused("packet:reject('reject')", "there is no such kind", "a verdict")
    is_refused("packet:reject('tcp-reset')", "cannot reject the packet: a reset is for TCP",
               "a reset for a datagram")
    is_refused("packet.udp.reject(packet.udp)", "udp has no field 'reject'", "a header")
    is_refused("packet.reject(frame)", "packet expected", "a frame")
    is_refused("packet.reject()", "packet expected", "no packet")
    is_refused("packet:reject({})", "string expected", "a table as the kind")
    c.detach_all()
    c.attach("f", POST, INET)
    is_refused("packet:reject()", "from here there is no way back to the sender", "postrouting")
    c.detach_all()
    net.sh("r", "iptables-nft -A FORWARD -m lua --state fw --function f")
    is_refused("packet:reject()", "a match cannot reject the packet: use -j LUA or a hook", "a match")
    net.sh("r", "iptables-nft -F")
    net.sh("r", "iptables-nft -A FORWARD -j LUA --state fw --function f")
    is_answered("packet:reject('no-route')", ENETUNREACH, "a target that returns nothing")
    net.sh("r", "iptables-nft -F")
    sink.close()
    c.request("CLEAR", attr("NAME", "fw"))
    c.exec("fw", SCRIPT)


def rules(c, net):
    """-j LUA."""
    for ipt, version in (("iptables", 4), ("ip6tables", 6)):
        here, there = HOSTS[version]
        for chain, name, source, target in (("FORWARD", "c", here, there),
                                            ("INPUT", "c", here, there[:-1] + "1"),
                                            ("OUTPUT", "r", there[:-1] + "1", there)):
            net.sh("r", "%s-nft -A %s -j LUA --state fw --function f" % (ipt, chain))
            each_kind(c, "-j LUA in %s" % chain, name, source, target)
            net.sh("r", "%s-nft -F" % ipt)


def bridges(_):
    with Switch() as net:
        for name in "cbs":
            net.sh(name, "sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0")
        c = hooked("b")
        c.create("fw", SCRIPT, budget=u32(BUDGET))
        for version, address in ((4, "10.9.1.%d"), (6, "fd09:1::%d")):
            for hook, what, last in ((PRE, "prerouting", 3), (IN, "input", 1)):
                c.attach("f", hook, BRIDGE)
                each_kind(c, what + " of a bridge", "c", address % 2, address % last)
                c.detach_all()
        c.exec("fw", "answer = 'reject'")
        c.attach("f", FORWARD, BRIDGE)
        errors = c.get("fw").number("ERRORS")
        tcp_error("c", "10.9.1.2", "10.9.1.3")
        ok(c.get("fw").number("ERRORS") > errors, "reject is an error in forward of a bridge")
        c.detach_all()
        c.attach("f", PRE, BRIDGE)
        with Inside("c"):
            sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        matches = c.get("fw").number("MATCHES")
        with Capture("c") as capture:
            sock.sendto(b"x", ("10.9.1.255", PORT))
            ok(wait_for(lambda: c.get("fw").number("MATCHES") == matches + 1),
               "a broadcast is rejected")
            equal("without an answer", capture.packets(protocols=(1,), seconds=0.3), [])
        sock.close()
        c.detach_all()
        c.destroy("fw")
        c.close()


main(hooks, bridges)
