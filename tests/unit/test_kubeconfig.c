/*
 * kubeconfig files: finding, merging, one context of them; every mistake with
 * its file and line.  kubectl, where installed, judges the merge.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/base/json.h"
#include "backend/kube/kubeconfig_private.h"
#include "backend/net/proc.h"
#include "tests/unit/check.h"
#include "tests/unit/fake_http.h"

static char *folder;

static char *
path_of(const char *name)
{
	return xasprintf("%s/%s", folder, name);
}

static void
put_file(const char *name, const char *text)
{
	char *path = path_of(name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	free(path);
}

static int
set_up(void **state)
{
	(void)state;
	folder = temporary_new();
	unsetenv("KUBECONFIG");
	unsetenv("KUBERNETES_SERVICE_HOST");
	setenv("HOME", folder, 1);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	temporary_remove(folder);
	return 0;
}

/* The context of one file's text, or NULL with err. */
static struct kube_context *
context_of(const char *text, const char *name, struct err *err)
{
	struct kube_context *k = NULL;
	struct kubeconfig *c;
	char *path = path_of("config");

	put_file("config", text);
	*err = (struct err){ 0 };
	c = kubeconfig_load(path, err);
	if (c)
		k = kubeconfig_context(c, name, err);
	kubeconfig_free(c);
	free(path);
	return k;
}

#define CLUSTER "clusters: [{name: c, cluster: {server: 'https://h:6443/'}}]\n"
#define CONTEXT "contexts: [{name: x, context: {cluster: c, user: u}}]\n"
#define CURRENT "current-context: x\n"

static void
test_everything(void **state)
{
	struct kube_context *k;
	struct err err;

	(void)state;
	k = context_of("apiVersion: v1\nkind: Config\n" CURRENT
		"clusters:\n- name: c\n  cluster:\n"
		"    server: https://h:6443/prefix//\n"
		"    tls-server-name: real.test\n"
		"    proxy-url: socks5://p:1\n"
		"    disable-compression: true\n"
		"    insecure-skip-tls-verify: true\n"
		"    certificate-authority-data: Q0Eg\n      UEVN\n"
		"    extensions:\n"
		"    - {name: other, extension: 1}\n"
		"    - name: client.authentication.k8s.io/exec\n"
		"      extension: {audience: x, n: [1]}\n"
		"contexts:\n- name: x\n  context: {cluster: c, user: u, "
		"namespace: ci}\n"
		"users:\n- name: u\n  user:\n"
		"    as: jane\n    as-uid: '7'\n    as-groups: [a, b]\n"
		"    as-user-extra: {dev/x: [p, q]}\n"
		"    exec:\n"
		"      apiVersion: client.authentication.k8s.io/v1beta1\n"
		"      command: aws\n      args: [eks, get-token]\n"
		"      env: [{name: AWS_PROFILE, value: ci}]\n"
		"      installHint: install it\n"
		"      provideClusterInfo: true\n"
		"      interactiveMode: Never\n", NULL, &err);
	assert_ok(k != NULL, &err);
	assert_text_equal(k->name, "x");
	assert_text_equal(k->ns, "ci");
	assert_text_equal(k->endpoint.base_url, "https://h:6443/prefix");
	assert_text_equal(k->endpoint.tls_server_name, "real.test");
	assert_text_equal(k->endpoint.proxy_url, "socks5://p:1");
	assert_text_equal(k->endpoint.ca_pem, "CA PEM");
	assert_true(k->endpoint.disable_compression);
	assert_true(k->endpoint.insecure_skip_tls_verify);
	assert_text_equal(k->as_user, "jane");
	assert_text_equal(k->as_uid, "7");
	assert_text_equal(k->as_groups[1], "b");
	assert_null(k->as_groups[2]);
	assert_text_equal(k->as_extra[0], "dev%2Fx: p");
	assert_text_equal(k->as_extra[1], "dev%2Fx: q");
	assert_text_equal(k->exec->command, "aws");
	assert_text_equal(k->exec->args[1], "get-token");
	assert_text_equal(k->exec->env[0], "AWS_PROFILE=ci");
	assert_text_equal(k->exec->install_hint, "install it");
	assert_text_equal(k->exec->cluster_config,
			  "{\"audience\":\"x\",\"n\":[1]}");
	assert_true(k->exec->provide_cluster_info);
	assert_int_equal(k->exec->mode, EXEC_NEVER);
	kube_context_free(k);
}

