/*
 * Where the data comes from: a cluster with AWS and GitLab around it, or a
 * world file; and what the header says of it.
 */
#include "backend/control/backend_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/base/log.h"
#include "backend/base/map.h"
#include "backend/base/text.h"
#include "backend/control/engine_run.h"
#include "backend/control/stream.h"
#include "backend/model/pod.h"
#include "backend/world/world_file.h"

enum { MANAGER_CONFIGS = 100 };

/* What joins, alarms and the engine read; views may want more. */
static const uint8_t base_kinds[] = {
	KIND_POD,	  KIND_NODE,	     KIND_NAMESPACE,
	KIND_DAEMONSET,	  KIND_REPLICASET,   KIND_STATEFULSET,
	KIND_DEPLOYMENT,  KIND_BATCHJOB,     KIND_PDB,
	KIND_PRIORITYCLASS, KIND_EVENT,	     KIND_PV,
	KIND_PVC,	  KIND_STORAGECLASS, KIND_CSINODE,
};

static void
set_text(char *out, size_t room, const char *text)
{
	text = str_or_empty(text);
	text_clean_to(out, room, text, strlen(text));
}

/* "arn:aws:eks:eu-west-1:471112345690:cluster/ci-prod", "ci-prod.eu-west-1
 * .eksctl.io", or whatever the kubeconfig calls it. */
static void
name_cluster(struct backend *b, struct place *p)
{
	const char *name = str_or_empty(b->context->cluster);
	const char *slash = strstr(name, ":cluster/");
	size_t len = strlen(name);

	if (str_has_prefix(name, "arn:") && slash) {
		const char *region = name;

		for (int i = 0; i < 3 && region; i++) {
			region = strchr(region, ':');
			region = region ? region + 1 : NULL;
		}
		if (region)
			snprintf(p->region, sizeof(p->region), "%.*s",
				 (int)strcspn(region, ":"), region);
		name = slash + strlen(":cluster/");
		len = strlen(name);
	} else if (strstr(name, ".eksctl.io")) {
		len = strcspn(name, ".");
	}
	snprintf(p->cluster, sizeof(p->cluster), "%.*s", (int)len, name);
}

static void
open_aws(struct backend *b)
{
	struct place *p = store_place(b->store);
	const struct sink *sink = store_sink(b->store);
	char *found = aws_region_find();
	struct aws_options o = {
		.region = b->config.region ? b->config.region
			  : found	   ? found
					   : p->region,
		.cluster = p->cluster,
		.seed = (uint64_t)clock_wall_ms(b->clock),
	};
	struct err err;

	if (b->config.no_aws) {
		sink->status(sink->ctx, SOURCE_AWS, SOURCE_OFF, NULL);
	} else {
		b->aws = aws_new(b->reactor, sink, &o, &err);
		if (!b->aws)
			sink->status(sink->ctx, SOURCE_AWS, SOURCE_OFF, &err);
	}
	free(found);
}

static void
open_gitlab(struct backend *b)
{
	const struct sink *sink = store_sink(b->store);
	struct gitlab_options o = { .seed = (uint64_t)clock_wall_ms(b->clock) };

	if (b->config.no_gitlab || !gitlab_options_from_env(&o)) {
		sink->status(sink->ctx, SOURCE_GITLAB, SOURCE_OFF, NULL);
		return;
	}
	b->gitlab = gitlab_new(b->reactor, sink, &o);
}

bool
backend_open_cluster(struct backend *b, struct err *err)
{
	struct place *p = store_place(b->store);
	const struct config_context *x;

	b->kubeconfig = kubeconfig_load(b->config.kubeconfig, err);
	if (!b->kubeconfig)
		return false;
	b->context = kubeconfig_context(b->kubeconfig, b->config.context, err);
	if (!b->context)
		return false;
	set_text(p->context, sizeof(p->context), b->context->name);
	set_text(p->user, sizeof(p->user), b->context->user);
	name_cluster(b, p);
	x = config_context(b->file, p->context);
	p->simulated = b->config.simulated;
	p->production = x->production;
	b->gate.by_context = x->write || b->config.simulated;
	b->kube = kube_new(b->reactor, store_sink(b->store),
			   &(struct kube_options){
				   .context = b->context,
				   .ns = b->config.ns,
				   .seed = (uint64_t)clock_wall_ms(b->clock),
			   });
	for (size_t i = 0; i < ARRAY_LEN(base_kinds); i++) {
		b->base_kinds |= UINT64_C(1) << base_kinds[i];
		kube_want(b->kube, (enum kind)base_kinds[i], true);
	}
	open_aws(b);
	open_gitlab(b);
	return true;
}

