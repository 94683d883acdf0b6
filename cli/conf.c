// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The configuration file, which is YAML: libyaml makes a tree of nodes of it. All scalars
 * are taken as the text that they are, so that a script may be called "no".
 */
#include "conf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "hook.h"
#include "settings.h"

/* Defaults of the module (linux/nflua.h), and the time that it rounds budgets up to. */
#define MEMORY_DEFAULT	(32 << 20)
#define BUDGET_DEFAULT	20000
#define BUDGET_STEP	4000

/* What is being read. */
struct reader {
	const char *path;
	yaml_document_t *document;
	struct refusal *why;
};

/* A key of a mapping. Its value goes to @text, if it is a word, and its node to @node. */
struct key {
	const char *name;
	const char **text;
	const yaml_node_t **node;
};

static int fail(const struct reader *r, const yaml_node_t *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Says what is wrong, and where. Returns -EINVAL, like all functions here that fail. */
static int fail(const struct reader *r, const yaml_node_t *at, const char *fmt, ...)
{
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return refuse(r->why, "%s:%zu:%zu: %s", r->path, at->start_mark.line + 1,
		      at->start_mark.column + 1, what);
}

static yaml_node_t *node_at(const struct reader *r, int index)
{
	return yaml_document_get_node(r->document, index);
}

/* A key without a value has an empty scalar. */
static bool is_empty(const yaml_node_t *node)
{
	return node->type == YAML_SCALAR_NODE && !node->data.scalar.length &&
	       node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static int read_text(const struct reader *r, const yaml_node_t *node, const char **text)
{
	if (node->type != YAML_SCALAR_NODE)
		return fail(r, node, "a word is expected here");
	*text = (const char *)node->data.scalar.value;
	if (strlen(*text) != node->data.scalar.length)
		return fail(r, node, "a NUL is not allowed here");
	if (!**text)
		return fail(r, node, "the value is missing");
	return 0;
}

static const struct key *find_key(const struct key *keys, const char *name)
{
	for (; keys->name; keys++)
		if (strcmp(keys->name, name) == 0)
			return keys;
	return NULL;
}

static int read_pair(const struct reader *r, const yaml_node_pair_t *pair,
		     const struct key *keys, const char *of)
{
	const yaml_node_t *node = node_at(r, pair->key), *value = node_at(r, pair->value);
	const struct key *key;
	const char *name;

	if (read_text(r, node, &name))
		return -EINVAL;
	key = find_key(keys, name);
	if (!key)
		return fail(r, node, "unknown key '%s' of %s", name, of);
	if (key->text ? *key->text != NULL : *key->node != NULL)
		return fail(r, node, "the key '%s' comes twice", name);
	if (key->node)
		*key->node = value;
	return key->text ? read_text(r, value, key->text) : 0;
}

/* Reads a mapping with known keys. @of: what it is, for messages */
static int read_mapping(const struct reader *r, const yaml_node_t *node,
			const struct key *keys, const char *of)
{
	const yaml_node_pair_t *pair;

	if (node->type != YAML_MAPPING_NODE)
		return fail(r, node, "keys of %s are expected here", of);
	for (pair = node->data.mapping.pairs.start; pair < node->data.mapping.pairs.top; pair++)
		if (read_pair(r, pair, keys, of))
			return -EINVAL;
	return 0;
}

/* Returns the number of entries of a list, of which none is a list of none. */
static int count_entries(const struct reader *r, const yaml_node_t *node, size_t *count)
{
	if (!node || is_empty(node)) {
		*count = 0;
		return 0;
	}
	if (node->type != YAML_SEQUENCE_NODE)
		return fail(r, node, "a list is expected here");
	*count = node->data.sequence.items.top - node->data.sequence.items.start;
	return 0;
}

static const yaml_node_t *entry(const struct reader *r, const yaml_node_t *node, size_t i)
{
	return node_at(r, node->data.sequence.items.start[i]);
}

/* Returns a path that is relative to the directory of the file, or NULL. */
static char *resolve(const struct reader *r, const char *path)
{
	const char *slash = strrchr(r->path, '/');
	char *resolved;

	int len = slash ? (int)(slash + 1 - r->path) : 0;

	if (*path == '/')
		return strdup(path);
	/* Not "-", which would be standard input. */
	if (asprintf(&resolved, "%.*s%s%s", len, r->path, len ? "" : "./", path) < 0)
		return NULL;
	return resolved;
}

static int read_scripts(const struct reader *r, const yaml_node_t *node,
			struct conf_state *state)
{
	const char *path;
	size_t i, count;

	if (count_entries(r, node, &count))
		return -EINVAL;
	state->scripts = calloc(count + 1, sizeof(*state->scripts));
	for (i = 0; state->scripts && i < count; i++) {
		if (read_text(r, entry(r, node, i), &path))
			return -EINVAL;
		state->scripts[i] = resolve(r, path);
		if (!state->scripts[i])
			break;
		state->script_count++;
	}
	return state->script_count == count && state->scripts ? 0 :
	       refuse(r->why, "not enough memory");
}

static int read_hook(const struct reader *r, const yaml_node_t *node,
		     struct conf_state *state, struct nflua_attachment *what)
{
	struct place place = { .dashes = "" };
	const struct key keys[] = {
		{ "function", &what->function, NULL }, { "hook", &place.hook, NULL },
		{ "family", &place.family, NULL }, { "device", &place.device, NULL },
		{ "priority", &place.priority, NULL }, { "mark", &place.mark, NULL },
		{ "iif", &place.iif, NULL }, { "oif", &place.oif, NULL },
		{ "l4proto", &place.protocol, NULL }, { "proto", &place.frames, NULL },
		{ "on-error", &place.on_error, NULL },
		{ NULL, NULL, NULL },
	};
	struct refusal why;

	what->state = state->name;
	if (read_mapping(r, node, keys, "a hook"))
		return -EINVAL;
	if (!what->function || !place.hook)
		return fail(r, node, "the hook lacks its %s",
			    what->function ? "hook" : "function");
	if (strlen(what->function) > 63)
		return fail(r, node, "the name of the function is too long (at most 63 bytes)");
	return read_place(&place, what, &why) ? fail(r, node, "%s", why.text) : 0;
}

static int read_hooks(const struct reader *r, const yaml_node_t *node,
		      struct conf_state *state)
{
	size_t i, k, count;

	if (count_entries(r, node, &count))
		return -EINVAL;
	state->hooks = calloc(count + 1, sizeof(*state->hooks));
	if (!state->hooks)
		return refuse(r->why, "not enough memory");
	for (i = 0; i < count; i++, state->hook_count++) {
		if (read_hook(r, entry(r, node, i), state, &state->hooks[i].what))
			return -EINVAL;
		for (k = 0; k < i; k++)
			if (is_same_hook(&state->hooks[k].what, &state->hooks[i].what))
				return fail(r, entry(r, node, i), "the same hook comes twice");
	}
	return 0;
}

/* Words of a state with limits, and where they stand. */
struct limits {
	struct settings words;
	const yaml_node_t *memory;
	const yaml_node_t *budget;
	const yaml_node_t *on_error;
};

static int read_limits(const struct reader *r, const struct limits *limits,
		       struct conf_state *state)
{
	const struct settings *words = &limits->words;
	uint32_t budget = BUDGET_DEFAULT;
	struct refusal why;

	state->maxalloc = MEMORY_DEFAULT;
	if (words->memory && read_memory(words->memory, &state->maxalloc, &why))
		return fail(r, limits->memory, "memory: %s", why.text);
	if (words->budget && read_budget(words->budget, &budget, &why))
		return fail(r, limits->budget, "budget: %s", why.text);
	if (words->on_error && read_on_error(words->on_error, &state->drops, &why))
		return fail(r, limits->on_error, "on-error: %s", why.text);
	if (state->maxalloc < 64 << 10 || state->maxalloc > 1ULL << 40)
		return fail(r, limits->memory, "memory out of range (64K to 1T)");
	if (budget < 100 || budget > 1000000)
		return fail(r, limits->budget, "budget out of range (100 to 1000000 microseconds)");
	state->budget = (budget + BUDGET_STEP - 1) / BUDGET_STEP * BUDGET_STEP;
	return 0;
}

static int read_state(const struct reader *r, const yaml_node_pair_t *pair,
		      struct conf_state *state)
{
	const yaml_node_t *name = node_at(r, pair->key), *node = node_at(r, pair->value);
	const yaml_node_t *scripts = NULL, *hooks = NULL;
	struct limits limits = { .memory = NULL };
	const struct key keys[] = {
		{ "memory", &limits.words.memory, &limits.memory },
		{ "budget", &limits.words.budget, &limits.budget },
		{ "on-error", &limits.words.on_error, &limits.on_error },
		{ "scripts", NULL, &scripts },
		{ "hooks", NULL, &hooks }, { NULL, NULL, NULL },
	};

	if (read_text(r, name, &state->name))
		return -EINVAL;
	if (!is_empty(node) && read_mapping(r, node, keys, "a state"))
		return -EINVAL;
	if (read_limits(r, &limits, state) || read_scripts(r, scripts, state))
		return -EINVAL;
	return read_hooks(r, hooks, state);
}

static int check_name(const struct reader *r, const yaml_node_pair_t *pair,
		      const struct conf *conf, size_t i)
{
	const char *name = conf->states[i].name;
	size_t k;

	if (strlen(name) > 63 || *name == '-' ||
	    strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			 "0123456789_.:@+-") != strlen(name))
		return fail(r, node_at(r, pair->key), "'%s' cannot be the name of a state", name);
	for (k = 0; k < i; k++)
		if (strcmp(conf->states[k].name, name) == 0)
			return fail(r, node_at(r, pair->key), "the state '%s' comes twice", name);
	return 0;
}

static int read_states(const struct reader *r, const yaml_node_t *node, struct conf *conf)
{
	const yaml_node_pair_t *pair;
	size_t count;

	if (!node || is_empty(node))
		return 0;
	if (node->type != YAML_MAPPING_NODE)
		return fail(r, node, "names of states are expected here");
	pair = node->data.mapping.pairs.start;
	count = node->data.mapping.pairs.top - pair;
	conf->states = calloc(count + 1, sizeof(*conf->states));
	if (!conf->states)
		return refuse(r->why, "not enough memory");
	for (; conf->count < count; conf->count++, pair++)
		if (read_state(r, pair, &conf->states[conf->count]) ||
		    check_name(r, pair, conf, conf->count)) {
			conf->count++;	/* so that it is freed */
			return -EINVAL;
		}
	return 0;
}

static int read_root(const struct reader *r, struct conf *conf)
{
	const yaml_node_t *root = yaml_document_get_root_node(r->document), *states = NULL;
	const struct key keys[] = { { "states", NULL, &states }, { NULL, NULL, NULL } };

	if (!root || is_empty(root))
		return 0;
	if (read_mapping(r, root, keys, "the file"))
		return -EINVAL;
	return read_states(r, states, conf);
}

static int parse_failed(const char *path, const yaml_parser_t *parser, struct refusal *why)
{
	if (parser->error == YAML_READER_ERROR)
		return refuse(why, "%s: byte %zu: %s", path, parser->problem_offset,
			      parser->problem);
	return refuse(why, "%s:%zu:%zu: %s", path, parser->problem_mark.line + 1,
		      parser->problem_mark.column + 1,
		      parser->problem ? parser->problem : "not enough memory");
}

/* Refuses a second document, which nobody would read. */
static int expect_end(const char *path, yaml_parser_t *parser, struct refusal *why)
{
	yaml_document_t more;
	bool is_end;

	if (!yaml_parser_load(parser, &more))
		return parse_failed(path, parser, why);
	is_end = !yaml_document_get_root_node(&more);
	yaml_document_delete(&more);
	return is_end ? 0 : refuse(why, "%s: there is more than one document", path);
}

static int parse(struct conf *conf, const char *path, FILE *f, struct refusal *why)
{
	yaml_document_t *document = calloc(1, sizeof(*document));
	struct reader r = { path, document, why };
	yaml_parser_t parser;
	int err;

	if (!document || !yaml_parser_initialize(&parser)) {
		free(document);
		return refuse(why, "not enough memory");
	}
	yaml_parser_set_input_file(&parser, f);
	if (yaml_parser_load(&parser, document)) {
		conf->document = document;
		err = read_root(&r, conf);
		if (!err && yaml_document_get_root_node(document))
			err = expect_end(path, &parser, why);
	} else {
		err = parse_failed(path, &parser, why);
		free(document);
	}
	yaml_parser_delete(&parser);
	return err;
}

/**
 * conf_read - reads a configuration file
 * @conf: conf_free() it, even on failure
 *
 * Returns 0, or a negative errno with the reason in @why.
 */
int conf_read(struct conf *conf, const char *path, struct refusal *why)
{
	FILE *f = fopen(path, "re");
	int err;

	memset(conf, 0, sizeof(*conf));
	if (!f)
		return refuse(why, "%s: %s", path, strerror(errno));
	err = parse(conf, path, f, why);
	fclose(f);
	return err;
}

void conf_free(struct conf *conf)
{
	size_t i, k;

	for (i = 0; i < conf->count; i++) {
		for (k = 0; k < conf->states[i].script_count; k++)
			free(conf->states[i].scripts[k]);
		free(conf->states[i].scripts);
		free(conf->states[i].hooks);
	}
	free(conf->states);
	if (conf->document)
		yaml_document_delete(conf->document);
	free(conf->document);
}
