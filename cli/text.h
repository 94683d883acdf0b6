/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text that scripts made. */
#ifndef NFLUACTL_TEXT_H
#define NFLUACTL_TEXT_H

#include <stddef.h>
#include <stdio.h>

size_t utf8_length(const char *text, size_t left);
void print_text(FILE *f, const char *text, size_t len, const char *indent);
void print_bytes(const char *text, size_t len, const char *indent);
void print_reason(FILE *f, const char *text);
void print_indented(FILE *f, const char *text);
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
