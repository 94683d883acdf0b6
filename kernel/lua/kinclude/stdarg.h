/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For lua.h, in files that use kernel headers. */
#include <linux/stdarg.h>
