# SPDX-License-Identifier: GPL-2.0-or-later
"""What scripts see of connections and do to them, checked against `conntrack`."""
import os
import re
import socket
import sys

from nflua_nl import Client, N
from tap import equal, main, ok, refused, sh, wait_for
from topology import Net, Router, client, received, tcp, udp

EEXIST, ENOEXEC, ECANCELED = 17, 8, 125

# The script of the manual's example, with its addresses.
EXAMPLE = """
local p1, b1 = nf.traffic(4, "udp", "192.168.1.100", 8080, "8.8.8.8", 22, 'original')
local p2, b2 = nf.traffic(4, "udp", "10.0.0.38", 8080, "8.8.8.8", 22, 'original')
local p3, b3 = nf.traffic(4, "udp", "8.8.8.8", 22, "10.0.0.38", 8080, 'reply')
local p4, b4 = nf.traffic(4, "udp", "8.8.8.8", 22, "192.168.1.100", 8080, 'reply')

assert(p1 == p3)
assert(b1 == b3)
assert(p2 == nil)
assert(p4 == nil)
"""


def listed(net, name, filters):
    """Returns the packets and bytes of each direction, as conntrack prints them."""
    out = net.sh(name, "conntrack -L %s 2>/dev/null" % filters)
    return [int(n) for n in re.findall(r"(?:packets|bytes)=(\d+)", out)]


class Example(Net):
    """device - router - internet, where the router masquerades."""

    def __init__(self):
        super().__init__("device", "router", "internet")

    def __enter__(self):
        super().__enter__()
        self.link("device", "eth0", ["192.168.1.100/24"], "router", "eth1", ["192.168.1.1/24"])
        self.link("internet", "eth0", ["10.0.0.1/24"], "router", "eth0", ["10.0.0.38/24"])
        self.sh("internet", "ip addr add 8.8.8.8/32 dev lo")
        self.routes("device", "default via 192.168.1.1")
        self.routes("router", "default via 10.0.0.1")
        self.sh("router", "sysctl -qw net.ipv4.ip_forward=1")
        self.sh("router", "iptables-legacy -t nat -A POSTROUTING -o eth0 -j MASQUERADE")
        return self


def example(_):
    with Example() as net:
        c = client("router")
        c.create("fw", "function all() return nf.traffic ~= nil end")
        device, internet = udp("device", "192.168.1.100", 8080), udp("internet", "8.8.8.8", 22)
        device.sendto(b"x" * 48, ("8.8.8.8", 22))
        got = received(internet)
        equal("a masqueraded packet comes from the router's address", got,
              (b"x" * 48, ("10.0.0.38", 8080)))
        equal("a connection that is not answered has no packets in direction 'reply'", c.eval(
            "fw", "nf.traffic(4, 'udp', '8.8.8.8', 22, '10.0.0.38', 8080, 'reply')"), [0, 0])
        internet.sendto(b"y" * 48, got[1])
        ok(received(device), "the answer to a masqueraded packet comes back")
        line = net.sh("router", "conntrack -L -p udp 2>/dev/null")
        ok("src=192.168.1.100 dst=8.8.8.8 sport=8080 dport=22 packets=1 bytes=76 "
           in line and "src=8.8.8.8 dst=10.0.0.38 sport=22 dport=8080 packets=1 bytes=76 " in line,
           "conntrack lists the connection of the manual's example", line)
        c.exec("fw", EXAMPLE)
        ok(True, "the assertions of the manual's example hold")
        equal("nf.traffic returns the packets and bytes of direction 'original'", c.eval(
            "fw", "nf.traffic(4, 'udp', '192.168.1.100', 8080, '8.8.8.8', 22, 'original')"),
              [1, 76])
        device.sendto(b"x" * 100, ("8.8.8.8", 22))
        received(internet)
        for tuple_ in ("'192.168.1.100', 8080, '8.8.8.8', 22",
                       "'8.8.8.8', 22, '10.0.0.38', 8080"):
            equal("nf.traffic finds both directions by %s" % tuple_,
                  c.eval("fw", "nf.traffic(4, 'udp', %s, 'both')" % tuple_),
                  [2, 76 + 128, 1, 76])
        for tuple_ in ("'10.0.0.38', 8080, '8.8.8.8', 22",
                       "'8.8.8.8', 22, '192.168.1.100', 8080"):
            equal("nf.traffic finds no connection by %s" % tuple_,
                  c.eval("fw", "nf.traffic(4, 'udp', %s, 'both')" % tuple_),
                  [None, "there is no such connection"])
        for side, tuple_ in (("reply", "'192.168.1.100', 8080, '8.8.8.8', 22"),
                             ("original", "'8.8.8.8', 22, '10.0.0.38', 8080")):
            equal("nf.traffic finds nothing as '%s' by the other direction's addresses" % side,
                  c.eval("fw", "nf.traffic(4, 'udp', %s, '%s')" % (tuple_, side)),
                  [None, "there is no such connection"])
        equal("nf.traffic finds no TCP connection by the addresses of a UDP one", c.eval(
            "fw", "nf.traffic(4, 'tcp', '192.168.1.100', 8080, '8.8.8.8', 22, 'both')")[0], None)
        c.close()


