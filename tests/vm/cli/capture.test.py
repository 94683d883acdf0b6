# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
"""nfluactl run calls functions for the packets of capture files."""
import json
import struct
import subprocess
import time

from tap import equal, main, ok, sh, wait_for
from wire import eth, extension, ipv4, ipv6, tcp, udp

DNS = ipv4(17, udp(1111, 53, b"query"))
WEB = ipv4(6, tcp(1111, 80, b"GET / HTTP/1.1\r\n"))
SIX = ipv6(17, udp(1111, 53, b"six"))
LINKS = {"ethernet": 1, "raw": 101, "ipv4": 228, "ipv6": 229, "cooked": 113, "cooked2": 276,
         "null": 0, "loop": 108, "wifi": 105}
SCRIPT = """
n = 0
function dns(frame, packet) n = n + 1 return packet.udp ~= nil and packet.udp.dport == 53 end
function target(frame, packet) return packet.tcp and "drop" or "accept" end
function fails(frame, packet) if packet.tcp then error("no TCP") end return true end
function show(frame, packet) print(#frame, frame.vlan, packet.hook, packet.length) return true end
function answers(frame, packet)
    local copy <close> = nf.getpacket()
    nf.reply("udp", "answer " .. n)
    nf.netlink(0, 1, "note")
    return true
end
function big() for i = 1, 100 do nf.reply("udp", ("x"):rep(10000)) end return true end
"""


def pcap(name, link, packets, cut=None, magic=0xa1b2c3d4):
    """Writes a capture as in https://www.tcpdump.org/manpages/pcap-savefile.5.html."""
    path = "/tmp/%s.pcap" % name
    with open(path, "wb") as f:
        f.write(struct.pack("IHHiIII", magic, 2, 4, 0, 0, 65535, LINKS[link]))
        for data in packets:
            kept = data[:cut] if cut else data
            f.write(struct.pack("IIII", 1, 0, len(kept), len(data)) + kept)
    return path


def read(path):
    with open(path, "rb") as f:
        data = f.read()
    link, at, out = struct.unpack_from("I", data, 20)[0], 24, []
    while at < len(data):
        size = struct.unpack_from("I", data, at + 8)[0]
        out.append(data[at + 16:at + 16 + size])
        at += 16 + size
    return link, out


def run(*args, code=0):
    r = subprocess.run(["nfluactl", "run", "f", *args], capture_output=True, text=True, check=False)
    if r.returncode != code:
        print("# status %d: %s" % (r.returncode, r.stderr))
    return r.returncode == code, r.stdout, r.stderr


def document(*args, code=0):
    good, out, _ = run("-j", *args, code=code)
    return json.loads(out) if good else {}


def counts(o):
    return {k: v for k, v in o.get("verdicts", {}).items() if v}


def verdicts(_):
    with open("/tmp/f.lua", "w") as f:
        f.write(SCRIPT)
    sh("nfluactl create -b 1000000 f /tmp/f.lua")
    path = pcap("mixed", "ethernet", [eth(0x0800, DNS), eth(0x0800, WEB), eth(0x86dd, SIX)])
    good, out, err = run("dns", "--pcap", path)
    lines = out.split("\n")
    equal("run prints how many packets there are and how often each verdict came",
          (good, lines[:3], err),
          (True, ["3 packets without a connection", "no match   1", "match      2"], ""))
    ok(lines[3].startswith("3 calls: first "), "run prints the time of a call", out)
    o = document("dns", "-p", path, "--repeat", "100")
    equal("run -j --repeat counts packets, calls, verdicts and skipped packets",
          (o["packets"], o["calls"], counts(o), o["skipped"]),
          (3, 300, {"match": 200, "no match": 100}, {"no_ip": 0, "cut": 0, "long": 0}))
    ok(o["time_ns"] > 0 and o["ns_per_call"] == o["time_ns"] // 300,
       "run -j has the time of all calls and of one call", o)
    keys = list(o)
    equal("run counts the verdicts of a target's function",
          counts(document("target", "-p", path)), {"accept": 2, "drop": 1})
    equal("the calls of run change the state", sh("nfluactl eval f n"), "303")
    equal("the calls of run are not in the state's figures",
          json.loads(sh("nfluactl -j list f"))[0]["calls"], 0)
    good, out, _ = run("dns", "-p", path, "-v")
    equal("run -v prints each packet with its verdict", out.split("\n")[:3],
          ["1\tmatch", "2\tno match", "3\tmatch"])
    good, out, _ = run("dns", "-p", path, "-v", "-r", "5")
    equal("run -v -r prints how often each packet had its verdict", out.split("\n")[0],
          "1\tmatch 5")
    o = document("dns", "-p", path, "-v")
    equal("run -j -v has each packet with its verdicts",
          [(t["packet"], t["verdicts"]["match"]) for t in o["trials"]],
          [(1, 1), (2, 0), (3, 1)])
    equal("run -j has the same keys with and without -v", list(o), keys)
    good, out, err = run("fails", "-p", path, code=1)
    ok(good and "error      1" in out and "failed was for packet 2" in err and "no TCP" in err and
       "  stack traceback:" in err, "run has status 1 and prints the error when a call fails",
       out + err)
    o = document("fails", "-p", path, code=1)
    equal("run -j counts a call that fails and has the kind of its error",
          (counts(o), o["error"]["kind"]), ({"match": 2, "error": 1}, "runtime"))
    ok(o["error"]["message"].endswith("no TCP"), "run -j has the text of an error", o["error"])


