// SPDX-License-Identifier: LGPL-2.1-or-later
/* Answers to scripts: values, output and errors. */
#include "wire.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

#include "result.h"

static int take_string(struct nflua_value *value, const struct nlattr *attr,
		       enum nflua_type type)
{
	value->type = type;
	return nflua_wire_copy(&value->string, attr, &value->len);
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
	int n = nflua_wire_count(nlh, NFLUA_A_VALUE), rem, err;

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

/**
 * nflua_wire_result - reads the answer to a request that ran a script
 * @result: zeroed; owns what it was given, even on failure
 *
 * Returns 0, -EPROTO, or -ENOMEM.
 */
int nflua_wire_result(struct nlmsghdr *nlh, struct nflua_result *result)
{
	struct nlattr *tb[NFLUA_A_MAX + 1];
	uint32_t kind;
	int err;

	if (nflua_wire_parse(nlh, tb) || result->answered)
		return -EPROTO;
	kind = nflua_wire_u32(tb[NFLUA_A_ERROR_KIND]);
	if (kind > NFLUA_ERROR_INTERRUPTED)
		return -EPROTO;
	result->kind = (enum nflua_kind)kind;
	result->truncated = nflua_wire_u32(tb[NFLUA_A_TRUNCATED]);
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
