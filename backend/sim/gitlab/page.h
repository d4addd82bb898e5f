/*
 * REST's lists in pages (reference integrations B1): by number with totals, or
 * by keyset with a link to what follows.
 */
#ifndef SIM_GITLAB_PAGE_H
#define SIM_GITLAB_PAGE_H

#include "backend/sim/gitlab/face.h"

/* One answer: items are offered in the order of the list. */
struct listing {
	struct gitlab_call *c;
	json_t *items;
	int64_t page, per_page, seen;
	bool keyset;	 /* follow by id instead of by page */
	bool up;	 /* sort=asc */
	int64_t passed;	 /* keyset: ids up to this one were told before */
	bool more;
	int64_t last_id;
};

struct listing listing_begin(struct gitlab_call *c);
/* True: the item belongs on this page and is to be made. */
bool listing_wants(struct listing *l, int64_t id);
/* Answers. */
void listing_end(struct listing *l);

/* The i-th of n by age as the list wants it: newest first unless it goes up. */
static inline uint32_t
listing_at(const struct listing *l, uint32_t i, uint32_t n)
{
	return l->up ? i : n - 1 - i;
}

/* A whole number and nothing else. */
bool gitlab_whole(const char *text, int64_t *n);
/* "true" or "1", "false" or "0". */
bool gitlab_flag_is(const char *text, bool on);

#endif
