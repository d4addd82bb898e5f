/*
 * Backend and world in one process.
 */
#include "tests/unit/loop_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend/base/clock.h"
#include "backend/control/backend_private.h"
#include "backend/control/lease.h"
#include "backend/engine/policy.h"

enum { QUIET = 3, PATIENCE = 20000 };

int64_t
loop_now_ms(const struct loop *l)
{
	return sim_now_ms(l->kit.w);
}

/* ---- steps ---- */

static void
hear(struct loop *l)
{
	const struct snapshot *s = port_take(l->port);
	struct reply got;

	snapshot_unref(s);
	while (port_next_reply(l->port, &got)) {
		char when[TIME_TEXT];

		time_format(loop_now_ms(l), false, when);
		if (got.severity == SEVERITY_CRIT)
			snprintf(l->worst, sizeof(l->worst), "%s %s", when,
				 got.title);
		if (l->loud)
			fprintf(stderr, "%s %s%s%s\n", when, got.title,
				got.text ? " " : "", got.text ? got.text : "");
		reply_fini(&got);
	}
}

/* Requests that were lost on their way wait for their deadline. */
static uint32_t
still_lost(struct loop *l)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < l->lost.n; i++)
		if (fake_conn_number(l->server, l->lost.at[i]))
			l->lost.at[n++] = l->lost.at[i];
	return l->lost.n = n;
}

static void
fail_unsettled(struct loop *l)
{
	struct buf conns;

	buf_init(&conns, 64 << 10);
	for (uint32_t i = 0; i < l->streams.n; i++)
		buf_printf(&conns, " s%u", l->streams.at[i].conn);
	for (uint32_t i = 0; i < l->lost.n; i++)
		buf_printf(&conns, " l%u", l->lost.at[i]);
	fail_msg("%u requests never end: %u are watches, %u were lost%s",
		 reactor_transfers(l->backend->reactor), l->streams.n,
		 l->lost.n, fake_conns_text(l->server, &conns));
}

/* Until every request has its answer, every watch has said what there is, and
 * nobody asks anything more. */
static void
settle(struct loop *l)
{
	struct backend *b = l->backend;
	int turns = 0;

	for (int quiet = 0; quiet < QUIET;) {
		uint64_t before = l->requests;
		bool said = loop_pump_streams(l), waits;

		waits = reactor_transfers(b->reactor) >
			l->streams.n + still_lost(l);
		reactor_turn(l->server_loop, 0);
		backend_turn(b, waits && turns > 20);
		/* The disk and the worker take real time, the world none. */
		while (worker_pending(b->worker))
			backend_turn(b, 1);
		reactor_turn(l->server_loop, 0);
		quiet = said || waits || l->requests != before ? 0 : quiet + 1;
		if (++turns > PATIENCE)
			fail_unsettled(l);
	}
	hear(l);
	fake_forget(l->server);
}

static void
step(struct loop *l)
{
	sim_advance(l->kit.w, loop_now_ms(l) + LOOP_STEP_MS);
	fake_clock_move(&l->clock, LOOP_STEP_MS);
	settle(l);
}

void
loop_pass(struct loop *l, int64_t seconds)
{
	for (int64_t i = 0; i < seconds * 1000 / LOOP_STEP_MS; i++)
		step(l);
}

bool
loop_leads(struct loop *l)
{
	return leading_acts(l->backend->leading);
}

void
loop_until_leads(struct loop *l, int64_t seconds)
{
	int64_t end = loop_now_ms(l) + seconds * 1000;

	while (!loop_leads(l)) {
		if (loop_now_ms(l) > end)
			fail_msg("paddock does not lead: %s",
				 leading_waits_for(l->backend->leading));
		step(l);
	}
}

/* ---- life ---- */

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void
set_env(struct loop *l)
{
	static const char *const clear[] = {
		"AWS_PROFILE",
		"AWS_SESSION_TOKEN",
		"AWS_ENDPOINT_URL_EC2",
		"AWS_ENDPOINT_URL_STS",
		"AWS_ENDPOINT_URL_AUTO_SCALING",
		"GITLAB_URL",
		"GITLAB_HOST",
		"GITLAB_TOKEN",
		"KUBECONFIG",
	};

	for (size_t i = 0; i < ARRAY_LEN(clear); i++)
		unsetenv(clear[i]);
	setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
	setenv("AWS_REGION", l->kit.scenario->region, 1);
	setenv("AWS_EC2_METADATA_DISABLED", "true", 1);
	setenv("AWS_CONFIG_FILE", "", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "", 1);
	setenv("AWS_ENDPOINT_URL", fake_http_url(l->server), 1);
	setenv("XDG_CONFIG_HOME", l->dir, 1);
	setenv("XDG_STATE_HOME", l->dir, 1);
}

static void
open_backend(struct loop *l, const struct policy *policy)
{
	char *kubeconfig = xasprintf("%s/kubeconfig", l->dir);
	char *config = xasprintf("%s/config.yaml", l->dir);
	struct err err = { .code = ERR_NONE };
	char *text;

	text = xasprintf("apiVersion: v1\nkind: Config\n"
			 "current-context: test\n"
			 "clusters:\n- name: %s\n  cluster:\n    server: %s\n"
			 "users:\n- name: u\n  user: {}\n"
			 "contexts:\n- name: test\n  context:\n"
			 "    cluster: %s\n    user: u\n",
			 l->kit.scenario->cluster, fake_http_url(l->server),
			 l->kit.scenario->cluster);
	write_file(kubeconfig, text);
	write_file(config, "");
	l->backend = backend_new(
		&(struct backend_config){
			.kubeconfig = kubeconfig,
			.config_file = config,
			.journal_file = l->journal,
			.simulated = true,
			.loopback_only = true,
			.no_gitlab = true,
			.engine = true,
			.mode = MODE_ACTIVE,
			.policy = policy,
			.via = "headless",
			.clock = &l->clock.work,
		},
		l->port, &err);
	assert_ok(l->backend != NULL, &err);
	free(text);
	free(kubeconfig);
	free(config);
}

void
loop_open(struct loop *l, struct kit kit, const struct policy *policy)
{
	*l = (struct loop){ .kit = kit, .loud = getenv("LOUD") != NULL };
	fake_clock_init(&l->clock);
	l->clock.wall = loop_now_ms(l);
	l->dir = temporary_new();
	l->journal = xasprintf("%s/journal.jsonl", l->dir);
	l->server_loop = reactor_new(&clock_system);
	l->server = fake_http_new(l->server_loop, NULL, loop_answer, l);
	loop_faces_open(l);
	l->port = port_new();
	set_env(l);
	open_backend(l, policy);
}

void
loop_close(struct loop *l)
{
	backend_free(l->backend);
	port_free(l->port);
	loop_faces_close(l);
	fake_http_free(l->server);
	reactor_free(l->server_loop);
	kit_close(&l->kit);
	free(l->journal);
	temporary_remove(l->dir);
}