/* ---- a world file ---- */

static void
put_world(struct backend *b, const struct world *w)
{
	const struct sink *sink = store_sink(b->store);

	store_freeze(b->store, w->time_ms);
	for (int k = 0; k <= KIND_ACT; k++) {
		sink->list_begin(sink->ctx, (enum kind)k);
		for (uint32_t i = 0; i < w->of[k].n; i++)
			sink->put(sink->ctx, record_ref(w->of[k].at[i]));
		sink->list_end(sink->ctx, (enum kind)k, true);
	}
	for (int i = 0; i < SOURCE_PADDOCK; i++)
		sink->status(sink->ctx, (enum source)i, SOURCE_LIVE, NULL);
}

bool
backend_open_world(struct backend *b, struct err *err)
{
	struct place *p = store_place(b->store);
	struct world_file f;

	if (!world_file_read(b->config.world_file, &f, err))
		return false;
	if (!b->config.policy && b->config.adjust &&
	    !b->config.adjust(b->config.adjust_ctx, f.policy, err)) {
		world_file_fini(&f);
		return false;
	}
	set_text(p->context, sizeof(p->context), b->config.world_file);
	b->gate.forbidden = true; /* there is nothing to write to */
	put_world(b, f.world);
	b->policy = policy_ref(b->config.policy ? b->config.policy : f.policy);
	b->memory = f.memory ? memory_ref(f.memory) : NULL;
	world_file_fini(&f);
	return true;
}

void
backend_close_sources(struct backend *b)
{
	gitlab_free(b->gitlab);
	aws_free(b->aws);
	kube_free(b->kube);
	kube_context_free(b->context);
	kubeconfig_free(b->kubeconfig);
	stream_asks_free(b);
	for (uint32_t i = 0; i < b->asked_configs.n; i++)
		free(b->asked_configs.at[i]);
	vec_free(&b->asked_configs);
}

/* ---- once a second ---- */

/* The chart names a manager's ConfigMap after its release; without it nobody
 * knows how many jobs it takes and how long it waits. */
static void
ask_config(struct backend *b, const char *ns, const char *name)
{
	char *key;

	if (!name || !*name || b->asked_configs.n >= MANAGER_CONFIGS)
		return;
	key = xasprintf("%s/%s", ns, name);
	for (uint32_t i = 0; i < b->asked_configs.n; i++) {
		if (strcmp(b->asked_configs.at[i], key) == 0) {
			free(key);
			return;
		}
	}
	vec_push(&b->asked_configs, key);
	kube_want_one(b->kube, KIND_CONFIGMAP, ns, name);
}

static void
ask_configs(struct backend *b)
{
	const struct pod *p;
	void *at = NULL;

	while ((p = store_next_manager(b->store, &at))) {
		ask_config(b, p->meta.ns, labels_get(&p->meta.labels, "app"));
		ask_config(b, p->meta.ns,
			   labels_get(&p->meta.labels, "release"));
	}
}

void
backend_look_around(struct backend *b)
{
	struct place *p = store_place(b->store);

	gate_show(&b->gate, backend_boot_ms(b), p);
	p->aws_proven = store_is_proven(b->store);
	if (b->aws) {
		set_text(p->account, sizeof(p->account), aws_account(b->aws));
		set_text(p->region, sizeof(p->region), aws_region(b->aws));
		p->credentials_end_ms = aws_credentials_end_ms(b->aws);
	}
	if (b->kube)
		ask_configs(b);
}
