# SPDX-License-Identifier: GPL-2.0-or-later
"""iptables rules for the tests in Python."""
import functools
import subprocess
from errno import EBUSY

from tap import Refused, ok, sh, wait_for


@functools.cache
def default_tool():
    """iptables-legacy, unless the kernel has none, as newer ones with PREEMPT_RT."""
    legacy = subprocess.run(["iptables-legacy", "-S"], capture_output=True, check=False)
    return "iptables-nft" if legacy.returncode else "iptables-legacy"


class Rule:
    """A rule in INPUT (or another chain) that exists while the block runs."""

    def __init__(self, spec, chain="INPUT", tool=None, match="-p udp"):
        tool = tool or default_tool()
        self.add = "%s -A %s %s %s" % (tool, chain, match, spec)
        self.delete = self.add.replace(" -A ", " -D ")

    def __enter__(self):
        sh(self.add)
        return self

    def __exit__(self, *_):
        sh(self.delete)


def settle(c, name):
    """Destroys the state, with retries, as nf_tables frees a deleted rule a little later."""
    def gone():
        try:
            c.destroy(name)
        except Refused as e:
            return e.code != EBUSY
        return True
    ok(wait_for(gone, 3), "state '%s' can be destroyed once no rule refers to it" % name)
