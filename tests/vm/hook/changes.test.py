# SPDX-License-Identifier: GPL-2.0-or-later
"""What functions change of packets: the mark and the priority."""
import json
import socket
import subprocess
import time

from attached import INET, NETDEV, Hooked, hooked, send
from nflua_nl import attr, u32
from rules import settle
from tap import equal, main, ok, sh, wait_for
from topology import HOSTS, Router, received, udp
from wire import ipv4
from wire import udp as datagram

PORT = 5310
PREROUTING, INPUT, FORWARD, OUTPUT, POSTROUTING = range(5)
INGRESS, EGRESS = 0, 1
BUDGET = 1000000
MARKS = """
errors = {}
function mark(_, packet)
    if packet.udp and packet.udp.dport == %d then packet.mark = packet.mark | 7 end
end
function class(_, packet)
    if packet.udp and packet.udp.dport == %d then packet.priority = 0x10003 end
end
function read(_, packet)
    if packet.udp and packet.udp.dport == %d then seen = packet.mark end
end
function set(_, packet)
    if not packet.udp or packet.udp.dport ~= %d then return end
    for _, value in ipairs{-1, 1 << 32, "7", true, {}} do
        errors[#errors + 1] = select(2, pcall(function() packet.mark = value end))
    end
    errors[#errors + 1] = select(2, pcall(function() packet.mark = nil end))
    errors[#errors + 1] = select(2, pcall(function() packet.priority = -1 end))
    errors[#errors + 1] = select(2, pcall(function() packet.length = 1 end))
    errors[#errors + 1] = select(2, pcall(function() packet.udp = nil end))
    errors[#errors + 1] = select(2, pcall(function() packet.find = nil end))
    errors[#errors + 1] = select(2, pcall(function() packet.nothing = 1 end))
    seen = packet.mark
end
""" % ((PORT,) * 4)


def ask(c, script):
    return c.eval("fw", script)


def seen(c):
    wait_for(lambda: ask(c, "seen") != [None], 3)
    return ask(c, "seen")[0]


def marks(_):
    """A mark is seen by later hooks, by nft, and by policy routing."""
    with Router() as net:
        c = hooked("r")
        c.create("fw", MARKS, budget=u32(BUDGET))
        for version, (here, there) in HOSTS.items():
            for place, more, what in ((INGRESS, {"family": NETDEV, "iif": "c"}, "ingress"),
                                      (PREROUTING, {"priority": -300}, "prerouting"),
                                      (FORWARD, {"priority": -1}, "forward")):
                c.exec("fw", "seen = nil")
                c.attach("mark", place, **{"family": INET, **more})
                c.attach("read", POSTROUTING)
                send(("c", here), there)
                equal("IPv%d: a mark that is set in %s is there in postrouting" % (version, what),
                      seen(c), 7)
                c.detach_all()
            c.attach("mark", PREROUTING, priority=-150)
            c.attach("read", FORWARD, mark=7)
            c.exec("fw", "seen = nil")
            send(("c", here), there)
            equal("IPv%d: a later hook is chosen by the mark" % version, seen(c), 7)
            net.sh("r", "nft add table inet t")
            net.sh("r", "nft 'add chain inet t f { type filter hook forward priority 10; }'")
            net.sh("r", "nft add rule inet t f meta mark 7 udp dport %d counter drop" % PORT)
            sink = udp("s", there, PORT)
            send(("c", here), there)
            ok(received(sink, 0.5) is None, "IPv%d: nft drops by the mark" % version)
            net.sh("r", "nft delete table inet t")
            ip = "ip -%d" % version
            net.sh("r", ip + " rule add fwmark 7 table 100")
            net.sh("r", ip + " route add blackhole default table 100")
            send(("c", here), there)
            ok(received(sink, 0.5) is None, "IPv%d: a packet is routed by the mark" % version)
            net.sh("r", ip + " rule del fwmark 7 table 100")
            net.sh("r", ip + " route flush table 100")
            send(("c", here), there)
            ok(received(sink) is not None, "IPv%d: without that rule it arrives" % version)
            sink.close()
            c.detach_all()
        equal("no call fails", c.get("fw").text("LAST_ERROR"), None)
        settle(c, "fw")
        c.close()


