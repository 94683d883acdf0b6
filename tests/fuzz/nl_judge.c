// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What may come of a request, read off its bytes by the tables: a second
 * opinion, which knows no code of the module's. netlink(7) and the kernel's
 * include/net/netlink.h say what strict validation refuses.
 */
#include <string.h>

#include "nl.h"

#define ALLOWED_FLAGS (NLM_F_REQUEST | NLM_F_ACK | NLM_F_ECHO)

/* What a request has, once it is read. */
struct reading {
	const struct nlattr *attrs[NFLUA_A_MAX + 1];
	bool doubled;
	bool nameless;		/* a piece came before the name of a script */
	int names;
	size_t chunk;
};

static void allow(struct verdict *v, int code)
{
	v->codes[code / 64] |= 1ULL << code % 64;
}

bool allows(const struct verdict *v, int code)
{
	return code >= 0 && code < CODES_END &&
	       v->codes[code / 64] >> code % 64 & 1;
}

/*
 * The next message of a datagram, as the kernel finds them: one that is longer
 * than what is left ends it without a word.
 */
const struct nlmsghdr *next_message(const struct datagram *d, size_t *at)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)(d->data + *at);
	size_t left = *at < d->len ? d->len - *at : 0;

	if (left < NLMSG_HDRLEN || nlh->nlmsg_len < NLMSG_HDRLEN ||
	    nlh->nlmsg_len > left)
		return NULL;
	*at += NLMSG_ALIGN((size_t)nlh->nlmsg_len);
	return nlh;
}

static const uint8_t *payload(const struct nlattr *nla)
{
	return (const uint8_t *)nla + NLA_HDRLEN;
}

static uint64_t number(const struct nlattr *nla)
{
	uint64_t n = 0;

	if (nla)
		memcpy(&n, payload(nla), nla->nla_len - NLA_HDRLEN);
	return n;
}

/* A NUL within what a string may have, and not too much before it. */
static bool is_string(const uint8_t *p, size_t len, size_t max)
{
	size_t within = len < max + 1 ? len : max + 1;

	if (!within || !memchr(p, '\0', within))
		return false;
	return len - (p[len - 1] == '\0') <= max;
}

static bool attr_is_valid(const struct nlattr *nla, const struct attr_row *row)
{
	size_t len = nla->nla_len - NLA_HDRLEN;

	if (nla->nla_type & NLA_F_NESTED)
		return false;
	switch (row->type) {
	case TYPE_BINARY:
		return len <= row->max;
	case TYPE_STRING:
		return is_string(payload(nla), len, row->max);
	case TYPE_FLAG:
		return len == 0;
	case TYPE_U8:
		return len == 1;
	case TYPE_U16:
		return len == 2;
	case TYPE_U32:
		return len == 4 && number(nla) >= row->min &&
		       number(nla) <= row->max;
	case TYPE_U64:
		return len == 8 && number(nla) >= row->min &&
		       number(nla) <= row->max;
	case TYPE_MASK:
		return len == 4 && !(number(nla) & ~row->max);
	default:
		return false;
	}
}

static bool read_attrs(const struct nlmsghdr *nlh, attr_set takes,
		       struct reading *in)
{
	const uint8_t *p = (const uint8_t *)nlh + NLMSG_HDRLEN + GENL_HDRLEN;
	size_t left = nlh->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN, step;
	const struct nlattr *nla;
	int type;

	for (; left >= NLA_HDRLEN; p += step, left -= step) {
		nla = (const struct nlattr *)p;
		type = nla->nla_type & NLA_TYPE_MASK;
		if (nla->nla_len < NLA_HDRLEN || nla->nla_len > left)
			return false;
		if (type == 0 || type > NFLUA_A_MAX || !(takes & BIT(type)) ||
		    !attr_is_valid(nla, &attr_rows[type]))
			return false;
		if (type == NFLUA_A_CHUNK) {
			in->chunk += nla->nla_len - NLA_HDRLEN;
			in->nameless |= !in->names;
		} else if (type == NFLUA_A_CHUNK_NAME) {
			in->names++;
		} else if (in->attrs[type] && type != NFLUA_A_RULE_FUNCTION) {
			in->doubled = true;
		}
		in->attrs[type] = nla;
		step = NLA_ALIGN(nla->nla_len);
		if (step > left)
			step = left;
	}
	return left == 0;
}

