/*
 * helm-controller at work, and what Flux brings along.
 */
#include "backend/sim/world/flux.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/world/bootstrap.h"
#include "backend/sim/world/manager.h"

#define NS "flux-system"
#define INTERVAL_MS 600000
#define SOON_MS 2000 /* from a change to its reconciliation */
#define REVISION "main@sha1:6f1c0d5a9b7e4c3d2f1a0b9c8d7e6f5a4b3c2d1e"
#define CHART_VERSION "0.85.0"

struct looked_after { /* one HelmRelease */
	struct flux *flux;
	struct helm_release *release;
	uint64_t timer;
};

struct flux {
	struct kubernetes *k;
	struct helm *helm;
	const struct object_type *releases; /* NULL: not installed */
	struct looked_after *at;
	uint32_t n;
};

/* ---- what is installed ---- */

static void
found_controller(struct kubernetes *k, const char *name, const char *version)
{
	json_t *o = manifest(
		"{'metadata':{'name':'%s','labels':{"
		"'app.kubernetes.io/component':'%s',"
		"'app.kubernetes.io/instance':'flux-system',"
		"'app.kubernetes.io/part-of':'flux'}},'spec':{'replicas':1,"
		"'selector':{'matchLabels':{'app':'%s'}},'template':{"
		"'metadata':{'labels':{'app':'%s'}},'spec':{"
		"'serviceAccountName':'%s','priorityClassName':"
		"'system-cluster-critical','terminationGracePeriodSeconds':10,"
		"'containers':[{'name':'manager','image':'ghcr.io/fluxcd/%s:"
		"%s','args':['--watch-all-namespaces=true',"
		"'--log-level=info','--enable-leader-election'],'ports':[{"
		"'name':'http-prom','containerPort':8080}],'resources':{"
		"'limits':{'memory':'1Gi'},'requests':{'cpu':'100m',"
		"'memory':'64Mi'}}}]}}}}",
		name, name, name, name, name, name, version);

	place_system(k,
		     json_object_get(json_object_get(json_object_get(o, "spec"),
						     "template"),
				     "spec"));
	k8s_install_account(k, NS, name);
	k8s_install(k, "apps", "deployments", NS, o);
}

static json_t *
ready(const char *reason, const char *message, int64_t since_ms,
      int64_t generation)
{
	return pack("{s:s, s:s, s:s, s:s, s:o, s:I}", "type", "Ready", "status",
		    "True", "reason", reason, "message", message,
		    "lastTransitionTime", pack_time(since_ms),
		    "observedGeneration", (json_int_t)generation);
}

static void
found_sources(struct kubernetes *k)
{
	int64_t now = sim_now_ms(k->sim);

	k8s_install(
		k, "source.toolkit.fluxcd.io", "gitrepositories", NS,
		pack("{s:{s:s}, s:{s:s, s:s, s:{s:s}}, s:{s:I, s:[o], s:{s:s, "
		     "s:o}}}",
		     "metadata", "name", NS, "spec", "interval", "1m0s", "url",
		     "https://gitlab.example.com/platform/clusters.git", "ref",
		     "branch", "main", "status", "observedGeneration",
		     (json_int_t)1, "conditions",
		     ready("Succeeded",
			   "stored artifact for revision '" REVISION "'", now,
			   1),
		     "artifact", "revision", REVISION, "lastUpdateTime",
		     pack_time(now)));
	k8s_install(k, "source.toolkit.fluxcd.io", "helmrepositories", NS,
		    pack("{s:{s:s}, s:{s:s, s:s}, s:{s:I, s:[o]}}", "metadata",
			 "name", "gitlab", "spec", "interval", "1h0m0s", "url",
			 "https://charts.example.com/gitlab", "status",
			 "observedGeneration", (json_int_t)1, "conditions",
			 ready("Succeeded",
			       "stored artifact: revision "
			       "'sha256:5f0e'",
			       now, 1)));
	k8s_install(k, "kustomize.toolkit.fluxcd.io", "kustomizations", NS,
		    pack("{s:{s:s}, s:{s:s, s:s, s:b, s:{s:s, s:s}}, s:{s:I, "
			 "s:[o], s:s, s:s}}",
			 "metadata", "name", NS, "spec", "interval", "10m0s",
			 "path", "./clusters/ci", "prune", 1, "sourceRef",
			 "kind", "GitRepository", "name", NS, "status",
			 "observedGeneration", (json_int_t)1, "conditions",
			 ready("ReconciliationSucceeded",
			       "Applied revision: " REVISION, now, 1),
			 "lastAppliedRevision", REVISION,
			 "lastAttemptedRevision", REVISION));
}