def families(_):
    with Router() as net:
        c = client("r")
        c.create("fw", "wanted = nf.traffic")
        for family, near, far in ((4, "10.9.1.2", "10.9.2.2"), (6, "fd09:1::2", "fd09:2::2")):
            listener = tcp("s", far, 80)
            listener.listen()
            sock = tcp("c", near, 4000)
            sock.connect((far, 80))
            peer, _ = listener.accept()
            peer.sendall(b"x" * 5000)
            got = 0
            while got < 5000:
                got += len(sock.recv(5000))
            for s in (sock, peer, listener):
                s.close()
            where = "nf.traffic(%d, 'tcp', '%s', 4000, '%s', 80, 'both')" % (family, near, far)
            ok(wait_for(lambda: "TIME_WAIT" in net.sh(
                "r", "conntrack -L -f ipv%d 2>/dev/null" % family)),
                "IPv%d: the TCP connection ends (TIME_WAIT)" % family)
            want = listed(net, "r", "-f ipv%d -p tcp" % family)
            equal("IPv%d: nf.traffic returns the counters that conntrack prints" % family,
                  c.eval("fw", where), want)
            ok(len(want) == 4 and want[3] > 5000 and want[0] > 3,
               "IPv%d: conntrack counts the whole TCP connection" % family, want)
            equal("IPv%d: 'both' is what 'original' and then 'reply' return" % family,
                  c.eval("fw", where.replace("both", "original")) +
                  c.eval("fw", "nf.traffic(%d, 'tcp', '%s', 80, '%s', 4000, 'reply')"
                         % (family, far, near)), want)
        equal("nf.traffic understands other spellings of an IPv6 address", c.eval(
            "fw", "nf.traffic(6, 'tcp', 'fd09:0001:0:0::2', 4000, 'FD09:2::0.0.0.2', 80, 'both')"),
              c.eval("fw", "nf.traffic(6, 'tcp', 'fd09:1::2', 4000, 'fd09:2::2', 80, 'both')"))
        c.close()


def wrong_arguments(c):
    c.create("w")
    good = ["4", "'udp'", "'10.0.0.1'", "1", "'10.0.0.2'", "2", "'both'"]
    equal("nf.traffic with right arguments returns nil for an unknown connection",
          c.eval("w", "nf.traffic(%s)" % ", ".join(good)),
          [None, "there is no such connection"])
    bad = {1: ("5", "nil", "'x'", "{}"), 2: ("'icmp'", "'TCP'", "''", "nil", "{}"),
           3: ("'10.0.0'", "'10.0.0.256'", "'10.0.0.1.'", "'10.0.0.1 '", "'fd09::1'", "''",
               "'10.0.0.1\\0'", "'x'", "nil", "('1'):rep(100)"),
           4: ("-1", "65536", "'x'", "nil"), 5: ("'10.0.0.1/8'", "nil", "true"),
           6: ("-1", "65536", "1 << 40", "nil"), 7: ("'all'", "'BOTH'", "nil", "{}")}
    for arg, values in bad.items():
        for value in values:
            args = good[:arg - 1] + [value] + good[arg:]
            refused("nf.traffic refuses as argument %d: %s" % (arg, value), ECANCELED,
                    "bad argument #%d to 'traffic'" % arg, c.eval, "w",
                    "nf.traffic(%s)" % ", ".join(args))
    for value in ("'10.0.0.1'", "'fd09::1::2'", "'fd09:'", "'fd09::1%lo'", "'fd09::12345'",
                  "'1:2:3:4:5:6:7:8:9'", "' ::1'", "'::1\\0'"):
        refused("nf.traffic refuses as an IPv6 address: %s" % value, ECANCELED,
                "not an IPv6 address", c.eval, "w",
                "nf.traffic(6, 'udp', %s, 1, '::2', 2, 'both')" % value)
    refused("nf.delete_conntrack() without a packet is refused", ECANCELED,
            "there is no packet here", c.eval, "w", "nf.delete_conntrack()")
    refused("nf.connid() without a packet is refused", ECANCELED,
            "there is no packet here", c.eval, "w", "nf.connid()")
    c.destroy("w")