static void
test_files_beside_the_config(void **state)
{
	struct kube_context *k;
	struct err err;
	char *want;

	(void)state;
	put_file("ca.pem", "the ca");
	put_file("cert.pem", "the cert");
	put_file("key.pem", "the key");
	k = context_of(CURRENT CONTEXT
		"clusters: [{name: c, cluster: {server: h:6443, "
		"certificate-authority: ca.pem}}]\n"
		"users: [{name: u, user: {client-certificate: ./cert.pem, "
		"client-key: key.pem, client-key-data: a2V5, "
		"tokenFile: token, token: t}}]\n", NULL, &err);
	assert_ok(k != NULL, &err);
	assert_text_equal(k->endpoint.base_url, "https://h:6443");
	assert_text_equal(k->endpoint.ca_pem, "the ca");
	assert_text_equal(k->endpoint.client_cert_pem, "the cert");
	assert_text_equal(k->endpoint.client_key_pem, "key");
	want = path_of("token");
	assert_text_equal(k->token_file, want);
	assert_text_equal(k->token, "t");
	free(want);
	kube_context_free(k);
	/* a plugin named by a path stands beside its file too */
	k = context_of(CURRENT CONTEXT CLUSTER
		"users: [{name: u, user: {exec: {command: ./bin/login, "
		"apiVersion: client.authentication.k8s.io/v1}}}]\n", NULL,
		&err);
	assert_ok(k != NULL, &err);
	want = path_of("./bin/login");
	assert_text_equal(k->exec->command, want);
	assert_int_equal(k->exec->mode, EXEC_IF_AVAILABLE);
	free(want);
	kube_context_free(k);
}

