// SPDX-License-Identifier: GPL-2.0-or-later
/* What comes back, and whether it may. */
#include <stdio.h>
#include <string.h>

#include "nl.h"

char dumped[MAX_DUMPED][NFLUA_NAME_SIZE];
size_t dumped_count;
struct dumped_hook dumped_hooks[MAX_DUMPED];
size_t dumped_hook_count;

static struct pending *link_find(struct link *l, uint32_t seq)
{
	size_t i;

	for (i = 0; i < l->count; i++)
		if (l->pending[i].seq == seq)
			return &l->pending[i];
	return NULL;
}

static void remove_pending(struct link *l, struct pending *p)
{
	size_t behind = &l->pending[l->count] - (p + 1);

	memmove(p, p + 1, behind * sizeof(*p));
	l->count--;
}

/* Without a script, success is silent unless asked for. */
bool is_quiet(const struct pending *p)
{
	return p->verdict.job && !p->verdict.chunk && !p->verdict.asks &&
	       !(p->flags & NLM_F_ACK);
}

/* Whether answers came as the acknowledgement makes one expect. */
static void check_answers(const struct pending *p, int code)
{
	/* A script that was interrupted before it began has no answer. */
	bool ran = p->verdict.chunk && (code == 0 || code == ENOEXEC || code == ECANCELED);
	bool failed = p->verdict.handler && (code == ECANCELED || code == ETIME);
	bool shown = (p->verdict.row == NFLUA_CMD_STATE_GET ||
		      p->verdict.row == NFLUA_CMD_HOOK_NEW ||
		      p->verdict.row == NFLUA_CMD_HOOK_GET) &&
		     !p->verdict.dump && code == 0;
	bool told = p->verdict.asks && code == 0;

	if (p->answers > 1 && !p->verdict.dump)
		complain(p->number, p, "%u answers", p->answers);
	if ((ran || failed || shown || told) && !p->answers)
		complain(p->number, p, "%s, and no answer", code_name(code));
	if (p->answers && p->verdict.job && p->kind_code != code)
		complain(p->number, p, "the answer says %s, the acknowledgement %s",
			 code_name(p->kind_code), code_name(code));
}

/* What was to say nothing when it is done will not take much longer. */
static void nothing_runs(struct link *l)
{
	double soon = now() + 5;
	size_t i;

	for (i = 0; i < l->count; i++)
		if (is_quiet(&l->pending[i]) && l->pending[i].deadline > soon)
			l->pending[i].deadline = soon;
}

/* @code: a positive errno, 0, or -1 for what was not answered */
void link_end(struct link *l, struct pending *p, int code, const char *text)
{
	if (code < 0) {
		complain(p->number, p, "not answered");
		remove_pending(l, p);
		return;
	}
	if (!allows(&p->verdict, code))
		complain(p->number, p, "%s is no answer to it: %s",
			 code_name(code), text ? text : "(no text)");
	if (code == EINTR && !p->interrupted && p->cmd == NFLUA_CMD_STATE_NEW)
		complain(p->number, p, "broken off, and nobody asked for it");
	if (code && l->ext_ack && !p->verdict.mute && !text)
		complain(p->number, p, "%s without a text", code_name(code));
	check_answers(p, code);
	if (p->verdict.interrupts && code == ENOENT)
		nothing_runs(l);
	if (code < CODES_END)
		totals->outcomes[p->verdict.row][code]++;
	remove_pending(l, p);
}

/* The text, or NULL; all else has to be where it should be. */
static const char *read_tlvs(const struct pending *p, const char *data,
			     size_t len)
{
	const char *text = NULL;
	struct nlattr nla;
	uint32_t offset;

	for (; len >= sizeof(nla); data += nla.nla_len, len -= nla.nla_len) {
		memcpy(&nla, data, sizeof(nla));
		if (nla.nla_len < sizeof(nla) || nla.nla_len > len)
			break;
		if (nla.nla_type == NLMSGERR_ATTR_MSG &&
		    nla.nla_len > sizeof(nla) + 1 && !data[nla.nla_len - 1])
			text = data + sizeof(nla);
		if (nla.nla_type == NLMSGERR_ATTR_OFFS) {
			memcpy(&offset, data + sizeof(nla), sizeof(offset));
			if (offset < NLMSG_HDRLEN || offset >= p->len)
				complain(p->number, p, "an error at byte %u", offset);
		}
		nla.nla_len = NLA_ALIGN(nla.nla_len) < (int)len ?
			      NLA_ALIGN(nla.nla_len) : (int)len;
	}
	if (len)
		complain(p->number, p, "%zu bytes behind the text", len);
	return text;
}

