// SPDX-License-Identifier: LGPL-2.1-or-later
/* What all messages of the module have in common. */
#include "wire.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

/*
 * Parses the attributes of any message of the module. Returns 0 or -EPROTO. libnl checks
 * that an NLA_STRING ends with a NUL.
 */
int nflua_wire_parse(struct nlmsghdr *nlh, struct nlattr **tb)
{
	static struct nla_policy policy[NFLUA_A_MAX + 1] = {
		[NFLUA_A_NAME] = { .type = NLA_STRING, .minlen = 1,
				   .maxlen = NFLUA_NAME_SIZE },
		[NFLUA_A_MAXALLOC] = { .type = NLA_U64 },
		[NFLUA_A_BUDGET] = { .type = NLA_U32 },
		[NFLUA_A_FLAGS] = { .type = NLA_U32 },
		[NFLUA_A_CURRALLOC] = { .type = NLA_U64 },
		[NFLUA_A_PEAKALLOC] = { .type = NLA_U64 },
		[NFLUA_A_REFS] = { .type = NLA_U32 },
		[NFLUA_A_CALLS] = { .type = NLA_U64 },
		[NFLUA_A_MATCHES] = { .type = NLA_U64 },
		[NFLUA_A_ERRORS] = { .type = NLA_U64 },
		[NFLUA_A_TIME_NS] = { .type = NLA_U64 },
		[NFLUA_A_AGE_NS] = { .type = NLA_U64 },
		[NFLUA_A_RUNTIMES] = { .type = NLA_U32 },
		[NFLUA_A_LAST_ERROR] = { .type = NLA_STRING, .minlen = 1 },
		[NFLUA_A_ON_ERROR] = { .type = NLA_U32 },
		[NFLUA_A_RULE_FUNCTION] = { .type = NLA_STRING, .minlen = 1 },
		[NFLUA_A_MISSING_FUNCTION] = { .type = NLA_STRING, .minlen = 1 },
		[NFLUA_A_ERROR_AGE_NS] = { .type = NLA_U64 },
		[NFLUA_A_ERROR_COUNT] = { .type = NLA_U64 },
		[NFLUA_A_FIRST_NS] = { .type = NLA_U64 },
		[NFLUA_A_LONGEST_NS] = { .type = NLA_U64 },
		[NFLUA_A_ERROR_KIND] = { .type = NLA_U32 },
		[NFLUA_A_ERROR_TEXT] = { .type = NLA_STRING, .minlen = 1 },
		[NFLUA_A_TRACEBACK] = { .type = NLA_STRING, .minlen = 1 },
		[NFLUA_A_TRUNCATED] = { .type = NLA_U32 },
		[NFLUA_A_SEQ] = { .type = NLA_U32 },
		[NFLUA_A_DROPPED] = { .type = NLA_U32 },
		[NFLUA_A_FUNCTION] = { .type = NLA_STRING, .minlen = 1 },
		[NFLUA_A_SENT_PACKETS] = { .type = NLA_U64 },
		[NFLUA_A_SENT_MESSAGES] = { .type = NLA_U64 },
		[NFLUA_A_HOOK] = { .type = NLA_U32 },
		[NFLUA_A_HOOK_ID] = { .type = NLA_U32 },
		[NFLUA_A_FAMILY] = { .type = NLA_U32 },
		[NFLUA_A_PRIORITY] = { .type = NLA_U32 },
		[NFLUA_A_MARK] = { .type = NLA_U32 },
		[NFLUA_A_MARK_MASK] = { .type = NLA_U32 },
		[NFLUA_A_IIF] = { .type = NLA_STRING, .minlen = 2 },
		[NFLUA_A_OIF] = { .type = NLA_STRING, .minlen = 2 },
		[NFLUA_A_HOOKS] = { .type = NLA_U32 },
		[NFLUA_A_WAITS] = { .type = NLA_FLAG },
		[NFLUA_A_FRAME_TYPES] = { .minlen = sizeof(uint16_t) },
		[NFLUA_A_PROTOCOL] = { .type = NLA_U8 },
		[NFLUA_A_SPORT] = { .type = NLA_U16 },
		[NFLUA_A_DPORT] = { .type = NLA_U16 },
	};

	return nlmsg_parse(nlh, GENL_HDRLEN, tb, NFLUA_A_MAX, policy) < 0 ?
	       -EPROTO : 0;
}

/* Returns whether a message is from the module, and long enough to have a command. */
bool nflua_wire_is_ours(const struct nlmsghdr *nlh, int family)
{
	return nlh->nlmsg_type == family && nlmsg_datalen(nlh) >= (int)GENL_HDRLEN;
}

/**
 * nflua_wire_copy - copies what an attribute holds
 * @to: owned; freed and replaced by the copy, to which a NUL is added
 * @attr: NULL: nothing happens
 * @len: becomes its length; may be NULL
 *
 * Returns 0 or -ENOMEM.
 */
int nflua_wire_copy(char **to, const struct nlattr *attr, size_t *len)
{
	size_t n;

	if (!attr)
		return 0;
	free(*to);
	n = nla_len(attr);
	*to = malloc(n + 1);
	if (!*to)
		return -ENOMEM;
	memcpy(*to, nla_data(attr), n);
	(*to)[n] = '\0';
	if (len)
		*len = n;
	return 0;
}

/* Returns how many attributes of a type there are. */
int nflua_wire_count(struct nlmsghdr *nlh, int type)
{
	struct nlattr *attr;
	int rem, n = 0;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem)
		n += nla_type(attr) == type;
	return n;
}

/* Returns the number, or 0 without an attribute. */
uint64_t nflua_wire_u64(const struct nlattr *attr)
{
	return attr ? nla_get_u64((struct nlattr *)attr) : 0;
}

uint32_t nflua_wire_u32(const struct nlattr *attr)
{
	return attr ? nla_get_u32((struct nlattr *)attr) : 0;
}
