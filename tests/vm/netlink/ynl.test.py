# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
"""The kernel's own netlink client, ynl, speaks to the module by spec/nflua.yaml;
and what the spec says of requests is what the kernel says of them."""
import os
import struct
import sys
from errno import (EBUSY, ECANCELED, EINVAL, ENOENT, ENOEXEC, ENOTCONN,
                   ERANGE)

from nflua_nl import NLM_F_ACK
from rules import Rule, settle
from tap import DEBUG_KERNEL, TOP, Refused, Udp, equal, main, ok, wait_for

YNL = TOP + "/build/ynl/"
SPECS = YNL + "Documentation/netlink/"
sys.path.insert(0, YNL + "tools/net/ynl")
from lib import NlError, YnlFamily  # noqa: E402 pylint: disable=C0413,E0401
from lib.ynl import NlAttrs  # noqa: E402 pylint: disable=C0413,E0401

# What is told only of a state with rules, or with an error.
HEALTH = {"last-error", "rule-function", "missing-function", "function", "error-kind",
          "error-text", "error-count", "error-age-ns", "traceback", "truncated"}
UNKNOWN = ("Unsupported attribute", "Unknown attribute type")


class Family(YnlFamily):
    """ynl, that also looks whether what comes is what the spec lists."""

    strays = set()

    def __init__(self):
        super().__init__(TOP + "/spec/nflua.yaml", SPECS + "genetlink-legacy.yaml")

    def listed(self, op, mode, way):
        return set(self.msgs[op].yaml.get(mode, {}).get(way, {}).get("attributes", []))

    def check(self, op, got, mode="do"):
        for m in got if isinstance(got, list) else [got or {}]:
            self.strays |= {(op, a) for a in set(m) - self.listed(op, mode, "reply")}
        return got

    def do(self, method, vals, flags=None):
        return self.check(method, super().do(method, vals, flags))

    def dump(self, method, vals):
        return self.check(method, super().dump(method, vals), "dump")

    def events(self, n=1):
        """The next n messages that nobody asked for."""
        def enough():
            self.check_ntf()
            return len(self.async_msg_queue) >= n
        wait_for(enough, 60 if DEBUG_KERNEL else 5)
        got, self.async_msg_queue = self.async_msg_queue, []
        for e in got:
            known = set(self.msgs[e["name"]].yaml["event"]["attributes"])
            self.strays |= {(e["name"], a) for a in set(e["msg"]) - known}
        return [(e["name"], e["msg"]) for e in got]

    def decode(self, op, message):
        """A message as received by another client, in ynl's terms."""
        return self.check(op, self._decode(NlAttrs(message.payload[4:]), "main"))

    def eval(self, name, code):
        return self.do("exec", {"name": name, "exec-flags": ["eval"],
                                "chunk": code.encode()}).get("value", [])

    def create(self, name, script="", **more):
        return self.do("state-new", {"name": name, "chunk": script.encode(), **more})


def fails(name, code, text, f, *args):
    """f is refused with this errno, and a text that holds this one."""
    try:
        f(*args)
    except NlError as e:
        said = (e.nl_msg.extack or {}).get("msg", "")
        ok(e.error == code and text in said, name, "got %s, wanted %s, %s" % (e, code, text))
        return e.nl_msg.extack or {}
    ok(False, name, "it was not refused")
    return {}


def states(_):
    y = Family()
    equal("create answers with the output of the script",
          y.do("state-new", {"name": "fw", "maxalloc": 1 << 20, "budget": 500, "flags": [],
                             "chunk-name": "=first", "chunk": [b"print('hel", b"lo')"]}),
          {"name": "fw", "output": b"hello\n"})
    equal("without a script there is no answer", y.do("state-new", {"name": "bare"}), None)
    m = y.do("state-get", {"name": "fw"})
    equal("figures", {k: m[k] for k in ("name", "maxalloc", "budget", "flags", "refs",
                                        "calls", "matches", "errors", "time-ns", "runtimes")},
          {"name": "fw", "maxalloc": 1 << 20, "budget": 4000, "flags": set(), "refs": 0,
           "calls": 0, "matches": 0, "errors": 0, "time-ns": 0, "runtimes": 1})
    ok(0 < m["curralloc"] <= m["peakalloc"] <= 1 << 20 and m["age-ns"] > 0, "live figures", m)
    equal("that is all but what rules and errors bring",
          y.listed("state-get", "do", "reply") - set(m), HEALTH)
    equal("a dump has both", {s["name"]: set(s) == set(m) for s in y.dump("state-get", {})},
          {"fw": True, "bare": True})
    e = fails("a name that is none", EINVAL, "a state's name", y.do, "state-new", {"name": "-a"})
    equal("is pointed at", e.get("bad-attr"), ".name")
    e = fails("a limit out of range", ERANGE, "", y.do, "state-new",
              {"name": "x", "budget": 1})
    equal("is pointed at", e.get("bad-attr"), ".budget")
    e = fails("a name that lacks", EINVAL, "lacks the name", y.do, "state-get", {})
    equal("is named", e.get("miss-type"), "name")
    fails("a state that is not there", ENOENT, "no state", y.do, "state-get", {"name": "none"})
    for name in ("fw", "bare"):
        equal("destroy", y.do("state-del", {"name": name}), None)
    equal("they are gone", y.dump("state-get", {}), [])


