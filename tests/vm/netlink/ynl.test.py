# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
"""The kernel's own netlink client, ynl, speaks to the module by spec/nflua.yaml.
The spec must describe requests as the kernel's policies do."""
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

# Attributes that only a state with rules or with an error has.
HEALTH = {"last-error", "rule-function", "missing-function", "function", "error-kind",
          "error-text", "error-count", "error-age-ns", "traceback", "truncated",
          "confirm-ms", "keptalloc"}
UNKNOWN = ("Unsupported attribute", "Unknown attribute type")


class Family(YnlFamily):
    """ynl that also notes every attribute it receives which the spec does not list."""

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
        """Returns the next n messages that answer no request."""
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
        """Returns a message that another client received, decoded by ynl."""
        return self.check(op, self._decode(NlAttrs(message.payload[4:]), "main"))

    def eval(self, name, code):
        return self.do("exec", {"name": name, "exec-flags": ["eval"],
                                "chunk": code.encode()}).get("value", [])

    def create(self, name, script="", **more):
        return self.do("state-new", {"name": name, "chunk": script.encode(), **more})


def fails(name, code, text, f, *args):
    """Checks that f is refused with this errno and a text that contains this one."""
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
    equal("state-new returns the output of the script",
          y.do("state-new", {"name": "fw", "maxalloc": 1 << 20, "budget": 500, "flags": [],
                             "owner": "me",
                             "chunk-name": "=first", "chunk": [b"print('hel", b"lo')"]}),
          {"name": "fw", "output": b"hello\n"})
    equal("state-new without a script returns nothing", y.do("state-new", {"name": "bare"}), None)
    m = y.do("state-get", {"name": "fw"})
    equal("state-get returns the limits and counts of a new state",
          {k: m[k] for k in ("name", "maxalloc", "budget", "flags", "refs",
                             "calls", "matches", "errors", "time-ns", "runtimes")},
          {"name": "fw", "maxalloc": 1 << 20, "budget": 4000, "flags": set(), "refs": 0,
           "calls": 0, "matches": 0, "errors": 0, "time-ns": 0, "runtimes": 1})
    ok(0 < m["curralloc"] <= m["peakalloc"] <= 1 << 20 and m["age-ns"] > 0,
       "state-get returns the memory and the age of a state", m)
    equal("state-get returns all listed attributes but those of rules, errors and ways back",
          y.listed("state-get", "do", "reply") - set(m), HEALTH)
    equal("a dump has both states, with the attributes of state-get",
          {s["name"]: set(m) - set(s) for s in y.dump("state-get", {})},
          {"fw": set(), "bare": {"owner", "digest", "chunk-name", "script-age-ns"}})
    e = fails("state-new with an invalid name is refused", EINVAL, "a state's name", y.do,
              "state-new", {"name": "-a"})
    equal("the refusal of an invalid name points at the name", e.get("bad-attr"), ".name")
    e = fails("state-new with a budget out of range is refused", ERANGE, "", y.do, "state-new",
              {"name": "x", "budget": 1})
    equal("the refusal of a budget out of range points at the budget", e.get("bad-attr"),
          ".budget")
    e = fails("state-get without a name is refused", EINVAL, "lacks the name", y.do, "state-get",
              {})
    equal("the refusal of a request without a name says what is missing", e.get("miss-type"),
          "name")
    fails("state-get of a state that does not exist is refused", ENOENT, "no state", y.do,
          "state-get", {"name": "none"})
    for name in ("fw", "bare"):
        equal("state-del of the state %s succeeds" % name, y.do("state-del", {"name": name}), None)
    equal("a dump is empty when all states are destroyed", y.dump("state-get", {}), [])


