// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A packet that is sent walks through rules. There it may meet the state that sends it,
 * whose runtime is locked now, and tables that are being walked now. So packets wait for
 * a tasklet, which sends some at a time, in order: those of packet calls for one of the
 * same CPU, all others for one that the namespace has in common. Packets that cause more
 * packets keep a softirq busy, but not the machine.
 */
#include <linux/ktime.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include "runtime/debug.h"
#include "state/net.h"
#include "state/state.h"
#include "xmit/xmit.h"
#include "xmit/queue.h"
#include "xmit/transmit.h"

/* Limits of the packets that wait in a namespace: their number, and their bytes. */
#define COUNT_MAX	1000
#define BYTES_MAX	(4 << 20)

/* Limits of a batch. Between two batches the softirq does its other work. */
#define BATCH		64
#define BATCH_NS	(NSEC_PER_MSEC / 2)

static void account(struct nflua_tx *tx, int count, long bytes)
{
	atomic_add(count, &tx->count);
	atomic_long_add(bytes, &tx->bytes);
}

/* Takes the oldest packet out of the queue. Returns it, or NULL. */
static struct nflua_xmit *take(struct nflua_tx_queue *queue)
{
	struct nflua_xmit *xmit;

	spin_lock_bh(&queue->lock);
	xmit = list_first_entry_or_null(&queue->packets, struct nflua_xmit,
					list);
	if (xmit)
		list_del(&xmit->list);
	spin_unlock_bh(&queue->lock);
	if (xmit)
		account(queue->tx, -1, -(long)nflua_xmit_size(xmit));
	return xmit;
}

/*
 * Sends a batch. This is short, as anyone who enables bottom halves on this CPU may have
 * to run it, and there may be more to send each time.
 */
static void send_batch(struct tasklet_struct *tasklet)
{
	struct nflua_tx_queue *queue = from_tasklet(queue, tasklet, tasklet);
	u64 start = ktime_get_mono_fast_ns();
	struct nflua_xmit *xmit;
	int i;

	for (i = 0; i < BATCH; i++) {
		xmit = take(queue);
		if (!xmit)
			return;
		nflua_transmit(xmit);
		if (ktime_get_mono_fast_ns() - start >= BATCH_NS)
			break;
	}
	tasklet_schedule(tasklet);
}

/* Queues packets; the tasklet runs on this CPU. Returns false if the queue is closed. */
static bool enqueue(struct nflua_tx *tx, struct list_head *packets,
		    bool common)
{
	struct nflua_tx_queue *queue;
	bool open;

	local_bh_disable();
	queue = common ? &tx->common : this_cpu_ptr(tx->queues);
	spin_lock(&queue->lock);
	open = !queue->closed;
	if (open) {
		list_splice_tail_init(packets, &queue->packets);
		tasklet_schedule(&queue->tasklet);
	}
	spin_unlock(&queue->lock);
	local_bh_enable();
	return open;
}

/* Returns whether the packets that were accounted for fit. */
static bool has_room(const struct nflua_tx *tx)
{
	return atomic_read(&tx->count) <= COUNT_MAX &&
	       atomic_long_read(&tx->bytes) <= BYTES_MAX;
}

const char *nflua_tx_put(struct nflua_state *state,
			 struct list_head *packets, bool common)
{
	const char *why = "too many packets are waiting to be sent";
	struct nflua_tx *tx = state->net->tx;
	struct nflua_xmit *xmit;
	int count = 0;
	long bytes = 0;

	nflua_debug_hold(NFLUA_HOLD_SENDS);
	list_for_each_entry(xmit, packets, list) {
		kref_get(&state->refs);
		xmit->state = state;
		count++;
		bytes += nflua_xmit_size(xmit);
	}
	account(tx, count, bytes);
	if (has_room(tx)) {
		if (enqueue(tx, packets, common))
			return NULL;
		why = "the network namespace is being closed";
	}
	account(tx, -count, -bytes);
	list_for_each_entry(xmit, packets, list) {
		xmit->state = NULL;
		nflua_state_put(state);
	}
	return why;
}

static void init_queue(struct nflua_tx *tx, struct nflua_tx_queue *queue)
{
	queue->tx = tx;
	spin_lock_init(&queue->lock);
	INIT_LIST_HEAD(&queue->packets);
	tasklet_setup(&queue->tasklet, send_batch);
}

int nflua_tx_init(struct nflua_net *nn)
{
	struct nflua_tx *tx = kzalloc(sizeof(*tx), GFP_KERNEL);
	int cpu;

	if (!tx)
		return -ENOMEM;
	tx->queues = alloc_percpu(struct nflua_tx_queue);
	if (!tx->queues) {
		kfree(tx);
		return -ENOMEM;
	}
	init_queue(tx, &tx->common);
	for_each_possible_cpu(cpu)
		init_queue(tx, per_cpu_ptr(tx->queues, cpu));
	nn->tx = tx;
	return 0;
}

static void close_queue(struct nflua_tx_queue *queue)
{
	LIST_HEAD(left);

	spin_lock_bh(&queue->lock);
	queue->closed = true;
	list_splice_init(&queue->packets, &left);
	spin_unlock_bh(&queue->lock);
	tasklet_kill(&queue->tasklet);
	nflua_xmit_free_all(&left);
}

void nflua_tx_close(struct nflua_net *nn)
{
	int cpu;

	for_each_possible_cpu(cpu)
		close_queue(per_cpu_ptr(nn->tx->queues, cpu));
	close_queue(&nn->tx->common);
}

void nflua_tx_exit(struct nflua_net *nn)
{
	free_percpu(nn->tx->queues);
	kfree(nn->tx);
}