static void
found_release(struct flux *f, const struct helm_release *r)
{
	struct kubernetes *k = f->k;

	k8s_install(
		k, "helm.toolkit.fluxcd.io", "helmreleases",
		k->scenario->namespace,
		pack("{s:{s:s, s:{s:s, s:s}}, s:{s:b, s:s, s:s, s:{s:{s:s, "
		     "s:s, s:{s:s, s:s, s:s}}}, s:{s:s}, s:{s:i, s:s, s:i}}}",
		     "metadata", "name", r->runner->name, "labels",
		     "kustomize.toolkit.fluxcd.io/name", NS,
		     "kustomize.toolkit.fluxcd.io/namespace", NS, "spec",
		     "suspend", (int)k->scenario->flux_suspended, "interval",
		     "10m0s", "releaseName", r->runner->name, "chart", "spec",
		     "chart", "gitlab-runner", "version", CHART_VERSION,
		     "sourceRef", "kind", "HelmRepository", "name", "gitlab",
		     "namespace", NS, "driftDetection", "mode", "enabled",
		     "values", "concurrent", (int)r->concurrent, "gitlabUrl",
		     "https://gitlab.example.com/", "replicas",
		     (int)r->runner->plan->replicas));
}

/* ---- reconciling ---- */

static const struct object *
object_of(const struct looked_after *l)
{
	struct kubernetes *k = l->flux->k;

	return k8s_find(k, l->flux->releases, k->scenario->namespace,
			l->release->runner->name);
}

/* Without its pod nothing is reconciled. */
static bool
controller_runs(struct flux *f)
{
	const struct object *o =
		k8s_find(f->k, f->k->deployments, NS, "helm-controller");
	json_t *tree = o ? object_tree(o) : NULL;
	bool runs =
		json_integer_value(json_object_get(
			json_object_get(tree, "status"), "readyReplicas")) > 0;

	json_decref(tree);
	return runs;
}

PRINTF_LIKE(4, 5)
static void
tell(struct looked_after *l, bool warning, const char *reason, const char *fmt,
     ...)
{
	struct event_source from = { "helm-controller", "", NULL };
	const struct object *o = object_of(l);
	va_list args;
	char *text;

	va_start(args, fmt);
	text = xvasprintf(fmt, args);
	va_end(args);
	if (o)
		k8s_tell(l->flux->k, o, &from, warning, reason, "%s", text);
	free(text);
}

static void
write_status(struct looked_after *l, const json_t *tree, const char *reason)
{
	const struct helm_release *r = l->release;
	const json_t *meta = json_object_get(tree, "metadata");
	json_int_t generation =
		json_integer_value(json_object_get(meta, "generation"));
	const char *asked = json_string_value(
		json_object_get(json_object_get(meta, "annotations"),
				"reconcile.fluxcd.io/requestedAt"));
	const struct object *o = object_of(l);
	char message[256];
	json_t *status;

	snprintf(message, sizeof(message),
		 "Helm %s succeeded for release %s/%s.v%d with chart "
		 "gitlab-runner@" CHART_VERSION,
		 r->revision == 1 ? "install" : "upgrade",
		 l->flux->k->scenario->namespace, r->runner->name,
		 (int)r->revision);
	status = pack(
		"{s:I, s:[o], s:s, s:[{s:s, s:s, s:i, s:s, s:s, s:s, "
		"s:s, s:o, s:o}]}",
		"observedGeneration", generation, "conditions",
		ready(reason, message, r->last_ms, generation),
		"lastAttemptedRevision", CHART_VERSION, "history", "name",
		r->runner->name, "namespace", l->flux->k->scenario->namespace,
		"version", (int)r->revision, "status", "deployed", "chartName",
		"gitlab-runner", "chartVersion", CHART_VERSION, "appVersion",
		RUNNER_VERSION, "firstDeployed", pack_time(r->first_ms),
		"lastDeployed", pack_time(r->last_ms));
	if (asked)
		json_object_set_new(status, "lastHandledReconcileAt",
				    json_string(asked));
	if (o)
		k8s_put_status(l->flux->k, o, status);
	else
		json_decref(status);
}

