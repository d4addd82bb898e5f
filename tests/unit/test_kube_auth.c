/*
 * Credentials: each form on the wire; exec plugins as shell scripts that count
 * their runs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "backend/kube/auth.h"
#include "backend/net/proc.h"
#include "tests/unit/kube_rig.h"

static char version_v1[] = "client.authentication.k8s.io/v1";

struct scene {
	struct kube_rig rig;
	struct kube_exec exec;
	char *folder, *script, *runs, *env_file;
	char *args[2], *env[3];
	const char *accepted; /* Authorization that is let in; NULL: any */
	uint32_t answers;
	struct err err;
	int status;
};

static void
answer(void *ctx, struct fake_conn *c, const struct fake_request *q)
{
	struct scene *s = ctx;
	const char *got = fake_header(q, "Authorization");

	if (s->accepted && !str_eq(got, s->accepted))
		fake_reply(c, 401, NULL, "{\"kind\":\"Status\",\"message\":"
			   "\"Unauthorized\",\"code\":401}");
	else
		fake_reply(c, 200, NULL, "{\"ok\":true}");
}

static void
write_text(const char *path, const char *text, mode_t mode)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_int_equal(chmod(path, mode), 0);
}

static char *
read_text(const char *path)
{
	FILE *f = fopen(path, "r");
	char text[8192];
	size_t n = 0;

	if (f) {
		n = fread(text, 1, sizeof(text) - 1, f);
		fclose(f);
	}
	return xstrndup(text, n);
}

static size_t
runs(const struct scene *s)
{
	char *text = read_text(s->runs);
	size_t n = strlen(text);

	free(text);
	return n;
}

/* The plugin's script; it may use $DIR. */
static void
set_plugin(struct scene *s, const char *body)
{
	char *text = xasprintf("#!/bin/sh\nDIR='%s'\nprintf . >>$DIR/runs\n"
			       "printf '%%s' \"$KUBERNETES_EXEC_INFO\" "
			       ">$DIR/info\n%s\n", s->folder, body);

	write_text(s->script, text, 0700);
	free(text);
	s->exec = (struct kube_exec){
		.command = s->script,
		.args = s->args,
		.env = s->env,
		.api_version = version_v1,
		.mode = EXEC_IF_AVAILABLE,
	};
}

#define CREDENTIAL(status)                                                  \
	"echo '{\"apiVersion\":\"client.authentication.k8s.io/v1\","        \
	"\"kind\":\"ExecCredential\",\"status\":{" status "}}'"

static void
open_scene(struct scene *s, const char *plugin)
{
	memset(s, 0, sizeof(*s));
	rig_open(&s->rig, answer, s);
	s->folder = temporary_new();
	s->script = xasprintf("%s/plugin", s->folder);
	s->runs = xasprintf("%s/runs", s->folder);
	if (plugin) {
		set_plugin(s, plugin);
		secret_free(s->rig.context.token);
		s->rig.context.token = NULL;
		s->rig.context.exec = &s->exec;
	}
	rig_start(&s->rig, NULL);
}

static void
close_scene(struct scene *s)
{
	s->rig.context.exec = NULL;
	rig_close(&s->rig);
	free(s->script);
	free(s->runs);
	temporary_remove(s->folder);
}

static void
on_done(void *ctx, const struct kube_answer *a)
{
	struct scene *s = ctx;

	s->answers++;
	s->err = a->err;
	s->status = a->status;
}

static void
ask(struct scene *s)
{
	struct err err = { 0 };

	assert_ok(kube_call(s->rig.kube, &(struct kube_call){
		.row = ROW_K8S_GET, .method = "GET", .path = "/x",
		.on_done = on_done, .ctx = s }, &err), &err);
}

static void
ask_and_wait(struct scene *s)
{
	uint32_t before = s->answers;

	ask(s);
	turn_until(s->rig.r, s->answers > before);
}

static const char *
sent(struct scene *s)
{
	return fake_header(fake_last(s->rig.server, "GET /x"),
			   "Authorization");
}

/* ---- the plain forms ---- */

static void
test_basic_and_impersonation(void **state)
{
	struct scene s;
	char dev[] = "dev", ops[] = "ops", pair[] = "k: v";
	char *groups[] = { dev, ops, NULL }, *extra[] = { pair, NULL };
	const struct fake_request *q;

	(void)state;
	open_scene(&s, NULL);
	kube_free(s.rig.kube);
	secret_free(s.rig.context.token);
	s.rig.context.token = NULL;
	s.rig.context.username = (char[]){ "jane" };
	s.rig.context.password = (char[]){ "secret" };
	s.rig.context.as_user = (char[]){ "root" };
	s.rig.context.as_groups = groups;
	s.rig.context.as_extra = extra;
	rig_start(&s.rig, NULL);
	ask_and_wait(&s);
	assert_text_equal(sent(&s), "Basic amFuZTpzZWNyZXQ=");
	q = fake_last(s.rig.server, "GET /x");
	assert_text_equal(fake_header(q, "Impersonate-User"), "root");
	assert_text_contains(q->head, "Impersonate-Group: dev\r\n"
			     "Impersonate-Group: ops\r\n");
	assert_text_contains(q->head, "Impersonate-Extra-k: v\r\n");
	close_scene(&s);
}