def execute(c):
    y = Family()
    y.create("x", "function t() return setmetatable({}, {__tostring = "
             "function() return 'a table' end}) end")
    equal("values", y.eval("x", "nil, true, false, 7, -1 << 63, 'a\\0\\xff', t()"),
          [{"nil": True}, {"boolean": 1}, {"boolean": 0}, {"integer": 7},
           {"integer": -1 << 63}, {"string": b"a\0\xff"}, {"other": b"a table"}])
    equal("for people to read", y.do("exec", {
        "name": "x", "exec-flags": ["eval", "show"], "chunk": b"{1, 2}"})["value"],
          [{"other": b"{1, 2}"}])
    equal("output, and no values of a statement",
          y.do("exec", {"name": "x", "chunk": b"print(1)"}), {"name": "x", "output": b"1\n"})
    m = y.do("exec", {"name": "x", "exec-flags": ["eval"],
                      "chunk": b"return ('x'):rep(70000)"})
    equal("what is cut off is said", m["truncated"], {"values"})
    for kind, code, flags, chunk in (
            ("syntax", ENOEXEC, ["check"], b"x = = 1"),
            ("incomplete", ENOEXEC, ["check"], b"for"),
            ("runtime", ECANCELED, [], b"error('boom')"),
            ("runtime", ECANCELED, ["replace"], b"error('boom')")):
        request = {"name": "x", "exec-flags": flags, "chunk-name": "=c", "chunk": chunk}
        fails("%s: the errno and the text" % kind, code, "c:1: ", y.do, "exec", request)
        # ynl has no way to the answer that came before the errno.
        try:
            c.finish(send(c, y, "exec", request))
        except Refused as e:
            m = y.decode("exec", e.replies[0])
            ok(m["error-kind"] == kind and m["error-text"].startswith("c:1: "),
               "%s: the answer" % kind, m)
    ok("stack traceback" in m["traceback"], "traceback", m)
    fails("flags that exclude each other", EINVAL, "other flags", y.do, "exec",
          {"name": "x", "exec-flags": ["check", "eval"], "chunk": b"1"})
    fails("nothing runs", ENOENT, "no request is running", y.do, "interrupt", {})
    y.do("state-del", {"name": "x"})


def send(c, y, op, request):
    """The request of ynl's making, sent by another client."""
    y_message = y._encode_message(y.ops[op], request, [], 0)  # pylint: disable=W0212
    return c.send(c.family, y.ops[op].req_value, y_message[20:], NLM_F_ACK)


def rules(_):
    y = Family()
    y.create("r", "function all() return true end")
    with Rule("-m lua --state r --function all -j DROP", match="-p udp --dport 5301"):
        u = Udp(5301)
        equal("a rule matches", u.through(3), 0)
        u.close()
        m = y.do("state-get", {"name": "r"})
        equal("its figures", (m["refs"], m["calls"], m["matches"]), (1, 3, 3))
        fails("a state in use", EBUSY, "rules", y.do, "state-del", {"name": "r"})
        equal("goes by force", y.do("state-del", {"name": "r", "force": True}), None)


def version_1(c):
    y = Family()
    equal("a script with a name", y.do("msg", {"msg": b"one.lua\0print(1)"}),
          {"name": "default", "output": b"1\n"})
    fails("it is in errors", ECANCELED, "one.lua:1: two", y.do, "msg",
          {"msg": b"one.lua\0error('two')"})
    equal("a script without", y.do("msg", {"msg": b"x = 5"}), {"name": "default"})
    equal("it ran in the state default", y.eval("default", "x"), [{"integer": 5}])
    c.destroy("default")


