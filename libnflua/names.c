// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names of families, hooks, priorities and types of frames, as nft has them. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* How far from a name a priority is shown as name and offset; nft has the same. */
#define REACH	10

static const char *const hooks[] = {
	[NFLUA_HOOK_PREROUTING] = "prerouting",
	[NFLUA_HOOK_INPUT] = "input",
	[NFLUA_HOOK_FORWARD] = "forward",
	[NFLUA_HOOK_OUTPUT] = "output",
	[NFLUA_HOOK_POSTROUTING] = "postrouting",
	[NFLUA_HOOK_INGRESS] = "ingress",
	[NFLUA_HOOK_EGRESS] = "egress",
};

static const char *const families[] = {
	[NFLUA_FAMILY_INET] = "inet",
	[NFLUA_FAMILY_IP] = "ip",
	[NFLUA_FAMILY_IP6] = "ip6",
	[NFLUA_FAMILY_NETDEV] = "netdev",
	[NFLUA_FAMILY_BRIDGE] = "bridge",
	[NFLUA_FAMILY_ARP] = "arp",
};

struct priority {
	const char *name;
	int32_t value;
};

/* Of ip, ip6 and inet; enum nf_ip_hook_priorities of linux/netfilter_ipv4.h. */
static const struct priority of_ip[] = {
	{ "raw", -300 }, { "mangle", -150 }, { "dstnat", -100 },
	{ "filter", 0 }, { "security", 50 }, { "srcnat", 100 },
};

/* Of bridge; enum nf_br_hook_priorities of linux/netfilter_bridge.h. */
static const struct priority of_bridge[] = {
	{ "dstnat", -300 }, { "filter", -200 }, { "out", 100 }, { "srcnat", 300 },
};

/* Of netdev and arp. */
static const struct priority of_device[] = { { "filter", 0 } };

