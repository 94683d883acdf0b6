# SPDX-License-Identifier: GPL-2.0-or-later
"""Hooks beside others of netfilter: queues, tables of nft, and what functions send."""
from attached import INET, hooked, send
from nflua_nl import u32
from nfqueue import NF_ACCEPT, NF_DROP, Queue
from rules import settle
from tap import equal, main, ok, wait_for
from topology import HOSTS, Router, received, udp

PORT = 5310
PREROUTING, INPUT, FORWARD, OUTPUT, POSTROUTING = range(5)
CROSSED = ((PREROUTING, "prerouting"), (FORWARD, "forward"), (POSTROUTING, "postrouting"))
FUNCTIONS = """
local function mine(packet) return packet.udp and packet.udp.dport == %d end
function queue(_, packet) return mine(packet) and answer end
function copy(_, packet)
    if not mine(packet) or #packet.payload ~= 2 then return end
    assert(nf.getpacket():send('copied'))
    return 'drop'
end
function reply(_, packet)
    if not mine(packet) then return end
    assert(nf.reply('udp', 'answer'))
    return true
end
function hotdrop(_, packet) if mine(packet) then nf.hotdrop(true) return 'accept' end end
function note(_, packet) if mine(packet) then seen = packet.mark end end
function drop(_, packet) return mine(packet) end
""" % PORT


def each(test):
    """Calls test(c, net, hook, version, prefix) at each hook that forwarded packets cross."""
    with Router() as net:
        c = hooked("r")
        c.create("fw", FUNCTIONS, budget=u32(1000000))
        for hook, name in CROSSED:
            for version in HOSTS:
                test(c, net, hook, version, "%s: IPv%d:" % (name, version))
        equal("no call fails", c.get("fw").text("LAST_ERROR"), None)
        settle(c, "fw")
        c.close()


def crosses(version, seconds=0.5):
    """Returns whether a datagram gets from c to s."""
    here, there = HOSTS[version]
    sink = udp("s", there, PORT)
    send(("c", here), there)
    got = received(sink, seconds)
    sink.close()
    return got is not None


def queues(_):
    def test(c, _, hook, version, prefix):
        here, there = HOSTS[version]
        sink = udp("s", there, PORT)
        for number, answer in ((0, "queue"), (7, "queue:7"), (7, "queue:7:bypass")):
            queue = Queue("r", number)
            c.exec("fw", "answer = '%s'" % answer)
            c.attach("queue", hook)
            send(("c", here), there, data=b"accepted")
            ok(queue.give(NF_ACCEPT), "%s '%s' hands a packet to the program" % (prefix, answer))
            equal("%s it goes on when the program accepts it" % prefix,
                  (received(sink) or [None])[0], b"accepted")
            send(("c", here), there)
            ok(queue.give(NF_DROP) and not received(sink, 0.2),
               "%s it does not when the program drops it" % prefix)
            send(("c", here), there, data=b"waits")
            c.detach("queue")
            queue.give(NF_ACCEPT, 1)
            ok(received(sink, 0.2) is None,
               "%s netfilter drops what waits in a queue when a hook is removed" % prefix)
            queue.close()
        sink.close()
    each(test)


def sending(_):
    def test(c, _, hook, version, prefix):
        here, there = HOSTS[version]
        sink, source = udp("s", there, PORT), udp("c", here, 4000)
        c.attach("copy", hook)
        source.sendto(b"xx", (there, PORT))
        equal("%s a copy with another payload is sent" % prefix, (received(sink) or [None])[0],
              b"copied")
        c.detach("copy")
        c.attach("reply", hook)
        source.sendto(b"question", (there, PORT))
        equal("%s nf.reply answers" % prefix, received(source), (b"answer", (there, PORT)))
        ok(received(sink, 0.1) is None, "%s and the packet is dropped" % prefix)
        c.detach("reply")
        c.attach("hotdrop", hook)
        source.sendto(b"x", (there, PORT))
        ok(received(sink, 0.3) is None, "%s nf.hotdrop(true) drops" % prefix)
        c.detach("hotdrop")
        sink.close()
        source.close()
    each(test)


NFT = "table inet t { chain c { type filter hook %s priority %d; udp dport %d %s; }; }"


def tables(_):
    """Chains of nft around a hook: the order of priorities decides."""
    def test(c, net, hook, version, prefix):
        name = dict(CROSSED)[hook]
        for priority in (-301, -150, 0, 101):
            for where in (priority - 1, priority + 1):
                net.sh("r", "nft '%s'" % (NFT % (name, where, PORT, "meta mark set 7")))
                c.exec("fw", "seen = nil")
                c.attach("note", hook, INET, priority=priority)
                send(("c", HOSTS[version][0]), HOSTS[version][1])
                wait_for(lambda: c.eval("fw", "seen") != [None], 3)
                equal("%s a hook of priority %d and a chain of nft of priority %d" %
                      (prefix, priority, where), c.eval("fw", "seen"),
                      [7 if where < priority else 0])
                net.sh("r", "nft delete table inet t")
                c.detach("note")
    each(test)


def accepted(_):
    """What one accepts, the other may still drop."""
    def test(c, net, hook, version, prefix):
        name = dict(CROSSED)[hook]
        for where in (-1, 1):
            net.sh("r", "nft '%s'" % (NFT % (name, where, PORT, "accept")))
            c.attach("drop", hook)
            ok(not crosses(version), "%s a hook drops what a chain of nft at %d accepts" %
               (prefix, where))
            c.detach("drop")
            net.sh("r", "nft flush chain inet t c")
            net.sh("r", "nft add rule inet t c udp dport %d drop" % PORT)
            c.attach("note", hook)
            ok(not crosses(version), "%s a chain of nft at %d drops what a hook accepts" %
               (prefix, where))
            c.detach("note")
            c.attach("drop", hook)
            net.sh("r", "nft flush ruleset")
            ok(not crosses(version), "%s 'nft flush ruleset' does not take the hook away" % prefix)
            c.detach("drop")
            ok(crosses(version, 3), "%s without both, a packet crosses" % prefix)
    each(test)


main(queues, sending, tables, accepted)
