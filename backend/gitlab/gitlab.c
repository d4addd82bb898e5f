/*
 * The GitLab reader's life: rounds of questions, back-off, what the source's
 * state says.
 *
 * A round asks what is due, one question after the other.  A failure ends the
 * round: lists under way end incomplete, nothing is removed, and the next round
 * comes after a back-off that respects Retry-After (GitLab's own limits often
 * send none).
 */
#include "backend/gitlab/gitlab.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/log.h"
#include "backend/base/text.h"
#include "backend/gitlab/private.h"

enum {
	INTERVAL_MS = 10000,
	BACKOFF_MS = 2000,
	BACKOFF_CAP_MS = 60000,
	AUTH_WAIT_MS = 60000, /* a refused token does not heal by asking */
	FASTEST_MS = 1000,
};

/* How often each step is asked, besides jobs which every round brings. */
static const int64_t every_ms[STEP_COUNT] = {
	[STEP_WHO] = 3600000,
	[STEP_PROJECTS] = 300000,
	[STEP_RUNNERS] = 60000,
};
enum { RUNNERS_OWN_EVERY_MS = 300000 };

int64_t
gitlab_boot_ms(const struct gitlab *g)
{
	return clock_boot_ms(reactor_clock(g->reactor));
}

int64_t
gitlab_scaled_ms(const struct gitlab *g, int64_t ms)
{
	int64_t fast;

	if (g->speed_milli <= 1000)
		return ms;
	fast = ms * 1000 / g->speed_milli;
	if (fast < FASTEST_MS)
		fast = ms < FASTEST_MS ? ms : FASTEST_MS;
	return fast;
}

/* ---- what the source's state says ---- */

static void
tell(struct gitlab *g, enum source_state state, const struct err *err)
{
	if (state != g->state ||
	    (err && strcmp(err->text, g->told.text) != 0)) {
		log_at(LOG_INFO, "gitlab", "state=%s%s%s",
		       source_state_name(state), err ? " trouble=" : "",
		       err ? err->text : "");
	}
	if (err)
		g->told = *err;
	g->state = state;
	g->sink->status(g->sink->ctx, SOURCE_GITLAB, state, err);
}

/* GraphQL answers those who are no administrator with empty lists, so what is
 * missing must be said here. */
static void
tell_rights(struct gitlab *g)
{
	struct err err;

	if (g->rights != RIGHTS_USER)
		return;
	err_set(&err, ERR_PARTIAL,
		"%s is no administrator of GitLab: shown are %s%u of their "
		"runners and the jobs of %s%u projects; other jobs and "
		"runners stay unseen",
		*g->user ? g->user : "this token",
		g->runners_cut ? "the first " : "", g->runners.n,
		g->projects.n == PROJECTS_MAX ? "the latest " : "",
		g->projects.n);
	tell(g, g->state, &err);
}

static void
tell_good(struct gitlab *g)
{
	if (g->bad.code) {
		tell(g, g->jobs_loaded ? SOURCE_STALE : SOURCE_FAILED,
		     &g->bad);
		return;
	}
	tell(g,
	     g->jobs_loaded && g->runners_loaded ? SOURCE_LIVE
						 : SOURCE_LOADING,
	     NULL);
	tell_rights(g);
}

void
gitlab_item_bad(struct gitlab *g, const struct err *err)
{
	g->broken = true;
	if (g->bad.code)
		return;
	err_set(&g->bad, ERR_BAD, "%s: an answer cannot be understood: %s",
		g->endpoint.base_url, err->text);
}

/* ---- who we are ---- */

static void
on_who(struct gitlab *g, void *ctx, const struct gitlab_answer *a)
{
	const char *name = tree_text(tree_get(a->body, "username"));
	char clean[80];

	(void)ctx;
	/* Some tokens may read runners but not who they are. */
	if (a->err.code && a->err.code != ERR_DENIED) {
		gitlab_step_failed(g, a);
		return;
	}
	free(g->user);
	name = a->err.code ? "" : str_or_empty(name);
	text_clean_to(clean, sizeof(clean), name, strlen(name));
	g->user = xstrdup(clean);
	/* Only an administrator's own answer has this member. */
	g->rights = !a->err.code &&
				    tree_bool(tree_get(a->body, "is_admin"),
					      false)
			    ? RIGHTS_ADMIN
			    : RIGHTS_USER;
	gitlab_step_done(g);
}

static void
who_begin(struct gitlab *g)
{
	gitlab_call(g, ROW_GITLAB_GET, "/api/v4/user", NULL, on_who, NULL);
}

/* ---- rounds ---- */

static void (*const begin[STEP_COUNT])(struct gitlab *g) = {
	[STEP_WHO] = who_begin,
	[STEP_PROJECTS] = projects_begin,
	[STEP_JOBS] = jobs_begin,
	[STEP_RUNNERS] = runners_begin,
	[STEP_DETAILS] = details_begin,
};

static bool
is_due(const struct gitlab *g, enum step step)
{
	bool user = g->rights == RIGHTS_USER;

	if (step == STEP_WHO && g->rights == RIGHTS_UNKNOWN)
		return true;
	if (step == STEP_JOBS)
		return true;
	if (step == STEP_PROJECTS && !user)
		return false;
	/* Details belong to the list that was just read. */
	if (step == STEP_DETAILS)
		return user && g->runner_at == 0 && !g->details_done;
	return gitlab_boot_ms(g) >= g->due_boot_ms[step];
}

static void
round_over(struct gitlab *g)
{
	int64_t wait = gitlab_scaled_ms(g, g->interval_ms);

	g->running = false;
	g->backoff.tries = 0;
	tell_good(g);
	reactor_timer_arm(g->timer, g->again ? 0 : wait);
	g->again = false;
}

