# SPDX-License-Identifier: GPL-2.0-or-later
"""iptables rules for the tests in Python."""
from errno import EBUSY

from tap import Refused, ok, sh, wait_for


class Rule:
    """A rule in INPUT (or another chain) that exists while the block runs."""

    def __init__(self, spec, chain="INPUT", tool="iptables-legacy", match="-p udp"):
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