static void
test_no_secret_over_plain_http(void **state)
{
	struct scene s;
	struct fake_http *plain;

	(void)state;
	open_scene(&s, NULL);
	kube_free(s.rig.kube);
	plain = fake_http_new(s.rig.r, NULL, answer, &s);
	free(s.rig.context.endpoint.base_url);
	s.rig.context.endpoint.base_url = xstrdup(fake_http_url(plain));
	rig_start(&s.rig, NULL);
	ask_and_wait(&s);
	assert_null(fake_header(fake_last(plain, "GET /x"), "Authorization"));
	kube_free(s.rig.kube);
	s.rig.kube = NULL;
	fake_http_free(plain);
	close_scene(&s);
}

static void
test_token_file(void **state)
{
	struct scene s;
	char *path;

	(void)state;
	open_scene(&s, NULL);
	kube_free(s.rig.kube);
	secret_free(s.rig.context.token);
	s.rig.context.token = NULL;
	path = xasprintf("%s/token", s.folder);
	s.rig.context.token_file = path;
	rig_start(&s.rig, NULL);
	ask_and_wait(&s);
	assert_int_equal(s.err.code, ERR_AUTH);
	assert_text_contains(s.err.text, path);
	write_text(path, "one\n", 0600);
	ask_and_wait(&s);
	assert_text_equal(sent(&s), "Bearer one");
	/* read again each minute, and at once after a 401 */
	write_text(path, "two\n", 0600);
	fake_clock_move(&s.rig.clock, 59000);
	ask_and_wait(&s);
	assert_text_equal(sent(&s), "Bearer one");
	fake_clock_move(&s.rig.clock, 1000);
	ask_and_wait(&s);
	assert_text_equal(sent(&s), "Bearer two");
	write_text(path, "three", 0600);
	s.accepted = "Bearer three";
	ask_and_wait(&s);
	assert_int_equal(s.status, 200);
	write_text(path, "a b\n", 0600);
	fake_clock_move(&s.rig.clock, 60000);
	ask_and_wait(&s);
	assert_text_contains(s.err.text, "holds no token");
	close_scene(&s);
	free(path);
}

static void
test_static_token_refused(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, NULL);
	s.accepted = "Bearer other";
	ask_and_wait(&s);
	assert_int_equal(s.err.code, ERR_AUTH);
	assert_text_contains(s.err.text, "credentials are not accepted");
	assert_int_equal(fake_count(s.rig.server, "GET /x"), 1);
	close_scene(&s);
}

/* ---- plugins ---- */

static void
test_plugin_serves_all_at_once(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, CREDENTIAL("\"token\":\"tok\""));
	for (int i = 0; i < 5; i++)
		ask(&s);
	turn_until(s.rig.r, s.answers == 5);
	assert_int_equal(s.err.code, ERR_NONE);
	assert_text_equal(sent(&s), "Bearer tok");
	ask_and_wait(&s);
	assert_int_equal(runs(&s), 1);
	close_scene(&s);
}

static void
test_what_the_plugin_is_told(void **state)
{
	struct scene s;
	struct arena *a = arena_new();
	char *path, *text, *want;
	const struct tree *t;

	(void)state;
	open_scene(&s, CREDENTIAL("\"token\":\"'$1-$WHO'\""));
	s.args[0] = (char[]){ "arg" };
	s.env[0] = (char[]){ "WHO=me" };
	s.exec.provide_cluster_info = true;
	s.exec.cluster_config = (char[]){ "{\"audience\":\"x\"}" };
	ask_and_wait(&s);
	assert_text_equal(sent(&s), "Bearer arg-me");
	path = xasprintf("%s/info", s.folder);
	text = read_text(path);
	t = json_parse(a, text, strlen(text), NULL);
	assert_non_null(t);
	assert_text_equal(tree_text(tree_get(t, "kind")), "ExecCredential");
	assert_text_equal(tree_text(tree_get(t, "apiVersion")), version_v1);
	assert_false(tree_bool(tree_at(t, "spec.interactive"), true));
	assert_text_equal(tree_text(tree_at(t, "spec.cluster.server")),
			  fake_http_url(s.rig.server));
	want = xstrndup(tree_text(tree_at(
		t, "spec.cluster.certificate-authority-data")), 10);
	assert_text_equal(want, "LS0tLS1CRU"); /* -----BE */
	assert_text_equal(tree_text(tree_at(t, "spec.cluster.config.audience")),
			  "x");
	free(want);
	free(text);
	free(path);
	arena_free(a);
	close_scene(&s);
}

