// SPDX-License-Identifier: LGPL-2.1-or-later
/* The bytes of requests. */
#include "wire.h"

#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <string.h>

#include "options.h"
#include "request.h"

/* Bytes of a piece of a script; the length of its attribute must fit 16 bits. */
#define PIECE 60000

/* Bytes of a request without its name, scripts, payload and packet. */
#define REQUEST_SIZE 2048

/* Name of one of several scripts that has none; the module's default. */
#define CHUNK_NAME "=chunk"

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

/* Each of several scripts has its name before it. */
static int put_scripts(struct nl_msg *msg, const struct nflua_script *scripts, size_t count)
{
	const char *name;
	size_t i;

	for (i = 0; i < count; i++) {
		name = scripts[i].chunk_name;
		if (count > 1 && !name)
			name = CHUNK_NAME;
		if (name && nla_put_string(msg, NFLUA_A_CHUNK_NAME, name))
			return -1;
		if (put_script(msg, scripts[i].text, scripts[i].len))
			return -1;
	}
	return 0;
}

static int put_way_back(struct nl_msg *msg, const struct nflua_way_back *way)
{
	if ((way->confirm_ms && nla_put_u32(msg, NFLUA_A_CONFIRM_MS, way->confirm_ms)) ||
	    (way->max_errors && nla_put_u32(msg, NFLUA_A_MAX_ERRORS, way->max_errors)) ||
	    (way->keep && nla_put_flag(msg, NFLUA_A_KEEP)))
		return -1;
	return 0;
}

static int put_functions(struct nl_msg *msg, const char *const *functions)
{
	for (; functions && *functions; functions++)
		if (nla_put_string(msg, NFLUA_A_RULE_FUNCTION, *functions))
			return -1;
	return 0;
}

static size_t functions_size(const char *const *functions)
{
	size_t size = 0;

	for (; functions && *functions; functions++)
		size += NLA_HDRLEN + NLA_ALIGNTO + strlen(*functions);
	return size;
}

static size_t scripts_size(const struct nflua_script *scripts, size_t count)
{
	size_t i, size = 0;

	for (i = 0; i < count; i++) {
		size += scripts[i].len + (scripts[i].len / PIECE + 1) * (NLA_HDRLEN + NLA_ALIGNTO);
		size += NLA_HDRLEN + NLA_ALIGNTO + sizeof(CHUNK_NAME);
		if (scripts[i].chunk_name)
			size += strlen(scripts[i].chunk_name);
	}
	return size;
}

static int put_options(struct nl_msg *msg, const struct nflua_options *options)
{
	if (options->has_maxalloc &&
	    nla_put_u64(msg, NFLUA_A_MAXALLOC, options->maxalloc))
		return -1;
	if (options->has_budget &&
	    nla_put_u32(msg, NFLUA_A_BUDGET, options->budget))
		return -1;
	/* Not sent unless it was set, as an older module would refuse it. */
	if (options->has_on_error &&
	    nla_put_u32(msg, NFLUA_A_ON_ERROR, options->drop_on_error ?
			NFLUA_ON_ERROR_DROP : NFLUA_ON_ERROR_ACCEPT))
		return -1;
	if (options->force && nla_put_flag(msg, NFLUA_A_FORCE))
		return -1;
	if (options->owner && nla_put_string(msg, NFLUA_A_OWNER, options->owner))
		return -1;
	return 0;
}

static int put_dry_run(struct nl_msg *msg, const struct nflua_request *req)
{
	const struct nflua_packet *packet = req->packet;

	if (nla_put_string(msg, NFLUA_A_FUNCTION, req->function) ||
	    (packet->frame && nla_put(msg, NFLUA_A_FRAME, packet->frame_len,
				      packet->frame)) ||
	    nla_put(msg, NFLUA_A_PACKET, packet->len, packet->data) ||
	    nla_put_u32(msg, NFLUA_A_HOOK, req->hook) ||
	    nla_put_u32(msg, NFLUA_A_REPEAT, req->repeat))
		return -1;
	return 0;
}

