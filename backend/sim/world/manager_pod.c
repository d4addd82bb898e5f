/*
 * Job pods, named, labelled and annotated as gitlab-runner's Kubernetes
 * executor makes them.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/clock.h"
#include "backend/base/quantity.h"
#include "backend/sim/world/manager.h"

#define HELPER_IMAGE                                                           \
	"registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper"

/* RFC 1123 as the executor cleans: lower case, other characters dropped,
 * nothing but letters and digits in front. */
char *
job_pod_base(const struct ci_job *j, uint32_t slot, char *out, size_t room)
{
	char raw[128];
	size_t n = 0;

	snprintf(raw, sizeof(raw), "runner-%s-project-%lld-concurrent-%u",
		 j->short9, (long long)j->project->id, slot);
	for (const char *c = raw; *c && n + 1 < room; c++) {
		unsigned char ch = (unsigned char)tolower((unsigned char)*c);

		if (isalnum(ch) || (ch == '-' && n > 0))
			out[n++] = (char)ch;
	}
	/* "-" and eight random characters must fit into 63. */
	if (n > 54)
		n = 54;
	out[n] = '\0';
	return out;
}

/* Label values: other characters become '_', ends trimmed, 63 at most. */
static json_t *
label_value(const char *text)
{
	char out[64];
	size_t n = 0;

	for (; *text && n < 63; text++) {
		unsigned char c = (unsigned char)*text;

		if (isalnum(c) || c == '-' || c == '_' || c == '.')
			out[n++] = (char)c;
		else
			out[n++] = '_';
	}
	while (n && strchr("-_.", out[n - 1]))
		n--;
	out[n] = '\0';
	n = strspn(out, "-_.");
	return json_string(out + n);
}

static json_t *
number(int64_t n)
{
	return json_sprintf("%lld", (long long)n);
}

static json_t *
labels(const struct ci_job *j, const char *base, const char *name)
{
	json_t *o = pack("{s:o, s:s}", "pod", label_value(name),
			 "job.runner.gitlab.com/pod", base);

	json_object_update_new(
		o, pack("{s:o, s:o, s:o, s:o, s:o, s:o}",
			"project.runner.gitlab.com/id", number(j->project->id),
			"project.runner.gitlab.com/name",
			label_value(j->project->name),
			"project.runner.gitlab.com/namespace",
			label_value(j->project->namespace),
			"project.runner.gitlab.com/namespace-id",
			number(j->project->namespace_id),
			"project.runner.gitlab.com/root-namespace",
			label_value(j->project->root),
			"project.runner.gitlab.com/root-namespace-id",
			number(100 +
			       (int64_t)(hash_text(j->project->root) % 97))));
	json_object_update_new(o, pack("{s:o, s:s}",
				       "manager.runner.gitlab.com/name",
				       label_value(j->runner->name),
				       "manager.runner.gitlab.com/id-short",
				       j->short9));
	return o;
}

static json_t *
annotations(const struct ci_job *j)
{
	char timeout[TIME_TEXT];

	duration_format(j->timeout_ms, timeout);
	return pack("{s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:o}",
		    "job.runner.gitlab.com/id", number(j->id),
		    "job.runner.gitlab.com/url",
		    json_sprintf("https://gitlab.example.com/%s/-/jobs/%lld",
				 j->project->path, (long long)j->id),
		    "job.runner.gitlab.com/sha", j->sha,
		    "job.runner.gitlab.com/before_sha",
		    "0000000000000000000000000000000000000000",
		    "job.runner.gitlab.com/ref", j->load->ref,
		    "job.runner.gitlab.com/name", j->load->name,
		    "job.runner.gitlab.com/timeout", timeout,
		    "project.runner.gitlab.com/id", number(j->project->id));
}

static json_t *
requests(int64_t mcpu, int64_t bytes, int64_t limit_bytes)
{
	char cpu[QUANTITY_TEXT], memory[QUANTITY_TEXT];
	json_t *o = pack("{s:{}}", "requests");
	json_t *r = json_object_get(o, "requests");

	if (mcpu)
		pack_set(r, "cpu", quantity_format_mcpu(mcpu, cpu));
	if (bytes)
		pack_set(r, "memory", quantity_format_bytes(bytes, memory));
	if (limit_bytes)
		json_object_set_new(
			o, "limits",
			pack("{s:s}", "memory",
			     quantity_format_bytes(limit_bytes, memory)));
	return o;
}

static json_t *
mounts(const struct ci_job *j)
{
	long long project = j->project->id, id = j->id;

	return pack("[{s:s, s:o}, {s:s, s:o}, {s:s, s:s}]", "name", "scripts",
		    "mountPath",
		    json_sprintf("/scripts-%lld-%lld", project, id), "name",
		    "logs", "mountPath",
		    json_sprintf("/logs-%lld-%lld", project, id), "name",
		    "repo", "mountPath", "/builds");
}

