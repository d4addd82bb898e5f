/*
 * What the server says of itself: its version and its health.
 */
#include "backend/sim/kube/internal.h"

static void
answer_server_version(struct kube_call *c)
{
	buf_puts(&c->a->body,
		 "{\"major\":\"1\",\"minor\":\"33\",\"emulationMajor\":\"1\","
		 "\"emulationMinor\":\"33\",\"minCompatibilityMajor\":\"1\","
		 "\"minCompatibilityMinor\":\"32\",\"gitVersion\":"
		 "\"v1.33.5-eks-113cf36\",\"gitCommit\":\"\",\"gitTreeState\":"
		 "\"clean\",\"buildDate\":\"2025-10-01T00:00:00Z\","
		 "\"goVersion\":\"\",\"compiler\":\"gcc\",\"platform\":"
		 "\"linux/amd64\"}\n");
}

static void
answer_health(struct kube_call *c, const char *name)
{
	static const char *const checks[] = { "ping", "log", "etcd",
					      "informer-sync" };
	struct buf *out = &c->a->body;

	c->a->type = "text/plain; charset=utf-8";
	if (!kube_query(c, "verbose")) {
		buf_puts(out, "ok");
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		buf_printf(out, "[+]%s ok\n", checks[i]);
	buf_printf(out, "%s check passed\n", name);
}

bool
kube_health(struct kube_call *c)
{
	static const char *const health[] = { "healthz", "livez", "readyz" };
	const char *path = c->path.whole;

	c->a->status = 200;
	if (kube_path_is(path, "/version")) {
		c->a->type = "application/json";
		answer_server_version(c);
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(health); i++) {
		if (!kube_path_is(path,
				  arena_printf(c->arena, "/%s", health[i])))
			continue;
		answer_health(c, health[i]);
		return true;
	}
	return false;
}