static void
test_mistakes(void **state)
{
	static const struct {
		const char *text, *name, *part;
	} cases[] = {
		{ "", NULL, "config: no current-context; use --context" },
		{ "- a\n", NULL, "config:1: this is no kubeconfig" },
		{ "a: [\n", NULL, "config:2: " },
		{ "clusters: {}\n", NULL, "config:1: clusters must be a" },
		{ CURRENT, NULL, "there is no context \"x\"" },
		{ CURRENT CONTEXT, NULL, "there is no cluster \"c\"" },
		{ CURRENT CONTEXT CLUSTER, NULL, "there is no user \"u\"" },
		{ CLUSTER CONTEXT, "y", "there is no context \"y\"" },
		{ CURRENT "contexts:\n- name: x\n", NULL,
		  "config:3: context \"x\" has no context" },
		{ CURRENT "contexts:\n- name: x\n  context: {user: u}\n",
		  NULL, "config:3: context \"x\" has no cluster" },
		{ CURRENT CONTEXT "clusters: [{name: c, cluster: {}}]\n",
		  NULL, "config:3: cluster \"c\" has no server" },
		{ CURRENT CONTEXT
		  "clusters: [{name: c, cluster: {server: 'ftp://h'}}]\n",
		  NULL, "config:3: cluster \"c\": its server is no http" },
		{ CURRENT CONTEXT
		  "clusters:\n- name: c\n  cluster:\n    server: https://h\n"
		  "    certificate-authority-data: '%%%'\n", NULL,
		  "config:7: certificate-authority-data: this is not base64" },
		{ CURRENT CONTEXT
		  "clusters:\n- name: c\n  cluster:\n    server: https://h\n"
		  "    certificate-authority: nowhere.pem\n", NULL,
		  "config:7: certificate-authority: cannot read " },
		{ CURRENT CONTEXT CLUSTER
		  "users:\n- name: u\n  user:\n    auth-provider: {name: g}\n",
		  NULL, "config:7: user \"u\": auth-provider was removed" },
		{ CURRENT CONTEXT CLUSTER
		  "users:\n- name: u\n  user: {token: \"a\\nb\"}\n",
		  NULL, "config:6: user \"u\": the token has blanks" },
		{ CURRENT CONTEXT CLUSTER
		  "users:\n- name: u\n  user: {exec: {command: a}}\n",
		  NULL, "exec apiVersion \"\" is not client.auth" },
		{ CURRENT CONTEXT CLUSTER
		  "users:\n- name: u\n  user: {exec: {command: a, apiVersion: "
		  "client.authentication.k8s.io/v1alpha1}}\n",
		  NULL, "config:6: user \"u\": exec apiVersion \"client." },
		{ CURRENT CONTEXT CLUSTER
		  "users:\n- name: u\n  user: {exec: {apiVersion: "
		  "client.authentication.k8s.io/v1}}\n",
		  NULL, "config:6: user \"u\": exec has no command" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err err;
		struct kube_context *k = context_of(cases[i].text,
						    cases[i].name, &err);

		assert_null(k);
		assert_text_contains(err.text, cases[i].part);
		assert_text_contains(err.text, "config");
		assert_int_equal(err.code, ERR_CONFIG);
	}
}

static void
test_finding(void **state)
{
	struct err err = { 0 };
	struct kubeconfig *c;
	char *list, *one = path_of("one"), *two = path_of("two");

	(void)state;
	assert_null(kubeconfig_load(NULL, &err));
	assert_text_contains(err.text, "~/.kube/config does not exist");
	assert_null(kubeconfig_load(one, &err));
	assert_text_contains(err.text, one);
	list = xasprintf("%s:%s", one, two);
	setenv("KUBECONFIG", list, 1);
	assert_null(kubeconfig_load(NULL, &err));
	assert_text_contains(err.text, "no file that KUBECONFIG names");
	/* a missing one is passed over, an unreadable one is not */
	put_file("two", CURRENT CLUSTER CONTEXT "users: [{name: u, user: {}}]");
	c = kubeconfig_load(NULL, &err);
	assert_text_equal(kubeconfig_current(c), "x");
	kubeconfig_free(c);
	put_file("one", "a: b: c\n");
	assert_null(kubeconfig_load(NULL, &err));
	assert_text_contains(err.text, "one:1: ");
	unsetenv("KUBECONFIG");
	free(list);
	list = path_of(".kube");
	assert_int_equal(mkdir(list, 0700), 0);
	put_file(".kube/config", "current-context: home\n");
	c = kubeconfig_load(NULL, &err);
	assert_text_equal(kubeconfig_current(c), "home");
	kubeconfig_free(c);
	free(list);
	free(one);
	free(two);
}

static void
test_in_cluster(void **state)
{
	struct err err = { 0 };
	struct kubeconfig *c;
	struct kube_context *k;

	(void)state;
	setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
	setenv("KUBERNETES_SERVICE_PORT", "6443", 1);
	/* no file at all: then it is the pod's own account */
	c = kubeconfig_load(NULL, &err);
	assert_ok(c != NULL, &err);
	kubeconfig_free(c);
	assert_null(kubeconfig_in_cluster(folder, &err));
	assert_text_contains(err.text, "/ca.crt");
	put_file("ca.crt", "PEM");
	put_file("namespace", "ci\n");
	k = kubeconfig_in_cluster(folder, &err);
	assert_text_equal(k->endpoint.base_url, "https://[fd00::1]:6443");
	assert_text_equal(k->endpoint.ca_pem, "PEM");
	assert_text_contains(k->token_file, "/token");
	assert_text_equal(k->ns, "ci");
	kube_context_free(k);
	unsetenv("KUBERNETES_SERVICE_HOST");
	unsetenv("KUBERNETES_SERVICE_PORT");
}

/* ---- merging, by us and by kubectl ---- */

#define FIRST                                                               \
	"current-context: ''\n"                                              \
	"clusters:\n- name: a\n  cluster: {server: 'https://first:1'}\n"      \
	"users:\n- name: u\n  user: {token: first}\n"
#define SECOND                                                              \
	"current-context: ca\n"                                              \
	"clusters:\n"                                                        \
	"- name: a\n"                                                        \
	"  cluster: {server: 'https://second:2', tls-server-name: lost}\n"    \
	"- name: b\n"                                                        \
	"  cluster: {server: 'https://b:3', certificate-authority: ca.pem}\n" \
	"contexts:\n"                                                        \
	"- name: ca\n  context: {cluster: a, user: u, namespace: ns}\n"       \
	"- name: cb\n  context: {cluster: b, user: v}\n"                      \
	"users:\n- name: u\n  user: {token: second, username: lost}\n"        \
	"- name: v\n  user: {username: nn, password: p}\n"
#define THIRD                                                               \
	"current-context: cb\n"                                              \
	"contexts:\n- name: ca\n  context: {cluster: b, user: v}\n"

static void
put_merge(void)
{
	char *path = path_of("sub"), *list;

	assert_int_equal(mkdir(path, 0700), 0);
	free(path);
	put_file("first", FIRST);
	put_file("sub/second", SECOND);
	put_file("sub/ca.pem", "PEM");
	put_file("third", THIRD);
	list = xasprintf("%s/first:%s/none:%s/sub/second:%s/first:%s/third",
			 folder, folder, folder, folder, folder);
	setenv("KUBECONFIG", list, 1);
	free(list);
}

static void
test_merging(void **state)
{
	struct err err = { 0 };
	struct kubeconfig *c;
	struct kube_context *k;

	(void)state;
	put_merge();
	c = kubeconfig_load(NULL, &err);
	assert_ok(c != NULL, &err);
	assert_text_equal(kubeconfig_current(c), "ca");
	assert_text_equal(kubeconfig_contexts(c)[0], "ca");
	assert_text_equal(kubeconfig_contexts(c)[1], "cb");
	assert_null(kubeconfig_contexts(c)[2]);
	k = kubeconfig_context(c, NULL, &err);
	assert_ok(k != NULL, &err);
	assert_text_equal(k->endpoint.base_url, "https://first:1");
	assert_null(k->endpoint.tls_server_name);
	assert_text_equal(k->token, "first");
	assert_null(k->username);
	assert_text_equal(k->ns, "ns");
	kube_context_free(k);
	k = kubeconfig_context(c, "cb", &err);
	assert_ok(k != NULL, &err);
	assert_text_equal(k->endpoint.ca_pem, "PEM");
	assert_text_equal(k->username, "nn");
	kube_context_free(k);
	kubeconfig_free(c);
}

struct peer {
	bool done;
	int exit_code;
	char *out;
};

static void
on_peer(void *ctx, const struct proc_result *r)
{
	struct peer *p = ctx;

	p->done = true;
	p->exit_code = r->exit_code;
	p->out = xstrndup(r->out, r->out_len);
}

static void
expect_like_kubectl(struct reactor *r, const struct kubeconfig *c,
		    const char *name)
{
	const char *argv[] = { "kubectl", "config", "view", "--raw",
			       "--flatten", "--minify", "-o", "json",
			       "--context", name, NULL };
	struct peer p = { 0 };
	struct proc_call call = { .argv = argv, .deadline_ms = 20000,
				  .on_done = on_peer, .ctx = &p };
	struct arena *a = arena_new();
	const struct tree *t, *cluster, *user;
	struct kube_context *k;
	struct err err = { 0 };

	assert_ok(proc_start(r, &call, &err) != NULL, &err);
	turn_until(r, p.done);
	assert_int_equal(p.exit_code, 0);
	t = json_parse(a, p.out, strlen(p.out), &err);
	assert_ok(t != NULL, &err);
	cluster = tree_get(tree_index(tree_get(t, "clusters"), 0), "cluster");
	user = tree_get(tree_index(tree_get(t, "users"), 0), "user");
	k = kubeconfig_context(c, name, &err);
	assert_ok(k != NULL, &err);
	assert_text_equal(k->endpoint.base_url,
			  tree_text(tree_get(cluster, "server")));
	assert_text_equal(k->endpoint.tls_server_name,
			  tree_text(tree_get(cluster, "tls-server-name")));
	assert_text_equal(k->token, tree_text(tree_get(user, "token")));
	assert_text_equal(k->username, tree_text(tree_get(user, "username")));
	kube_context_free(k);
	arena_free(a);
	free(p.out);
}

static void
test_like_kubectl(void **state)
{
	static const char *const argv[] = { "kubectl", "version", "--client",
					    NULL };
	struct peer p = { 0 };
	struct proc_call call = { .argv = argv, .deadline_ms = 20000,
				  .on_done = on_peer, .ctx = &p };
	struct reactor *r = reactor_new(&clock_system);
	struct kubeconfig *c;
	struct err err = { 0 };

	(void)state;
	if (!proc_start(r, &call, &err)) {
		reactor_free(r);
		print_message("# skipped: %s\n", err.text);
		skip();
	}
	turn_until(r, p.done);
	free(p.out);
	put_merge();
	c = kubeconfig_load(NULL, &err);
	assert_ok(c != NULL, &err);
	expect_like_kubectl(r, c, "ca");
	expect_like_kubectl(r, c, "cb");
	kubeconfig_free(c);
	reactor_free(r);
}

#define IN_FOLDER(test) \
	cmocka_unit_test_setup_teardown(test, set_up, tear_down)

SUITE(kubeconfig,
      IN_FOLDER(test_everything),
      IN_FOLDER(test_files_beside_the_config),
      IN_FOLDER(test_mistakes),
      IN_FOLDER(test_finding),
      IN_FOLDER(test_in_cluster),
      IN_FOLDER(test_merging),
      IN_FOLDER(test_like_kubectl));
