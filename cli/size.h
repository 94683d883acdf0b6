/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers on the command line, and sizes and times for people. */
#ifndef NFLUACTL_SIZE_H
#define NFLUACTL_SIZE_H

#include <stddef.h>
#include <stdint.h>

int parse_size(const char *text, uint64_t *bytes);
int parse_u32(const char *text, uint32_t *number);
void format_size(char *buf, size_t size, uint64_t bytes);
void format_time(char *buf, size_t size, uint64_t ns);

#endif