def messages(c):
    y = Family()
    y.create("m", """nf.receive(function(from, payload)
        if payload == 'fail' then error('no') end
        local port, text = payload:match('(%d+) (.*)')
        if port then nf.netlink(port + 0, 0, text) else sender = from end
    end)""")
    port = y.sock.getsockname()[0]
    equal("data is acknowledged", y.do("data", {"name": "m", "msg": b"\0\xff"}), None)
    equal("the handler knows the port", y.eval("m", "sender"), [{"integer": port}])
    # By another client: this ynl fails on a message in front of an acknowledgement.
    c.finish(send(c, y, "data", {"name": "m", "msg": b"%d to you" % port}))
    equal("a message to the port", y.events(),
          [("msg-ntf", {"msg": b"to you", "name": "m", "seq": 1})])
    fails("a handler that fails", ECANCELED, "no", y.do, "data", {"name": "m", "msg": b"fail"})
    for group in (0, 31):
        member = Family()
        member.ntf_subscribe("data%d" % group)
        y.eval("m", "nf.netlink(0, 1 << %d, 'to a group')" % group)
        equal("a message to a group", member.events(),
              [("msg-ntf", {"msg": b"to a group", "name": "m", "seq": 1})])
    y.eval("m", "nf.receive(nil)")
    fails("no handler", ENOTCONN, "", y.do, "data", {"name": "m", "msg": b""})
    y.do("state-del", {"name": "m"})


def events(c):
    y = Family()
    y.ntf_subscribe("events")
    c.create("e", """function bad() error('bad packet') end
        function talk() print('seen') return false end""")
    c.exec("e", "function bad() error('bad packet') end function talk() print('seen') end", 4)
    got = y.events(2)
    equal("created, replaced", [name for name, _ in got],
          ["state-new-ntf", "state-replace-ntf"])
    for name, m in got:
        equal("%s has the figures" % name, y.listed("state-get", "do", "reply") - set(m),
              HEALTH)
    ok(got[1][1]["seq"] == got[0][1]["seq"] + 1, "they are numbered", got)
    u = Udp(5302)
    with Rule("-m lua --state e --function talk", match="-p udp --dport 5302"):
        u.through(1)
        name, m = (y.events() or [("none", {})])[0]
        equal("print", (name, m.get("name"), m.get("output")), ("print-ntf", "e", b"seen\n"))
    with Rule("-m lua --state e --function bad", match="-p udp --dport 5302"):
        u.through(1)
        name, m = (y.events() or [("none", {})])[0]
        failed(m, name, u)
    u.close()
    settle(c, "e")
    equal("destroyed", [name for name, _ in y.events()], ["state-del-ntf"])


def failed(m, name, u):
    equal("an error", (name, m.get("name"), m.get("function"), m.get("error-kind")),
          ("error-ntf", "e", "bad", "runtime"))
    ok("bad packet" in m.get("error-text", ""), "its text", m)
    equal("the packet of the error",
          [m.get(k) for k in ("protocol", "saddr", "daddr", "sport", "dport")],
          [17, "127.0.0.1", "127.0.0.1", u.sender.getsockname()[1], 5302])


def packet(payload=b"x", dport=53):
    """UDP over IPv4, from 10.0.0.1 to 10.0.0.2."""
    udp = struct.pack("!HHHH", 1000, dport, 8 + len(payload), 0) + payload
    return struct.pack("!BBHHHBBH4B4B", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0,
                       10, 0, 0, 1, 10, 0, 0, 2) + udp


def run(_):
    y = Family()
    y.create("p", """n = 0
        function odd(frame, packet) n = n + 1 return n % 2 == 1 end
        function bad() print('so far') nf.netlink(0, 1, 'lost') error('bad packet') end""")
    m = y.do("run", {"name": "p", "function": "odd", "packet": packet(), "repeat": 5,
                     "hook": "local-in", "frame": b"\xff" * 12 + b"\x08\x00"})
    order = list(y.consts["run-result"].entries)
    equal("results", dict(zip(order, m["results"])),
          {k: {"match": 3, "no-match": 2}.get(k, 0) for k in order})
    ok(m["calls"] == 5 and m["time-ns"] > 0, "calls, and their time", m)
    m = y.do("run", {"name": "p", "function": "bad", "packet": packet()})
    equal("a call that fails is a result, too", dict(zip(order, m["results"]))["error"], 1)
    equal("its error", (m["error-kind"], "bad packet" in m["error-text"]), ("runtime", True))
    equal("what it did before", (m["output"], m["sent-messages"], m["sent-message"]),
          (b"so far\n", 1, [b"lost"]))
    e = fails("a damaged packet", EINVAL, "", y.do, "run",
              {"name": "p", "function": "odd", "packet": b"\x45\0"})
    equal("is pointed at", e.get("bad-attr"), ".packet")
    y.do("state-del", {"name": "p"})


