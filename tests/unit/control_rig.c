/*
 * A backend against the rig's server.
 */
#include "backend/control/backend_private.h"
#include "tests/unit/control_rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

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
set_env(struct control_rig *r)
{
	static const char *const clear[] = {
		"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_EC2",
		"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_AUTO_SCALING",
		"GITLAB_URL", "GITLAB_HOST", "GITLAB_TOKEN", "KUBECONFIG",
	};

	for (size_t i = 0; i < ARRAY_LEN(clear); i++)
		unsetenv(clear[i]);
	setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "secret", 1);
	setenv("AWS_REGION", "eu-west-1", 1);
	setenv("AWS_CONFIG_FILE", "", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "", 1);
	setenv("AWS_ENDPOINT_URL", fake_http_url(r->server), 1);
	setenv("XDG_CONFIG_HOME", r->dir, 1);
	setenv("XDG_STATE_HOME", r->dir, 1);
}

void
rig_init(struct control_rig *r)
{
	char *text;

	memset(r, 0, sizeof(*r));
	fake_clock_init(&r->clock);
	r->clock.wall = INT64_C(1771405200000); /* 2026-02-18T09:00:00Z */
	r->dir = temporary_new();
	r->kubeconfig = xasprintf("%s/kubeconfig", r->dir);
	r->journal = xasprintf("%s/journal.jsonl", r->dir);
	r->config = xasprintf("%s/config.yaml", r->dir);
	r->rv = 100;
	buf_init(&r->writes, 1 << 20);
	buf_init(&r->notes, 1 << 20);
	r->server_loop = reactor_new(&clock_system);
	r->server = fake_http_new(r->server_loop, NULL, rig_answer, r);
	set_env(r);
	text = xasprintf("apiVersion: v1\nkind: Config\n"
			 "current-context: test\n"
			 "clusters:\n- name: ci\n  cluster:\n    server: %s\n"
			 "users:\n- name: u\n  user: {}\n"
			 "contexts:\n- name: test\n  context:\n"
			 "    cluster: ci\n    user: u\n",
			 fake_http_url(r->server));
	write_file(r->kubeconfig, text);
	free(text);
	write_file(r->config, "");
	r->port = port_new();
	r->options = (struct backend_config){
		.kubeconfig = r->kubeconfig,
		.config_file = r->config,
		.journal_file = r->journal,
		.simulated = true,
		.loopback_only = true,
		.no_gitlab = true,
		.via = "console",
		.clock = &r->clock.work,
	};
}

void
rig_small_world(struct control_rig *r)
{
	rig_init(r);
	rig_node(r, "n1", "uid-n1", "i-1", false);
	rig_node(r, "n2", "uid-n2", "i-2", false);
	rig_pod(r, "ci", "web", "uid-web", "n1", 0, NULL);
	rig_pod(r, "ci", "job", "uid-job", "n1", 42, NULL);
	rig_group(r, "general", 1, 2, 5, "i-1,i-2");
}

void
rig_go(struct control_rig *r)
{
	struct err err = { .code = ERR_NONE };

	r->backend = backend_new(&r->options, r->port, &err);
	if (!r->backend)
		fail_msg("%s", err.text);
}

void
rig_restart(struct control_rig *r)
{
	backend_free(r->backend);
	port_free(r->port);
	r->port = port_new();
	rig_go(r);
}

void
rig_end(struct control_rig *r)
{
	backend_free(r->backend);
	fake_http_free(r->server);
	reactor_free(r->server_loop);
	port_free(r->port);
	for (int i = 0; i < RIG_OBJECTS; i++) {
		free(r->nodes[i].json);
		free(r->pods[i].json);
		free(r->deployments[i].json);
	}
	if (r->has_answer)
		reply_fini(&r->answer);
	free(r->lease);
	free(r->kubeconfig);
	free(r->journal);
	free(r->config);
	buf_fini(&r->writes);
	buf_fini(&r->notes);
	temporary_remove(r->dir);
}

/* Notes are written down; one answer is kept for rig_ask. */
static void
hear(struct control_rig *r)
{
	struct reply got;

	while (!r->has_answer && port_next_reply(r->port, &got)) {
		if (got.id) {
			r->answer = got;
			r->has_answer = true;
			return;
		}
		buf_printf(&r->notes, "%s%s%s\n", got.title,
			   got.text ? " " : "", got.text ? got.text : "");
		reply_fini(&got);
	}
}

static void
pump(struct control_rig *r, int64_t wait_ms)
{
	backend_turn(r->backend, wait_ms);
	reactor_turn(r->server_loop, 0);
	hear(r);
}