def execute(c):
    y = Family()
    y.create("x", "function t() return setmetatable({}, {__tostring = "
             "function() return 'a table' end}) end")
    equal("exec returns values of all types",
          y.eval("x", "nil, true, false, 7, -1 << 63, 'a\\0\\xff', t()"),
          [{"nil": True}, {"boolean": 1}, {"boolean": 0}, {"integer": 7},
           {"integer": -1 << 63}, {"string": b"a\0\xff"}, {"other": b"a table"}])
    equal("exec with show returns a table with its contents", y.do("exec", {
        "name": "x", "exec-flags": ["eval", "show"], "chunk": b"{1, 2}"})["value"],
          [{"other": b"{1, 2}"}])
    equal("exec of a statement returns its output and no values",
          y.do("exec", {"name": "x", "chunk": b"print(1)"}), {"name": "x", "output": b"1\n"})
    m = y.do("exec", {"name": "x", "exec-flags": ["eval"],
                      "chunk": b"return ('x'):rep(70000)"})
    equal("exec flags values that are cut", m["truncated"], {"values"})
    for kind, code, flags, chunk in (
            ("syntax", ENOEXEC, ["check"], b"x = = 1"),
            ("incomplete", ENOEXEC, ["check"], b"for"),
            ("runtime", ECANCELED, [], b"error('boom')"),
            ("runtime", ECANCELED, ["replace"], b"error('boom')")):
        request = {"name": "x", "exec-flags": flags, "chunk-name": "=c", "chunk": chunk}
        fails("exec with flags %s and a %s error is refused with the error" % (flags, kind), code,
              "c:1: ", y.do, "exec", request)
        # ynl gives no access to the answer that came before the errno.
        try:
            c.finish(send(c, y, "exec", request))
        except Refused as e:
            m = y.decode("exec", e.replies[0])
            ok(m["error-kind"] == kind and m["error-text"].startswith("c:1: "),
               "exec with flags %s and a %s error answers with its kind and text" % (flags, kind),
               m)
    ok("stack traceback" in m["traceback"], "exec answers a runtime error with its traceback", m)
    fails("exec with both check and eval is refused", EINVAL, "other flags", y.do, "exec",
          {"name": "x", "exec-flags": ["check", "eval"], "chunk": b"1"})
    fails("interrupt is refused when no request runs", ENOENT, "no request is running", y.do,
          "interrupt", {})
    y.do("state-del", {"name": "x"})


def send(c, y, op, request):
    """Sends a request that ynl encoded from another client's socket."""
    y_message = y._encode_message(y.ops[op], request, [], 0)  # pylint: disable=W0212
    return c.send(c.family, y.ops[op].req_value, y_message[20:], NLM_F_ACK)


def rules(_):
    y = Family()
    y.create("r", "function all() return true end")
    with Rule("-m lua --state r --function all -j DROP", match="-p udp --dport 5301"):
        u = Udp(5301)
        equal("a rule that matches drops all packets", u.through(3), 0)
        u.close()
        m = y.do("state-get", {"name": "r"})
        equal("state-get counts the rule, its calls and its matches",
              (m["refs"], m["calls"], m["matches"]), (1, 3, 3))
        fails("state-del of a state with a rule is refused", EBUSY, "rules", y.do, "state-del",
              {"name": "r"})
        equal("state-del with force destroys a state with a rule",
              y.do("state-del", {"name": "r", "force": True}), None)


def version_1(c):
    y = Family()
    equal("msg runs a script with a name", y.do("msg", {"msg": b"one.lua\0print(1)"}),
          {"name": "default", "output": b"1\n"})
    fails("the error of a script in msg begins with the script's name", ECANCELED,
          "one.lua:1: two", y.do, "msg", {"msg": b"one.lua\0error('two')"})
    equal("msg accepts a script without a name", y.do("msg", {"msg": b"x = 5"}),
          {"name": "default"})
    equal("msg runs the script in the state default", y.eval("default", "x"), [{"integer": 5}])
    c.destroy("default")


def messages(c):
    y = Family()
    y.create("m", """nf.receive(function(from, payload)
        if payload == 'fail' then error('no') end
        local port, text = payload:match('(%d+) (.*)')
        if port then nf.netlink(port + 0, 0, text) else sender = from end
    end)""")
    port = y.sock.getsockname()[0]
    equal("a data request is acknowledged", y.do("data", {"name": "m", "msg": b"\0\xff"}), None)
    equal("the message handler is given the sender's port", y.eval("m", "sender"),
          [{"integer": port}])
    # Another client sends this, as ynl fails on a message before an acknowledgement.
    c.finish(send(c, y, "data", {"name": "m", "msg": b"%d to you" % port}))
    equal("a message to ynl's port arrives as msg-ntf", y.events(),
          [("msg-ntf", {"msg": b"to you", "name": "m", "seq": 1})])
    fails("a data request is refused when the handler fails", ECANCELED, "no", y.do, "data",
          {"name": "m", "msg": b"fail"})
    for group in (0, 31):
        member = Family()
        member.ntf_subscribe("data%d" % group)
        y.eval("m", "nf.netlink(0, 1 << %d, 'to a group')" % group)
        equal("a message to group %d arrives as msg-ntf" % group, member.events(),
              [("msg-ntf", {"msg": b"to a group", "name": "m", "seq": 1})])
    y.eval("m", "nf.receive(nil)")
    fails("a data request is refused when the state has no handler", ENOTCONN, "", y.do, "data",
          {"name": "m", "msg": b""})
    y.do("state-del", {"name": "m"})


