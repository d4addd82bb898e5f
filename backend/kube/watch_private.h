/*
 * One list+watch: watch.c runs it, watches.c keeps them.
 */
#ifndef KUBE_WATCH_PRIVATE_H
#define KUBE_WATCH_PRIVATE_H

#include "backend/kube/private.h"

enum watch_state {
	WATCH_IDLE,
	WATCH_LISTING,
	WATCH_WATCHING,
	WATCH_WAITING, /* for its timer, after a failure */
	WATCH_DENIED,  /* forbidden; asked again each minute */
};

struct watch {
	struct watch *next;
	struct kube *kube;
	enum kind kind;
	enum watch_state state;
	char *ns, *name;	/* NULL: all */
	char *rv, *next_page;	/* version; continue token */
	struct json_reader *reader;
	struct http_request *request;
	struct reactor_timer *timer;
	struct backoff backoff;
	struct buf trouble;	/* body of an answer that is not 200 */
	struct err stream_err;	/* what stopped the reader */
	int64_t heard_boot_ms;
	uint32_t undecodable;
	int status;
	bool wanted, listed, list_open, found;
	bool gone;		/* the stream said 410 */
	bool brief;		/* between two streams: still live */
	bool expired_once, renewed, closing;
};

struct watch *watch_open(struct kube *k, enum kind kind, const char *ns,
			 const char *name);
void watch_want(struct watch *w, bool wanted);
void watch_close(struct watch *w);
/* The request line of the next exchange; new text. */
char *watch_target(const struct watch *w);

#endif
