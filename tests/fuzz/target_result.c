// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers to runs of scripts: nflua_wire_result(), and what results say. */
#include <errno.h>

#include "datagram.h"
#include "result.h"
#include "wire.h"

static void look_at_string(const char *s, size_t len)
{
	char *copy;

	MUST(s && s[len] == '\0');
	copy = just(s, len + 1);
	free(copy);
}

static void look_at_value(const struct nflua_result *r, size_t i)
{
	enum nflua_type type = nflua_result_type(r, i);
	const char *s;
	size_t len;

	MUST(type <= NFLUA_TYPE_OTHER);
	s = nflua_result_string(r, i, &len);
	if (s)
		look_at_string(s, len);
	MUST(!s == (type != NFLUA_TYPE_STRING && type != NFLUA_TYPE_OTHER));
	(void)nflua_result_boolean(r, i);
	(void)nflua_result_integer(r, i);
}

static void look_at(const struct nflua_result *r)
{
	const char *output;
	size_t i, len;

	output = nflua_result_output(r, &len);
	look_at_string(output, len);
	MUST(nflua_result_kind(r) <= NFLUA_KIND_INTERRUPTED);
	if (nflua_result_error(r))
		look_at_string(nflua_result_error(r), strlen(nflua_result_error(r)));
	if (nflua_result_traceback(r))
		look_at_string(nflua_result_traceback(r),
			       strlen(nflua_result_traceback(r)));
	for (i = 0; i <= nflua_result_count(r); i++)
		look_at_value(r, i);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nlmsghdr *nlh = message(NLMSG_MIN_TYPE, 0, data, size);
	struct nflua_result *r = calloc(1, sizeof(*r));
	int err;

	MUST(r);
	err = nflua_wire_result(nlh, r);
	MUST(err == 0 || err == -EPROTO);
	free(nlh);
	if (!err)
		look_at(r);
	nflua_result_free(r);
	return 0;
}