def complete(_):
    y = Family()
    y.create("c", "alpha, alphabet, a = 1, 2, {alpine = 1}")
    for prefix, want in (("alph", {b"alpha", b"alphabet"}), ("a.al", {b"alpine"}),
                         ("zzz", set())):
        m = y.do("complete", {"name": "c", "prefix": prefix}) or {}
        equal("what %s may become" % prefix, {v["string"] for v in m.get("value", [])}, want)
    y.do("state-del", {"name": "c"})


def limit(y, value):
    """A limit of the spec, which may be `constant` or `constant - 1`."""
    if value is None or isinstance(value, int):
        return value
    name, _, less = value.partition(" - ")
    return y.consts[name]["value"] - int(less or 0)


def wanted(y, attribute):
    """The policy that an attribute of the spec is to have."""
    kind, checks = attribute["type"], attribute.get("checks", {})
    out = {"type": {"string": "nul-string"}.get(kind, kind)}
    if kind in ("string", "binary") and "max-len" in checks:
        out["max-length"] = limit(y, checks["max-len"])
    if "flags-mask" in checks:
        out["mask"] = y.consts[checks["flags-mask"]].get_mask()
    elif kind[0] == "u":
        out["min-value-u"] = limit(y, checks.get("min", 0))
        out["max-value-u"] = limit(y, checks.get("max", (1 << int(kind[1:])) - 1))
    return out


def kernel_policies():
    """What the kernel's family of families says: operation to attribute to policy."""
    ctrl = YnlFamily(SPECS + "specs/nlctrl.yaml", "", process_unknown=True)
    of_op, policies = {}, {}
    for m in ctrl.dump("getpolicy", {"family-name": "NFLUA"}):
        if "op-policy" in m:
            p = m["op-policy"]
            of_op[p["op-id"]] = {k: p[k] for k in ("do", "dump") if k in p}
        if "policy" in m:
            p = m["policy"]
            # The kernel's spec has the numbers of these two the wrong way round.
            if "pad" in p:
                p["mask"] = int.from_bytes(p.pop("pad"), sys.byteorder)
            policies.setdefault(p.pop("policy-id"), {})[p.pop("attr-id")] = p
    return {op: policies.get(ids.get("do"), {}) for op, ids in of_op.items()}


def policies(_):
    y = Family()
    kernel = kernel_policies()
    equal("the operations of the spec are those of the kernel", set(kernel),
          {op.req_value for op in y.ops.values()})
    for name, op in y.ops.items():
        attributes = y.attr_sets["main"]
        want = {attributes[a].value: wanted(y, attributes[a])
                for a in y.listed(name, "do", "request")}
        equal("policy of %s" % name, kernel.get(op.req_value), want)


SAMPLES = {"string": "zz", "binary": b"zz", "flag": True, "nest": {"nil": True}}


def answer_to(y, op, attribute):
    """What a request with nothing but one attribute is told."""
    value = SAMPLES.get(attribute["type"], 1)
    try:
        y.do(op, {attribute.name: value})
    except NlError as e:
        extack = e.nl_msg.extack or {}
        return e.error, extack.get("msg", ""), extack.get("bad-attr")
    return 0, "", None


def attributes(_):
    """Each attribute at each operation: refused as unknown unless it is listed."""
    y = Family()
    for op in y.ops:
        listed = y.listed(op, "do", "request")
        wrong = []
        for name, attribute in y.attr_sets["main"].items():
            if attribute["type"] in ("unused", "pad"):
                continue
            code, text, where = answer_to(y, op, attribute)
            refused = code == EINVAL and text in UNKNOWN and where == "." + name
            if refused == (name in listed):
                wrong.append((name, code, text, where))
        ok(not wrong, "%s takes %s" % (op, ", ".join(sorted(listed)) or "nothing"), wrong)
    y.do("state-del", {"name": "default"})


def strays(_):
    equal("no message had an attribute that the spec does not list", Family.strays, set())


if not os.path.exists(SPECS):
    print("Bail out! there is no %s: see scripts/setup" % SPECS)
    sys.exit(1)
main(states, execute, rules, version_1, messages, events, run, complete, policies,
     attributes, strays)
