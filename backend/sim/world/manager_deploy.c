/*
 * What the gitlab-runner chart installs for each release of the scenario.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/base/quantity.h"
#include "backend/sim/world/bootstrap.h"
#include "backend/sim/world/manager.h"

#define CHART "gitlab-runner-0.85.0"

static json_t *
chart_labels(const struct ci_runner *r)
{
	return pack("{s:s, s:s, s:s, s:s}", "app", r->name, "chart", CHART,
		    "release", r->name, "heritage", "Helm");
}

static json_t *
chart_meta(const struct ci_runner *r)
{
	return pack("{s:s, s:o}", "name", r->name, "labels", chart_labels(r));
}

/* values.runners.config: the part of config.toml that registration copies. */
static json_t *
template_toml(struct kubernetes *k, const struct scenario_runner *p)
{
	char cpu[QUANTITY_TEXT], memory[QUANTITY_TEXT], helper[QUANTITY_TEXT],
		helper_memory[QUANTITY_TEXT];
	struct buf b;
	json_t *text;

	buf_init(&b, 65536);
	buf_puts(&b, "[[runners]]\n");
	if (p->limit)
		buf_printf(&b, "  limit = %d\n", p->limit);
	buf_printf(
		&b,
		"  [runners.kubernetes]\n"
		"    namespace = \"%s\"\n"
		"    image = \"alpine:3.20\"\n"
		"    poll_timeout = %lld\n"
		"    cpu_request = \"%s\"\n"
		"    memory_request = \"%s\"\n"
		"    helper_cpu_request = \"%s\"\n"
		"    helper_memory_request = \"%s\"\n",
		k->scenario->namespace, (long long)(p->poll_timeout_ms / 1000),
		quantity_format_mcpu(p->cpu_mcpu, cpu),
		quantity_format_bytes(p->memory_bytes, memory),
		quantity_format_mcpu(p->helper_cpu_mcpu, helper),
		quantity_format_bytes(p->helper_memory_bytes, helper_memory));
	if (p->node_selector.n)
		buf_puts(&b, "    [runners.kubernetes.node_selector]\n");
	for (uint32_t i = 0; i < p->node_selector.n; i++) {
		const char *pair = p->node_selector.at[i];
		const char *eq = strchr(pair, '=');

		buf_printf(&b, "      \"%.*s\" = \"%s\"\n", (int)(eq - pair),
			   pair, eq + 1);
	}
	if (p->tolerations.n)
		buf_puts(&b, "    [runners.kubernetes.node_tolerations]\n");
	for (uint32_t i = 0; i < p->tolerations.n; i++) {
		const char *t = p->tolerations.at[i];
		const char *colon = strrchr(t, ':');

		buf_printf(&b, "      \"%.*s\" = \"%s\"\n", (int)(colon - t), t,
			   colon + 1);
	}
	text = json_string(buf_text(&b));
	buf_fini(&b);
	return text;
}

static void
install_config(struct kubernetes *k, const struct ci_runner *r)
{
	k8s_install(
		k, "", "configmaps", k->scenario->namespace,
		pack("{s:o, s:{s:s, s:o, s:o, s:s, s:s}}", "metadata",
		     chart_meta(r), "data", "entrypoint",
		     "#!/bin/bash\nset -e\n\nexport "
		     "CONFIG_PATH_FOR_INIT=\"/home/gitlab-runner/"
		     ".gitlab-runner/\"\nmkdir -p ${CONFIG_PATH_FOR_INIT}\n"
		     "cp /configmaps/config.toml ${CONFIG_PATH_FOR_INIT}\n"
		     "/configmaps/register-the-runner\n"
		     "exec /entrypoint run "
		     "--working-directory=/home/gitlab-runner\n",
		     "config.toml",
		     json_sprintf("shutdown_timeout = 0\nconcurrent = %d\n"
				  "check_interval = 3\nlog_level = \"info\"\n"
				  "listen_address = \":9252\"\n",
				  r->plan->concurrent),
		     "config.template.toml", template_toml(k, r->plan),
		     "register-the-runner",
		     "#!/bin/bash\nsignal=0\n/entrypoint register "
		     "--template-config /configmaps/config.template.toml "
		     "--non-interactive\n",
		     "check-live",
		     "#!/bin/bash\nset -eou pipefail\nexport "
		     "CONFIG_PATH_FOR_INIT=\"/home/gitlab-runner/"
		     ".gitlab-runner/\"\n/usr/bin/pgrep -f "
		     ".*register-the-runner > /dev/null || /usr/bin/pgrep "
		     "gitlab.*runner > /dev/null\n"));
}

