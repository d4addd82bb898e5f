/*
 * The loop: curl_multi_poll over its own sockets and our descriptors.
 *
 * libcurl forbids adding or removing transfers while it calls back, so those
 * are marked and done right before or after curl_multi_perform.  Timers and
 * descriptors freed by a callback are only marked, and swept at the end of the
 * turn.
 */
#include "backend/net/reactor_private.h"

#include <signal.h>
#include <stdlib.h>

#include "backend/base/wake.h"

enum { IDLE_MS = 60000 };

struct reactor_timer {
	struct reactor *reactor;
	void (*fn)(void *ctx);
	void *ctx;
	int64_t due_ms;	  /* BOOTTIME; meaningless while not armed */
	uint64_t armed_at; /* order of arming: ties fire in that order */
	bool armed, dead;
};

struct reactor_fd {
	struct reactor *reactor;
	void (*fn)(void *ctx, unsigned events);
	void *ctx;
	int fd;
	unsigned events;
	bool dead;
};

struct reactor {
	const struct clockwork *clock;
	CURLM *multi;
	struct wake wake;
	VEC(struct reactor_timer *) timers;
	VEC(struct reactor_fd *) fds;
	VEC(struct curl_waitfd) poll;
	VEC(struct reactor_transfer *) transfers; /* all that are linked */
	struct reactor_last *last;
	uint64_t arm_count;
	void (*turn_end)(void *ctx);
	void *turn_end_ctx;
	_Atomic bool stopped;
	bool in_perform, queued, sweep;
};

struct reactor *
reactor_new(const struct clockwork *clock)
{
	struct reactor *r = xcalloc(1, sizeof(*r));
	struct err err = { 0 };

	/* A peer that closes while TLS writes must not end the program. */
	signal(SIGPIPE, SIG_IGN);
	r->clock = clock;
	r->multi = curl_multi_init();
	if (!r->multi || !wake_open(&r->wake, &err))
		BUG("cannot make the reactor: %s", err.text);
	curl_multi_setopt(r->multi, CURLMOPT_PIPELINING,
			  (long)CURLPIPE_NOTHING);
	return r;
}

void
reactor_free(struct reactor *r)
{
	if (!r)
		return;
	while (r->last) {
		struct reactor_last *last = r->last;

		reactor_last_take(last);
		last->fn(last->ctx);
	}
	while (r->transfers.n) {
		struct reactor_transfer *t = r->transfers.at[0];

		t->on_end(t, CURLE_ABORTED_BY_CALLBACK);
		BUG_IF(r->transfers.n && r->transfers.at[0] == t);
	}
	for (uint32_t i = 0; i < r->timers.n; i++)
		free(r->timers.at[i]);
	for (uint32_t i = 0; i < r->fds.n; i++)
		free(r->fds.at[i]);
	vec_free(&r->timers);
	vec_free(&r->fds);
	vec_free(&r->poll);
	vec_free(&r->transfers);
	curl_multi_cleanup(r->multi);
	wake_close(&r->wake);
	free(r);
}

const struct clockwork *
reactor_clock(const struct reactor *r)
{
	return r->clock;
}

void *
reactor_multi(struct reactor *r)
{
	return r->multi;
}

void
reactor_wake(struct reactor *r)
{
	wake_signal(&r->wake);
}

void
reactor_stop(struct reactor *r)
{
	r->stopped = true;
	reactor_wake(r);
}

void
reactor_on_turn_end(struct reactor *r, void (*fn)(void *ctx), void *ctx)
{
	r->turn_end = fn;
	r->turn_end_ctx = ctx;
}

/* ---- timers ---- */

struct reactor_timer *
reactor_timer_new(struct reactor *r, void (*fn)(void *ctx), void *ctx)
{
	struct reactor_timer *t = xcalloc(1, sizeof(*t));

	t->reactor = r;
	t->fn = fn;
	t->ctx = ctx;
	vec_push(&r->timers, t);
	return t;
}

void
reactor_timer_arm(struct reactor_timer *t, int64_t delay_ms)
{
	struct reactor *r = t->reactor;

	t->due_ms = clock_boot_ms(r->clock) + (delay_ms > 0 ? delay_ms : 0);
	t->armed_at = ++r->arm_count;
	t->armed = true;
}

