/*
 * One list+watch: watch.c runs it, watch_items.c decodes and delivers,
 * watches.c keeps them, state.c sums them up.
 */
#ifndef KUBE_WATCH_PRIVATE_H
#define KUBE_WATCH_PRIVATE_H

#include "backend/kube/private.h"

enum watch_state {
	WATCH_IDLE,
	WATCH_LISTING,
	WATCH_WATCHING,
	WATCH_WAITING, /* for its timer: after a failure, or between streams */
	WATCH_DENIED,  /* forbidden or not there; asked again each minute */
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
	struct buf body;	/* of an answer that is not 200 */
	struct err stream_err;	/* what stopped the reader */
	struct err trouble;	/* why it is not well; told by state.c */
	struct err shortage;	/* well, but not all objects can be read */
	int64_t heard_boot_ms;	/* last word; 0: never */
	int64_t retry_ms;	/* a Status' own wish, -1: none */
	uint32_t serial;	/* of the credentials in use */
	uint32_t unreadable;	/* objects of this list */
	uint32_t refusals;	/* of the version we have, in a row */
	/* One object: what is known of it, for the lists that all single
	 * watches of a kind make up together. */
	const struct record *record;
	int status;
	bool wanted, answered;	/* something of it was heard once */
	bool listed, listed_once;
	bool list_open;		/* the sink heard list_begin */
	bool whole;		/* paging is too slow here: one big list */
	bool found;		/* the one object was in the list */
	bool gone;		/* the stream said 410 */
	bool expired_once, renewed, restarting, closing;
};

/* ---- watch.c ---- */

struct watch *watch_open(struct kube *k, enum kind kind, const char *ns,
			 const char *name);
void watch_want(struct watch *w, bool wanted);
void watch_close(struct watch *w);
/* Ends a long stream and begins another from where it was. */
void watch_again(struct watch *w);
bool watch_is_live(const struct watch *w);

/* ---- watch_items.c ---- */

/* The request line of the next exchange (new). */
char *watch_target(const struct watch *w);
/* A new reader for the list or stream that begins. */
void watch_reader_open(struct watch *w);
void watch_list_begin(struct watch *w);
void watch_list_end(struct watch *w, bool complete);

#endif