static void
test_plugin_renews(void **state)
{
	struct scene s;
	char end[TIME_TEXT], *body;

	(void)state;
	open_scene(&s, "true");
	time_format(s.rig.clock.wall + 900000, false, end);
	body = xasprintf("n=$(wc -c <$DIR/runs); " CREDENTIAL(
		"\"token\":\"t'$n'\",\"expirationTimestamp\":\"%s\""), end);
	set_plugin(&s, body);
	free(body);
	ask_and_wait(&s);
	assert_text_equal(sent(&s), "Bearer t1");
	assert_int_equal(kube_credentials_end_ms(s.rig.kube),
			 s.rig.clock.wall + 900000);
	fake_clock_move(&s.rig.clock, 839000);
	ask_and_wait(&s);
	assert_int_equal(runs(&s), 1);
	/* a minute before the end */
	fake_clock_move(&s.rig.clock, 1000);
	ask_and_wait(&s);
	assert_text_equal(sent(&s), "Bearer t2");
	/* and after a 401, once */
	s.accepted = "Bearer t3";
	ask_and_wait(&s);
	assert_int_equal(s.status, 200);
	assert_int_equal(runs(&s), 3);
	s.accepted = "Bearer never";
	ask_and_wait(&s);
	assert_int_equal(s.status, 401);
	assert_int_equal(runs(&s), 4);
	close_scene(&s);
}

/* While old credentials serve, a plugin that fails does no harm. */
static void
test_old_credentials_serve_on(void **state)
{
	struct scene s;
	char end[TIME_TEXT], *body;

	(void)state;
	open_scene(&s, "true");
	time_format(s.rig.clock.wall + 900000, false, end);
	body = xasprintf("[ $(wc -c <$DIR/runs) = 1 ] || exit 1; " CREDENTIAL(
		"\"token\":\"t\",\"expirationTimestamp\":\"%s\""), end);
	set_plugin(&s, body);
	free(body);
	ask_and_wait(&s);
	fake_clock_move(&s.rig.clock, 850000);
	ask_and_wait(&s);
	assert_int_equal(s.status, 200);
	assert_int_equal(runs(&s), 2);
	fake_clock_move(&s.rig.clock, 50000);
	ask_and_wait(&s);
	assert_int_equal(s.err.code, ERR_AUTH);
	close_scene(&s);
}

static void
test_plugin_certificate(void **state)
{
	struct scene s;
	char *cert, *key, *path;
	struct buf b;

	(void)state;
	open_scene(&s, "cat $DIR/answer");
	fake_tls_free(s.rig.tls);
	fake_http_free(s.rig.server);
	s.rig.tls = fake_tls_new(FAKE_TLS_WANT_CLIENT);
	s.rig.server = fake_http_new(s.rig.r, s.rig.tls, answer, &s);
	kube_free(s.rig.kube);
	free(s.rig.context.endpoint.base_url);
	free(s.rig.context.endpoint.ca_pem);
	s.rig.context.endpoint.base_url = xstrdup(fake_http_url(s.rig.server));
	s.rig.context.endpoint.ca_pem = xstrdup(fake_tls_ca(s.rig.tls));
	fake_tls_client(s.rig.tls, "plugin", &cert, &key);
	buf_init(&b, 1 << 16);
	buf_printf(&b, "{\"apiVersion\":\"%s\",\"kind\":\"ExecCredential\","
		   "\"status\":{\"clientCertificateData\":", version_v1);
	buf_json_string(&b, cert, strlen(cert));
	buf_puts(&b, ",\"clientKeyData\":");
	buf_json_string(&b, key, strlen(key));
	buf_puts(&b, "}}");
	path = xasprintf("%s/answer", s.folder);
	write_text(path, buf_text(&b), 0600);
	rig_start(&s.rig, NULL);
	ask_and_wait(&s);
	assert_int_equal(s.err.code, ERR_NONE);
	assert_text_contains(fake_last(s.rig.server, "GET /x")->client,
			     "CN=plugin");
	assert_null(sent(&s));
	buf_fini(&b);
	free(path);
	free(cert);
	free(key);
	close_scene(&s);
}

static void
expect_plugin_error(const char *body, const char *part)
{
	struct scene s;

	open_scene(&s, body);
	s.exec.install_hint = (char[]){ "get it\nfrom x" };
	ask_and_wait(&s);
	assert_int_equal(s.err.code, ERR_AUTH);
	assert_text_contains(s.err.text, part);
	assert_text_contains(s.err.text, s.script);
	assert_null(strstr(s.err.text, "s3cret"));
	assert_int_equal(fake_count(s.rig.server, ""), 0);
	close_scene(&s);
}

