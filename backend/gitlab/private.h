/*
 * The inside of the GitLab reader: gitlab.c is its life, its rounds and its
 * state, call.c one exchange, jobs.c and runners.c what is asked and delivered,
 * known.c the jobs told so far and how they ended.
 */
#ifndef GITLAB_PRIVATE_H
#define GITLAB_PRIVATE_H

#include "backend/base/finder.h"
#include "backend/gitlab/gitlab.h"
#include "backend/net/retry.h"

enum {
	PAGE_ITEMS = 100,  /* GitLab's own ceiling */
	JOBS_MAX = 20000,  /* more is refused as a list nobody can watch */
	RUNNERS_MAX = 2000,
	RUNNERS_OWN_MAX = 100, /* read one by one through REST */
	PROJECTS_MAX = 50, /* watched without administrator's rights */
	FOLLOW_MAX = 200,  /* ended jobs waiting to be asked about */
	FOLLOW_ABREAST = 4,
};

struct gitlab_answer {
	int status;		 /* HTTP; 0: none */
	struct err err;		 /* ERR_NONE on 2xx with JSON */
	const struct tree *body; /* dies after on_answer */
	int64_t retry_after_ms;	 /* -1: none */
};

typedef void (*on_answer)(struct gitlab *g, void *ctx,
			  const struct gitlab_answer *a);

/* What may this token see? */
enum rights { RIGHTS_UNKNOWN, RIGHTS_ADMIN, RIGHTS_USER };

/* The questions of a round, in order. */
enum step {
	STEP_WHO,
	STEP_PROJECTS,	/* of those who are no administrator */
	STEP_JOBS,
	STEP_RUNNERS,
	STEP_DETAILS,	/* REST: tags and managers, one runner at a time */
	STEP_COUNT,
};

struct project {
	int64_t id;
	char *path;
};

struct gitlab {
	struct reactor *reactor;
	const struct sink *sink;
	struct seal *seal;
	struct http_endpoint endpoint;
	char *authorization;	/* header line; wiped on free */
	int64_t interval_ms;
	int32_t speed_milli;	/* of the simulated cloud, else 1000 */
	struct reactor_timer *timer;
	struct backoff backoff;
	struct call *calls;
	bool freeing;

	enum rights rights;
	char *user;
	enum source_state state;
	bool jobs_loaded, runners_loaded;
	struct err told;	/* the trouble logged last */
	struct err bad;		/* first unreadable item of the round */
	int64_t not_before_ms;	/* BOOTTIME: GitLab asked us to wait */

	/* the round under way */
	bool running, again;
	enum step step;
	uint32_t page;		/* REST, from 1 */
	char *cursor;		/* GraphQL, NULL: first page */
	bool listing;		/* between list_begin and list_end */
	bool broken;		/* some item of the list was unreadable */
	uint32_t listed;
	int64_t due_boot_ms[STEP_COUNT];

	bool plain_fields;	/* this server knows only the older ones */
	VEC(struct project) projects;
	uint32_t project_at;	/* next of the sweep */
	VEC(int64_t) runners;	/* ids of the REST list */
	bool runners_cut;	/* it was longer than that */
	bool details_done;	/* of the list read last */
	uint32_t runner_at;
	bool runner_managers;	/* the second question about runner_at */

	struct finder known;	/* struct known, by its job's number */
	uint32_t epoch;
	VEC(int64_t) follow;	/* numbers to ask about, oldest first */
	uint32_t follow_at, following;
};

/* ---- call.c ---- */

/* target below the base URL; body NULL: GET, else POST of JSON.  One on_answer
 * each, none once the reader is being freed.  ctx is malloc'ed or NULL and is
 * freed after on_answer. */
void gitlab_call(struct gitlab *g, enum row_id row, const char *target,
		 const char *body, on_answer fn, void *ctx);
/* POST of a query; cursor NULL writes null. */
void gitlab_graphql(struct gitlab *g, const char *query, const char *cursor,
		    on_answer fn);
void gitlab_calls_drop(struct gitlab *g);

/* ---- gitlab.c ---- */

int64_t gitlab_boot_ms(const struct gitlab *g);
/* A wait in world time as it passes here. */
int64_t gitlab_scaled_ms(const struct gitlab *g, int64_t ms);
/* The current step has all it asked for. */
void gitlab_step_done(struct gitlab *g);
/* It failed: the round ends, the next one comes after a back-off. */
void gitlab_step_failed(struct gitlab *g, const struct gitlab_answer *a);
/* An item could not be read: the list is incomplete and the source says so. */
void gitlab_item_bad(struct gitlab *g, const struct err *err);

/* ---- jobs.c ---- */

void jobs_begin(struct gitlab *g);
void projects_begin(struct gitlab *g);
void projects_drop(struct gitlab *g);

/* ---- runners.c ---- */

void runners_begin(struct gitlab *g);
void details_begin(struct gitlab *g);

/* ---- known.c ---- */

/* A job of the list under way; taken over and delivered. */
void known_init(struct gitlab *g);
void known_put(struct gitlab *g, const struct record *taken);
/* Before a complete list ends: what it lacks has ended and is asked about
 * once; until its last word is in, it stays. */
void known_settle(struct gitlab *g);
void known_drop(struct gitlab *g);

#endif
