/*
 * What http.c needs of the reactor: adding, removing and resuming transfers at
 * any time, also from inside libcurl's callbacks, where libcurl itself forbids
 * it.
 *
 * A transfer is linked from reactor_transfer_add until on_removed.  libcurl may
 * call back for it until then, so nothing it points at may be freed earlier.
 */
#ifndef NET_REACTOR_PRIVATE_H
#define NET_REACTOR_PRIVATE_H

#include <curl/curl.h>

#include "backend/net/reactor.h"

struct reactor_transfer {
	CURL *easy; /* CURLOPT_PRIVATE points back here */
	/* libcurl is done with it; also when the reactor is freed, then with
	 * CURLE_ABORTED_BY_CALLBACK.  Must call reactor_transfer_remove. */
	void (*on_end)(struct reactor_transfer *t, CURLcode code);
	/* Not in the multi handle any more: clean up easy, free. */
	void (*on_removed)(struct reactor_transfer *t);
	bool added, removing, resuming; /* the reactor's */
};

void reactor_transfer_add(struct reactor *r, struct reactor_transfer *t);
/* on_removed follows, at once or at the end of libcurl's work. */
void reactor_transfer_remove(struct reactor *r, struct reactor_transfer *t);
/* Undoes CURLPAUSE_RECV; what libcurl held back arrives in the next turn. */
void reactor_transfer_resume(struct reactor *r, struct reactor_transfer *t);

/* Calls fn when the reactor is freed, unless taken back before: for things that
 * must not outlive it, such as child processes. */
struct reactor_last {
	void (*fn)(void *ctx);
	void *ctx;
	struct reactor_last *next, **link; /* the reactor's */
};
void reactor_last_add(struct reactor *r, struct reactor_last *last);
void reactor_last_take(struct reactor_last *last);

#endif
