/*
 * A scripted API server for list and watch: how it behaves is a struct that
 * tests change as they go.
 */
#ifndef UNIT_KUBE_SCRIPT_H
#define UNIT_KUBE_SCRIPT_H

#include "tests/unit/kube_rig.h"

/* How the server behaves in one test; requests that nothing matches get 404. */
struct script {
	struct kube_rig rig;
	const char *list;	/* a whole list's answer, or NULL */
	int list_status, watch_status;
	const char *list_head, *watch_head;
	const char *watch_body; /* answered and closed; NULL: stream on */
	const char *watch_first; /* sent on each stream */
	bool pages;		/* three pages of one pod each */
	bool page_expired;	/* 410 on the second, then whole lists */
	bool hang, drop_list, drop_page;
};

#define WATCH "watch=1"
#define LIST "limit=500"

/* A list of nothing at version 5; lives from open_script to close_script. */
extern char *empty_list;

void script_answer(void *ctx, struct fake_conn *c,
		   const struct fake_request *q);
void open_script(struct script *s);
void close_script(struct script *s);
/* The client and the server are at ease: one stream is open. */
void until_watching(struct script *s);
void send_event(struct script *s, const char *type, const char *object);
/* Turns until that many requests contain the text. */
void until_asked(struct script *s, const char *part, uint32_t n);
/* Steps time on until then; the time it took. */
int64_t step_until_asked(struct script *s, const char *part, uint32_t n);

#endif
