// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A packet that is sent walks through rules, where it may meet the state that sent it,
 * whose runtime is locked now, and the tables whose walk is under way. So packets wait
 * for a tasklet, which sends some at a time, in order.
 */
#include <linux/ktime.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include "runtime/debug.h"
#include "state/net.h"
#include "state/state.h"
#include "xmit/parcel.h"
#include "xmit/queue.h"

/* What may wait in a namespace. */
#define COUNT_MAX	1000
#define BYTES_MAX	(4 << 20)

/* Sent in one go; between two there is time for the softirq's other work. */
#define BATCH		64
#define BATCH_NS	(NSEC_PER_MSEC / 2)

static void account(struct nflua_outbox *outbox, int count, long bytes)
{
	atomic_add(count, &outbox->count);
	atomic_long_add(bytes, &outbox->bytes);
}

/* The oldest that waits; NULL: none. */
static struct nflua_parcel *take(struct nflua_queue *queue)
{
	struct nflua_parcel *parcel;

	spin_lock_bh(&queue->lock);
	parcel = list_first_entry_or_null(&queue->parcels, struct nflua_parcel,
					  list);
	if (parcel)
		list_del(&parcel->list);
	spin_unlock_bh(&queue->lock);
	if (parcel)
		account(queue->outbox, -1, -(long)nflua_parcel_size(parcel));
	return parcel;
}

/*
 * Whoever enables bottom halves on this CPU may have to run this, and there may
 * be more to send each time: it is short.
 */
static void send_batch(struct tasklet_struct *tasklet)
{
	struct nflua_queue *queue = from_tasklet(queue, tasklet, tasklet);
	u64 start = ktime_get_mono_fast_ns();
	struct nflua_parcel *parcel;
	int i;

	for (i = 0; i < BATCH; i++) {
		parcel = take(queue);
		if (!parcel)
			return;
		nflua_transmit(parcel);
		if (ktime_get_mono_fast_ns() - start >= BATCH_NS)
			break;
	}
	tasklet_schedule(tasklet);
}

/* The tasklet runs on this CPU, after what is under way. */
static bool enqueue(struct nflua_outbox *outbox, struct list_head *parcels,
		    bool common)
{
	struct nflua_queue *queue;
	bool open;

	local_bh_disable();
	queue = common ? &outbox->common : this_cpu_ptr(outbox->queues);
	spin_lock(&queue->lock);
	open = !queue->closed;
	if (open) {
		list_splice_tail_init(parcels, &queue->parcels);
		tasklet_schedule(&queue->tasklet);
	}
	spin_unlock(&queue->lock);
	local_bh_enable();
	return open;
}

/* What is accounted for is not more than may be. */
static bool has_room(const struct nflua_outbox *outbox)
{
	return atomic_read(&outbox->count) <= COUNT_MAX &&
	       atomic_long_read(&outbox->bytes) <= BYTES_MAX;
}

const char *nflua_outbox_put(struct nflua_state *state,
			     struct list_head *parcels, bool common)
{
	const char *why = "too many packets wait to be sent";
	struct nflua_outbox *outbox = state->net->outbox;
	struct nflua_parcel *parcel;
	int count = 0;
	long bytes = 0;

	nflua_debug_hold(NFLUA_HOLD_SENDS);
	list_for_each_entry(parcel, parcels, list) {
		kref_get(&state->refs);
		parcel->state = state;
		count++;
		bytes += nflua_parcel_size(parcel);
	}
	account(outbox, count, bytes);
	if (has_room(outbox)) {
		if (enqueue(outbox, parcels, common))
			return NULL;
		why = "the network namespace is being closed";
	}
	account(outbox, -count, -bytes);
	list_for_each_entry(parcel, parcels, list) {
		parcel->state = NULL;
		nflua_state_put(state);
	}
	return why;
}

static void init_queue(struct nflua_outbox *outbox, struct nflua_queue *queue)
{
	queue->outbox = outbox;
	spin_lock_init(&queue->lock);
	INIT_LIST_HEAD(&queue->parcels);
	tasklet_setup(&queue->tasklet, send_batch);
}

int nflua_outbox_init(struct nflua_net *nn)
{
	struct nflua_outbox *outbox = kzalloc(sizeof(*outbox), GFP_KERNEL);
	int cpu;

	if (!outbox)
		return -ENOMEM;
	outbox->queues = alloc_percpu(struct nflua_queue);
	if (!outbox->queues) {
		kfree(outbox);
		return -ENOMEM;
	}
	init_queue(outbox, &outbox->common);
	for_each_possible_cpu(cpu)
		init_queue(outbox, per_cpu_ptr(outbox->queues, cpu));
	nn->outbox = outbox;
	return 0;
}

static void close_queue(struct nflua_queue *queue)
{
	LIST_HEAD(left);

	spin_lock_bh(&queue->lock);
	queue->closed = true;
	list_splice_init(&queue->parcels, &left);
	spin_unlock_bh(&queue->lock);
	tasklet_kill(&queue->tasklet);
	nflua_parcels_free(&left);
}

void nflua_outbox_close(struct nflua_net *nn)
{
	int cpu;

	for_each_possible_cpu(cpu)
		close_queue(per_cpu_ptr(nn->outbox->queues, cpu));
	close_queue(&nn->outbox->common);
}

void nflua_outbox_exit(struct nflua_net *nn)
{
	free_percpu(nn->outbox->queues);
	kfree(nn->outbox);
}