static bool is_name(const struct nlattr *nla)
{
	const char *name = (const char *)payload(nla);
	size_t len = strlen(name);

	return len && *name != '-' &&
	       strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			    "0123456789_.:@+-") == len;
}

/* Whether a packet has the version, and the lengths, that it says it has. */
static bool is_packet(const struct nlattr *nla)
{
	const uint8_t *p = payload(nla);
	size_t len = nla->nla_len - NLA_HDRLEN, says;

	if (len >= 20 && *p >> 4 == 4) {
		says = p[2] << 8 | p[3];
		return (*p & 15) >= 5 && says >= (*p & 15) * 4u && says <= len;
	}
	return len >= 40 && *p >> 4 == 6 && (p[4] << 8 | p[5]) + 40u <= len;
}

static bool is_trial(const struct reading *in)
{
	const struct nlattr *frame = in->attrs[NFLUA_A_FRAME];
	size_t len = frame ? frame->nla_len - NLA_HDRLEN : 0;

	return is_packet(in->attrs[NFLUA_A_PACKET]) &&
	       number(in->attrs[NFLUA_A_HOOK]) < 5 && (!len || len >= 14);
}

/* Whether a hook is one that netfilter has, and its packets can have these devices. */
static bool is_place(const struct reading *in)
{
	const struct nlattr *iif = in->attrs[NFLUA_A_IIF], *oif = in->attrs[NFLUA_A_OIF];
	uint64_t family = number(in->attrs[NFLUA_A_FAMILY]);
	uint64_t hook = number(in->attrs[NFLUA_A_HOOK]);

	if ((iif && !*payload(iif)) || (oif && !*payload(oif)))
		return false;
	if (family == 3)
		return hook < 2 && !(hook ? iif : oif);
	if (family == 5 ? hook > 1 :
	    (family != 1 && family != 2 && family != 7 && family != 10) ||
	    hook > (family == 1 ? 5 : 4))
		return false;
	if (family == 5 && hook == 1)
		return oif && !iif;
	if (family == 5 || hook == 5)
		return iif && !oif;
	return !(iif && hook > 2) && !(oif && hook < 2);
}

/* Whether types of frames are only of a hook that has them. */
static bool has_frames(const struct reading *in)
{
	const struct nlattr *types = in->attrs[NFLUA_A_FRAME_TYPES];
	uint64_t family = number(in->attrs[NFLUA_A_FAMILY]);
	size_t len = types ? types->nla_len - NLA_HDRLEN : 0, i;

	if (!types)
		return true;
	for (i = 0; i + 1 < len; i += 2)
		if (!payload(types)[i] && !payload(types)[i + 1])
			return false;
	return len && len % sizeof(uint16_t) == 0 &&
	       (family == 5 || family == 7 || number(in->attrs[NFLUA_A_HOOK]) == 5);
}

static bool is_mark(const struct reading *in)
{
	const struct nlattr *mark = in->attrs[NFLUA_A_MARK];
	const struct nlattr *mask = in->attrs[NFLUA_A_MARK_MASK];

	if (!mark || !mask)
		return !mask;
	return number(mask) && !(number(mark) & ~number(mask));
}