static json_t *
environment(const struct ci_job *j)
{
	return pack("[{s:s, s:s}, {s:s, s:s}, {s:s, s:o}, {s:s, s:s}, "
		    "{s:s, s:s}]",
		    "name", "CI", "value", "true", "name", "CI_JOB_NAME",
		    "value", j->load->name, "name", "CI_JOB_ID", "value",
		    number(j->id), "name", "CI_COMMIT_REF_NAME", "value",
		    j->load->ref, "name", "CI_RUNNER_DESCRIPTION", "value",
		    j->runner->name);
}

/* The executor finds a shell in whatever image the user brought. */
static const char detect_shell[] =
	"if [ -x /usr/local/bin/bash ]; then\n\texec /usr/local/bin/bash \n"
	"elif [ -x /usr/bin/bash ]; then\n\texec /usr/bin/bash \n"
	"elif [ -x /bin/bash ]; then\n\texec /bin/bash \n"
	"elif [ -x /usr/local/bin/sh ]; then\n\texec /usr/local/bin/sh \n"
	"elif [ -x /usr/bin/sh ]; then\n\texec /usr/bin/sh \n"
	"elif [ -x /bin/sh ]; then\n\texec /bin/sh \n"
	"elif [ -x /busybox/sh ]; then\n\texec /busybox/sh \n"
	"else\n\techo shell not found\n\texit 1\nfi\n\n";

static json_t *
container(const struct ci_job *j, const char *name, const char *image,
	  json_t *resources)
{
	return pack("{s:s, s:s, s:[s,s,s], s:o, s:o, s:o, s:b, s:s}", "name",
		    name, "image", image, "command", "sh", "-c", detect_shell,
		    "env", environment(j), "resources", resources,
		    "volumeMounts", mounts(j), "stdin", 1, "imagePullPolicy",
		    "IfNotPresent");
}

static json_t *
containers(const struct ci_job *j, const char *helper)
{
	const struct scenario_runner *r = j->runner->plan;
	json_t *list = json_array();

	json_array_append_new(list,
			      container(j, "build", j->load->image,
					requests(r->cpu_mcpu, r->memory_bytes,
						 r->memory_limit_bytes)));
	json_array_append_new(list,
			      container(j, "helper", helper,
					requests(r->helper_cpu_mcpu,
						 r->helper_memory_bytes, 0)));
	for (uint32_t i = 0; i < j->load->services.n; i++) {
		char name[16];

		snprintf(name, sizeof(name), "svc-%u", i);
		json_array_append_new(
			list,
			pack("{s:s, s:s, s:o, s:{}, s:o, s:s}", "name", name,
			     "image", j->load->services.at[i], "env",
			     environment(j), "resources", "volumeMounts",
			     mounts(j), "imagePullPolicy", "IfNotPresent"));
	}
	return list;
}

json_t *
job_pod_body(struct kubernetes *k, const struct ci_job *j, const char *base,
	     const char *name, const char *secret)
{
	const struct scenario_runner *r = j->runner->plan;
	bool arm = pairs_have(&r->node_selector, "kubernetes.io/arch", "arm64");
	const char *helper = arm ? HELPER_IMAGE ":arm64-v" RUNNER_VERSION
				 : HELPER_IMAGE ":x86_64-v" RUNNER_VERSION;
	long long project = j->project->id, id = j->id;
	json_t *init = pack(
		"[{s:s, s:s, s:[s,s,o], s:{}, s:o, s:s}]", "name",
		"init-permissions", "image", helper, "command", "sh", "-c",
		json_sprintf("touch /logs-%lld-%lld/output.log && (chmod 777 "
			     "/logs-%lld-%lld/output.log || exit 0)",
			     project, id, project, id),
		"resources", "volumeMounts", mounts(j), "imagePullPolicy",
		"IfNotPresent");
	json_t *spec = pack(
		"{s:s, s:s, s:I, s:o, s:o, s:[{s:s}], "
		"s:[{s:s, s:{}}, {s:s, s:{}}, {s:s, s:{}}]}",
		"restartPolicy", "Never", "serviceAccountName", "default",
		"activeDeadlineSeconds",
		(json_int_t)(j->timeout_ms / 1000 + 1), "initContainers",
		init, "containers", containers(j, helper), "imagePullSecrets",
		"name", secret, "volumes", "name", "repo", "emptyDir", "name",
		"scripts", "emptyDir", "name", "logs", "emptyDir");

	(void)k;
	if (r->node_selector.n)
		json_object_set_new(spec, "nodeSelector",
				    pack_pairs(&r->node_selector));
	if (r->tolerations.n)
		json_object_set_new(spec, "tolerations",
				    pack_tolerations(&r->tolerations));
	return pack("{s:{s:s, s:o, s:o}, s:o}", "metadata", "name", name,
		    "labels", labels(j, base, name), "annotations",
		    annotations(j), "spec", spec);
}
