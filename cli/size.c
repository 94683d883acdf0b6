// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers on the command line, and sizes and times for people. */
#include "size.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int parse_digits(const char *text, char **end, uint64_t *number)
{
	unsigned long long n;

	if (*text < '0' || *text > '9')
		return -1;
	errno = 0;
	n = strtoull(text, end, 10);
	if (errno)
		return -1;
	*number = n;
	return 0;
}

/* Parses bytes, with K, M, G or T as powers of 1024, then "iB" or "B". Returns 0 or -1. */
int parse_size(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end;
	int shift = 0;

	if (parse_digits(text, &end, bytes))
		return -1;
	unit = strchr(units, toupper((unsigned char)*end));
	if (unit && *unit) {
		shift = 10 * (unit - units + 1);
		end++;
		if (*end == 'i' && end[1] == 'B')
			end++;
	}
	if (*end == 'B')
		end++;
	if (*end || *bytes > UINT64_MAX >> shift)
		return -1;
	*bytes <<= shift;
	return 0;
}

/* Parses a decimal number. Returns 0 or -1. */
int parse_u32(const char *text, uint32_t *number)
{
	uint64_t n;
	char *end;

	if (parse_digits(text, &end, &n) || *end || n > UINT32_MAX)
		return -1;
	*number = n;
	return 0;
}

/* Writes a size in the largest unit that gives at least 1, with tenths below 100. */
void format_size(char *buf, size_t size, uint64_t bytes)
{
	static const char units[] = "BKMGTPE";
	unsigned int unit = 0;
	uint64_t tenths;

	if (bytes < 1024) {
		snprintf(buf, size, "%" PRIu64 "B", bytes);
		return;
	}
	while (bytes >> 10 >= 1024) {
		bytes >>= 10;
		unit++;
	}
	tenths = bytes % 1024 * 10 / 1024;
	if (tenths && bytes < 100 * 1024)
		snprintf(buf, size, "%" PRIu64 ".%" PRIu64 "%c", bytes >> 10,
			 tenths, units[unit + 1]);
	else
		snprintf(buf, size, "%" PRIu64 "%c", bytes >> 10,
			 units[unit + 1]);
}

/* Writes a time in the largest unit that gives at least 1, with tenths below 10. */
void format_time(char *buf, size_t size, uint64_t ns)
{
	static const struct {
		const char *name;
		uint64_t ns;
	} units[] = {
		{ "d", 86400000000000 }, { "h", 3600000000000 }, { "min", 60000000000 },
		{ "s", 1000000000 }, { "ms", 1000000 }, { "us", 1000 }, { "ns", 1 },
	};
	uint64_t whole, tenths;
	size_t i = 0;

	while (units[i].ns > ns && units[i].ns > 1)
		i++;
	whole = ns / units[i].ns;
	tenths = ns % units[i].ns * 10 / units[i].ns;
	if (whole < 10 && tenths)
		snprintf(buf, size, "%" PRIu64 ".%" PRIu64 "%s", whole, tenths,
			 units[i].name);
	else
		snprintf(buf, size, "%" PRIu64 "%s", whole, units[i].name);
}
