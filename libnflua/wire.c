// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The bytes of answers and of messages; linux/nflua.h is what they follow. Nothing
 * here touches a socket.
 */
#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

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

/* Whether it says that a family is gone: that the module was unloaded. */
bool nflua_wire_is_unloading(struct nlmsghdr *nlh, int family)
{
	const struct genlmsghdr *genl = nlmsg_data(nlh);
	struct nlattr *id;

	if (nlh->nlmsg_type != GENL_ID_CTRL ||
	    nlmsg_datalen(nlh) < (int)GENL_HDRLEN || genl->cmd != CTRL_CMD_DELFAMILY)
		return false;
	id = nlmsg_find_attr(nlh, GENL_HDRLEN, CTRL_ATTR_FAMILY_ID);
	return id && nla_len(id) == sizeof(uint16_t) && nla_get_u16(id) == family;
}

/* A group of the family: "data" and a number, or the events; -1: another one. */
static int group_index(const struct nlattr *name)
{
	static const char prefix[] = NFLUA_MCGRP_DATA_PREFIX;
	const char *digits = (const char *)nla_data(name) + sizeof(prefix) - 1;
	char *end;
	long n;

	if (strcmp(nla_data(name), NFLUA_MCGRP_EVENTS) == 0)
		return NFLUA_EVENTS_GROUP;
	if (strncmp(nla_data(name), prefix, sizeof(prefix) - 1) != 0 ||
	    *digits < '0' || *digits > '9')
		return -1;
	n = strtol(digits, &end, 10);
	return *end || n >= NFLUA_DATA_GROUPS ? -1 : n;
}

/* The ids of the groups, out of the controller's answer; 0: not there. */
void nflua_wire_groups(struct nlmsghdr *nlh, uint32_t groups[NFLUA_GROUP_IDS])
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
		n = group_index(of[CTRL_ATTR_MCAST_GRP_NAME]);
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

/* What all that the module sends is made of: 0 or -EPROTO; libnl's NLA_STRING ends in NUL. */
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
		[NFLUA_A_PROTOCOL] = { .type = NLA_U8 },
		[NFLUA_A_SPORT] = { .type = NLA_U16 },
		[NFLUA_A_DPORT] = { .type = NLA_U16 },
	};

	return nlmsg_parse(nlh, GENL_HDRLEN, tb, NFLUA_A_MAX, policy) < 0 ?
	       -EPROTO : 0;
}

/* Copies what the attribute has, if it is there, in the place of *@to. */
int nflua_wire_copy(char **to, const struct nlattr *attr, size_t *len)
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

	if (nflua_wire_parse(nlh, tb) || result->answered)
		return -EPROTO;
	if (tb[NFLUA_A_ERROR_KIND])
		kind = nla_get_u32(tb[NFLUA_A_ERROR_KIND]);
	if (kind > NFLUA_ERROR_INTERRUPTED)
		return -EPROTO;
	result->kind = (enum nflua_kind)kind;
	if (tb[NFLUA_A_TRUNCATED])
		result->truncated = nla_get_u32(tb[NFLUA_A_TRUNCATED]);
	err = nflua_wire_copy(&result->output, tb[NFLUA_A_OUTPUT], &result->output_len);
	if (!err)
		err = nflua_wire_copy(&result->error, tb[NFLUA_A_ERROR_TEXT], NULL);
	if (!err)
		err = nflua_wire_copy(&result->traceback, tb[NFLUA_A_TRACEBACK], NULL);
	if (!err)
		err = take_values(nlh, result);
	result->answered = !err;
	return err;
}

static uint64_t get_u64(const struct nlattr *attr)
{
	return attr ? nla_get_u64((struct nlattr *)attr) : 0;
}

static uint32_t get_u32(const struct nlattr *attr)
{
	return attr ? nla_get_u32((struct nlattr *)attr) : 0;
}

static int count_attrs(struct nlmsghdr *nlh, int type)
{
	struct nlattr *attr;
	int rem, n = 0;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem)
		n += nla_type(attr) == type;
	return n;
}

/* The module names what is missing right behind the function. */
static int take_functions(struct nlmsghdr *nlh, struct nflua_state *state)
{
	int rem, n = count_attrs(nlh, NFLUA_A_RULE_FUNCTION);
	struct nflua_called *last = NULL;
	struct nlattr *attr;

	if (!n)
		return 0;
	state->functions = calloc(n, sizeof(*state->functions));
	if (!state->functions)
		return -ENOMEM;
	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		if (nla_type(attr) == NFLUA_A_MISSING_FUNCTION && last)
			last->missing = true;
		if (nla_type(attr) != NFLUA_A_RULE_FUNCTION)
			continue;
		last = &state->functions[state->function_count];
		last->name = copy(attr, NULL);
		if (!last->name)
			return -ENOMEM;
		state->function_count++;
	}
	return 0;
}

