// SPDX-License-Identifier: GPL-2.0-or-later
/* The words by which people say where a hook is, and for which packets. */
#include "place.h"

#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "size.h"

/* Notes why something is refused. Returns -EINVAL. */
int refuse(struct refusal *why, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why->text, sizeof(why->text), fmt, ap);
	va_end(ap);
	return -EINVAL;
}

/* Reads a number as C has it: decimal, or hexadecimal after 0x. */
static int read_mark_number(const char *text, uint32_t *n)
{
	unsigned long long value;
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || *end || value > UINT32_MAX)
		return -EINVAL;
	*n = value;
	return 0;
}

static int read_mark(const char *text, struct nflua_attachment *what, struct refusal *why)
{
	char *copy = strdup(text), *mask;
	int err;

	if (!copy)
		return refuse(why, "not enough memory");
	mask = strchr(copy, '/');
	if (mask)
		*mask++ = '\0';
	what->mark_mask = UINT32_MAX;
	err = read_mark_number(copy, &what->mark);
	if (!err && mask)
		err = read_mark_number(mask, &what->mark_mask);
	free(copy);
	if (err)
		return refuse(why, "'%s' is not a mark: VALUE or VALUE/MASK, decimal or with 0x",
			      text);
	if (!what->mark_mask || what->mark & ~what->mark_mask)
		return refuse(why, "no packet has the mark '%s': bits of the value that the mask lacks, or no mask",
			      text);
	return 0;
}

static int read_protocol(const char *text, int *protocol, struct refusal *why)
{
	struct protoent *known = getprotobyname(text);
	uint32_t number = known ? (uint32_t)known->p_proto : 0;

	if (!known && parse_u32(text, &number))
		return refuse(why, "unknown protocol '%s'", text);
	if (number < 1 || number > 255)
		return refuse(why, "protocol '%s' out of range (1 to 255)", text);
	*protocol = number;
	return 0;
}

/* Reads "accept" or "drop". Returns 0 or -EINVAL, as all functions here. */
int read_on_error(const char *text, bool *drops, struct refusal *why)
{
	*drops = strcmp(text, "drop") == 0;
	if (!*drops && strcmp(text, "accept") != 0)
		return refuse(why, "'%s' is neither accept nor drop", text);
	return 0;
}

static bool is_device_hook(enum nflua_hook hook)
{
	return hook == NFLUA_HOOK_INGRESS || hook == NFLUA_HOOK_EGRESS;
}

static int read_hook(const char *text, enum nflua_hook *hook, struct refusal *why)
{
	int found = nflua_hook_find(text);

	if (found < 0)
		return refuse(why, "unknown hook '%s' (prerouting, input, forward, output, postrouting, ingress or egress)",
			      text);
	*hook = found;
	return 0;
}

static int read_family(const char *text, struct nflua_attachment *what, struct refusal *why)
{
	int family = is_device_hook(what->hook) ? NFLUA_FAMILY_NETDEV : NFLUA_FAMILY_INET;
	bool has_hook;

	if (text)
		family = nflua_family_find(text);
	if (family < 0)
		return refuse(why, "unknown family '%s' (inet, ip, ip6, netdev, bridge or arp)", text);
	what->family = family;
	if (is_device_hook(what->hook))
		has_hook = family == NFLUA_FAMILY_NETDEV ||
			   (family == NFLUA_FAMILY_INET && what->hook == NFLUA_HOOK_INGRESS);
	else if (family == NFLUA_FAMILY_ARP)
		has_hook = what->hook == NFLUA_HOOK_INPUT || what->hook == NFLUA_HOOK_OUTPUT;
	else
		has_hook = family != NFLUA_FAMILY_NETDEV;
	if (!has_hook)
		return refuse(why, "the family %s has no hook %s",
			      nflua_family_name(family), nflua_hook_name(what->hook));
	return 0;
}

static int read_device(const char *text, const char **device, struct refusal *why)
{
	if (text && (!*text || strlen(text) > 15))
		return refuse(why, "'%s' is not the name of a device (1 to 15 bytes)", text);
	*device = text;
	return 0;
}

/* Only hooks of a device have "device", which says what iif or oif says. */
static int take_device(const struct place *place, struct nflua_attachment *what,
		       struct refusal *why)
{
	const char *device = place->device, *dashes = place->dashes;
	const char **own = what->hook == NFLUA_HOOK_INGRESS ? &what->iif : &what->oif;

	if (!is_device_hook(what->hook))
		return !device ? 0 :
		       refuse(why, "%sdevice is for ingress and egress; see %siif and %soif",
			      dashes, dashes, dashes);
	if (device && (what->iif || what->oif))
		return refuse(why, "%sdevice cannot be used with %siif or %soif", dashes, dashes,
			      dashes);
	if (device)
		*own = device;
	return *own ? 0 : refuse(why, "%s needs %sdevice", nflua_hook_name(what->hook), dashes);
}

static int read_devices(const struct place *place, struct nflua_attachment *what,
			struct refusal *why)
{
	const char *device, *hook = nflua_hook_name(what->hook);

	if (read_device(place->iif, &what->iif, why) ||
	    read_device(place->oif, &what->oif, why) ||
	    read_device(place->device, &device, why) || take_device(place, what, why))
		return -EINVAL;
	if (what->iif && (what->hook == NFLUA_HOOK_OUTPUT ||
			  what->hook == NFLUA_HOOK_POSTROUTING ||
			  what->hook == NFLUA_HOOK_EGRESS))
		return refuse(why, "%siif cannot be used in %s", place->dashes, hook);
	if (what->oif && (what->hook == NFLUA_HOOK_PREROUTING ||
			  what->hook == NFLUA_HOOK_INPUT || what->hook == NFLUA_HOOK_INGRESS))
		return refuse(why, "%soif cannot be used in %s", place->dashes, hook);
	return 0;
}

static int read_frames(const struct place *place, struct nflua_attachment *what,
		       struct refusal *why)
{
	if (!place->frames)
		return 0;
	if (!is_device_hook(what->hook) && what->family != NFLUA_FAMILY_BRIDGE)
		return refuse(why, "%sproto is for ingress, egress and bridges", place->dashes);
	if (nflua_frames_find(place->frames, what->frames))
		return refuse(why, "'%s' is not 'all' or up to %d of ip, ip6, arp, vlan and numbers such as 0x88cc, with commas",
			      place->frames, NFLUA_FRAMES_MAX);
	return 0;
}

/**
 * read_place - reads where a hook is, and which packets it is for
 * @what: its fields for that are set; strings are those of @place
 *
 * Returns 0, or -EINVAL with the reason in @why.
 */
int read_place(const struct place *place, struct nflua_attachment *what,
	       struct refusal *why)
{
	bool drops;

	if (read_hook(place->hook, &what->hook, why) ||
	    read_family(place->family, what, why) || read_devices(place, what, why))
		return -EINVAL;
	if (nflua_priority_find(what->family, place->priority ? place->priority : "filter",
				&what->priority))
		return refuse(why, "'%s' is not a priority (such as -150, mangle or 'filter - 10')",
			      place->priority);
	if (read_frames(place, what, why))
		return -EINVAL;
	if (place->mark && read_mark(place->mark, what, why))
		return -EINVAL;
	if (place->protocol && read_protocol(place->protocol, &what->protocol, why))
		return -EINVAL;
	if (!place->on_error)
		return 0;
	if (read_on_error(place->on_error, &drops, why))
		return -EINVAL;
	what->on_error = drops ? NFLUA_HOOK_ERROR_DROP : NFLUA_HOOK_ERROR_ACCEPT;
	return 0;
}
