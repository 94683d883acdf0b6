/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Debian's luaconf.h asks for it: where modules are searched for, if anywhere. */
#define DEB_HOST_MULTIARCH ""
