// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The end of a request: NLMSG_ERROR or NLMSG_DONE, with an extended acknowledgement
 * (linux/netlink.h, enum nlmsgerr_attrs), which libnl does not read.
 */
#include "ack.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/nflua.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

/* The names of the attributes of requests, and what the module's policies allow. */
static const struct {
	const char *name;
	const char *allowed;
} attrs[] = {
	[NFLUA_A_MSG] = { "message", "at most 65531 bytes" },
	[NFLUA_A_NAME] = { "state name", "1 to 63 bytes" },
	[NFLUA_A_MAXALLOC] = { "memory limit", "64 KiB to 1 TiB" },
	[NFLUA_A_BUDGET] = { "budget", "100 to 1000000 microseconds" },
	[NFLUA_A_FLAGS] = { "flags", NULL },
	[NFLUA_A_CHUNK] = { "script", NULL },
	[NFLUA_A_CHUNK_NAME] = { "chunk name", "at most 255 bytes" },
	[NFLUA_A_EXEC_FLAGS] = { "flags", NULL },
	[NFLUA_A_FORCE] = { "force", NULL },
	[NFLUA_A_FUNCTION] = { "function name", "at most 63 bytes" },
	[NFLUA_A_PREFIX] = { "prefix", "at most 1023 bytes" },
	[NFLUA_A_FRAME] = { "link-layer header", "at most 64 bytes" },
	[NFLUA_A_PACKET] = { "packet", "at most 65531 bytes" },
	[NFLUA_A_HOOK] = { "hook", "0 to 5" },
	[NFLUA_A_ON_ERROR] = { "on-error", NULL },
	[NFLUA_A_REPEAT] = { "number of calls", "1 to 10000000" },
	[NFLUA_A_OWNER] = { "owner", "at most 255 bytes" },
	[NFLUA_A_CONFIRM_MS] = { "time for the confirmation", "1 to 86400000 milliseconds" },
	[NFLUA_A_MAX_ERRORS] = { "limit of errors", "1 or more" },
	[NFLUA_A_KEEP] = { "keep", NULL },
};

static bool is_known(int attr)
{
	return attr >= 0 && (size_t)attr < sizeof(attrs) / sizeof(attrs[0]);
}

/* Returns what an attribute is called, or NULL. */
const char *nflua_attr_name(int attr)
{
	return is_known(attr) ? attrs[attr].name : NULL;
}

/**
 * nflua_ack_allowed - returns what the refused attribute may hold
 *
 * If a netlink policy refused it, the kernel's message does not say that. Returns NULL if
 * no policy did.
 */
const char *nflua_ack_allowed(const struct nflua_ack *ack)
{
	if (!is_known(ack->attr) || !ack->text)
		return NULL;
	if (ack->err != -ERANGE &&
	    strcmp(ack->text, "Attribute failed policy validation") != 0)
		return NULL;
	return attrs[ack->attr].allowed;
}

/* Returns the attribute of @request that begins at @offset, or -1. */
static int attr_at(const struct nlmsghdr *request, uint32_t offset)
{
	struct nlattr *attr;
	int rem;

	if (!request)
		return -1;
	nlmsg_for_each_attr(attr, (struct nlmsghdr *)request, GENL_HDRLEN, rem)
		if ((size_t)((char *)attr - (char *)request) == offset)
			return nla_type(attr);
	return -1;
}

static void parse_tlvs(struct nflua_ack *ack, const char *data, int len,
		       const struct nlmsghdr *request)
{
	struct nlattr *tb[NLMSGERR_ATTR_MAX + 1];

	if (len <= 0 || nla_parse(tb, NLMSGERR_ATTR_MAX,
				  (struct nlattr *)data, len, NULL) < 0)
		return;
	ack->has_text = tb[NLMSGERR_ATTR_MSG];
	if (ack->has_text)
		ack->text = strndup(nla_data(tb[NLMSGERR_ATTR_MSG]),
				    nla_len(tb[NLMSGERR_ATTR_MSG]));
	if (tb[NLMSGERR_ATTR_OFFS] &&
	    nla_len(tb[NLMSGERR_ATTR_OFFS]) >= (int)sizeof(uint32_t))
		ack->attr = attr_at(request, nla_get_u32(tb[NLMSGERR_ATTR_OFFS]));
}

/**
 * nflua_ack_parse - reads the message that ends an answer
 * @ack: filled in
 * @nlh: of type NLMSG_ERROR or NLMSG_DONE, with a valid length
 * @request: the request, to find an attribute by its offset; may be NULL
 */
void nflua_ack_parse(struct nflua_ack *ack, const struct nlmsghdr *nlh,
		     const struct nlmsghdr *request)
{
	const char *data = nlmsg_data(nlh);
	int len = nlmsg_datalen(nlh), skip = sizeof(int);
	const struct nlmsgerr *e;
	int code;

	ack->attr = -1;
	ack->err = -EPROTO;
	if (len < (int)sizeof(code)) {
		/* Old kernels end a dump without a code. */
		ack->err = nlh->nlmsg_type == NLMSG_DONE ? 0 : -EPROTO;
		return;
	}
	memcpy(&code, data, sizeof(code));
	if (code > 0)
		return;
	ack->err = code;
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		if (len < (int)sizeof(*e))
			return;
		e = (const struct nlmsgerr *)data;
		skip = sizeof(*e);
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED)) {
			if (e->msg.nlmsg_len > (uint32_t)len)
				return;
			skip += NLMSG_ALIGN(e->msg.nlmsg_len) - NLMSG_HDRLEN;
		}
	}
	parse_tlvs(ack, data + skip, len - skip, request);
}
