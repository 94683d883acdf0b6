/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The bytes of requests, answers and messages; linux/nflua.h describes them. Nothing
 * in wire*.c touches a socket. Parsers return 0, -EPROTO or -ENOMEM.
 */
#ifndef NFLUA_WIRE_H
#define NFLUA_WIRE_H

#include "ctx.h"

struct nflua_hook_entry;
struct nflua_request;

/* wire_request.c: a message, or NULL if there is no memory */
struct nl_msg *nflua_wire_request(int family, const struct nflua_request *req);
struct nl_msg *nflua_wire_script(int family, const char *chunk_name,
				 const char *script, size_t len);
struct nl_msg *nflua_wire_getfamily(void);

/* wire_family.c: answers and notifications of the generic netlink controller */
int nflua_wire_family(struct nlmsghdr *nlh, int *family, unsigned int *version);
void nflua_wire_groups(struct nlmsghdr *nlh, uint32_t groups[NFLUA_GROUP_IDS]);
bool nflua_wire_is_unloading(struct nlmsghdr *nlh, int family);

/* wire.c: what all messages of the module have in common */
int nflua_wire_parse(struct nlmsghdr *nlh, struct nlattr **tb);
bool nflua_wire_is_ours(const struct nlmsghdr *nlh, int family);
int nflua_wire_copy(char **to, const struct nlattr *attr, size_t *len);
int nflua_wire_count(struct nlmsghdr *nlh, int type);
uint64_t nflua_wire_u64(const struct nlattr *attr);
uint32_t nflua_wire_u32(const struct nlattr *attr);

/* wire_result.c, wire_state.c, wire_dry_run.c: answers */
int nflua_wire_result(struct nlmsghdr *nlh, struct nflua_result *result);
int nflua_wire_state(struct nlmsghdr *nlh, struct nflua_state *state);
int nflua_wire_dry_run(struct nlmsghdr *nlh, struct nflua_trial *trial);

/* wire_hook.c */
int nflua_wire_hook(struct nlmsghdr *nlh, struct nflua_hook_entry *entry);
int nflua_wire_family_number(enum nflua_family family);
int nflua_wire_hook_number(enum nflua_family family, enum nflua_hook hook);

/* wire_message.c, wire_event.c: messages that answer no request */
bool nflua_wire_is_message(const struct nlmsghdr *nlh, int family);
int nflua_wire_message(struct nlmsghdr *nlh, struct nflua_message *message);
bool nflua_wire_is_event(const struct nlmsghdr *nlh, int family);
int nflua_wire_event(struct nlmsghdr *nlh, struct nflua_event *event);

#endif
