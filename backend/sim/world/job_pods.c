/*
 * The pods of a Job: counted when they end, made, and taken away.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/world/job.h"

#define INDEX "batch.kubernetes.io/job-completion-index"

const struct event_source job_source = { "job-controller", "", NULL };

/* ---- counting ---- */

void
job_count_pod(struct batch_note *n, const struct object *pod)
{
	const char *index = object_label(pod, INDEX);

	if (map_get(n->counted, pod->uid))
		return;
	map_put(n->counted, pod->uid, n);
	if (str_eq(object_field(pod, "status.phase"), "Succeeded")) {
		n->streak = 0;
		/* One that another pod has done counts once. */
		if (index && map_get(n->done, index))
			return;
		if (index)
			map_put(n->done, index, n);
		n->succeeded++;
		return;
	}
	n->failed++;
	n->streak++;
	n->failed_ms = sim_now_ms(n->b->k->sim);
}

void
job_look_at_pods(struct job_run *r)
{
	r->pods = owned_find(r->b->k, r->b->k->pods, r->o);
	for (uint32_t i = 0; i < r->pods.at.n; i++) {
		const struct object *pod = r->pods.at.at[i];
		const struct pod *rec = mirror_of(r->b->k, KIND_POD, pod);
		const char *index = object_label(pod, INDEX);

		if (!rec)
			continue;
		r->restarts += pod_restarts(rec);
		if (pod_is_finished(rec)) {
			job_count_pod(r->note, pod);
		} else if (pod->deleted_ms) {
			r->terminating++;
		} else {
			r->active++;
			r->ready += rec->ready;
			if (index)
				map_put(r->taken, index, r);
		}
	}
}

/* ---- indexes ---- */

/* "0-2,4" */
char *
job_done_indexes(const struct job_run *r)
{
	int64_t from = -1, n = r->completions;
	char text[24], *out;
	struct buf b;

	buf_init(&b, (size_t)1 << 20);
	for (int64_t i = 0; i <= n; i++) {
		snprintf(text, sizeof(text), "%lld", (long long)i);
		if (i < n && map_get(r->note->done, text)) {
			from = from < 0 ? i : from;
			continue;
		}
		if (from >= 0)
			buf_printf(&b, "%s%lld", b.len ? "," : "",
				   (long long)from);
		if (from >= 0 && i - 1 > from)
			buf_printf(&b, "-%lld", (long long)i - 1);
		from = -1;
	}
	out = xstrdup(buf_text(&b));
	buf_fini(&b);
	return out;
}

/* ---- fewer and more ---- */

/* The controller's own deletions are nobody's failure. */
void
job_delete_active(struct job_run *r, int32_t keep)
{
	for (uint32_t i = r->pods.at.n; i-- > 0 && r->active > keep;) {
		const struct object *pod = r->pods.at.at[i];

		if (pod->deleted_ms || pod_object_is_over(pod))
			continue;
		map_put(r->note->counted, pod->uid, r->note);
		k8s_tell(r->b->k, r->o, &job_source, false, "SuccessfulDelete",
			 "Deleted pod: %s", pod->name);
		k8s_delete(r->b->k, pod, -1);
		r->active--;
		r->terminating++;
	}
}

/* The lowest index nobody has done or is at work on; -1: none. */
static int64_t
free_index(struct job_run *r, char text[static 24])
{
	for (int64_t i = 0; i < r->completions; i++) {
		snprintf(text, 24, "%lld", (long long)i);
		if (!map_get(r->note->done, text) && !map_get(r->taken, text))
			return i;
	}
	return -1;
}

static void
give_index(json_t *body, const char *job, const char *index)
{
	json_t *meta = json_object_get(body, "metadata"), *c;
	json_t *labels = json_object_get(meta, "labels");
	json_t *spec = json_object_get(body, "spec");
	json_t *mark = pack("{s:{s:s}}", "annotations", INDEX, index);
	size_t i;

	json_object_set_new(labels, INDEX, json_string(index));
	json_object_update_recursive(meta, mark);
	json_decref(mark);
	if (!json_object_get(spec, "hostname"))
		json_object_set_new(spec, "hostname",
				    json_sprintf("%s-%s", job, index));
	json_array_foreach(json_object_get(spec, "containers"), i, c) {
		json_t *env = json_object_get(c, "env");

		if (!json_is_array(env)) {
			env = json_array();
			json_object_set_new(c, "env", env);
		}
		json_array_append_new(
			env, pack("{s:s, s:{s:{s:s}}}", "name",
				  "JOB_COMPLETION_INDEX", "valueFrom",
				  "fieldRef", "fieldPath",
				  "metadata.labels['" INDEX "']"));
	}
}

bool
job_create_pod(struct job_run *r)
{
	char suffix[32], index[24], *name;
	struct status st = { 0 };
	const struct object *pod;
	json_t *body;

	if (r->indexed && free_index(r, index) < 0)
		return false;
	id_suffix(&r->b->rng, 5, suffix);
	name = r->indexed ? xasprintf("%s-%s-%s", r->o->name, index, suffix)
			  : xasprintf("%s-%s", r->o->name, suffix);
	body = pod_from_template(r->o, r->tree, name);
	if (body && r->indexed)
		give_index(body, r->o->name, index);
	pod = body ? k8s_try_put(r->b->k, r->b->k->pods, r->o->ns, body, &st)
		   : NULL;
	if (!pod && st.code == 403)
		k8s_tell(r->b->k, r->o, &job_source, true, "FailedCreate",
			 "Error creating: %s", st.message);
	if (pod) {
		r->active++;
		if (r->indexed)
			map_put(r->taken, index, r);
		k8s_tell(r->b->k, r->o, &job_source, false, "SuccessfulCreate",
			 "Created pod: %s", name);
	}
	free(name);
	return pod != NULL;
}
