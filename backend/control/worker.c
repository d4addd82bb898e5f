/*
 * The worker thread and its two queues.
 */
#include "backend/control/worker.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct node {
	struct task task;
	struct node *next;
};

struct queue {
	struct node *first, **last;
};

struct worker {
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t some;
	struct queue urgent, calm, finished;
	uint32_t pending;
	bool ending;
	pthread_t thread;
	void (*wake)(void *ctx);
	void *ctx;
};

static void
queue_init(struct queue *q)
{
	q->first = NULL;
	q->last = &q->first;
}

static void
push(struct queue *q, struct node *n)
{
	n->next = NULL;
	*q->last = n;
	q->last = &n->next;
}

static struct node *
pop(struct queue *q)
{
	struct node *n = q->first;

	if (n) {
		q->first = n->next;
		if (!q->first)
			q->last = &q->first;
	}
	return n;
}

static void *
work(void *arg)
{
	struct worker *w = arg;

	pthread_mutex_lock(&w->lock);
	for (;;) {
		struct node *n = pop(&w->urgent);

		if (!n)
			n = pop(&w->calm);
		if (!n && w->ending)
			break;
		if (!n) {
			pthread_cond_wait(&w->some, &w->lock);
			continue;
		}
		pthread_mutex_unlock(&w->lock);
		n->task.run(n->task.ctx);
		pthread_mutex_lock(&w->lock);
		push(&w->finished, n);
		w->wake(w->ctx);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

struct worker *
worker_new(void (*wake)(void *ctx), void *ctx, struct err *err)
{
	struct worker *w = xcalloc(1, sizeof(*w));
	sigset_t all, before;
	int failed;

	w->wake = wake;
	w->ctx = ctx;
	queue_init(&w->urgent);
	queue_init(&w->calm);
	queue_init(&w->finished);
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->some, NULL);
	/* Signals are the main thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed = pthread_create(&w->thread, NULL, work, w);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (failed) {
		err_set(err, ERR_IO, "cannot start the worker thread: %s",
			strerror(failed));
		pthread_cond_destroy(&w->some);
		pthread_mutex_destroy(&w->lock);
		free(w);
		return NULL;
	}
	return w;
}

void
worker_free(struct worker *w)
{
	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	w->ending = true;
	pthread_cond_signal(&w->some);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	worker_collect(w);
	pthread_cond_destroy(&w->some);
	pthread_mutex_destroy(&w->lock);
	free(w);
}

void
worker_do(struct worker *w, const struct task *t)
{
	struct node *n = xcalloc(1, sizeof(*n));

	n->task = *t;
	pthread_mutex_lock(&w->lock);
	BUG_IF(w->ending);
	push(t->urgent ? &w->urgent : &w->calm, n);
	w->pending++;
	pthread_cond_signal(&w->some);
	pthread_mutex_unlock(&w->lock);
}

bool
worker_collect(struct worker *w)
{
	struct queue got;
	struct node *n;
	bool any = false;

	queue_init(&got);
	pthread_mutex_lock(&w->lock);
	while ((n = pop(&w->finished))) {
		push(&got, n);
		w->pending--;
	}
	pthread_mutex_unlock(&w->lock);
	while ((n = pop(&got))) {
		n->task.done(n->task.ctx);
		free(n);
		any = true;
	}
	return any;
}

uint32_t
worker_pending(struct worker *w)
{
	uint32_t n;

	pthread_mutex_lock(&w->lock);
	n = w->pending;
	pthread_mutex_unlock(&w->lock);
	return n;
}
