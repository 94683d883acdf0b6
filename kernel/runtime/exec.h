/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chunks that a request runs, and what else it asks of a live runtime. */
#ifndef NFLUA_EXEC_H
#define NFLUA_EXEC_H

#include "runtime/buffer.h"
#include "runtime/error.h"
#include "runtime/runtime.h"

/**
 * struct nflua_exec - a run of a chunk
 *
 * @chunk: what to run; its stage is filled
 * @prefix: set instead of the chunk: names are wanted, see complete.h
 * @show: tables are shown; owned, or NULL
 * @interrupt: set by others to end it
 * @output: filled with what it printed
 * @values: filled with its values when chunk.eval is set, or with names
 * @error: filled when it fails
 * @wants: filled with what its code needs of connection tracking (NFLUA_WANTS_*), once
 *	it is live
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
};

/*
 * Both run in process context and may sleep. They return 0, or what
 * nflua_error_errno() gives for exec->error, or another negative errno without one.
 *
 * nflua_exec_build() runs in a runtime that nobody else sees yet; nflua_exec_live() in
 * one that packets use, in turns with them: its lock and its exec_lock are held.
 */
int nflua_exec_build(struct nflua_runtime *rt, struct nflua_exec *exec);
int nflua_exec_live(struct nflua_runtime *rt, struct nflua_exec *exec);

/* Frees what is owned by it, and what was filled. */
void nflua_exec_clear(struct nflua_exec *exec);

#endif
