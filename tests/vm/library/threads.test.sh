#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Of user space: left out in a debug kernel.
# The library in several threads; see threads.c. ThreadSanitizer wants the layout of
# memory that there is without randomization.
exec setarch -R "$(dirname "$0")/../../../build/meson/tests/vm/library/threads"