def links(_):
    frames = [eth(0x0800, DNS), eth(0x0800, DNS, tag=7)]
    good, out, _ = run("show", "-p", pcap("vlan", "ethernet", frames))
    equal("run gives functions the Ethernet header, with or without a VLAN tag",
          out.split("\n")[:2], ["14\tnil\tPREROUTING\t33", "18\t7\tPREROUTING\t33"])
    equal("run -j has the output of each call",
          document("show", "-p", pcap("vlan", "ethernet", frames))["output"],
          ["14\tnil\tPREROUTING\t33\n", "18\t7\tPREROUTING\t33\n"])
    good, out, _ = run("show", "-p", pcap("vlan", "ethernet", frames), "-k", "output")
    equal("run -k output calls functions as in OUTPUT, without a frame", out.split("\n")[0],
          "0\tnil\tOUTPUT\t33")
    for name, link, packets in (
            ("raw", "raw", [DNS, SIX]), ("ipv4", "ipv4", [DNS, DNS]), ("ipv6", "ipv6", [SIX, SIX]),
            ("cooked", "cooked", [b"\0" * 14 + b"\x08\0" + DNS, b"\0" * 14 + b"\x86\xdd" + SIX]),
            ("cooked2", "cooked2", [b"\x08\0" + b"\0" * 18 + DNS, b"\x86\xdd" + b"\0" * 18 + SIX]),
            ("null", "null", [b"\2\0\0\0" + DNS, b"\x1e\0\0\0" + SIX]),
            ("loop", "loop", [b"\0\0\0\2" + DNS, b"\0\0\0\x18" + SIX])):
        equal("run reads captures of the link type " + name,
              counts(document("dns", "-p", pcap(name, link, packets))), {"match": 2})
    path = pcap("odd", "ethernet", [
        eth(0x0806, b"arp" * 10), eth(0x0800, DNS[:-1]), eth(0x0800, b"\x45"), eth(0x0800, b""),
        b"short", b"", eth(0x88a8, b"\0\1\x81\0\0\2\x08\0" + DNS), eth(0x0800, DNS + b"\0" * 20),
        eth(0x86dd, ipv6(0, extension(17) + udp(1, 53, b"x")))])
    o = document("dns", "-p", path)
    equal("run -j skips frames that are not IP or cut short, and counts them",
          (o["skipped"], counts(o)), ({"no_ip": 3, "cut": 3, "long": 0}, {"match": 3}))
    good, out, _ = run("dns", "-p", path)
    equal("run prints how many packets it skipped and why", out.split("\n")[0],
          "9 packets without a connection, 6 skipped (3 not IP, "
          "3 truncated or damaged, 0 too long)")
    path = pcap("damaged", "raw", [
        DNS, b"\x44" + DNS[1:], b"\x40" + DNS[1:], b"\x4f" + DNS[1:], ipv4(17, b"xx", length=0),
        ipv4(17, b"xx", length=19), ipv4(17, b"", options=b"\1" * 4, length=20), SIX[:39], SIX[:-1],
        b"\x64" + SIX[1:4] + b"\xff\xff" + SIX[6:], DNS, ipv6(59, b"")])
    good, out, err = run("dns", "-p", path)
    equal("run skips packets with a damaged IP header", (good, out.split("\n")[:3], err),
          (True, ["12 packets without a connection, 9 skipped (0 not IP, 9 truncated or damaged, "
                  "0 too long)", "no match   1", "match      2"], ""))
    path = pcap("snap", "raw", [DNS, WEB], cut=33)
    equal("run skips packets that the capture cut short",
          document("dns", "-p", path)["skipped"]["cut"], 1)
    path = pcap("empty", "raw", [])
    equal("run -j of an empty capture has 0 calls and a time of 0",
          (document("dns", "-p", path)["calls"], document("dns", "-p", path)["ns_per_call"]),
          (0, 0))
    path = pcap("nano", "raw", [DNS], magic=0xa1b23c4d)
    equal("run reads captures with times in nanoseconds", counts(document("dns", "-p", path)),
          {"match": 1})