void
rig_turn(struct control_rig *r)
{
	fake_clock_move(&r->clock, 5);
	pump(r, 1);
	reactor_turn(r->server_loop, 1);
}

/* The disk and the worker take real time, the world none: without this a busy
 * machine's world is hours ahead of its journal. */
static void
settle(struct control_rig *r)
{
	int64_t end = clock_boot_ms(&clock_system) + 15000;

	while (worker_pending(r->backend->worker)) {
		if (clock_boot_ms(&clock_system) > end)
			fail_msg("%u jobs wait for the worker",
				 worker_pending(r->backend->worker));
		pump(r, 1);
	}
}

void
rig_pass(struct control_rig *r, int64_t ms)
{
	/* Renewals come every two seconds; an hour must not take one. */
	int64_t most = ms > 600000 ? 1500 : 200;

	while (ms > 0) {
		int64_t step = ms < most ? ms : most;

		fake_clock_move(&r->clock, step);
		for (int i = 0; i < 5; i++)
			pump(r, i == 2);
		settle(r);
		ms -= step;
	}
}

const struct snapshot *
rig_look(struct control_rig *r)
{
	return backend_look(r->backend);
}

bool
rig_knows(struct control_rig *r, enum kind kind, const char *name)
{
	const struct snapshot *s = rig_look(r);
	bool there = !handle_is_none(snapshot_find(s, kind, NULL, name));

	snapshot_unref(s);
	return there;
}

static bool
live(struct control_rig *r)
{
	const struct snapshot *s = rig_look(r);
	bool yes = s->source[SOURCE_KUBERNETES].state == SOURCE_LIVE &&
		   s->source[SOURCE_AWS].state == SOURCE_LIVE;

	snapshot_unref(s);
	return yes;
}

void
rig_until_live(struct control_rig *r)
{
	rig_until(r, live(r));
}

/* ---- talking ---- */

struct reply
rig_ask(struct control_rig *r, struct command c)
{
	int64_t end = clock_boot_ms(&clock_system) + 15000;

	c.id = ++r->next_id;
	assert_true(port_send(r->port, &c));
	for (;;) {
		if (r->has_answer) {
			r->has_answer = false;
			if (r->answer.id == c.id)
				return r->answer;
			reply_fini(&r->answer); /* nobody waits for it */
		}
		if (clock_boot_ms(&clock_system) > end)
			fail_msg("no reply to command %d", c.kind);
		rig_turn(r);
	}
}

struct reply
rig_preview(struct control_rig *r, const char *verb, enum kind kind,
	    const char *ns, const char *name, const char *args)
{
	struct command c = { .kind = COMMAND_PREVIEW };

	c.target.handle.kind = (uint8_t)kind;
	snprintf(c.verb, sizeof(c.verb), "%s", verb);
	snprintf(c.args, sizeof(c.args), "%s", str_or_empty(args));
	snprintf(c.text, sizeof(c.text), "because of a test");
	snprintf(c.target.ns, sizeof(c.target.ns), "%s", str_or_empty(ns));
	snprintf(c.target.name, sizeof(c.target.name), "%s", name);
	return rig_ask(r, c);
}

struct reply
rig_confirm(struct control_rig *r, uint64_t ref, const char *typed)
{
	struct command c = { .kind = COMMAND_CONFIRM, .ref = ref };

	snprintf(c.text, sizeof(c.text), "%s", str_or_empty(typed));
	return rig_ask(r, c);
}

enum err_code
rig_do(struct control_rig *r, const char *verb, enum kind kind,
       const char *ns, const char *name, const char *args, const char *typed)
{
	struct reply p = rig_preview(r, verb, kind, ns, name, args);
	enum err_code code = (enum err_code)p.code;

	if (code == ERR_NONE) {
		struct reply done = rig_confirm(r, p.ref, typed);

		code = (enum err_code)done.code;
		reply_fini(&done);
	}
	reply_fini(&p);
	return code;
}

static uint32_t
count_in(const char *hay, const char *needle)
{
	uint32_t n = 0;

	for (const char *at = hay; (at = strstr(at, needle)); at++)
		n++;
	return n;
}

uint32_t
rig_wrote(const struct control_rig *r, const char *text)
{
	return count_in(buf_text(&r->writes), text);
}

uint32_t
rig_journalled(const struct control_rig *r, const char *text)
{
	char *file;
	uint32_t n;

	if (access(r->journal, R_OK) != 0)
		return 0;
	file = read_fixture(r->journal, NULL);
	n = count_in(file, text);
	free(file);
	return n;
}
