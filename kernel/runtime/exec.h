/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chunks and completions that requests run. */
#ifndef NFLUA_EXEC_H
#define NFLUA_EXEC_H

#include "runtime/buffer.h"
#include "runtime/error.h"
#include "runtime/mask.h"
#include "runtime/runtime.h"

/**
 * struct nflua_exec - a run of a chunk, or a completion
 *
 * @chunk: what to run; its stage is filled
 * @prefix: for a completion, instead of @chunk; see complete.h
 * @show: to show tables; owned. NULL: tables are not shown
 * @interrupt: others set it to end the run
 * @output: filled with what it printed
 * @values: filled with its values if chunk.eval is set, or with names
 * @error: filled if it fails
 * @wants: filled with what the runtime's code needs of connection tracking
 *	(NFLUA_WANTS_*)
 * @mask: filled with what a build changes of the match mask
 */
struct nflua_exec {
	struct nflua_chunk chunk;
	const char *prefix;
	struct nflua_show *show;
	const int *interrupt;
	struct nflua_buffer output;
	struct nflua_buffer values;
	struct nflua_error error;
	int wants;
	struct nflua_mask_change mask;
};

/*
 * Both run in process context and may sleep. They return 0, the errno of exec->error, or
 * another negative errno, with no error in @exec.
 *
 * nflua_exec_build() runs in a runtime that nobody else sees yet. nflua_exec_live() runs
 * in one that packets use, in turns with them; lock and exec_lock of @rt are held.
 */
int nflua_exec_build(struct nflua_runtime *rt, struct nflua_exec *exec);
int nflua_exec_live(struct nflua_runtime *rt, struct nflua_exec *exec);

/* Frees what @exec owns and what was filled. */
void nflua_exec_clear(struct nflua_exec *exec);

#endif