CT_MARKS = """
function one(_, packet)
    if packet.udp and packet.udp.dport == %d then
        packet.ctmark = packet.ctmark == 0 and 8 or 9
    end
end
function two(_, packet)
    if packet.udp and packet.udp.sport == %d then back = packet.ctmark end
end
function none(_, packet)
    why = select(2, pcall(function() packet.ctmark = 1 end)) seen = packet.ctmark
end
""" % (PORT, PORT)


def connections(_):
    """The mark of a connection is seen by packets in both directions, and by others' tools."""
    with Router() as net:
        c = hooked("r")
        c.create("fw", CT_MARKS, budget=u32(BUDGET))
        for version, (here, there) in HOSTS.items():
            c.attach("one", FORWARD)
            c.attach("two", FORWARD, priority=-2)
            events = subprocess.Popen(
                ["ip", "netns", "exec", "r", "timeout", "20", "conntrack", "-E", "-e", "UPDATES", "-m", "9"],
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            time.sleep(2)
            sink, source = udp("s", there, PORT), udp("c", here)
            for _ in range(2):
                source.sendto(b"x", (there, PORT))
                received(sink)
            sink.sendto(b"y", source.getsockname()[:2])
            received(source)
            equal("IPv%d: a packet of the other direction has the mark" % version,
                  wait_for(lambda: ask(c, "back") == [9], 5), True)
            found = net.sh("r", "conntrack -L -f ipv%d --mark 9" % version, check=False)
            ok("dport=%d" % PORT in found, "IPv%d: conntrack lists the connection by its mark"
               % version, found)
            events.terminate()
            out = events.communicate()[0]
            ok("mark=9" in out or "dport=%d" % PORT in out,
               "IPv%d: the change of a mark is an event" % version, out)
            net.sh("r", "%stables-legacy -A FORWARD -m connmark --mark 9 -j DROP"
                   % ("ip" if version == 4 else "ip6"))
            source.sendto(b"x", (there, PORT))
            ok(received(sink, 0.5) is None, "IPv%d: iptables sees the mark" % version)
            sink.close()
            source.close()
            c.detach_all()
            c.attach("none", INGRESS, family=NETDEV, iif="c")
            send(("c", here), there)
            equal("IPv%d: at ingress no packet has a connection" % version,
                  (wait_for(lambda: ask(c, "why") != [None], 3), ask(c, "return why, seen")),
                  (True, ["chunk:11: field 'ctmark' cannot be set: the packet has no connection", None]))
            c.exec("fw", "why, back = nil")
            c.detach_all()
        equal("no call fails", c.get("fw").text("LAST_ERROR"), None)
        settle(c, "fw")
        c.close()


# Two ways to one address: by s, and for packets with the mark by c.
BOTH = {4: ("192.0.2.7", "10.9.1.2", "10.9.2.2", 32, "10.9.2.1"),
        6: ("fd09:9::7", "fd09:1::2", "fd09:2::2", 128, "fd09:2::1")}


def two_ways(net, version):
    address, by_c, by_s, bits, _ = BOTH[version]
    for name in ("c", "s"):
        net.sh(name, "ip addr add %s/%d dev lo%s" % (address, bits,
                                                     " nodad" if version == 6 else ""))
    ip = "ip -%d" % version
    net.sh("r", "%s route add %s via %s" % (ip, address, by_s))
    net.sh("r", "%s route add %s via %s table 100" % (ip, address, by_c))
    net.sh("r", "%s rule add fwmark 7 table 100" % ip)


def arrives_at(version):
    """Sends a datagram from the router. Returns the name of the namespace where it arrives."""
    address, _, _, _, source = BOTH[version]
    sinks = {name: udp(name, address, PORT) for name in ("c", "s")}
    send(("r", source), address)
    wait_for(lambda: any(pending(s) for s in sinks.values()), 3)
    names = [name for name, s in sinks.items() if pending(s)]
    for s in sinks.values():
        s.close()
    return names


def pending(sock):
    sock.setblocking(False)
    try:
        return bool(sock.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False


def own(_):
    """Packets of this host are routed anew when their mark changes."""
    with Router() as net:
        c = hooked("r")
        c.create("fw", MARKS, budget=u32(BUDGET))
        for version in (4, 6):
            two_ways(net, version)
            equal("IPv%d: a packet of this host goes by the main table" % version,
                  arrives_at(version), ["s"])
            i = c.attach("mark", OUTPUT)
            equal("IPv%d: a mark that is set in output has it routed anew" % version,
                  arrives_at(version), ["c"])
            c.detach(i)
            i = c.attach("read", OUTPUT)
            equal("IPv%d: a hook that sets nothing does not" % version,
                  arrives_at(version), ["s"])
            c.detach(i)
            tool = "iptables-nft" if version == 4 else "ip6tables-nft"
            for table, wanted in (("mangle", "c"), ("filter", "s")):
                rule = "%s -t %s %%s OUTPUT -p udp -j LUA --state fw --function mark" % (tool,
                                                                                     table)
                net.sh("r", rule % "-A")
                equal("IPv%d: -j LUA in the table %s sends it to %s" % (version, table, wanted),
                      arrives_at(version), [wanted])
                net.sh("r", rule % "-D")
        equal("no call fails", c.get("fw").text("LAST_ERROR"), None)
        settle(c, "fw")
        c.close()


def priority(_):
    with Router() as net:
        c = hooked("r")
        c.create("fw", MARKS, budget=u32(BUDGET))
        net.sh("r", "tc qdisc add dev s root handle 1: prio bands 3")
        for place in (FORWARD, POSTROUTING):
            net.sh("r", "tc qdisc replace dev s parent 1:3 handle 30: pfifo")
            before = packets(net)
            i = c.attach("class", place)
            sink = udp("s", HOSTS[4][1], PORT)
            send(("c", HOSTS[4][0]), HOSTS[4][1])
            ok(received(sink) is not None, "a packet with a priority arrives")
            ok(wait_for(lambda b=before: packets(net) == b + 1), "by the class that it names",
               packets(net))
            c.detach(i)
            sink.close()
        settle(c, "fw")
        c.close()


def packets(net):
    """Returns how many packets the class 1:3 of the router's device s sent."""
    for q in json.loads(net.sh("r", "tc -s -j qdisc show dev s")):
        if q.get("handle") == "30:":
            return q["packets"]
    return 0


WRONG = ["field 'mark' is 0 to 4294967295"] * 2 + \
    ["field 'mark' is an integer, not " + kind for kind in ("string", "boolean", "table", "nil")] + \
    ["field 'priority' is 0 to 4294967295", "field 'length' cannot be set",
     "field 'udp' cannot be set", "field 'find' cannot be set", "packet has no field 'nothing'"]


def wrong(_):
    with Router() as net:
        c = hooked("r")
        c.create("fw", MARKS, budget=u32(BUDGET))
        c.attach("set", PREROUTING)
        send(("c", HOSTS[4][0]), HOSTS[4][1])
        equal("a wrong value changes nothing", seen(c), 0)
        got = [text.split(": ", 1)[1] for text in ask(c, "table.unpack(errors)")]
        equal("each assignment that is wrong raises an error", got, WRONG)
        c.detach_all()
        net.sh("r", "iptables-nft -A FORWARD -p udp -m lua --state fw --function mark")
        send(("c", HOSTS[4][0]), HOSTS[4][1])
        ok(wait_for(lambda: "a match cannot change the packet: use -j LUA or a hook" in
                    (c.get("fw").text("LAST_ERROR") or "")), "a match cannot set a mark",
           c.get("fw").text("LAST_ERROR"))
        net.sh("r", "iptables-nft -F FORWARD")
        settle(c, "fw")
        c.close()


def dry(_):
    c = Hooked()
    c.create("fw", "marks = {} function f(_, p) marks[#marks + 1] = p.mark p.mark = 5 "
             "marks[#marks + 1] = p.mark end")
    c.request("RUN", attr("NAME", "fw"), attr("FUNCTION", "f"), attr("REPEAT", u32(2)),
              attr("PACKET", ipv4(17, datagram(1, 2, b"x"))))
    equal("a dry run sets the mark of each of its packets", ask(c, "table.unpack(marks)"),
          [0, 5, 0, 5])
    c.exec("fw", "function f(_, p) kept = p end")
    c.attach("f", OUTPUT)
    sh("ping -c 1 -W 1 127.0.0.1")
    c.detach_all()
    ok("packet is gone" in str(c.eval("fw", "(select(2, pcall(function() kept.mark = 1 end)))")),
       "the mark of a packet that is gone cannot be set")
    settle(c, "fw")
    c.close()


main(marks, connections, own, priority, wrong, dry)
