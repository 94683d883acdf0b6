// SPDX-License-Identifier: GPL-2.0-or-later
/* Numbers and sizes: as text, and as text for people. */
#include "size.h"
#include "target.h"

static void look_at_formats(uint64_t n)
{
	char buf[16];

	memset(buf, '!', sizeof(buf));
	format_size(buf, sizeof(buf), n);
	MUST(strlen(buf) > 1 && strlen(buf) < sizeof(buf) - 1);
	memset(buf, '!', sizeof(buf));
	format_time(buf, sizeof(buf), n);
	MUST(strlen(buf) > 1 && strlen(buf) < sizeof(buf) - 1);
}

/* What was taken is written anew and taken as the same. */
static void look_at_number(const char *text, uint64_t bytes)
{
	char buf[32];
	uint64_t again;

	MUST(text[0] >= '0' && text[0] <= '9');
	snprintf(buf, sizeof(buf), "%llu", (unsigned long long)bytes);
	MUST(parse_size(buf, &again) == 0 && again == bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	uint64_t n = 0;
	uint32_t number;

	MUST(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	if (parse_size(text, &n) == 0) {
		look_at_number(text, n);
		look_at_formats(n);
	}
	if (parse_u32(text, &number) == 0) {
		MUST(strspn(text, "0123456789") == strlen(text));
		MUST(parse_size(text, &n) == 0 && n == number);
	}
	free(text);
	memcpy(&n, data, size < sizeof(n) ? size : sizeof(n));
	look_at_formats(n);
	return 0;
}