def odd_files(_):
    """Captures have packets that rules never see."""
    path = pcap("null2", "null", [b"\2\0\0\0\0arp", b"\2\0\0\0" + DNS])
    equal("run skips packets of the link type null that are not IP",
          document("dns", "-p", path)["skipped"], {"no_ip": 1, "cut": 0, "long": 0})
    tags = [eth(0x88a8, b"\0\1\x81\0\0\2\x08\0" + DNS), eth(0x8100, b"\0\1\x81\0\0\2\x08\0" + DNS),
            eth(0x8100, b"\0\1\x81\0\0\2\x81\0\0\3\x08\0" + DNS),
            eth(0x8864, b"\x11\0\0\1\0\2\0\x21" + DNS), eth(0x8847, b"\0\0\1\xff" + DNS)]
    o = document("dns", "-p", pcap("tags", "ethernet", tags))
    equal("run reads frames with two VLAN tags, and skips three tags, PPPoE and MPLS",
          (counts(o), o["skipped"]["no_ip"]), ({"match": 2}, 3))
    path = pcap("early", "raw", [DNS, WEB, DNS])
    with open(path, "rb+") as f:
        f.truncate(f.seek(0, 2) - 10)
    good, out, err = run("dns", "-p", path, code=1)
    equal("run counts the whole packets of a capture that ends within a packet",
          out.split("\n")[:3], ["2 packets without a connection", "no match   1", "match      1"])
    ok("nflua" in err and path in err and "truncated" in err,
       "run names a capture that ends within a packet", err)
    o = document("dns", "-p", path, code=1)
    ok(counts(o) == {"no match": 1, "match": 1} and path in o["error"]["message"],
       "run -j names a capture that ends within a packet", o)
    LINKS["odd"] = 160
    good, _, err = run("dns", "-p", pcap("type", "odd", [DNS]), code=1)
    ok("link type number 160 " in err, "run gives the number of an unknown link type", err)
    whole = ipv4(6, tcp(1111, 80, b"x" * 4000))
    tso = whole[:2] + b"\0\0" + whole[4:]
    good, out, _ = run("show", "-p", pcap("tso", "raw", [tso, whole]))
    equal("run takes the capture's length for a TCP packet with a length of 0",
          out.split("\n")[:2], ["0\tnil\tPREROUTING\t4040"] * 2)
    udp0 = DNS[:2] + b"\0\0" + DNS[4:]
    equal("run skips a UDP packet with a length of 0",
          document("dns", "-p", pcap("udp0", "raw", [udp0]))["skipped"]["cut"], 1)
    equal("run skips a TCP packet with a length of 0 that was cut short",
          document("dns", "-p", pcap("tsocut", "raw", [tso], cut=1000))["skipped"]["cut"], 1)


def times(_):
    """run measures the first call, the median and the longest call."""
    sh("nfluactl load f -e 'calls = 0 function uneven() calls = calls + 1 local n = "
       "calls == 1 and 20000 or calls == 50 and 100000 or 10 for i = 1, n do end return true end'")
    path = pcap("hundred", "raw", [DNS])
    o = document("uneven", "-p", path, "-r", "100")
    ok(o["longest_ns"] > o["first_ns"] > 5 * o["median_ns"] > 0,
       "run -j has the first, median and longest time of 100 calls for one packet", o)
    ok(o["time_ns"] >= o["longest_ns"] + o["first_ns"],
       "run -j has a total time that includes the first and the longest call", o)
    sh("nfluactl load f -e 'calls = 0'")
    o = document("uneven", "-p", pcap("packets", "raw", [DNS] * 100))
    ok(o["longest_ns"] > o["first_ns"] > 5 * o["median_ns"] > 0,
       "run -j has the first, median and longest time of calls for 100 packets", o)
    good, out, _ = run("uneven", "-p", path)
    ok(out.split("\n")[2].startswith("1 calls: first ") and ", median " in out and
       ", longest " in out, "run prints the first, median and longest time", out)
    good, out, _ = run("uneven", "-p", pcap("none", "raw", []))
    ok("0 calls: first -, median -, longest -" in out, "run prints - for times without calls", out)
    sh("nfluactl load f -e 'uneven, calls = nil'")