void
reactor_timer_disarm(struct reactor_timer *t)
{
	t->armed = false;
}

bool
reactor_timer_armed(const struct reactor_timer *t)
{
	return t->armed;
}

void
reactor_timer_free(struct reactor_timer *t)
{
	if (!t)
		return;
	t->armed = false;
	t->dead = true;
	t->reactor->sweep = true;
}

static struct reactor_timer *
next_timer(const struct reactor *r, uint64_t armed_before)
{
	struct reactor_timer *best = NULL;

	for (uint32_t i = 0; i < r->timers.n; i++) {
		struct reactor_timer *t = r->timers.at[i];

		if (!t->armed || t->armed_at > armed_before)
			continue;
		if (!best || t->due_ms < best->due_ms ||
		    (t->due_ms == best->due_ms && t->armed_at < best->armed_at))
			best = t;
	}
	return best;
}

/* Timers armed by these very callbacks wait for the next turn, so that one
 * that re-arms itself with no delay cannot starve the sockets. */
static void
run_timers(struct reactor *r)
{
	uint64_t armed_before = r->arm_count;
	int64_t now = clock_boot_ms(r->clock);
	struct reactor_timer *t;

	while ((t = next_timer(r, armed_before)) && t->due_ms <= now) {
		t->armed = false;
		t->fn(t->ctx);
	}
}

/* ---- descriptors ---- */

struct reactor_fd *
reactor_fd_new(struct reactor *r, int fd, unsigned events,
	       void (*fn)(void *ctx, unsigned events), void *ctx)
{
	struct reactor_fd *f = xcalloc(1, sizeof(*f));

	f->reactor = r;
	f->fd = fd;
	f->events = events;
	f->fn = fn;
	f->ctx = ctx;
	vec_push(&r->fds, f);
	return f;
}

void
reactor_fd_free(struct reactor_fd *f)
{
	if (!f)
		return;
	f->dead = true;
	f->reactor->sweep = true;
}

/* poll entry i + 1 belongs to fds.at[i]; entry 0 is the wake. */
static void
fill_poll(struct reactor *r)
{
	struct curl_waitfd *w;

	vec_clear(&r->poll);
	w = vec_add(&r->poll);
	w->fd = r->wake.fd;
	w->events = CURL_WAIT_POLLIN;
	for (uint32_t i = 0; i < r->fds.n; i++) {
		w = vec_add(&r->poll);
		w->fd = r->fds.at[i]->fd;
		if (r->fds.at[i]->events & REACTOR_READ)
			w->events |= CURL_WAIT_POLLIN;
		if (r->fds.at[i]->events & REACTOR_WRITE)
			w->events |= CURL_WAIT_POLLOUT;
	}
}

static void
run_fds(struct reactor *r)
{
	/* Descriptors added by callbacks are not in poll yet. */
	uint32_t n = r->poll.n ? r->poll.n - 1 : 0;

	for (uint32_t i = 0; i < n; i++) {
		struct reactor_fd *f = r->fds.at[i];
		short got = r->poll.at[i + 1].revents;
		unsigned events = 0;

		if (f->dead || !got)
			continue;
		/* Hang-ups and errors are for whoever reads or writes. */
		if (got & (CURL_WAIT_POLLIN | CURL_WAIT_POLLPRI) ||
		    !(got & CURL_WAIT_POLLOUT))
			events |= REACTOR_READ;
		if (got & CURL_WAIT_POLLOUT)
			events |= REACTOR_WRITE;
		f->fn(f->ctx, events);
	}
}

static void
sweep(struct reactor *r)
{
	uint32_t kept = 0;

	if (!r->sweep)
		return;
	r->sweep = false;
	for (uint32_t i = 0; i < r->timers.n; i++) {
		if (r->timers.at[i]->dead)
			free(r->timers.at[i]);
		else
			r->timers.at[kept++] = r->timers.at[i];
	}
	r->timers.n = kept;
	kept = 0;
	for (uint32_t i = 0; i < r->fds.n; i++) {
		if (r->fds.at[i]->dead)
			free(r->fds.at[i]);
		else
			r->fds.at[kept++] = r->fds.at[i];
	}
	r->fds.n = kept;
}