static void
test_plugin_errors(void **state)
{
	(void)state;
	expect_plugin_error("printf 'no \\033[31msession\\n  log in\\n' >&2; "
			    "exit 255",
			    "failed (exit 255): no \xef\xbf\xbd[31msession "
			    "log in");
	expect_plugin_error("exec aws-not-here", "; get it from x");
	expect_plugin_error("exit 0", "printed nothing, not the JSON");
	expect_plugin_error("echo token: s3cret", "printed something else");
	expect_plugin_error("echo '{\"kind\":\"Pod\"}'",
			    "did not print an ExecCredential");
	expect_plugin_error("echo '{\"kind\":\"ExecCredential\","
			    "\"apiVersion\":\"client.authentication.k8s.io/"
			    "v1beta1\"}'", "answers in apiVersion \"client");
	expect_plugin_error(CREDENTIAL(""),
			    "neither a token nor a certificate");
	expect_plugin_error(CREDENTIAL("\"clientCertificateData\":\"x\""),
			    "only one of certificate and key");
	expect_plugin_error(CREDENTIAL("\"token\":\"s3cret\\\\n\""),
			    "a token with blanks");
	expect_plugin_error(CREDENTIAL("\"token\":\"s3cret\","
				       "\"expirationTimestamp\":\"soon\""),
			    "an expirationTimestamp that is no time");
	expect_plugin_error("kill -9 $$", "was ended by a signal");
}

static void
test_plugin_missing(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, "true");
	s.exec.command = (char[]){ "paddock-no-such-plugin" };
	ask_and_wait(&s);
	assert_text_contains(s.err.text, "there is no such program in PATH");
	s.exec.install_hint = (char[]){ "brew install it" };
	fake_clock_move(&s.rig.clock, 60000);
	ask_and_wait(&s);
	assert_text_contains(s.err.text, "no such program; brew install it");
	assert_int_equal(s.err.code, ERR_AUTH);
	close_scene(&s);
}

static void
test_plugin_wants_a_terminal(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, CREDENTIAL("\"token\":\"t\""));
	s.exec.mode = EXEC_ALWAYS;
	ask_and_wait(&s);
	assert_int_equal(s.err.code, ERR_AUTH);
	assert_text_contains(s.err.text, "wants a terminal");
	assert_int_equal(runs(&s), 0);
	close_scene(&s);
}

/* A failure is heard by all and not repeated before its pause has passed. */
static void
test_plugin_failure_pauses(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, "echo sorry >&2; exit 1");
	ask(&s);
	ask(&s);
	turn_until(s.rig.r, s.answers == 2);
	assert_int_equal(runs(&s), 1);
	ask_and_wait(&s);
	assert_text_contains(s.err.text, "sorry");
	assert_int_equal(runs(&s), 1);
	fake_clock_move(&s.rig.clock, 1600);
	ask_and_wait(&s);
	assert_int_equal(runs(&s), 2);
	close_scene(&s);
}

static void
test_plugin_hangs(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, "echo waiting for you >&2; printf . >>$DIR/runs; "
			"exec sleep 300");
	kube_want(s.rig.kube, KIND_POD, true);
	turn_until(s.rig.r, runs(&s) == 2);
	rig_step(&s.rig, 60000);
	turn_until(s.rig.r, s.rig.state == SOURCE_FAILED);
	assert_text_contains(s.rig.trouble.text,
			     "gave no credentials within 60 s; it said: "
			     "waiting for you");
	close_scene(&s);
}

/* Freed while the plugin runs and others wait. */
static void
test_free_while_waiting(void **state)
{
	struct scene s;

	(void)state;
	open_scene(&s, "exec sleep 300");
	ask(&s);
	kube_want(s.rig.kube, KIND_POD, true);
	turn_until(s.rig.r, runs(&s) == 1);
	kube_free(s.rig.kube);
	s.rig.kube = NULL;
	assert_int_equal(s.answers, 1);
	assert_int_equal(s.err.code, ERR_CANCELLED);
	close_scene(&s);
}

SUITE(kube_auth,
      TEST(test_basic_and_impersonation),
      TEST(test_no_secret_over_plain_http),
      TEST(test_token_file),
      TEST(test_static_token_refused),
      TEST(test_plugin_serves_all_at_once),
      TEST(test_what_the_plugin_is_told),
      TEST(test_plugin_renews),
      TEST(test_old_credentials_serve_on),
      TEST(test_plugin_certificate),
      TEST(test_plugin_errors),
      TEST(test_plugin_missing),
      TEST(test_plugin_wants_a_terminal),
      TEST(test_plugin_failure_pauses),
      TEST(test_plugin_hangs),
      TEST(test_free_while_waiting));