def sent(_):
    path = pcap("one", "raw", [DNS, DNS])
    o = document("answers", "-p", path, "-w", "/tmp/sent.pcap")
    equal("run -j counts the packets and messages that would have been sent",
          (o["sent_packets"], o["sent_messages"]), (2, 2))
    link, packets = read("/tmp/sent.pcap")
    equal("run -w writes the packets that would have been sent",
          (link, [p[28:] for p in packets]),
          (LINKS["raw"], [b"answer %s" % sh("nfluactl eval f n").encode()] * 2))
    good, out, _ = run("answers", "-p", path)
    ok("would have sent 2 packets and 2 messages" in out,
       "run prints how many packets and messages would have been sent", out)
    good, _, err = run("big", "-p", path, "-w", "/tmp/sent.pcap", code=1)
    ok(good and "not all packets that would have been sent could be written" in err,
       "run -w has status 1 when it could not write all packets", err)
    good, _, err = run("answers", "-p", path, "-w", "/none/sent.pcap", code=1)
    ok(good and "/none/sent.pcap: No such file or directory" in err,
       "run -w has status 1 when the file cannot be created", err)
    good, _, err = run("answers", "-p", path, "-w", "/dev/full", code=1)
    ok(good and "not all packets that would have been sent could be written" in err,
       "run -w has status 1 when the file cannot be written", err)


def failures(_):
    path = pcap("one", "raw", [DNS])
    for name, args, text in (
            ("a file that does not exist", ("dns", "-p", "/none"),
             "/none: No such file or directory"),
            ("a file that is no capture", ("dns", "-p", "/tmp/f.lua"), "unknown file format"),
            ("a link type that it cannot read", ("dns", "-p", pcap("wifi", "wifi", [DNS])),
             "packets of the link type IEEE802_11, number 105 cannot be read"),
            ("too many calls", ("dns", "-p", path, "-r", "10000001"),
             "repeat out of range (1 to 10000000)")):
        good, out, err = run(*args, code=1)
        ok(good and text in err and err.startswith("nfluactl: run f: ") and out == "",
           "run refuses %s" % name, out + err)
    good, _, err = run("missing", "-p", path, code=1)
    ok(good and "there is no function 'missing'" in err,
       "run reports a function that does not exist", err)
    r = subprocess.run(["nfluactl", "run", "none", "dns", "-p", path], capture_output=True,
                       text=True, check=False)
    ok(r.returncode == 1 and "there is no state of this name" in r.stderr,
       "run refuses a state that does not exist", r.stderr)
    sh("nfluactl load f -e 'function slow() started = true for i = 1, 1000 do end end'")
    process = subprocess.Popen(["nfluactl", "run", "f", "slow", "-p", path, "-r", "10000000"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for(lambda: sh("nfluactl eval f started") == "true", 30)
    process.send_signal(2)
    out, err = process.communicate(timeout=60)
    equal("SIGINT ends run with status 1", (process.returncode, out, err),
          (1, b"", b"nfluactl: run f: interrupted\n"))
    sh("nfluactl destroy f")


def interrupts(_):
    """SIGINT ends a command whenever it comes: before, during or after a call."""
    sh("nfluactl create f")
    many = pcap("many", "raw", [DNS] * 200000)
    for what, args in (
            ("run", ["run", "f", "count", "-p", many]),
            ("load", ["load", "f"] + ["-e", "count()"] * 20000)):
        ends, inside = [], 0
        for i in range(6):
            sh("nfluactl load --replace f -e 'n = 0 function count() n = n + 1 end'")
            process = subprocess.Popen(["nfluactl", *args], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)
            wait_for(lambda: int(sh("nfluactl eval f n")) > 20, 30)
            time.sleep(0.01 * i)
            process.send_signal(2)
            try:
                out, err = process.communicate(timeout=30)
                # The traceback says where a call was. No level may be the engine's own.
                err, _, levels = err.partition("  stack traceback:\n")
                ends.append(((out, err), process.returncode))
                inside += levels.count("[C]: in ?")
            except subprocess.TimeoutExpired:
                process.kill()
                ends.append((process.communicate(), "it went on"))
        equal("SIGINT during many calls ends %s with status 1" % what, ends,
              [(("", "nfluactl: %s f: interrupted\n" % what), 1)] * 6)
        equal("the traceback of an interrupted %s has no level of the engine" % what, inside, 0)
    sh("nfluactl destroy f")


main(verdicts, links, odd_files, times, sent, failures, interrupts)
