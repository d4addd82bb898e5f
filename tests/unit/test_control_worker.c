/*
 * The worker: order, urgency, and that nothing given to it is lost (run under
 * ThreadSanitizer too).
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "backend/base/wake.h"
#include "backend/control/worker.h"
#include "tests/unit/check.h"

struct bell {
	struct wake wake;
};

static void
ring(void *ctx)
{
	wake_signal(&((struct bell *)ctx)->wake);
}

static void
wait_for_bell(struct bell *b)
{
	struct pollfd p = { .fd = b->wake.fd, .events = POLLIN };

	assert_int_equal(poll(&p, 1, 20000), 1);
	wake_clear(&b->wake);
}

struct piece {
	int number, ran_as, result;
	int *clock;	  /* order of running, the worker's */
	int *collected;	  /* order of collecting, ours */
	pthread_mutex_t *gate; /* held: the task waits */
};

static void
run_piece(void *ctx)
{
	struct piece *p = ctx;

	if (p->gate) {
		pthread_mutex_lock(p->gate);
		pthread_mutex_unlock(p->gate);
	}
	p->ran_as = ++*p->clock;
	p->result = p->number * 2;
}

static void
done_piece(void *ctx)
{
	struct piece *p = ctx;

	++*p->collected;
}

static void
test_urgent_goes_first(void **state)
{
	struct bell bell;
	struct err err;
	pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
	int clock = 0, collected = 0;
	struct piece pieces[4] = { { 0 } };
	struct worker *w;

	(void)state;
	assert_ok(wake_open(&bell.wake, &err), &err);
	w = worker_new(ring, &bell, &err);
	assert_non_null(w);
	pthread_mutex_lock(&gate);
	for (int i = 0; i < 4; i++) {
		pieces[i] = (struct piece){ i, 0, 0, &clock, &collected,
					    i ? NULL : &gate };
		worker_do(w, &(struct task){ run_piece, done_piece, &pieces[i],
					     i == 3 });
	}
	assert_int_equal(worker_pending(w), 4);
	pthread_mutex_unlock(&gate);
	while (collected < 4) {
		wait_for_bell(&bell);
		worker_collect(w);
	}
	assert_int_equal(worker_pending(w), 0);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pieces[i].result, i * 2);
	assert_true(pieces[3].ran_as < pieces[1].ran_as);
	assert_true(pieces[1].ran_as < pieces[2].ran_as);
	worker_free(w);
	wake_close(&bell.wake);
}

static void
test_everything_is_finished_at_the_end(void **state)
{
	enum { PIECES = 500 };
	struct bell bell;
	struct err err;
	int clock = 0, collected = 0;
	struct piece *pieces = xcalloc(PIECES, sizeof(*pieces));
	struct worker *w;

	(void)state;
	assert_ok(wake_open(&bell.wake, &err), &err);
	w = worker_new(ring, &bell, &err);
	assert_non_null(w);
	for (int i = 0; i < PIECES; i++) {
		pieces[i] = (struct piece){ i, 0, 0, &clock, &collected, NULL };
		worker_do(w, &(struct task){ run_piece, done_piece, &pieces[i],
					     false });
		if (i % 7 == 0)
			worker_collect(w);
	}
	worker_free(w); /* waits, and calls every done */
	assert_int_equal(collected, PIECES);
	for (int i = 0; i < PIECES; i++) {
		assert_int_equal(pieces[i].ran_as, i + 1);
		assert_int_equal(pieces[i].result, i * 2);
	}
	free(pieces);
	wake_close(&bell.wake);
}

SUITE(control_worker,
	TEST(test_urgent_goes_first),
	TEST(test_everything_is_finished_at_the_end));