static void
install_access(struct kubernetes *k, const struct ci_runner *r)
{
	const char *ns = k->scenario->namespace;

	k8s_install(k, "", "serviceaccounts", ns,
		    pack("{s:o}", "metadata", chart_meta(r)));
	k8s_install(k, "", "secrets", ns,
		    pack("{s:o, s:s, s:{s:o, s:s}}", "metadata", chart_meta(r),
			 "type", "Opaque", "data", "runner-token",
			 pack_base64(r->token, strlen(r->token)),
			 "runner-registration-token", ""));
	k8s_install(
		k, "rbac.authorization.k8s.io", "roles", ns,
		pack("{s:o, s:o}", "metadata", chart_meta(r), "rules",
		     manifest("[{'apiGroups':[''],'resources':['events'],"
			      "'verbs':['list','watch']},{'apiGroups':[''],"
			      "'resources':['pods'],'verbs':['create','delete',"
			      "'get','list','watch']},{'apiGroups':[''],"
			      "'resources':['pods/attach','pods/exec'],"
			      "'verbs':['get','create','patch','delete']},{"
			      "'apiGroups':[''],'resources':['pods/log'],"
			      "'verbs':['get','list']},{'apiGroups':[''],"
			      "'resources':['secrets'],'verbs':['create',"
			      "'delete','get','update']},{'apiGroups':[''],"
			      "'resources':['serviceaccounts'],"
			      "'verbs':['get']},{'apiGroups':[''],"
			      "'resources':['services'],'verbs':['create',"
			      "'get']}]")));
	k8s_install(k, "rbac.authorization.k8s.io", "rolebindings", ns,
		    pack("{s:o, s:{s:s, s:s, s:s}, s:[{s:s, s:s, s:s}]}",
			 "metadata", chart_meta(r), "roleRef", "apiGroup",
			 "rbac.authorization.k8s.io", "kind", "Role", "name",
			 r->name, "subjects", "kind", "ServiceAccount", "name",
			 r->name, "namespace", ns));
}

static json_t *
pod_spec(struct kubernetes *k, const struct ci_runner *r)
{
	json_t *spec = pack(
		"{s:s, s:I, s:{s:I, s:I}, s:o, s:[o], s:o}",
		"serviceAccountName", r->name, "terminationGracePeriodSeconds",
		(json_int_t)(r->plan->grace_ms / 1000), "securityContext",
		"runAsUser", (json_int_t)100, "fsGroup", (json_int_t)65533,
		"volumes",
		pack("[{s:s, s:{s:s}}, {s:s, s:{s:s}}, {s:s, s:{s:s}}]", "name",
		     "projected-secrets", "emptyDir", "medium", "Memory",
		     "name", "etc-gitlab-runner", "emptyDir", "medium",
		     "Memory", "name", "configmaps", "configMap", "name",
		     r->name),
		"initContainers",
		pack("{s:s, s:o, s:[s,s], s:o}", "name", "configure", "image",
		     json_string("registry.gitlab.com/gitlab-org/"
				 "gitlab-runner:alpine-v" RUNNER_VERSION),
		     "command", "sh", "/configmaps/configure", "volumeMounts",
		     pack("[{s:s, s:s}]", "name", "configmaps", "mountPath",
			  "/configmaps")),
		"containers", json_array());

	json_array_append_new(
		json_object_get(spec, "containers"),
		pack("{s:s, s:s, s:[s,s,s,s], s:[{s:s, s:i}], "
		     "s:{s:{s:s, s:s}}, s:o}",
		     "name", r->name, "image",
		     "registry.gitlab.com/gitlab-org/gitlab-runner:alpine-"
		     "v" RUNNER_VERSION,
		     "command", "/usr/bin/dumb-init", "--", "/bin/bash",
		     "/configmaps/entrypoint", "ports", "name", "metrics",
		     "containerPort", 9252, "resources", "requests", "cpu",
		     "100m", "memory", "128Mi", "volumeMounts",
		     pack("[{s:s, s:s}, {s:s, s:s}, {s:s, s:s}]", "name",
			  "projected-secrets", "mountPath", "/secrets", "name",
			  "etc-gitlab-runner", "mountPath",
			  "/home/gitlab-runner/.gitlab-runner", "name",
			  "configmaps", "mountPath", "/configmaps")));
	place_system(k, spec);
	return spec;
}

