// SPDX-License-Identifier: LGPL-2.1-or-later
/* Completion: the names in a live state that continue an expression. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "request.h"
#include "result.h"
#include "wire.h"

static int compare(const void *a, const void *b)
{
	const struct nflua_value *x = a, *y = b;

	return strcmp(x->string, y->string);
}

/* Sorts names, and keeps each once. The module sends them table by table. */
static void sort_names(struct nflua_result *result)
{
	size_t i, n = 0;

	qsort(result->values, result->count, sizeof(*result->values), compare);
	for (i = 0; i < result->count; i++) {
		if (n && compare(&result->values[n - 1], &result->values[i]) == 0)
			free(result->values[i].string);
		else
			result->values[n++] = result->values[i];
	}
	result->count = n;
}

static int take_names(struct nlmsghdr *nlh, void *ud)
{
	struct nflua_result *result = ud;
	int err = nflua_wire_result(nlh, result);
	size_t i;

	for (i = 0; i < result->count && !err; i++)
		if (result->values[i].type != NFLUA_TYPE_STRING)
			err = -EPROTO;
	if (!err && result->count)
		sort_names(result);
	return err;
}

NFLUA_PUBLIC int nflua_complete(struct nflua_ctx *ctx, const char *name,
				const char *prefix, struct nflua_result **out)
{
	struct nflua_request req = {
		.cmd = NFLUA_CMD_COMPLETE,
		.flags = NLM_F_ACK,
		.name = name,
		.prefix = prefix,
	};
	struct nflua_result *result;
	int err = nflua_check_state(ctx, name);

	if (out)
		*out = NULL;
	if (err)
		return err;
	if (!prefix || !out)
		return nflua_fail(ctx, -EINVAL, "%s is NULL", prefix ? "out" : "prefix");
	if (strlen(prefix) > NFLUA_PREFIX_MAX)
		return nflua_fail(ctx, -E2BIG, "prefix too long (at most %d bytes)",
				  NFLUA_PREFIX_MAX);
	err = nflua_check_version(ctx, "completion");
	if (err)
		return err;
	result = calloc(1, sizeof(*result));
	if (!result)
		return nflua_fail_nomem(ctx);
	err = nflua_request(ctx, &req, take_names, result);
	if (err)
		nflua_result_free(result);
	else
		*out = result;
	return err;
}
