// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The bytes of the protocol, in both directions; linux/nflua.h is what they
 * follow. Nothing here touches a socket.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

/* A piece of a script; its attribute's length must fit 16 bits. */
#define PIECE 60000

/* Room for everything of a request but the script. */
#define REQUEST_SIZE 1024

static struct nl_msg *new_message(int family, int cmd, int flags, int version,
				  size_t size)
{
	struct nl_msg *msg = nlmsg_alloc_size(size);

	if (msg && !genlmsg_put(msg, NL_AUTO_PORT, 1, family, 0,
				flags | NLM_F_REQUEST, cmd, version)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

static int put_script(struct nl_msg *msg, const char *script, size_t len)
{
	size_t n;

	do {
		n = len < PIECE ? len : PIECE;
		if (nla_put(msg, NFLUA_A_CHUNK, n, script))
			return -1;
		script += n;
		len -= n;
	} while (len > 0);
	return 0;
}

static int put_options(struct nl_msg *msg, const struct nflua_options *options)
{
	if (options->has_maxalloc &&
	    nla_put_u64(msg, NFLUA_A_MAXALLOC, options->maxalloc))
		return -1;
	if (options->has_budget &&
	    nla_put_u32(msg, NFLUA_A_BUDGET, options->budget))
		return -1;
	return 0;
}

static int put_request(struct nl_msg *msg, const struct nflua_request *req)
{
	if (req->name && nla_put_string(msg, NFLUA_A_NAME, req->name))
		return -1;
	if (req->options && put_options(msg, req->options))
		return -1;
	if (req->exec_flags &&
	    nla_put_u32(msg, NFLUA_A_EXEC_FLAGS, req->exec_flags))
		return -1;
	if (req->force && nla_put_flag(msg, NFLUA_A_FORCE))
		return -1;
	if (req->script && req->chunk_name &&
	    nla_put_string(msg, NFLUA_A_CHUNK_NAME, req->chunk_name))
		return -1;
	if (req->payload &&
	    nla_put(msg, NFLUA_A_MSG, req->payload_len, req->payload))
		return -1;
	return req->script ? put_script(msg, req->script, req->len) : 0;
}

/* A request of version 2. */
struct nl_msg *nflua_wire_request(const struct nflua_request *req)
{
	size_t size = REQUEST_SIZE;
	struct nl_msg *msg;

	if (req->name)
		size += strlen(req->name);
	if (req->chunk_name)
		size += strlen(req->chunk_name);
	if (req->script)
		size += req->len + (req->len / PIECE + 1) * (NLA_HDRLEN + NLA_ALIGNTO);
	if (req->payload)
		size += req->payload_len;
	msg = new_message(req->family, req->cmd, req->flags, NFLUA_GENL_VERSION,
			  size);
	if (msg && put_request(msg, req)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

/* The one request of version 1: `name NUL script`, at most NFLUA_MSG_MAX. */
struct nl_msg *nflua_wire_message(int family, const char *chunk_name,
				  const char *script, size_t len)
{
	size_t name_len = strlen(chunk_name) + 1;
	struct nl_msg *msg = new_message(family, NFLUA_CMD_MSG, NLM_F_ACK, 1,
					 REQUEST_SIZE + name_len + len);
	struct nlattr *attr;

	if (!msg)
		return NULL;
	attr = nla_reserve(msg, NFLUA_A_MSG, name_len + len);
	if (!attr) {
		nlmsg_free(msg);
		return NULL;
	}
	memcpy(nla_data(attr), chunk_name, name_len);
	memcpy((char *)nla_data(attr) + name_len, script, len);
	return msg;
}

struct nl_msg *nflua_wire_getfamily(void)
{
	struct nl_msg *msg = new_message(GENL_ID_CTRL, CTRL_CMD_GETFAMILY,
					 NLM_F_ACK, 1, REQUEST_SIZE);

	if (msg && nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, NFLUA_GENL_NAME)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

/* The answer of the generic netlink controller. */
int nflua_wire_family(struct nlmsghdr *nlh, int *family, unsigned int *version)
{
	static struct nla_policy policy[CTRL_ATTR_MAX + 1] = {
		[CTRL_ATTR_FAMILY_ID] = { .type = NLA_U16 },
		[CTRL_ATTR_VERSION] = { .type = NLA_U32 },
	};
	struct nlattr *tb[CTRL_ATTR_MAX + 1];

	if (nlmsg_parse(nlh, GENL_HDRLEN, tb, CTRL_ATTR_MAX, policy) < 0 ||
	    !tb[CTRL_ATTR_FAMILY_ID] || !tb[CTRL_ATTR_VERSION])
		return -EPROTO;
	*family = nla_get_u16(tb[CTRL_ATTR_FAMILY_ID]);
	*version = nla_get_u32(tb[CTRL_ATTR_VERSION]);
	return 0;
}

/* A group of the family: "data" and a number; -1: another one. */
static int data_group(const struct nlattr *name)
{
	static const char prefix[] = NFLUA_MCGRP_DATA_PREFIX;
	const char *digits = (const char *)nla_data(name) + sizeof(prefix) - 1;
	char *end;
	long n;

	if (strncmp(nla_data(name), prefix, sizeof(prefix) - 1) != 0 ||
	    *digits < '0' || *digits > '9')
		return -1;
	n = strtol(digits, &end, 10);
	return *end || n >= NFLUA_DATA_GROUPS ? -1 : n;
}

/* The ids of the data groups, out of the controller's answer; 0: not there. */
void nflua_wire_groups(struct nlmsghdr *nlh, uint32_t groups[NFLUA_DATA_GROUPS])
{
	static struct nla_policy policy[CTRL_ATTR_MCAST_GRP_MAX + 1] = {
		[CTRL_ATTR_MCAST_GRP_NAME] = { .type = NLA_STRING, .minlen = 1,
					       .maxlen = GENL_NAMSIZ },
		[CTRL_ATTR_MCAST_GRP_ID] = { .type = NLA_U32 },
	};
	struct nlattr *tb[CTRL_ATTR_MAX + 1], *nest;
	struct nlattr *of[CTRL_ATTR_MCAST_GRP_MAX + 1];
	int rem, n;

	if (nlmsg_parse(nlh, GENL_HDRLEN, tb, CTRL_ATTR_MAX, NULL) < 0 ||
	    !tb[CTRL_ATTR_MCAST_GROUPS])
		return;
	nla_for_each_nested(nest, tb[CTRL_ATTR_MCAST_GROUPS], rem) {
		if (nla_parse_nested(of, CTRL_ATTR_MCAST_GRP_MAX, nest, policy) < 0 ||
		    !of[CTRL_ATTR_MCAST_GRP_NAME] || !of[CTRL_ATTR_MCAST_GRP_ID])
			continue;
		n = data_group(of[CTRL_ATTR_MCAST_GRP_NAME]);
		if (n >= 0)
			groups[n] = nla_get_u32(of[CTRL_ATTR_MCAST_GRP_ID]);
	}
}

static char *copy(const struct nlattr *attr, size_t *len)
{
	size_t n = nla_len(attr);
	char *s = malloc(n + 1);

	if (!s)
		return NULL;
	memcpy(s, nla_data(attr), n);
	s[n] = '\0';
	if (len)
		*len = n;
	return s;
}

static int take_string(struct nflua_value *value, const struct nlattr *attr,
		       enum nflua_type type)
{
	value->type = type;
	value->string = copy(attr, &value->len);
	return value->string ? 0 : -ENOMEM;
}

static int take_value(struct nflua_value *value, struct nlattr *nest)
{
	static struct nla_policy policy[NFLUA_VALUE_MAX + 1] = {
		[NFLUA_VALUE_BOOLEAN] = { .type = NLA_U8 },
		[NFLUA_VALUE_INTEGER] = { .type = NLA_U64 },
	};
	struct nlattr *tb[NFLUA_VALUE_MAX + 1];
	int64_t n;

	if (nla_parse_nested(tb, NFLUA_VALUE_MAX, nest, policy) < 0)
		return -EPROTO;
	if (tb[NFLUA_VALUE_STRING])
		return take_string(value, tb[NFLUA_VALUE_STRING],
				   NFLUA_TYPE_STRING);
	if (tb[NFLUA_VALUE_OTHER])
		return take_string(value, tb[NFLUA_VALUE_OTHER],
				   NFLUA_TYPE_OTHER);
	if (tb[NFLUA_VALUE_BOOLEAN]) {
		value->type = NFLUA_TYPE_BOOLEAN;
		value->integer = nla_get_u8(tb[NFLUA_VALUE_BOOLEAN]) != 0;
	} else if (tb[NFLUA_VALUE_INTEGER]) {
		memcpy(&n, nla_data(tb[NFLUA_VALUE_INTEGER]), sizeof(n));
		value->type = NFLUA_TYPE_INTEGER;
		value->integer = n;
	} else if (!tb[NFLUA_VALUE_NIL]) {
		return -EPROTO;
	}
	return 0;
}

static int take_values(struct nlmsghdr *nlh, struct nflua_result *result)
{
	struct nlattr *attr;
	size_t n = 0;
	int rem, err;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem)
		n += nla_type(attr) == NFLUA_A_VALUE;
	if (n == 0)
		return 0;
	result->values = calloc(n, sizeof(*result->values));
	if (!result->values)
		return -ENOMEM;
	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		if (nla_type(attr) != NFLUA_A_VALUE)
			continue;
		err = take_value(&result->values[result->count++], attr);
		if (err)
			return err;
	}
	return 0;
}

/* What all answers of the module are made of; libnl's NLA_STRING ends in NUL. */
static int parse_answer(struct nlmsghdr *nlh, struct nlattr **tb)
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
		[NFLUA_A_ERROR_KIND] = { .type = NLA_U32 },
		[NFLUA_A_ERROR_TEXT] = { .type = NLA_STRING, .minlen = 1 },
		[NFLUA_A_TRACEBACK] = { .type = NLA_STRING, .minlen = 1 },
		[NFLUA_A_TRUNCATED] = { .type = NLA_U32 },
		[NFLUA_A_SEQ] = { .type = NLA_U32 },
	};

	return nlmsg_parse(nlh, GENL_HDRLEN, tb, NFLUA_A_MAX, policy) < 0 ?
	       -EPROTO : 0;
}

static int copy_to(char **to, const struct nlattr *attr, size_t *len)
{
	if (!attr)
		return 0;
	free(*to);
	*to = copy(attr, len);
	return *to ? 0 : -ENOMEM;
}

/**
 * nflua_wire_result - reads the answer to a run of a script
 * @result: zeroed
 *
 * Returns 0, -EPROTO, or -ENOMEM; what @result has by then is its own.
 */
int nflua_wire_result(struct nlmsghdr *nlh, struct nflua_result *result)
{
	struct nlattr *tb[NFLUA_A_MAX + 1];
	uint32_t kind = 0;
	int err;

	if (parse_answer(nlh, tb) || result->answered)
		return -EPROTO;
	result->answered = true;
	if (tb[NFLUA_A_ERROR_KIND])
		kind = nla_get_u32(tb[NFLUA_A_ERROR_KIND]);
	if (kind > NFLUA_ERROR_INTERRUPTED)
		return -EPROTO;
	result->kind = (enum nflua_kind)kind;
	if (tb[NFLUA_A_TRUNCATED])
		result->truncated = nla_get_u32(tb[NFLUA_A_TRUNCATED]);
	err = copy_to(&result->output, tb[NFLUA_A_OUTPUT], &result->output_len);
	if (!err)
		err = copy_to(&result->error, tb[NFLUA_A_ERROR_TEXT], NULL);
	if (!err)
		err = copy_to(&result->traceback, tb[NFLUA_A_TRACEBACK], NULL);
	return err ? err : take_values(nlh, result);
}

static uint64_t get_u64(const struct nlattr *attr)
{
	return attr ? nla_get_u64((struct nlattr *)attr) : 0;
}

static uint32_t get_u32(const struct nlattr *attr)
{
	return attr ? nla_get_u32((struct nlattr *)attr) : 0;
}

/**
 * nflua_wire_state - reads the figures of a state
 * @state: zeroed
 *
 * Returns 0, -EPROTO, or -ENOMEM.
 */
int nflua_wire_state(struct nlmsghdr *nlh, struct nflua_state *state)
{
	struct nlattr *tb[NFLUA_A_MAX + 1];

	if (parse_answer(nlh, tb) || !tb[NFLUA_A_NAME])
		return -EPROTO;
	memcpy(state->name, nla_data(tb[NFLUA_A_NAME]), nla_len(tb[NFLUA_A_NAME]));
	state->maxalloc = get_u64(tb[NFLUA_A_MAXALLOC]);
	state->curralloc = get_u64(tb[NFLUA_A_CURRALLOC]);
	state->peakalloc = get_u64(tb[NFLUA_A_PEAKALLOC]);
	state->budget = get_u32(tb[NFLUA_A_BUDGET]);
	state->flags = get_u32(tb[NFLUA_A_FLAGS]);
	state->refs = get_u32(tb[NFLUA_A_REFS]);
	state->runtimes = get_u32(tb[NFLUA_A_RUNTIMES]);
	state->calls = get_u64(tb[NFLUA_A_CALLS]);
	state->matches = get_u64(tb[NFLUA_A_MATCHES]);
	state->errors = get_u64(tb[NFLUA_A_ERRORS]);
	state->time_ns = get_u64(tb[NFLUA_A_TIME_NS]);
	state->age_ns = get_u64(tb[NFLUA_A_AGE_NS]);
	return copy_to(&state->last_error, tb[NFLUA_A_LAST_ERROR], NULL);
}

/* Whether it is a message of a script, which answers nothing. */
bool nflua_wire_is_notification(const struct nlmsghdr *nlh, int family)
{
	const struct genlmsghdr *genl = nlmsg_data(nlh);

	return nlh->nlmsg_type == family && nlh->nlmsg_seq == 0 &&
	       nlmsg_datalen(nlh) >= (int)GENL_HDRLEN && genl->cmd == NFLUA_CMD_MSG;
}

/**
 * nflua_wire_notification - reads a message of a script
 * @message: filled, but for the group and what was lost; its payload is in @nlh
 *
 * Version 1 gives neither name nor number. Returns 0 or -EPROTO.
 */
int nflua_wire_notification(struct nlmsghdr *nlh, struct nflua_message *message)
{
	struct nlattr *tb[NFLUA_A_MAX + 1];

	memset(message, 0, sizeof(*message));
	message->group = -1;
	if (parse_answer(nlh, tb) || !tb[NFLUA_A_MSG])
		return -EPROTO;
	message->payload = nla_data(tb[NFLUA_A_MSG]);
	message->len = nla_len(tb[NFLUA_A_MSG]);
	message->seq = get_u32(tb[NFLUA_A_SEQ]);
	if (tb[NFLUA_A_NAME])
		memcpy(message->state, nla_data(tb[NFLUA_A_NAME]),
		       nla_len(tb[NFLUA_A_NAME]));
	return 0;
}