/* ---- as it is now, and as somebody wants it ---- */

static const char concurrent_key[] = "concurrent = ";

int32_t
manager_concurrent(struct kubernetes *k, const struct ci_runner *r)
{
	const struct object *o =
		k8s_find(k, k->configmaps, k->scenario->namespace, r->name);
	json_t *tree = o ? object_tree(o) : NULL;
	const char *toml = json_string_value(
		json_object_get(json_object_get(tree, "data"), "config.toml"));
	const char *at = toml ? strstr(toml, concurrent_key) : NULL;
	long n = at ? strtol(at + sizeof(concurrent_key) - 1, NULL, 10) : 0;

	json_decref(tree);
	return n > 0 && n < 10000 ? (int32_t)n : r->plan->concurrent;
}

json_t *
manager_toml(const char *toml, int32_t n)
{
	const char *at = strstr(toml, concurrent_key), *rest;

	if (!at)
		return json_string(toml);
	at += sizeof(concurrent_key) - 1;
	rest = at + strspn(at, "0123456789");
	return json_sprintf("%.*s%d%s", (int)(at - toml), toml, (int)n, rest);
}

void
manager_configure(struct kubernetes *k, const char *key, int32_t n)
{
	const struct object *map = k8s_find_key(k, k->configmaps, key);
	const struct object *o = k8s_find_key(k, k->deployments, key);
	json_t *tree = map ? object_tree(map) : NULL;
	const char *toml = json_string_value(
		json_object_get(json_object_get(tree, "data"), "config.toml"));

	if (toml && o) {
		k8s_put_merge(k, map,
			      pack("{s:{s:o}}", "data", "config.toml",
				   manager_toml(toml, n)));
		k8s_put_merge(k, o,
			      pack("{s:{s:{s:{s:{s:o}}}}}", "spec", "template",
				   "metadata", "annotations",
				   "kubectl.kubernetes.io/restartedAt",
				   pack_time(sim_now_ms(k->sim))));
	}
	json_decref(tree);
}

/* ---- all of them ---- */

void
managers_found(struct kubernetes *k)
{
	struct ci *c = sim_ci(k->sim);

	for (uint32_t i = 0; i < c->runner_n; i++) {
		const struct ci_runner *r = &c->runners[i];
		json_t *labels;

		if (r->plan->on_machines)
			continue;
		labels = chart_labels(r);
		install_access(k, r);
		install_config(k, r);
		k8s_install(k, "apps", "deployments", k->scenario->namespace,
			    pack("{s:o, s:{s:i, s:i, s:{s:{s:s}}, s:{s:{s:o, "
				 "s:{s:s, s:s, s:s}}, s:o}}}",
				 "metadata", chart_meta(r), "spec", "replicas",
				 r->plan->replicas, "revisionHistoryLimit", 10,
				 "selector", "matchLabels", "app", r->name,
				 "template", "metadata", "labels", labels,
				 "annotations", "checksum/configmap",
				 r->plan->name, "prometheus.io/scrape", "true",
				 "prometheus.io/port", "9252", "spec",
				 pod_spec(k, r)));
	}
}