def counters(_):
    """Connections have no counters until a script wants them."""
    with Router() as net:
        c = client("r")
        acct = "cat /proc/sys/net/netfilter/nf_conntrack_acct"
        c.create("fw", "function f() return nf.connid() ~= nil end")
        near, far = udp("c", "10.9.1.2", 4000), udp("s", "10.9.2.2", 53)
        near.sendto(b"x", ("10.9.2.2", 53))
        ok(received(far), "a datagram arrives before counters are on")
        ok("sport=4000" in net.sh("r", "conntrack -L -p udp 2>/dev/null"),
           "a script that uses nf.connid has connections tracked")
        equal("a script that uses only nf.connid leaves counters off", net.sh("r", acct), "0")
        where = "(nf['traf' .. 'fic'](4, 'udp', '10.9.1.2', %d, '10.9.2.2', 53, 'original'))"
        got = c.eval("fw", "nf['traf' .. 'fic'](4, 'udp', '10.9.1.2', 4000, '10.9.2.2', 53, 'both')")
        equal("nf.traffic says that a connection from before has no counters", got,
              [None, "the connection has no counters: it began before they were turned on"])
        equal("the first call of nf.traffic turns counters on", net.sh("r", acct), "1")
        later = udp("c", "10.9.1.2", 4001)
        later.sendto(b"x", ("10.9.2.2", 53))
        received(far)
        equal("a connection after the first call of nf.traffic has counters",
              c.eval("fw", where % 4001), [1])
        c.close()
        equal("nf.traffic turns counters on only in its own namespace", net.sh("c", acct), "0")
    with Router() as net:
        c = client("r")
        c.create("fw", "function f() return nf.traffic ~= nil end")
        equal("a script that names nf.traffic turns counters on", net.sh("r", acct), "1")
        c.close()


def unwanted(_):
    """Scripts that never get into a state turn neither tracking nor counters on."""
    wants = "function f() return nf.connid() ~= nil end "
    counts = "nf['traf' .. 'fic'](4, 'udp', '10.0.0.1', 1, '10.0.0.2', 2, 'both') "
    with Net("a") as net:
        c = client("a")
        c.create("there")

        def active():
            net.sh("a", "ping -c 1 -W 5 127.0.0.1 || :")
            return [int(net.sh("a", "cat /proc/sys/net/netfilter/nf_conntrack_" + what)) > 0
                    for what in ("count", "acct")]

        equal("tracking and counters are off before any script wants them", active(),
              [False, False])
        c.exec("there", wants + "return nf.traffic", N["NFLUA_EXEC_CHECK"])
        equal("checking a script turns neither tracking nor counters on", active(),
              [False, False])
        for what, code, request, script in (
                ("a name that is taken", EEXIST, c.create, wants),
                ("a state whose script fails", ECANCELED, c.create, wants + counts + "error('x')"),
                ("a state whose script does not compile", ENOEXEC, c.create, wants + "return )"),
                ("a replacement script that fails", ECANCELED,
                 lambda *a: c.exec(*a, N["NFLUA_EXEC_REPLACE"]), wants + counts + "error('x')"),
                ("a script that does not compile", ENOEXEC, c.exec, wants + "return )")):
            name = "new" if what.startswith("a state") else "there"
            refused("%s is refused" % what, code, None, request, name, script)
            equal("%s turns neither tracking nor counters on" % what, active(), [False, False])
        c.exec("there", "x = 1")
        equal("a script that uses no connection turns neither tracking nor counters on", active(),
              [False, False])
        c.exec("there", wants)
        equal("a script that uses nf.connid turns tracking on", active(), [True, False])
        c.exec("there", counts, N["NFLUA_EXEC_REPLACE"])
        equal("a replacement that uses nf.traffic turns counters on", active(), [True, True])
        c.close()
    with Net("a") as net:
        c = client("a")
        c.create("new", counts)
        equal("a new state whose script uses nf.traffic turns tracking and counters on",
              active(), [True, True])
        c.close()