/* What else a sound message may be refused for, and with what; 0: nothing. */
static int refusal(int cmd, const struct reading *in)
{
	uint64_t flags = number(in->attrs[NFLUA_A_EXEC_FLAGS]);
	int attr;

	if (in->doubled || (in->names > 1 && in->nameless))
		return EINVAL;
	if (in->chunk > NFLUA_CHUNK_MAX)
		return E2BIG;
	for (attr = 1; attr <= NFLUA_A_MAX; attr++)
		if (cmd_rows[cmd].needs & BIT(attr) && !in->attrs[attr])
			return EINVAL;
	if (cmd_rows[cmd].needs & BIT(NFLUA_A_NAME) &&
	    !is_name(in->attrs[NFLUA_A_NAME]))
		return EINVAL;
	if (number(in->attrs[NFLUA_A_FLAGS]) & NFLUA_STATE_PERCPU)
		return EOPNOTSUPP;
	if (cmd == NFLUA_CMD_STATE_NEW && in->attrs[NFLUA_A_CHUNK_NAME] &&
	    !in->attrs[NFLUA_A_CHUNK])
		return EINVAL;
	if (flags & NFLUA_EXEC_CHECK && flags != NFLUA_EXEC_CHECK)
		return EINVAL;
	if (cmd == NFLUA_CMD_STATE_NEW ? flags & ~(uint64_t)NFLUA_EXEC_CHECK &&
					 flags != NFLUA_EXEC_TRY :
					 flags & NFLUA_EXEC_TRY)
		return EINVAL;
	if (in->attrs[NFLUA_A_RULE_FUNCTION] && flags != NFLUA_EXEC_TRY)
		return EINVAL;
	if ((in->attrs[NFLUA_A_CONFIRM_MS] || in->attrs[NFLUA_A_MAX_ERRORS] ||
	     in->attrs[NFLUA_A_KEEP]) && !(flags & NFLUA_EXEC_REPLACE))
		return EINVAL;
	if (in->attrs[NFLUA_A_MAX_ERRORS] && !in->attrs[NFLUA_A_CONFIRM_MS])
		return EINVAL;
	if (flags & NFLUA_EXEC_EVAL && in->names > 1)
		return EINVAL;
	if (cmd == NFLUA_CMD_HOOK_NEW && !(is_place(in) && has_frames(in) && is_mark(in)))
		return EINVAL;
	if (cmd == NFLUA_CMD_HOOK_DEL &&
	    !in->attrs[NFLUA_A_FUNCTION] == !in->attrs[NFLUA_A_HOOK_ID])
		return EINVAL;
	return cmd == NFLUA_CMD_RUN && !is_trial(in) ? EINVAL : 0;
}

/* A job that is taken up. */
static void judge_job(struct verdict *v, int cmd, const struct reading *in,
		      const struct circumstances *c)
{
	bool check = number(in->attrs[NFLUA_A_EXEC_FLAGS]) & NFLUA_EXEC_CHECK;

	v->job = true;
	v->handler = cmd == NFLUA_CMD_DATA;
	v->asks = cmd == NFLUA_CMD_RUN || cmd == NFLUA_CMD_COMPLETE;
	v->chunk = !v->handler && !v->asks && (cmd != NFLUA_CMD_STATE_NEW || in->attrs[NFLUA_A_CHUNK]);
	allow(v, 0);
	allow(v, ENOMEM);
	allow(v, cmd == NFLUA_CMD_STATE_NEW ? EEXIST : ENOENT);
	allow(v, EINTR);
	if (c->job || cmd == NFLUA_CMD_MSG || (cmd == NFLUA_CMD_EXEC && !check))
		allow(v, EBUSY);	/* or a change waits for its confirmation */
	if (v->handler) {
		allow(v, ECANCELED);
		allow(v, ETIME);
		allow(v, ENOTCONN);
	}
	if ((cmd == NFLUA_CMD_STATE_NEW ||
	     number(in->attrs[NFLUA_A_EXEC_FLAGS]) & NFLUA_EXEC_REPLACE) &&
	    (!in->attrs[NFLUA_A_FORCE] || in->attrs[NFLUA_A_RULE_FUNCTION]))
		allow(v, ENXIO);	/* rules or hooks would lack a function */
	if (!v->chunk)
		return;
	allow(v, ENOEXEC);
	if (cmd != NFLUA_CMD_STATE_NEW)
		allow(v, EAGAIN);	/* the script was replaced meanwhile */
	if (!check)
		allow(v, ECANCELED);
}