/* EtherTypes; linux/if_ether.h. */
static const struct {
	const char *name;
	uint16_t type;
} frame_names[] = {
	{ "all", NFLUA_FRAMES_ALL }, { "ip", 0x0800 }, { "arp", 0x0806 }, { "vlan", 0x8100 },
	{ "ip6", 0x86dd },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Returns the priorities that have names in a family. */
static const struct priority *priorities_of(enum nflua_family family, size_t *count)
{
	switch (family) {
	case NFLUA_FAMILY_NETDEV:
	case NFLUA_FAMILY_ARP:
		*count = COUNT(of_device);
		return of_device;
	case NFLUA_FAMILY_BRIDGE:
		*count = COUNT(of_bridge);
		return of_bridge;
	default:
		*count = COUNT(of_ip);
		return of_ip;
	}
}

static int find(const char *name, const char *const *names, size_t count)
{
	size_t i;

	for (i = 0; name && i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	return -EINVAL;
}

NFLUA_PUBLIC int nflua_hook_find(const char *name)
{
	return find(name, hooks, COUNT(hooks));
}

NFLUA_PUBLIC const char *nflua_hook_name(enum nflua_hook hook)
{
	return (size_t)hook < COUNT(hooks) ? hooks[hook] : NULL;
}

NFLUA_PUBLIC int nflua_family_find(const char *name)
{
	return find(name, families, COUNT(families));
}

NFLUA_PUBLIC const char *nflua_family_name(enum nflua_family family)
{
	return (size_t)family < COUNT(families) ? families[family] : NULL;
}

/* Reads a decimal number that fits, up to the end of @text. */
static int read_number(const char *text, long long *n)
{
	char *end;

	if (!*text || strspn(text + (*text == '-'), "0123456789") != strlen(text + (*text == '-')))
		return -EINVAL;
	errno = 0;
	*n = strtoll(text, &end, 10);
	return errno || *end ? -EINVAL : 0;
}

/* Reads what follows a name: nothing, or '+' or '-' and a number, with blanks between. */
static int read_offset(const char *text, long long *n)
{
	char sign;

	*n = 0;
	text += strspn(text, " ");
	if (!*text)
		return 0;
	sign = *text++;
	text += strspn(text, " ");
	if ((sign != '+' && sign != '-') || *text == '-' || read_number(text, n) ||
	    *n > UINT32_MAX)
		return -EINVAL;
	if (sign == '-')
		*n = -*n;
	return 0;
}

NFLUA_PUBLIC int nflua_priority_find(enum nflua_family family, const char *text,
				     int32_t *priority)
{
	size_t i, len, count;
	const struct priority *known = priorities_of(family, &count);
	long long n;

	if (!text || !priority || !nflua_family_name(family))
		return -EINVAL;
	if (read_number(text, &n)) {
		len = strspn(text, "abcdefghijklmnopqrstuvwxyz");
		for (i = 0; i < count; i++)
			if (len == strlen(known[i].name) &&
			    memcmp(text, known[i].name, len) == 0)
				break;
		if (i == count || read_offset(text + len, &n))
			return -EINVAL;
		n += known[i].value;
	}
	if (n < INT32_MIN || n > INT32_MAX)
		return -EINVAL;
	*priority = n;
	return 0;
}

NFLUA_PUBLIC void nflua_priority_text(enum nflua_family family, int32_t priority, char *buf,
				      size_t size)
{
	size_t i, count;
	const struct priority *known = priorities_of(family, &count);
	long long off;

	for (i = 0; i < count; i++) {
		off = (long long)priority - known[i].value;
		if (off < -REACH || off > REACH)
			continue;
		if (off)
			snprintf(buf, size, "%s %c %lld", known[i].name,
				 off < 0 ? '-' : '+', llabs(off));
		else
			snprintf(buf, size, "%s", known[i].name);
		return;
	}
	snprintf(buf, size, "%d", priority);
}

static int read_frame(const char *text, size_t len, uint16_t *type)
{
	unsigned long number;
	char *end;
	size_t i;

	for (i = 0; i < COUNT(frame_names); i++)
		if (len == strlen(frame_names[i].name) &&
		    memcmp(text, frame_names[i].name, len) == 0) {
			*type = frame_names[i].type;
			return 0;
		}
	if (*text < '0' || *text > '9')
		return -EINVAL;
	number = strtoul(text, &end, 0);
	if (end != text + len || number < 1 || number > UINT16_MAX)
		return -EINVAL;
	*type = number;
	return 0;
}

/* Adds a type to those in ascending order, unless it is there. */
static int add_frame(uint16_t *frames, size_t *count, uint16_t type)
{
	size_t at = *count;

	while (at > 0 && frames[at - 1] > type)
		at--;
	if (at > 0 && frames[at - 1] == type)
		return 0;
	if (*count == NFLUA_FRAMES_MAX)
		return -EINVAL;
	memmove(&frames[at + 1], &frames[at], (*count - at) * sizeof(*frames));
	frames[at] = type;
	++*count;
	return 0;
}

NFLUA_PUBLIC int nflua_frames_find(const char *text, uint16_t frames[NFLUA_FRAMES_MAX])
{
	uint16_t found[NFLUA_FRAMES_MAX] = { 0 }, type;
	size_t count = 0, len;

	if (!text || !frames)
		return -EINVAL;
	for (;; text += len + 1) {
		len = strcspn(text, ",");
		if (read_frame(text, len, &type) || add_frame(found, &count, type))
			return -EINVAL;
		if (!text[len])
			break;
	}
	memcpy(frames, found, sizeof(found));
	return 0;
}

NFLUA_PUBLIC void nflua_frames_text(const uint16_t frames[NFLUA_FRAMES_MAX], char *buf,
				    size_t size)
{
	size_t i, k, at = 0;
	char number[8];
	const char *name;

	if (size)
		*buf = '\0';
	for (i = 0; i < NFLUA_FRAMES_MAX && frames[i] && at < size; i++) {
		snprintf(number, sizeof(number), "0x%04x", frames[i]);
		name = number;
		for (k = 0; k < COUNT(frame_names); k++)
			if (frame_names[k].type == frames[i])
				name = frame_names[k].name;
		at += snprintf(buf + at, size - at, "%s%s", i ? "," : "", name);
	}
}