static int put_frames(struct nl_msg *msg, const uint16_t frames[NFLUA_FRAMES_MAX])
{
	size_t n = 0;

	while (n < NFLUA_FRAMES_MAX && frames[n])
		n++;
	return n ? nla_put(msg, NFLUA_A_FRAME_TYPES, n * sizeof(*frames), frames) : 0;
}

static int put_attachment(struct nl_msg *msg, const struct nflua_attachment *what)
{
	if (nla_put_string(msg, NFLUA_A_FUNCTION, what->function) ||
	    nla_put_u32(msg, NFLUA_A_FAMILY, nflua_wire_family_number(what->family)) ||
	    nla_put_u32(msg, NFLUA_A_HOOK,
			nflua_wire_hook_number(what->family, what->hook)) ||
	    nla_put_u32(msg, NFLUA_A_PRIORITY, (uint32_t)what->priority) ||
	    (what->mark_mask &&
	     (nla_put_u32(msg, NFLUA_A_MARK, what->mark) ||
	      nla_put_u32(msg, NFLUA_A_MARK_MASK, what->mark_mask))) ||
	    (what->iif && nla_put_string(msg, NFLUA_A_IIF, what->iif)) ||
	    (what->oif && nla_put_string(msg, NFLUA_A_OIF, what->oif)) ||
	    put_frames(msg, what->frames) ||
	    (what->protocol && nla_put_u8(msg, NFLUA_A_PROTOCOL, what->protocol)))
		return -1;
	return 0;
}

/* Puts what of a hook can be changed. */
static int put_changeable(struct nl_msg *msg, const struct nflua_attachment *what)
{
	uint32_t on_error = what->on_error == NFLUA_HOOK_ERROR_DROP ? NFLUA_ON_ERROR_DROP :
								      NFLUA_ON_ERROR_ACCEPT;

	if ((what->on_error && nla_put_u32(msg, NFLUA_A_ON_ERROR, on_error)) ||
	    (what->owner && nla_put_string(msg, NFLUA_A_OWNER, what->owner)))
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
	if (req->payload &&
	    nla_put(msg, NFLUA_A_MSG, req->payload_len, req->payload))
		return -1;
	if (req->prefix && nla_put_string(msg, NFLUA_A_PREFIX, req->prefix))
		return -1;
	if (req->packet ? put_dry_run(msg, req) :
	    req->function && nla_put_string(msg, NFLUA_A_FUNCTION, req->function))
		return -1;
	if (put_functions(msg, req->functions))
		return -1;
	if (req->way && put_way_back(msg, req->way))
		return -1;
	if (req->attachment && !req->hook_id && put_attachment(msg, req->attachment))
		return -1;
	if (req->attachment && put_changeable(msg, req->attachment))
		return -1;
	if (req->hook_id && nla_put_u32(msg, NFLUA_A_HOOK_ID, *req->hook_id))
		return -1;
	return put_scripts(msg, req->scripts, req->script_count);
}

/* Makes a request of version 2. */
struct nl_msg *nflua_wire_request(int family, const struct nflua_request *req)
{
	size_t size = REQUEST_SIZE;
	struct nl_msg *msg;

	if (req->name)
		size += strlen(req->name);
	size += scripts_size(req->scripts, req->script_count);
	size += functions_size(req->functions);
	if (req->payload)
		size += req->payload_len;
	if (req->prefix)
		size += strlen(req->prefix);
	if (req->packet)
		size += strlen(req->function) + req->packet->frame_len +
			req->packet->len;
	msg = new_message(family, req->cmd, req->flags, NFLUA_GENL_VERSION, size);
	if (msg && put_request(msg, req)) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

/* Makes the one request of version 1: `name NUL script`, at most NFLUA_MSG_MAX bytes. */
struct nl_msg *nflua_wire_script(int family, const char *chunk_name,
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