/* NLMSG_ERROR and NLMSG_DONE. */
static void take_end(struct link *l, struct pending *p,
		     const struct nlmsghdr *nlh)
{
	const char *data = (const char *)(nlh + 1);
	size_t len = nlh->nlmsg_len - NLMSG_HDRLEN, skip = sizeof(int);
	const struct nlmsgerr *e = (const struct nlmsgerr *)data;
	bool error = nlh->nlmsg_type == NLMSG_ERROR;

	if (len < (error ? sizeof(*e) : sizeof(int)) || e->error > 0) {
		complain(p->number, p, "an end that makes no sense");
		return;
	}
	if (error) {
		skip = sizeof(*e);
		if (memcmp(&e->msg, p->head, sizeof(e->msg)))
			complain(p->number, p, "an end of something else");
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED) && e->error)
			skip += NLMSG_ALIGN(e->msg.nlmsg_len) - NLMSG_HDRLEN;
		if (!e->error && !(p->flags & NLM_F_ACK))
			complain(p->number, p, "acknowledged unasked");
	}
	if (error ? p->verdict.dump && !e->error : !p->verdict.dump)
		complain(p->number, p, "ended by the wrong type of message");
	if (nlh->nlmsg_flags & NLM_F_ACK_TLVS && len < skip)
		complain(p->number, p, "a text that is not there");
	link_end(l, p, -e->error, nlh->nlmsg_flags & NLM_F_ACK_TLVS &&
		 len >= skip ? read_tlvs(p, data + skip, len - skip) : NULL);
}

static const char *find_attr(const struct nlmsghdr *nlh, int type)
{
	const char *p = (const char *)nlh + NLMSG_HDRLEN + GENL_HDRLEN;
	const char *end = (const char *)nlh + nlh->nlmsg_len;
	struct nlattr nla;

	for (; p < end; p += NLA_ALIGN(nla.nla_len)) {
		memcpy(&nla, p, sizeof(nla));
		if ((nla.nla_type & NLA_TYPE_MASK) == type)
			return p + sizeof(nla);
	}
	return NULL;
}

static void note_name(const char *name)
{
	if (name && dumped_count < MAX_DUMPED)
		strcpy(dumped[dumped_count++], name);
}

static void note_hook(const char *name, const char *id)
{
	struct dumped_hook *hook = &dumped_hooks[dumped_hook_count];

	if (!name || !id || dumped_hook_count == MAX_DUMPED)
		return;
	strcpy(hook->name, name);
	memcpy(&hook->id, id, sizeof(hook->id));
	dumped_hook_count++;
}

static void take_answer(struct link *l, struct pending *p,
			const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = (const struct genlmsghdr *)(nlh + 1);
	const char *why, *kind;
	uint32_t n = 0;

	if (nlh->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN || genl->cmd != p->cmd ||
	    p->cmd > NFLUA_CMD_MAX || !cmd_rows[p->cmd].answers) {
		complain(p->number, p, "an answer that makes no sense");
		return;
	}
	if (!answer_is_sound(nlh, cmd_rows[p->cmd].answers, &why)) {
		complain(p->number, p, "an answer with a bad %s", why);
		return;
	}
	if (p->verdict.dump && p->cmd == NFLUA_CMD_STATE_GET)
		note_name(find_attr(nlh, NFLUA_A_NAME));
	else if (p->verdict.dump)
		note_hook(find_attr(nlh, NFLUA_A_NAME), find_attr(nlh, NFLUA_A_HOOK_ID));
	p->answers++;
	/* That a call of a trial failed is no failure of the trial. */
	kind = find_attr(nlh, NFLUA_A_ERROR_KIND);
	if (kind && p->cmd != NFLUA_CMD_RUN)
		memcpy(&n, kind, sizeof(n));
	p->kind_code = errno_of_kind(n);
	/* Where no acknowledgement is asked for this is all that comes. */
	if (p->verdict.job && !(p->flags & NLM_F_ACK) && !p->kind_code)
		link_end(l, p, 0, NULL);
}

/* Scripts answer to the ports that messages come from; that may be any link. */
static bool is_event(const struct link *l, const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = (const struct genlmsghdr *)(nlh + 1);

	return nlh->nlmsg_type == family && nlh->nlmsg_seq == 0 &&
	       nlh->nlmsg_pid == 0 &&
	       nlh->nlmsg_len >= NLMSG_HDRLEN + GENL_HDRLEN &&
	       (l == &links[LINK_EVENTS] || genl->cmd == NFLUA_CMD_MSG);
}

static void take_event(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = (const struct genlmsghdr *)(nlh + 1);
	const char *why;

	if (!event_attrs(genl->cmd) || !find_attr(nlh, NFLUA_A_SEQ) ||
	    (genl->cmd == NFLUA_CMD_MSG && !find_attr(nlh, NFLUA_A_MSG)))
		complain(0, NULL, "an event that makes no sense: %u", genl->cmd);
	else if (!answer_is_sound(nlh, event_attrs(genl->cmd), &why))
		complain(0, NULL, "%s with a bad %s", cmd_name(genl->cmd), why);
	else
		totals->events[genl->cmd]++;
}

void link_take(struct link *l, const struct nlmsghdr *nlh)
{
	struct pending *p = link_find(l, nlh->nlmsg_seq);

	if (is_event(l, nlh)) {
		take_event(nlh);
		return;
	}
	if (!p || nlh->nlmsg_pid != l->portid) {
		complain(0, NULL, "an answer of type %u to %s", nlh->nlmsg_type,
			 p ? "someone else" : "nothing");
		return;
	}
	if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE)
		take_end(l, p, nlh);
	else
		take_answer(l, p, nlh);
}