static void
go_on(struct gitlab *g)
{
	while (g->step < STEP_COUNT && !is_due(g, g->step))
		g->step++;
	if (g->step == STEP_COUNT)
		round_over(g);
	else
		begin[g->step](g);
}

static void
note_done(struct gitlab *g)
{
	int64_t wait = every_ms[g->step];

	if (g->step == STEP_RUNNERS) {
		g->details_done = false;
		if (g->rights == RIGHTS_USER)
			wait = RUNNERS_OWN_EVERY_MS;
	}
	if (g->step == STEP_DETAILS)
		g->details_done = true;
	g->due_boot_ms[g->step] =
		gitlab_boot_ms(g) + gitlab_scaled_ms(g, wait);
}

void
gitlab_step_done(struct gitlab *g)
{
	note_done(g);
	g->step++;
	go_on(g);
}

/* Lists that have begun must end. */
static void
end_lists(struct gitlab *g)
{
	if (!g->listing)
		return;
	g->listing = false;
	if (g->step == STEP_JOBS) {
		g->sink->list_end(g->sink->ctx, KIND_JOB, false);
	} else {
		g->sink->list_end(g->sink->ctx, KIND_RUNNER, false);
		g->sink->list_end(g->sink->ctx, KIND_MANAGER, false);
	}
}

void
gitlab_step_failed(struct gitlab *g, const struct gitlab_answer *a)
{
	int64_t now = gitlab_boot_ms(g), wait;

	end_lists(g);
	free(g->cursor);
	g->cursor = NULL;
	g->running = g->again = false;
	if (g->step == STEP_DETAILS)
		g->due_boot_ms[STEP_RUNNERS] = 0;
	/* Rights may have been taken or given meanwhile. */
	if (a->err.code == ERR_AUTH || a->err.code == ERR_DENIED)
		g->rights = RIGHTS_UNKNOWN;
	tell(g, g->jobs_loaded ? SOURCE_STALE : SOURCE_FAILED, &a->err);
	wait = backoff_next(&g->backoff, now, a->retry_after_ms);
	if (a->err.code == ERR_AUTH && wait < AUTH_WAIT_MS)
		wait = AUTH_WAIT_MS;
	g->not_before_ms = a->retry_after_ms > 0 ? now + a->retry_after_ms
						 : 0;
	reactor_timer_arm(g->timer, wait);
}

static void
on_timer(void *ctx)
{
	struct gitlab *g = ctx;

	g->running = true;
	g->step = STEP_WHO;
	g->bad = (struct err){ 0 };
	if (g->state == SOURCE_OFF)
		tell(g, SOURCE_CONNECTING, NULL);
	go_on(g);
}

void
gitlab_refresh(struct gitlab *g)
{
	int64_t now = gitlab_boot_ms(g);

	g->due_boot_ms[STEP_RUNNERS] = 0;
	g->due_boot_ms[STEP_PROJECTS] = 0;
	if (g->running) {
		g->again = true;
		return;
	}
	reactor_timer_arm(g->timer, g->not_before_ms > now
					    ? g->not_before_ms - now
					    : 0);
}

/* ---- life ---- */

bool
gitlab_options_from_env(struct gitlab_options *out)
{
	const char *url = getenv("GITLAB_URL");
	const char *token = getenv("GITLAB_TOKEN");

	if (!*str_or_empty(url))
		url = getenv("GITLAB_HOST");
	if (!*str_or_empty(url) || !*str_or_empty(token))
		return false;
	*out = (struct gitlab_options){ .url = url, .token = token };
	return true;
}

/* GITLAB_HOST often has no scheme; nothing ends in a slash or in /api/v4. */
static char *
base_url(const char *url)
{
	static const char api[] = "/api/v4";
	char *base = strstr(url, "://") ? xstrdup(url)
					: xasprintf("https://%s", url);
	size_t len = strlen(base);

	while (len && base[len - 1] == '/')
		base[--len] = '\0';
	if (len > sizeof(api) - 1 &&
	    strcmp(base + len - (sizeof(api) - 1), api) == 0)
		base[len - (sizeof(api) - 1)] = '\0';
	return base;
}

struct gitlab *
gitlab_new(struct reactor *r, const struct sink *sink,
	   const struct gitlab_options *options)
{
	struct gitlab *g = xcalloc(1, sizeof(*g));

	g->reactor = r;
	g->sink = sink;
	g->seal = seal_new();
	known_init(g);
	g->endpoint.base_url = base_url(options->url);
	g->authorization = xasprintf("Authorization: Bearer %s",
				     options->token);
	g->interval_ms = options->interval_ms ? options->interval_ms
					      : INTERVAL_MS;
	g->speed_milli = 1000;
	g->user = xstrdup("");
	g->backoff = (struct backoff){
		.base_ms = BACKOFF_MS,
		.cap_ms = BACKOFF_CAP_MS,
		.jitter = 1.0,
		.rng = { options->seed },
	};
	g->timer = reactor_timer_new(r, on_timer, g);
	reactor_timer_arm(g->timer, 0);
	return g;
}

void
gitlab_free(struct gitlab *g)
{
	if (!g)
		return;
	g->freeing = true;
	gitlab_calls_drop(g);
	reactor_timer_free(g->timer);
	known_drop(g);
	projects_drop(g);
	vec_free(&g->runners);
	seal_free(g->seal);
	http_endpoint_fini(&g->endpoint);
	secret_free(g->authorization);
	free(g->cursor);
	free(g->user);
	free(g);
}
