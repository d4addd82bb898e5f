/*
 * Pages of REST's lists.
 */
#include "backend/sim/gitlab/page.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define PER_PAGE 20
#define PER_PAGE_MAX 100
#define LINKS_MAX 8192 /* four times what was asked for */
#define TOTAL_MAX 10000

bool
gitlab_whole(const char *text, int64_t *n)
{
	char *end;

	if (!text || !isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*n = strtoll(text, &end, 10);
	return !*end && errno == 0;
}

bool
gitlab_flag_is(const char *text, bool on)
{
	return str_eq(text, on ? "true" : "false") ||
	       str_eq(text, on ? "1" : "0");
}

static int64_t
param_number(const struct gitlab_call *c, const char *name, int64_t absent)
{
	int64_t n;

	return gitlab_whole(gitlab_param(c, name, 0), &n) ? n : absent;
}

struct listing
listing_begin(struct gitlab_call *c)
{
	struct listing l = { .c = c,
			     .items = json_array(),
			     .page = param_number(c, "page", 1),
			     .per_page = param_number(c, "per_page", PER_PAGE),
			     .passed = -1 };

	if (l.page < 1 || l.page > INT32_MAX)
		l.page = 1;
	if (l.per_page < 1)
		l.per_page = PER_PAGE;
	if (l.per_page > PER_PAGE_MAX)
		l.per_page = PER_PAGE_MAX;
	l.up = str_eq(gitlab_param(c, "sort", 0), "asc");
	l.keyset = str_eq(gitlab_param(c, "pagination", 0), "keyset") ||
		   gitlab_param(c, "cursor", 0);
	if (l.keyset)
		l.passed = param_number(c, "cursor", -1);
	return l;
}

bool
listing_wants(struct listing *l, int64_t id)
{
	int64_t first = (l->page - 1) * l->per_page;

	if (!l->keyset) {
		l->seen++;
		return l->seen > first && l->seen <= first + l->per_page;
	}
	if (l->passed >= 0 && (l->up ? id <= l->passed : id >= l->passed))
		return false;
	if ((int64_t)json_array_size(l->items) == l->per_page) {
		l->more = true;
		return false;
	}
	l->last_id = id;
	return true;
}

/* ---- headers ---- */

static void
set_number(struct gitlab_call *c, const char *name, int64_t n)
{
	char text[24] = "";

	if (n > 0)
		snprintf(text, sizeof(text), "%lld", (long long)n);
	face_set_header(c->answer, name, text);
}

/* The same query with another value of one parameter. */
static void
add_link(struct buf *out, const struct listing *l, const char *key,
	 int64_t value, const char *rel)
{
	const struct gitlab_call *c = l->c;
	const char *at = c->q->query, *host = face_header(c->q, "Host");

	buf_printf(out, "%s<http://%s%s?", out->len ? ", " : "",
		   host ? host : "localhost", c->q->path);
	while (*at) {
		size_t len = strcspn(at, "&"), eq = strcspn(at, "=&");

		if (eq != strlen(key) || strncmp(at, key, eq) != 0)
			buf_printf(out, "%.*s&", (int)len, at);
		at += len + (at[len] == '&');
	}
	buf_printf(out, "%s=%lld>; rel=\"%s\"", key, (long long)value, rel);
}

static void
tell_pages(struct listing *l, struct buf *links)
{
	struct gitlab_call *c = l->c;
	int64_t pages = (l->seen + l->per_page - 1) / l->per_page;
	bool next, previous;

	if (l->keyset) {
		if (l->more)
			add_link(links, l, "cursor", l->last_id, "next");
		return;
	}
	pages = pages > 0 ? pages : 1;
	next = l->page < pages;
	previous = l->page > 1 && l->page <= pages + 1;
	set_number(c, "x-page", l->page);
	set_number(c, "x-per-page", l->per_page);
	set_number(c, "x-next-page", next ? l->page + 1 : 0);
	set_number(c, "x-prev-page", previous ? l->page - 1 : 0);
	if (previous)
		add_link(links, l, "page", l->page - 1, "prev");
	if (next)
		add_link(links, l, "page", l->page + 1, "next");
	add_link(links, l, "page", 1, "first");
	if (l->seen > TOTAL_MAX) /* then nobody counts to the end */
		return;
	if (l->seen)
		set_number(c, "x-total", l->seen);
	else
		face_set_header(c->answer, "x-total", "0");
	set_number(c, "x-total-pages", pages);
	add_link(links, l, "page", pages, "last");
}

void
listing_end(struct listing *l)
{
	struct buf links;

	buf_init(&links, LINKS_MAX);
	tell_pages(l, &links);
	if (buf_ok(&links)) {
		if (links.len)
			l->c->answer->link =
				arena_strdup(l->c->arena, buf_text(&links));
		gitlab_json(l->c, 200, l->items);
	} else {
		json_decref(l->items);
		gitlab_json(l->c, 414,
			    pack("{s:s}", "error",
				 "414 Request-URI Too Large"));
	}
	buf_fini(&links);
}
