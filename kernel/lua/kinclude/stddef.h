/* SPDX-License-Identifier: GPL-2.0-or-later */
/* For lua.h in files of the kernel side. */
#include <linux/stddef.h>
