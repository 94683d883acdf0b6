#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
# Tests the library in several threads; see threads.c. ThreadSanitizer does not work with
# a randomized memory layout.
exec setarch -R "$(dirname "$0")/../../../build/meson/tests/vm/library/threads"