def events(c):
    y = Family()
    y.ntf_subscribe("events")
    c.create("e", """function bad() error('bad packet') end
        function talk() print('seen') return false end""")
    c.exec("e", "function bad() error('bad packet') end function talk() print('seen') end", 4)
    got = y.events(2)
    equal("creating and replacing a state send one event each", [name for name, _ in got],
          ["state-new-ntf", "state-replace-ntf"])
    for name, m in got:
        equal("the event %s has the state's figures" % name,
              y.listed("state-get", "do", "reply") - set(m), HEALTH | {"owner"})
    ok(got[1][1]["seq"] == got[0][1]["seq"] + 1, "events are numbered without a gap", got)
    u = Udp(5302)
    with Rule("-m lua --state e --function talk", match="-p udp --dport 5302"):
        u.through(1)
        name, m = (y.events() or [("none", {})])[0]
        equal("print during a packet's call sends print-ntf",
              (name, m.get("name"), m.get("output")), ("print-ntf", "e", b"seen\n"))
    with Rule("-m lua --state e --function bad", match="-p udp --dport 5302"):
        u.through(1)
        name, m = (y.events() or [("none", {})])[0]
        failed(m, name, u)
    u.close()
    settle(c, "e")
    equal("destroying a state sends state-del-ntf", [name for name, _ in y.events()],
          ["state-del-ntf"])


def failed(m, name, u):
    equal("an error in a packet's call sends error-ntf",
          (name, m.get("name"), m.get("function"), m.get("error-kind")),
          ("error-ntf", "e", "bad", "runtime"))
    ok("bad packet" in m.get("error-text", ""), "error-ntf has the error's text", m)
    equal("error-ntf has the protocol, the addresses and the ports of the packet",
          [m.get(k) for k in ("protocol", "saddr", "daddr", "sport", "dport")],
          [17, "127.0.0.1", "127.0.0.1", u.sender.getsockname()[1], 5302])


def packet(payload=b"x", dport=53):
    """Returns a UDP datagram in IPv4, from 10.0.0.1 to 10.0.0.2."""
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
    equal("run counts the results of its calls", dict(zip(order, m["results"])),
          {k: {"match": 3, "no-match": 2}.get(k, 0) for k in order})
    ok(m["calls"] == 5 and m["time-ns"] > 0, "run returns the number and the time of its calls",
       m)
    m = y.do("run", {"name": "p", "function": "bad", "packet": packet()})
    equal("run counts a call that fails as an error", dict(zip(order, m["results"]))["error"], 1)
    equal("run returns the kind and the text of an error",
          (m["error-kind"], "bad packet" in m["error-text"]), ("runtime", True))
    equal("run returns the output and the messages of a call that fails",
          (m["output"], m["sent-messages"], m["sent-message"]), (b"so far\n", 1, [b"lost"]))
    e = fails("run with a damaged packet is refused", EINVAL, "", y.do, "run",
              {"name": "p", "function": "odd", "packet": b"\x45\0"})
    equal("the refusal of a damaged packet points at the packet", e.get("bad-attr"), ".packet")
    y.do("state-del", {"name": "p"})


def complete(_):
    y = Family()
    y.create("c", "alpha, alphabet, a = 1, 2, {alpine = 1}")
    for prefix, want in (("alph", {b"alpha", b"alphabet"}), ("a.al", {b"alpine"}),
                         ("zzz", set())):
        m = y.do("complete", {"name": "c", "prefix": prefix}) or {}
        equal("complete returns the names that begin with %s" % prefix,
              {v["string"] for v in m.get("value", [])}, want)
    y.do("state-del", {"name": "c"})


