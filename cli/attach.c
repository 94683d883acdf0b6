// SPDX-License-Identifier: GPL-2.0-or-later
/* attach: has a function called for each packet of a hook of netfilter. */
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "options.h"
#include "output.h"
#include "size.h"
#include "text.h"

struct attach {
	struct nflua_attachment what;
	const char *hook;
	const char *family;	/* NULL: the default */
	const char *device;	/* of ingress or egress */
	const char *priority;	/* NULL: the default */
	bool force;
};

/* Reads a number as C has it: decimal, or hexadecimal after 0x. */
static int read_mark_number(const char *text, uint32_t *n)
{
	unsigned long long value;
	char *end;

	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, 0);
	if (errno || *end || value > UINT32_MAX)
		return -EINVAL;
	*n = value;
	return 0;
}

static int read_mark(struct cli *cli, const char *text, struct nflua_attachment *what)
{
	char *copy = strdup(text), *mask;
	int err;

	if (!copy)
		return usage_error(cli, "not enough memory");
	mask = strchr(copy, '/');
	if (mask)
		*mask++ = '\0';
	what->mark_mask = UINT32_MAX;
	err = read_mark_number(copy, &what->mark);
	if (!err && mask)
		err = read_mark_number(mask, &what->mark_mask);
	free(copy);
	if (err)
		return usage_error(cli, "'%s' is not a mark: VALUE or VALUE/MASK, decimal or with 0x",
				   text);
	if (!what->mark_mask || what->mark & ~what->mark_mask)
		return usage_error(cli, "no packet has the mark '%s': bits of the value that the mask lacks, or no mask",
				   text);
	return 0;
}

static int read_protocol(struct cli *cli, const char *text, int *protocol)
{
	struct protoent *known = getprotobyname(text);
	uint32_t number = known ? (uint32_t)known->p_proto : 0;

	if (!known && parse_u32(text, &number))
		return usage_error(cli, "unknown protocol '%s'", text);
	if (number < 1 || number > 255)
		return usage_error(cli, "protocol '%s' out of range (1 to 255)", text);
	*protocol = number;
	return 0;
}

static int read_on_error(struct cli *cli, const char *text, enum nflua_hook_error *on_error)
{
	if (strcmp(text, "drop") == 0)
		*on_error = NFLUA_HOOK_ERROR_DROP;
	else if (strcmp(text, "accept") == 0)
		*on_error = NFLUA_HOOK_ERROR_ACCEPT;
	else
		return usage_error(cli, "'%s' is neither accept nor drop", text);
	return 0;
}

static bool is_device_hook(enum nflua_hook hook)
{
	return hook == NFLUA_HOOK_INGRESS || hook == NFLUA_HOOK_EGRESS;
}

static int read_family(struct cli *cli, const char *text, struct nflua_attachment *what)
{
	int family = is_device_hook(what->hook) ? NFLUA_FAMILY_NETDEV : NFLUA_FAMILY_INET;

	if (text)
		family = nflua_family_find(text);
	if (family < 0)
		return usage_error(cli, "unknown family '%s' (inet, ip, ip6 or netdev)", text);
	what->family = family;
	if (is_device_hook(what->hook) ? family != NFLUA_FAMILY_NETDEV &&
					 (family != NFLUA_FAMILY_INET ||
					  what->hook == NFLUA_HOOK_EGRESS) :
					 family == NFLUA_FAMILY_NETDEV)
		return usage_error(cli, "the family %s has no hook %s",
				   nflua_family_name(family), nflua_hook_name(what->hook));
	return 0;
}

static int read_device(struct cli *cli, const char *text, const char **device)
{
	if (!*text || strlen(text) > 15)
		return usage_error(cli, "'%s' is not the name of a device (1 to 15 bytes)", text);
	*device = text;
	return 0;
}