def deleted(_):
    with Router() as net:
        net.sh("r", "iptables-legacy -t nat -A POSTROUTING -o s -j MASQUERADE")
        c = client("r")
        c.create("fw", "there = {} function kill() there[#there + 1] = nf.delete_conntrack() "
                 "return false end")
        near, far = udp("c", "10.9.1.2", 4000), udp("s", "10.9.2.2", 53)

        def count():
            return net.sh("r", "conntrack -L -p udp 2>/dev/null | grep -c sport=4000", check=False)

        def through(data):
            near.sendto(data, ("10.9.2.2", 53))
            return received(far)

        equal("a packet before the rule arrives translated", through(b"a"),
              (b"a", ("10.9.2.1", 4000)))
        equal("a packet before the rule has a connection", count(), "1")
        rule = "iptables-legacy %s FORWARD -p udp -m lua --state fw --function kill"
        net.sh("r", rule % "-A")
        equal("a packet whose known connection is deleted goes on, translated", through(b"b"),
              (b"b", ("10.9.2.1", 4000)))
        equal("a deleted known connection is gone", count(), "0")
        equal("nf.delete_conntrack() returns true for a known connection",
              c.eval("fw", "#there, there[1]"), [1, True])
        equal("a packet whose new connection is deleted goes on, translated", through(b"c"),
              (b"c", ("10.9.2.1", 4000)))
        equal("a deleted new connection is gone", count(), "0")
        equal("nf.delete_conntrack() returns true for a new connection",
              c.eval("fw", "#there, there[2]"), [2, True])
        net.sh("r", "iptables-legacy -t raw -A PREROUTING -p udp -j CT --notrack")
        near.sendto(b"d", ("10.9.2.2", 53))
        received(far)
        equal("nf.delete_conntrack() returns false for an untracked packet",
              c.eval("fw", "#there, there[3]"), [3, False])
        net.sh("r", "iptables-legacy -t raw -F")
        net.sh("r", rule % "-D")
        through(b"e")
        equal("a packet after the rule's end has a connection again", count(), "1")
        c.close()


def ids(_):
    with Router() as net:
        c = client("r")
        c.create("fw", "function f() id = nf.connid() return true end")
        for tool, near, far in (("iptables-legacy", "10.9.1.2", "10.9.2.2"),
                                ("ip6tables-nft", "fd09:1::2", "fd09:2::2")):
            net.sh("r", "%s -A FORWARD -p udp -m lua --state fw --function f" % tool)
            one, two = udp("c", near, 4000), udp("s", far, 53)
            seen = []
            for sock, to, other in ((one, (far, 53), two), (two, (near, 4000), one)):
                sock.sendto(b"x", to)
                received(other)
                seen += c.eval("fw", "id")
            line = net.sh("r", "conntrack -L -o id -f ipv%d -p udp 2>/dev/null"
                          % (6 if ":" in near else 4))
            ok("id=%s" % seen[0] in line.split() and seen[0] == seen[1],
               "%s: nf.connid() is conntrack's ID in both directions" % tool,
               "%s: %s" % (seen, line))
        c.close()


def inside():
    """Runs in a namespace of its own, for namespace_exit()."""
    c = Client()
    sh("ip link set lo up")
    c.create("gone", "function f() nf.delete_conntrack() return nf.traffic(4, 'udp', "
             "'127.0.0.1', 1, '127.0.0.1', 2, 'both') == nil end")
    sh("iptables-legacy -A INPUT -m lua --state gone --function f")
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for _ in range(100):
        sock.sendto(b"x", ("127.0.0.1", 9))
    print(c.get("gone").number("CALLS"), c.get("gone").number("ERRORS"))


def namespace_exit(_):
    out = sh("unshare --net /usr/bin/python3 %s inside" % os.path.abspath(__file__)).split()
    ok(len(out) == 2 and int(out[0]) >= 100 and out[1] == "0",
       "a namespace can end whose connections are read and deleted by calls", out)


if len(sys.argv) > 1:
    inside()
    sys.exit()
main(example, families, wrong_arguments, counters, unwanted, deleted, ids, namespace_exit)
