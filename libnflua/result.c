// SPDX-License-Identifier: LGPL-2.1-or-later
/* Results: what running a script returned. */
#include "result.h"

#include <stdlib.h>

NFLUA_PUBLIC void nflua_result_free(struct nflua_result *result)
{
	size_t i;

	if (!result)
		return;
	for (i = 0; i < result->count; i++)
		free(result->values[i].string);
	free(result->values);
	free(result->output);
	free(result->error);
	free(result->traceback);
	free(result);
}

NFLUA_PUBLIC size_t nflua_result_count(const struct nflua_result *result)
{
	return result ? result->count : 0;
}

static const struct nflua_value *value_at(const struct nflua_result *result,
					  size_t i, enum nflua_type type)
{
	if (i >= nflua_result_count(result) || result->values[i].type != type)
		return NULL;
	return &result->values[i];
}

NFLUA_PUBLIC enum nflua_type
nflua_result_type(const struct nflua_result *result, size_t i)
{
	return i < nflua_result_count(result) ? result->values[i].type :
						NFLUA_TYPE_NIL;
}

NFLUA_PUBLIC bool nflua_result_boolean(const struct nflua_result *result,
				       size_t i)
{
	const struct nflua_value *value = value_at(result, i, NFLUA_TYPE_BOOLEAN);

	return value && value->integer;
}

NFLUA_PUBLIC int64_t nflua_result_integer(const struct nflua_result *result,
					  size_t i)
{
	const struct nflua_value *value = value_at(result, i, NFLUA_TYPE_INTEGER);

	return value ? value->integer : 0;
}

NFLUA_PUBLIC const char *nflua_result_string(const struct nflua_result *result,
					     size_t i, size_t *len)
{
	const struct nflua_value *value = value_at(result, i, NFLUA_TYPE_STRING);

	if (!value)
		value = value_at(result, i, NFLUA_TYPE_OTHER);
	if (len)
		*len = value ? value->len : 0;
	return value ? value->string : NULL;
}

NFLUA_PUBLIC const char *nflua_result_output(const struct nflua_result *result,
					     size_t *len)
{
	if (len)
		*len = result ? result->output_len : 0;
	return result && result->output ? result->output : "";
}

NFLUA_PUBLIC enum nflua_kind nflua_result_kind(const struct nflua_result *result)
{
	return result ? result->kind : NFLUA_KIND_NONE;
}

NFLUA_PUBLIC const char *nflua_result_error(const struct nflua_result *result)
{
	return result ? result->error : NULL;
}

NFLUA_PUBLIC const char *nflua_result_traceback(const struct nflua_result *result)
{
	return result ? result->traceback : NULL;
}

NFLUA_PUBLIC unsigned int nflua_result_truncated(const struct nflua_result *result)
{
	return result ? result->truncated : 0;
}