/* A request that is not malformed. */
static void judge_sound(struct verdict *v, int cmd, const struct reading *in,
			const struct circumstances *c)
{
	switch (cmd) {
	case NFLUA_CMD_STATE_DEL:
		allow(v, EBUSY);
		/* fall through */
	case NFLUA_CMD_STATE_GET:
	case NFLUA_CMD_HOOK_GET:
		allow(v, 0);
		allow(v, ENOENT);
		break;
	case NFLUA_CMD_CLEAR:
	case NFLUA_CMD_HOOK_DEL:
		allow(v, 0);
		allow(v, ENOENT);
		break;
	case NFLUA_CMD_STATE_CONFIRM:
	case NFLUA_CMD_STATE_ROLLBACK:
		allow(v, 0);
		allow(v, ENOENT);
		allow(v, ENODATA);
		if (cmd == NFLUA_CMD_STATE_ROLLBACK && !in->attrs[NFLUA_A_FORCE])
			allow(v, ENXIO);	/* rules or hooks would lack a function */
		break;
	case NFLUA_CMD_HOOK_SET:
		allow(v, 0);
		allow(v, ENOENT);
		allow(v, ENOMEM);
		break;
	case NFLUA_CMD_STATE_SET:
		allow(v, 0);
		allow(v, ENOENT);
		allow(v, ENOSPC);
		allow(v, ENOMEM);
		break;
	case NFLUA_CMD_HOOK_NEW:
		allow(v, 0);
		allow(v, ENOENT);
		allow(v, ENXIO);
		allow(v, EEXIST);
		allow(v, E2BIG);
		allow(v, ENOMEM);
		break;
	case NFLUA_CMD_INTERRUPT:
		allow(v, ENOENT);
		if (c->job)
			allow(v, 0);
		v->interrupts = true;
		break;
	default:
		judge_job(v, cmd, in, c);
	}
}

static void judge_dump(struct verdict *v, const struct nlmsghdr *nlh, int cmd,
		       const struct circumstances *c)
{
	struct reading in = { .doubled = false };

	if (c->dump) {
		allow(v, EBUSY);
		v->mute = true;
	}
	if (!read_attrs(nlh, cmd_rows[cmd].takes, &in)) {
		allow(v, EINVAL);
		allow(v, ERANGE);
		return;
	}
	v->dump = true;
	if (cmd == NFLUA_CMD_STATE_GET && in.attrs[NFLUA_A_NAME])
		allow(v, EINVAL);
	else if (!c->may)
		allow(v, EPERM);
	else
		allow(v, in.attrs[NFLUA_A_HOOK_ID] ? EINVAL : 0);
}

static void judge_do(struct verdict *v, const struct nlmsghdr *nlh, int cmd,
		     const struct circumstances *c)
{
	struct reading in = { .doubled = false };
	int code;

	if (!read_attrs(nlh, cmd_rows[cmd].takes, &in)) {
		allow(v, EINVAL);
		allow(v, ERANGE);
		return;
	}
	code = c->may ? refusal(cmd, &in) : EPERM;
	if (code)
		allow(v, code);
	else
		judge_sound(v, cmd, &in, c);
}

static void judge_family(struct verdict *v, const struct nlmsghdr *nlh,
			 const struct circumstances *c)
{
	const struct genlmsghdr *genl = (const struct genlmsghdr *)(nlh + 1);
	bool dump = (nlh->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	uint16_t flags = nlh->nlmsg_flags & ~(dump ? NLM_F_DUMP : 0);
	int cmd = genl->cmd;

	v->row = cmd <= NFLUA_CMD_MAX ? cmd : CMD_OTHER;
	if (cmd > NFLUA_CMD_MSG && (genl->reserved || flags & ~ALLOWED_FLAGS)) {
		allow(v, EINVAL);
	} else if (cmd > NFLUA_CMD_MAX || cmd_rows[cmd].kind == KIND_ANSWER ||
		   (dump && cmd != NFLUA_CMD_STATE_GET && cmd != NFLUA_CMD_HOOK_GET)) {
		allow(v, EOPNOTSUPP);
		v->mute = true;
	} else if (dump) {
		judge_dump(v, nlh, cmd, c);
	} else {
		judge_do(v, nlh, cmd, c);
	}
}

struct verdict judge(const struct nlmsghdr *nlh, const struct circumstances *c)
{
	struct verdict v = { .row = CMD_OTHER };

	if (!(nlh->nlmsg_flags & NLM_F_REQUEST) ||
	    nlh->nlmsg_type < NLMSG_MIN_TYPE) {
		allow(&v, 0);
	} else if (nlh->nlmsg_type != family) {
		allow(&v, ENOENT);
		v.mute = true;
	} else if (nlh->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN) {
		allow(&v, EINVAL);
		v.mute = true;
	} else {
		judge_family(&v, nlh, c);
	}
	return v;
}
