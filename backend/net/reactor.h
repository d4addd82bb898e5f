/*
 * The backend thread's loop: curl_multi, timers, extra descriptors.
 *
 * One turn: expired timers in order of time, then ready descriptors and
 * transfers, then on_turn_end (the one named place for end-of-turn work such as
 * publishing).  Nothing here blocks except waiting for the next of these.
 *
 * Thread: all calls from the thread that runs the reactor, except reactor_wake.
 * A long-lived thing (timer, fd) is closed by its owner; a request ends in
 * exactly one callback (http.h).
 */
#ifndef NET_REACTOR_H
#define NET_REACTOR_H

#include "backend/base/clock.h"

struct reactor;
struct reactor_timer;
struct reactor_fd;

/* The clock is borrowed.  Call curl_global_init before threads start. */
struct reactor *reactor_new(const struct clockwork *clock);
void reactor_free(struct reactor *r);
const struct clockwork *reactor_clock(const struct reactor *r);
/* The CURLM *; for http.c only. */
void *reactor_multi(struct reactor *r);

/* Runs turns until reactor_stop. */
void reactor_run(struct reactor *r);
/* One turn that waits at most wait_ms (tests pump by hand). */
void reactor_turn(struct reactor *r, int64_t wait_ms);
void reactor_stop(struct reactor *r);
/* Requests that have not ended: what a test waits for. */
uint32_t reactor_transfers(const struct reactor *r);
/* Ends the wait at once.  Any thread, and signal handlers. */
void reactor_wake(struct reactor *r);
void reactor_on_turn_end(struct reactor *r, void (*fn)(void *ctx), void *ctx);

/* Fires once after delay_ms on the BOOTTIME clock; may be armed again. */
struct reactor_timer *reactor_timer_new(struct reactor *r,
					void (*fn)(void *ctx), void *ctx);
void reactor_timer_arm(struct reactor_timer *t, int64_t delay_ms);
void reactor_timer_disarm(struct reactor_timer *t);
bool reactor_timer_armed(const struct reactor_timer *t);
void reactor_timer_free(struct reactor_timer *t);

enum { REACTOR_READ = 1, REACTOR_WRITE = 2 };
struct reactor_fd *reactor_fd_new(struct reactor *r, int fd, unsigned events,
				  void (*fn)(void *ctx, unsigned events),
				  void *ctx);
void reactor_fd_free(struct reactor_fd *f); /* does not close the fd */

#endif