static int attach_option(struct cli *cli, struct attach *attach, const struct arg *arg)
{
	struct nflua_attachment *what = &attach->what;

	switch (arg->letter) {
	case 'k':
		attach->hook = arg->value;
		return 0;
	case 'F':
		attach->family = arg->value;
		return 0;
	case 'p':
		attach->priority = arg->value;
		return 0;
	case 'm':
		return read_mark(cli, arg->value, what);
	case 'i':
		return read_device(cli, arg->value, &what->iif);
	case 'O':
		return read_device(cli, arg->value, &what->oif);
	case 'd':
		return read_device(cli, arg->value, &attach->device);
	case 'l':
		return read_protocol(cli, arg->value, &what->protocol);
	case 'o':
		return read_on_error(cli, arg->value, &what->on_error);
	case 'f':
		attach->force = true;
		return 0;
	}
	if (what->function)
		return unexpected_argument(cli, arg);
	if (what->state)
		what->function = arg->value;
	else
		what->state = arg->value;
	return 0;
}

/* Only hooks of a device have --device, which says what --iif or --oif says. */
static int take_device(struct cli *cli, struct attach *attach)
{
	struct nflua_attachment *what = &attach->what;
	const char **own = what->hook == NFLUA_HOOK_INGRESS ? &what->iif : &what->oif;

	if (!is_device_hook(what->hook))
		return !attach->device ? 0 :
		       usage_error(cli, "--device is for ingress and egress; see --iif and --oif");
	if (attach->device && (what->iif || what->oif))
		return usage_error(cli, "--device cannot be used with --iif or --oif");
	if (attach->device)
		*own = attach->device;
	return *own ? 0 : usage_error(cli, "%s needs --device DEVICE", attach->hook);
}

/* Reads what depends on other options. */
static int finish_attach(struct cli *cli, struct attach *attach)
{
	struct nflua_attachment *what = &attach->what;
	int hook = nflua_hook_find(attach->hook);

	if (!what->state)
		return usage_error(cli, "missing state name");
	if (!what->function)
		return usage_error(cli, "missing function");
	if (!attach->hook)
		return usage_error(cli, "missing --hook HOOK");
	if (hook < 0)
		return usage_error(cli, "unknown hook '%s' (prerouting, input, forward, output, postrouting, ingress or egress)",
				   attach->hook);
	what->hook = hook;
	if (read_family(cli, attach->family, what) || take_device(cli, attach))
		return EXIT_USAGE;
	if (attach->priority &&
	    nflua_priority_find(what->family, attach->priority, &what->priority))
		return usage_error(cli, "'%s' is not a priority (such as -150, mangle or 'filter - 10')",
				   attach->priority);
	if (what->iif && (hook == NFLUA_HOOK_OUTPUT || hook == NFLUA_HOOK_POSTROUTING ||
			  hook == NFLUA_HOOK_EGRESS))
		return usage_error(cli, "--iif cannot be used in %s", attach->hook);
	if (what->oif && (hook == NFLUA_HOOK_PREROUTING || hook == NFLUA_HOOK_INPUT ||
			  hook == NFLUA_HOOK_INGRESS))
		return usage_error(cli, "--oif cannot be used in %s", attach->hook);
	return 0;
}

int cmd_attach(struct cli *cli)
{
	struct attach attach = { .hook = NULL };
	int err, status = 0;
	uint32_t id;
	size_t i;

	for (i = 0; i < cli->count && !status; i++)
		status = attach_option(cli, &attach, &cli->args[i]);
	if (!status)
		status = finish_attach(cli, &attach);
	if (!status)
		status = open_module(cli);
	if (status)
		return status;
	err = nflua_attach(cli->ctx, &attach.what, attach.force, &id);
	if (err) {
		status = failed(cli, attach.what.state, NULL);
		if (err == -ENXIO)
			complain("nfluactl: --force overrides this");
		return status;
	}
	if (cli->globals.json) {
		cli->document = json_object_new_object();
		json_object_object_add(cli->document, "id", json_object_new_int64(id));
	}
	return EXIT_DONE;
}
