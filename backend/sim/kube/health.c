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

static const char *const checks[] = { "ping", "log", "etcd",
				      "informer-sync" };

static void
answer_health(struct kube_call *c, const char *name)
{
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

/* "/livez/etcd": one check by itself. */
static bool
is_one_check(const char *path, const char *name)
{
	size_t len = strlen(name);

	if (*path != '/' || strncmp(path + 1, name, len) != 0 ||
	    path[len + 1] != '/')
		return false;
	for (size_t i = 0; i < ARRAY_LEN(checks); i++)
		if (strcmp(path + len + 2, checks[i]) == 0)
			return true;
	return false;
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
		if (is_one_check(path, health[i])) {
			c->a->type = "text/plain; charset=utf-8";
			buf_puts(&c->a->body, "ok");
			return true;
		}
		if (!kube_path_is(path,
				  arena_printf(c->arena, "/%s", health[i])))
			continue;
		answer_health(c, health[i]);
		return true;
	}
	return false;
}
