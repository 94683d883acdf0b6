// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The family NFLUA of version 1, for tests of its clients. It has one command and keeps
 * that command's message. There is no Lua. A script "send PORT" makes it send what it
 * keeps to a port, as a script of version 1 sends messages. The numbers are written
 * out, as they must stay those of the modules in use.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/string.h>
#include <net/genetlink.h>

#define CMD_MSG		1
#define ATTR_MSG	1
#define MSG_MAX		65531

static struct genl_family family;

static DEFINE_MUTEX(lock);
static char kept[MSG_MAX];
static size_t kept_len;

static int send_kept(struct net *net, u32 portid)
{
	struct sk_buff *skb = genlmsg_new(nla_total_size(kept_len), GFP_KERNEL);
	void *hdr;

	if (!skb)
		return -ENOMEM;
	hdr = genlmsg_put(skb, 0, 0, &family, 0, CMD_MSG);
	if (!hdr || nla_put(skb, ATTR_MSG, kept_len, kept)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	genlmsg_unicast(net, skb, portid);
	return 0;
}

/* Returns whether the script of a message, `name NUL script`, is "send PORT". */
static bool is_send(const char *payload, size_t len, u32 *portid)
{
	const char *script = memchr(payload, '\0', len);
	char text[32];

	if (!script)
		return false;
	script++;
	strscpy(text, script, min_t(size_t, sizeof(text), payload + len - script + 1));
	return sscanf(text, "send %u", portid) == 1;
}

static int do_msg(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[ATTR_MSG];
	u32 portid;
	int err = 0;

	if (!attr)
		return -EINVAL;
	mutex_lock(&lock);
	if (is_send(nla_data(attr), nla_len(attr), &portid)) {
		err = send_kept(genl_info_net(info), portid);
	} else {
		kept_len = nla_len(attr);
		memcpy(kept, nla_data(attr), kept_len);
	}
	mutex_unlock(&lock);
	return err;
}

static const struct nla_policy policy[ATTR_MSG + 1] = {
	[ATTR_MSG] = { .type = NLA_BINARY, .len = MSG_MAX },
};

static const struct genl_ops ops[] = {
	{
		.cmd = CMD_MSG,
		.flags = GENL_ADMIN_PERM,
		.doit = do_msg,
	},
};

static struct genl_family family = {
	.name = "NFLUA",
	.version = 1,
	.maxattr = ATTR_MSG,
	.policy = policy,
	.netnsok = true,
	.module = THIS_MODULE,
	.ops = ops,
	.n_ops = ARRAY_SIZE(ops),
};

static int __init nflua_v1_init(void)
{
	return genl_register_family(&family);
}

static void __exit nflua_v1_exit(void)
{
	genl_unregister_family(&family);
}

module_init(nflua_v1_init);
module_exit(nflua_v1_exit);
MODULE_DESCRIPTION("The netlink family NFLUA of version 1, for tests");
MODULE_LICENSE("GPL");