/* The last error in full; events do not have it. */
static int take_failure(struct nlmsghdr *nlh, struct nlattr **tb,
			struct nflua_state *state)
{
	int err;

	if (!tb[NFLUA_A_ERROR_KIND])
		return 0;
	state->failure = calloc(1, sizeof(*state->failure));
	if (!state->failure)
		return -ENOMEM;
	state->failure_age_ns = get_u64(tb[NFLUA_A_ERROR_AGE_NS]);
	state->failure_count = get_u64(tb[NFLUA_A_ERROR_COUNT]);
	err = nflua_wire_result(nlh, state->failure);
	return err ? err : nflua_wire_copy(&state->failed_function, tb[NFLUA_A_FUNCTION], NULL);
}

/**
 * nflua_wire_state - reads the figures of a state
 * @state: zeroed; what it has in any case nflua_state_clear() frees
 *
 * Returns 0, -EPROTO, or -ENOMEM.
 */
int nflua_wire_state(struct nlmsghdr *nlh, struct nflua_state *state)
{
	struct nlattr *tb[NFLUA_A_MAX + 1];
	int err;

	if (nflua_wire_parse(nlh, tb) || !tb[NFLUA_A_NAME])
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
	state->on_error = get_u32(tb[NFLUA_A_ON_ERROR]);
	state->functions_cut = get_u32(tb[NFLUA_A_TRUNCATED]) & NFLUA_TRUNCATED_FUNCTIONS;
	err = nflua_wire_copy(&state->last_error, tb[NFLUA_A_LAST_ERROR], NULL);
	if (!err)
		err = take_functions(nlh, state);
	return err ? err : take_failure(nlh, tb, state);
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
	if (nflua_wire_parse(nlh, tb) || !tb[NFLUA_A_MSG])
		return -EPROTO;
	message->payload = nla_data(tb[NFLUA_A_MSG]);
	message->len = nla_len(tb[NFLUA_A_MSG]);
	message->seq = get_u32(tb[NFLUA_A_SEQ]);
	if (tb[NFLUA_A_NAME])
		memcpy(message->state, nla_data(tb[NFLUA_A_NAME]),
		       nla_len(tb[NFLUA_A_NAME]));
	return 0;
}

/* All attributes of a type, in order. */
static int take_blobs(struct nlmsghdr *nlh, int type, struct nflua_blobs *blobs)
{
	int rem, n = count_attrs(nlh, type);
	struct nflua_blob *blob;
	struct nlattr *attr;

	if (!n)
		return 0;
	blobs->of = calloc(n, sizeof(*blobs->of));
	if (!blobs->of)
		return -ENOMEM;
	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		if (nla_type(attr) != type)
			continue;
		blob = &blobs->of[blobs->count];
		blob->data = copy(attr, &blob->len);
		if (!blob->data)
			return -ENOMEM;
		blobs->count++;
	}
	return 0;
}

/**
 * nflua_wire_trial - reads the answer to a trial
 * @trial: zeroed, but for its result, which is empty
 *
 * Returns 0, -EPROTO, or -ENOMEM; what @trial has by then is its own.
 */
int nflua_wire_trial(struct nlmsghdr *nlh, struct nflua_trial *trial)
{
	struct nlattr *tb[NFLUA_A_MAX + 1];
	size_t len;
	int err;

	if (nflua_wire_parse(nlh, tb) || !tb[NFLUA_A_RESULTS] || !tb[NFLUA_A_CALLS])
		return -EPROTO;
	/* A newer module may know more of them. */
	len = nla_len(tb[NFLUA_A_RESULTS]);
	memcpy(trial->counts, nla_data(tb[NFLUA_A_RESULTS]),
	       len < sizeof(trial->counts) ? len : sizeof(trial->counts));
	trial->calls = get_u64(tb[NFLUA_A_CALLS]);
	trial->time_ns = get_u64(tb[NFLUA_A_TIME_NS]);
	trial->first_ns = get_u64(tb[NFLUA_A_FIRST_NS]);
	trial->longest_ns = get_u64(tb[NFLUA_A_LONGEST_NS]);
	if (tb[NFLUA_A_TIMES]) {
		len = nla_len(tb[NFLUA_A_TIMES]);
		memcpy(trial->times, nla_data(tb[NFLUA_A_TIMES]),
		       len < sizeof(trial->times) ? len : sizeof(trial->times));
	}
	trial->sent_packets = get_u64(tb[NFLUA_A_SENT_PACKETS]);
	trial->sent_messages = get_u64(tb[NFLUA_A_SENT_MESSAGES]);
	err = nflua_wire_result(nlh, trial->result);
	if (!err)
		err = take_blobs(nlh, NFLUA_A_SENT_PACKET, &trial->packets);
	return err ? err : take_blobs(nlh, NFLUA_A_SENT_MESSAGE, &trial->messages);
}