def hooks(_):
    y = Family()
    y.create("h", "function f() end")
    m = y.do("hook-new", {"name": "h", "function": "f", "family": 2, "hook": "forward",
                          "priority": -7, "mark": 1, "mark-mask": 3, "iif": "lo", "oif": "lo",
                          "protocol": 17, "on-error": "drop"})
    want = {"name": "h", "function": "f", "hook-id": m["hook-id"], "family": 2, "hook": "forward",
            "priority": -7, "mark": 1, "mark-mask": 3, "iif": "lo", "oif": "lo", "protocol": 17,
            "on-error": "drop"}
    equal("hook-get returns what a hook was given",
          y.do("hook-get", {"name": "h", "hook-id": m["hook-id"]}), want)
    equal("a dump has the hook", y.dump("hook-get", {}), [want])
    equal("a dump of another state is empty", y.dump("hook-get", {"name": "x"}), [])
    fails("a dump with a number is refused", EINVAL, "a number is not allowed", y.dump,
          "hook-get", {"hook-id": 1})
    fails("hook-get of another state is refused", ENOENT, "no such hook", y.do, "hook-get",
          {"name": "x", "hook-id": m["hook-id"]})
    fails("hook-get without a number is refused", EINVAL, "lacks the number", y.do, "hook-get",
          {"name": "h"})
    y.do("hook-del", {"name": "h", "hook-id": m["hook-id"]})
    equal("hook-del removes a hook", y.dump("hook-get", {}), [])
    y.do("state-del", {"name": "h"})


def limit(y, value):
    """Returns the value of a limit in the spec, such as `constant` or `constant - 1`."""
    if value is None or isinstance(value, int):
        return value
    name, _, less = value.partition(" - ")
    return y.consts[name]["value"] - int(less or 0)


def wanted(y, attribute):
    """Returns the policy that an attribute of the spec must have in the kernel."""
    kind, checks = attribute["type"], attribute.get("checks", {})
    out = {"type": {"string": "nul-string"}.get(kind, kind)}
    if kind in ("string", "binary") and "max-len" in checks:
        out["max-length"] = limit(y, checks["max-len"])
    if "flags-mask" in checks:
        out["mask"] = y.consts[checks["flags-mask"]].get_mask()
    elif kind[0] == "u":
        out["min-value-u"] = limit(y, checks.get("min", 0))
        out["max-value-u"] = limit(y, checks.get("max", (1 << int(kind[1:])) - 1))
    elif kind[0] == "s" and kind[1:].isdigit():
        out["min-value-s"] = -(1 << int(kind[1:]) - 1)
        out["max-value-s"] = (1 << int(kind[1:]) - 1) - 1
    return out


def kernel_policies():
    """Returns the policies that nlctrl reports, by operation and by attribute."""
    ctrl = YnlFamily(SPECS + "specs/nlctrl.yaml", "", process_unknown=True)
    of_op, policies = {}, {}
    for m in ctrl.dump("getpolicy", {"family-name": "NFLUA"}):
        if "op-policy" in m:
            p = m["op-policy"]
            of_op[p["op-id"]] = {k: p[k] for k in ("do", "dump") if k in p}
        if "policy" in m:
            p = m["policy"]
            # The kernel's spec of nlctrl swaps the numbers of these two attributes.
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
        equal("the kernel's policy of %s is that of the spec" % name, kernel.get(op.req_value),
              want)


SAMPLES = {"string": "zz", "binary": b"zz", "flag": True, "nest": {"nil": True}}


def answer_to(y, op, attribute):
    """Returns errno, text and bad attribute of the answer to a request with one attribute."""
    value = SAMPLES.get(attribute["type"], 1)
    try:
        y.do(op, {attribute.name: value})
    except NlError as e:
        extack = e.nl_msg.extack or {}
        return e.error, extack.get("msg", ""), extack.get("bad-attr")
    return 0, "", None


def attributes(_):
    """Each operation refuses each attribute as unknown, unless the spec lists it."""
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
        ok(not wrong, "%s accepts only the attributes that the spec lists: %s"
           % (op, ", ".join(sorted(listed)) or "none"), wrong)
    y.do("state-del", {"name": "default"})


def strays(_):
    equal("no message had an attribute that the spec does not list", Family.strays, set())


if not os.path.exists(SPECS):
    print("Bail out! there is no %s: see scripts/setup" % SPECS)
    sys.exit(1)
main(states, execute, rules, version_1, messages, events, run, complete, hooks, policies,
     attributes, strays)