static void
reconcile(struct looked_after *l)
{
	struct kubernetes *k = l->flux->k;
	struct helm_release *r = l->release;
	const struct object *o = object_of(l);
	json_t *tree = o ? object_tree(o) : NULL;
	const json_t *spec = json_object_get(tree, "spec");
	int32_t wanted = (int32_t)json_integer_value(
		json_object_get(json_object_get(spec, "values"), "concurrent"));
	int32_t live = manager_concurrent(k, r->runner);

	if (!o || json_is_true(json_object_get(spec, "suspend")) ||
	    !controller_runs(l->flux) || wanted < 1) {
		json_decref(tree);
		return;
	}
	if (wanted != r->concurrent) {
		helm_upgrade(l->flux->helm, r, wanted);
		tell(l, false, "UpgradeSucceeded",
		     "Helm upgrade succeeded for release %s/%s.v%d with chart "
		     "gitlab-runner@" CHART_VERSION,
		     k->scenario->namespace, r->runner->name, (int)r->revision);
	} else if (live != wanted) {
		char key[200];

		tell(l, true, "DriftDetected",
		     "Cluster state of release %s/%s has drifted from the "
		     "desired state:\nConfigMap/%s/%s changed (0 additions, 1 "
		     "changes, 0 removals)",
		     k->scenario->namespace, r->runner->name,
		     k->scenario->namespace, r->runner->name);
		snprintf(key, sizeof(key), "%s/%s", k->scenario->namespace,
			 r->runner->name);
		manager_configure(k, key, wanted);
		tell(l, false, "DriftCorrected",
		     "Cluster state of release %s/%s has been corrected",
		     k->scenario->namespace, r->runner->name);
	}
	write_status(l, tree,
		     r->revision == 1 ? "InstallSucceeded"
				      : "UpgradeSucceeded");
	json_decref(tree);
}

static void
on_time(struct sim *w, void *ctx, uint64_t arg)
{
	struct looked_after *l = ctx;

	(void)arg;
	reconcile(l);
	l->timer = sim_after(w, INTERVAL_MS, on_time, l, 0);
}

/* Spec or request changed: soon, not at the next interval. */
static void
on_release(void *ctx, enum object_event e, const struct object *now,
	   const struct object *before)
{
	struct flux *f = ctx;

	(void)before;
	if (e != OBJECT_MODIFIED || sim_in_history(f->k->sim))
		return;
	for (uint32_t i = 0; i < f->n; i++) {
		struct looked_after *l = &f->at[i];
		json_t *tree, *seen, *meta;

		if (!str_eq(l->release->runner->name, now->name))
			continue;
		tree = object_tree(now);
		seen = json_object_get(tree, "status");
		meta = json_object_get(tree, "metadata");
		if (!json_equal(json_object_get(seen, "observedGeneration"),
				json_object_get(meta, "generation")) ||
		    !str_eq(str_or_empty(json_string_value(json_object_get(
				    json_object_get(meta, "annotations"),
				    "reconcile.fluxcd.io/requestedAt"))),
			    str_or_empty(json_string_value(json_object_get(
				    seen, "lastHandledReconcileAt"))))) {
			sim_cancel(f->k->sim, l->timer);
			l->timer = sim_after(f->k->sim, SOON_MS, on_time, l, 0);
		}
		json_decref(tree);
	}
}

void
flux_suspend(struct kubernetes *k, const char *key, bool on)
{
	const struct object_type *t = objects_type(
		k->objects, "helm.toolkit.fluxcd.io", "helmreleases");
	const struct object *o = t ? k8s_find_key(k, t, key) : NULL;

	if (o)
		k8s_put_merge(k, o,
			      pack("{s:{s:b}}", "spec", "suspend", (int)on));
}

/* ---- the part ---- */

struct flux *
flux_new(struct kubernetes *k)
{
	struct flux *f = xcalloc(1, sizeof(*f));

	f->k = k;
	return f;
}

void
flux_free(struct flux *f)
{
	if (!f)
		return;
	free(f->at);
	free(f);
}

void
flux_found(struct flux *f, struct helm *h)
{
	struct kubernetes *k = f->k;

	if (!k->scenario->flux)
		return;
	f->helm = h;
	f->releases = objects_type(k->objects, "helm.toolkit.fluxcd.io",
				   "helmreleases");
	BUG_IF(!f->releases);
	k8s_install(k, "", "namespaces", "",
		    manifest("{'metadata':{'name':'" NS "'}}"));
	found_controller(k, "source-controller", "v1.7.2");
	found_controller(k, "kustomize-controller", "v1.7.1");
	found_controller(k, "helm-controller", "v1.4.2");
	found_controller(k, "notification-controller", "v1.7.3");
	found_sources(k);
	f->n = helm_count(h);
	f->at = xcalloc(f->n + 1, sizeof(*f->at));
	for (uint32_t i = 0; i < f->n; i++) {
		const struct object *o;
		json_t *tree;

		f->at[i] = (struct looked_after){ .flux = f,
						  .release = helm_at(h, i) };
		found_release(f, helm_at(h, i));
		o = object_of(&f->at[i]);
		tree = o ? object_tree(o) : NULL;
		write_status(&f->at[i], tree, "InstallSucceeded");
		json_decref(tree);
	}
	objects_listen(k->objects, f->releases, on_release, f);
}

void
flux_wake(struct flux *f)
{
	for (uint32_t i = 0; i < f->n; i++)
		f->at[i].timer =
			sim_after(f->k->sim, INTERVAL_MS * (i + 1) / (f->n + 1),
				  on_time, &f->at[i], 0);
}