/* ---- transfers ---- */

void
reactor_transfer_add(struct reactor *r, struct reactor_transfer *t)
{
	curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
	vec_push(&r->transfers, t);
	r->queued = true;
}

static void
unlink_transfer(struct reactor *r, struct reactor_transfer *t)
{
	uint32_t i = 0;

	while (i < r->transfers.n && r->transfers.at[i] != t)
		i++;
	BUG_IF(i == r->transfers.n);
	r->transfers.at[i] = r->transfers.at[--r->transfers.n];
	if (t->added)
		curl_multi_remove_handle(r->multi, t->easy);
	t->on_removed(t);
}

uint32_t
reactor_transfers(const struct reactor *r)
{
	return r->transfers.n;
}

void
reactor_transfer_remove(struct reactor *r, struct reactor_transfer *t)
{
	if (!r->in_perform) {
		unlink_transfer(r, t);
		return;
	}
	t->removing = true;
	r->queued = true;
}

void
reactor_transfer_resume(struct reactor *r, struct reactor_transfer *t)
{
	t->resuming = true;
	r->queued = true;
}

/* Adds and resumes; resuming may call back at once, hence within in_perform. */
static void
start_queued(struct reactor *r)
{
	uint32_t n = r->transfers.n;

	if (!r->queued)
		return;
	r->queued = false;
	for (uint32_t i = 0; i < n; i++) {
		struct reactor_transfer *t = r->transfers.at[i];

		if (!t->added && !t->removing) {
			t->added = true;
			curl_multi_add_handle(r->multi, t->easy);
		}
		if (t->resuming && !t->removing) {
			t->resuming = false;
			curl_easy_pause(t->easy, CURLPAUSE_CONT);
		}
	}
}

static void
remove_queued(struct reactor *r)
{
	for (uint32_t i = 0; i < r->transfers.n;) {
		struct reactor_transfer *t = r->transfers.at[i];

		if (t->removing)
			unlink_transfer(r, t);
		else
			i++;
	}
}

static void
run_transfers(struct reactor *r)
{
	CURLMsg *m;
	int left, running;

	/* curl_multi_add_handle is not allowed inside callbacks, but these are
	 * not libcurl's: in_perform only delays what they ask for. */
	r->in_perform = true;
	start_queued(r);
	curl_multi_perform(r->multi, &running);
	r->in_perform = false;
	if (r->queued)
		remove_queued(r);
	while ((m = curl_multi_info_read(r->multi, &left))) {
		struct reactor_transfer *t = NULL;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE,
				  (char **)(void *)&t);
		t->on_end(t, m->data.result);
	}
}

void
reactor_last_add(struct reactor *r, struct reactor_last *last)
{
	last->next = r->last;
	last->link = &r->last;
	if (last->next)
		last->next->link = &last->next;
	r->last = last;
}

void
reactor_last_take(struct reactor_last *last)
{
	if (!last->link)
		return;
	*last->link = last->next;
	if (last->next)
		last->next->link = last->link;
	last->link = NULL;
}

/* ---- turns ---- */

void
reactor_turn(struct reactor *r, int64_t wait_ms)
{
	struct reactor_timer *t;
	int64_t left;

	sweep(r);
	t = next_timer(r, UINT64_MAX);
	if (t) {
		left = t->due_ms - clock_boot_ms(r->clock);
		if (left < wait_ms)
			wait_ms = left;
	}
	if (wait_ms < 0 || r->queued)
		wait_ms = 0;
	if (wait_ms > IDLE_MS)
		wait_ms = IDLE_MS;
	fill_poll(r);
	curl_multi_poll(r->multi, r->poll.at, r->poll.n, (int)wait_ms, NULL);
	if (r->poll.at[0].revents)
		wake_clear(&r->wake);
	run_timers(r);
	run_fds(r);
	run_transfers(r);
	if (r->turn_end)
		r->turn_end(r->turn_end_ctx);
	sweep(r);
}

void
reactor_run(struct reactor *r)
{
	while (!r->stopped)
		reactor_turn(r, IDLE_MS);
}
