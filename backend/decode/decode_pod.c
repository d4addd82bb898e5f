/*
 * Pods, and pod templates as pods.
 */
#include "backend/decode/codecs.h"
#include "backend/decode/pod_parts.h"

/* ---- what GitLab's labels and annotations say (integrations A2, A3, A6) -- */

static int64_t
positive_number(const char *text)
{
	struct tree t = { .kind = TREE_STRING, .text = text };
	int64_t v;

	if (!text || strlen(text) > 19)
		return 0;
	t.len = (uint32_t)strlen(text);
	return tree_int(&t, &v) && v > 0 ? v : 0;
}

static bool
has_suffix(const char *text, const char *suffix)
{
	size_t n = strlen(text), m = strlen(suffix);

	return n >= m && strcmp(text + n - m, suffix) == 0;
}

/* A runner's own pod: the Helm chart's labels, or the operator's. */
static bool
labelled_manager(const struct labels *l)
{
	const char *app = str_or_empty(labels_get(l, "app"));
	const char *chart = str_or_empty(labels_get(l, "chart"));
	const char *part = labels_get(l, "app.kubernetes.io/component");

	return str_has_prefix(chart, "gitlab-runner-") ||
	       has_suffix(app, "gitlab-runner") || str_eq(part, "runner");
}

static void
mark_gitlab(struct pod *p)
{
	const struct labels *l = &p->meta.labels;
	const struct labels *a = &p->meta.annotations;

	p->is_pause = labels_get(l, "runner.gitlab.com/pause-pod") != NULL;
	p->job_id = positive_number(
		labels_get(a, "job.runner.gitlab.com/id"));
	p->project_id = positive_number(
		labels_get(a, "project.runner.gitlab.com/id"));
	if (!p->project_id)
		p->project_id = positive_number(
			labels_get(l, "project.runner.gitlab.com/id"));
	/* Annotations may be anybody's; the labels cannot be overridden by a
	 * job.  Runners before 15.8 set no such label but the name. */
	p->is_job = !p->is_pause &&
		    (labels_get(l, "manager.runner.gitlab.com/id-short") ||
		     labels_get(l, "job.runner.gitlab.com/pod") ||
		     (p->job_id && str_has_prefix(p->meta.name, "runner-")));
	if (!p->is_job)
		p->job_id = 0;
	p->is_manager = !p->is_job && !p->is_pause && labelled_manager(l);
}

bool
pod_derive(struct wire *w, struct pod *p)
{
	mark_gitlab(p);
	if (!pod_sum_requests(p, w->seal)) {
		wire_fail(w, "the sum of resource requests is too large");
		return wire_under(w, "spec.containers");
	}
	p->spec_hash = shape_spec_hash(&shape_pod, p, 0);
	return true;
}

/* ---- pods ---- */

static bool
read_pod(struct wire *w, struct pod *p, const struct tree *t)
{
	const struct tree *meta = tree_get(t, "metadata");
	const struct tree *spec = tree_get(t, "spec");
	const struct tree *status = tree_get(t, "status");

	if (!wire_object(w, t))
		return false;
	if (meta && !read_meta(w, &p->meta, meta))
		return wire_under(w, "metadata");
	if (spec && !read_pod_spec(w, p, spec, status))
		return false;
	if (status && !read_pod_status(w, p, status))
		return wire_under(w, "status");
	return pod_derive(w, p);
}

const struct record *
decode_pod(struct seal *s, const struct tree *t, struct err *err)
{
	struct pod *p = seal_begin(s, sizeof(*p));
	struct wire w;

	wire_init(&w, s, false);
	shape_blank(&shape_pod, p);
	return wire_done(&w, read_pod(&w, p, t), KIND_POD, err);
}

void
encode_pod(struct out *o, const struct record *r)
{
	const struct pod *p = (const struct pod *)(const void *)r;
	uint32_t mark;

	write_meta(o, "metadata", &p->meta);
	mark = out_open(o, "spec");
	write_pod_spec(o, p, "");
	out_close(o, mark);
	mark = out_open(o, "status");
	write_pod_status(o, p);
	out_close(o, mark);
}

/* ---- templates ---- */

#define OF struct meta
static const struct field template_meta_rows[] = {
	F_TEXT("name", name),
	F_CUSTOM_AT("labels", labels, read_labels, write_labels),
	F_CUSTOM_AT("annotations", annotations, read_annotations,
		    write_labels),
};
FIELDS(template_meta);
#undef OF

static bool
read_template(struct wire *w, struct pod *p, const struct tree *t)
{
	const struct tree *meta = tree_get(t, "metadata");
	const struct tree *spec = tree_get(t, "spec");

	if (!wire_object(w, t))
		return false;
	if (meta && !wire_fields(w, &p->meta, meta, &template_meta_fields))
		return wire_under(w, "metadata");
	if (spec && !read_pod_spec(w, p, spec, NULL))
		return false;
	return true;
}

/* A text of the owner's metadata; its type is judged where it belongs.  Of
 * keys that stand twice the last counts, as for the owner itself. */
static void
borrow(struct wire *w, const char **slot, const struct tree *meta,
       const char *key)
{
	const struct tree *t = NULL;

	tree_each(child, meta)
		if (!strcmp(child->key, key))
			t = child;
	if (tree_is(t, TREE_STRING))
		seal_textn(w->seal, slot, t->text, t->len);
}

const struct pod *
read_pod_template(struct wire *w, const struct tree *t, const char *owner_kind,
		  const char *owner_api, const struct tree *owner_meta)
{
	struct pod *p = seal_begin(w->seal, sizeof(*p));
	const struct pod *sealed;

	shape_blank(&shape_pod, p);
	if (!read_template(w, p, t))
		return NULL;
	p->phase = POD_PENDING;
	p->meta.owner_kind = owner_kind;
	p->meta.owner_api = owner_api;
	borrow(w, &p->meta.ns, owner_meta, "namespace");
	borrow(w, &p->meta.owner_name, owner_meta, "name");
	borrow(w, &p->meta.owner_uid, owner_meta, "uid");
	if (!pod_derive(w, p))
		return NULL;
	sealed = record_seal(w->seal, KIND_POD);
	if (!sealed)
		wire_fail(w, "larger than 16 MiB");
	return sealed;
}

void
write_pod_template(struct out *o, const char *key, const struct pod *p,
		   const char *args)
{
	uint32_t meta, spec;

	/* Written also when it is empty: its being there says something. */
	jsonw_object(out_key(o, key));
	meta = out_open(o, "metadata");
	/* Namespace and owner are the workload's. */
	out_fields(o, &p->meta, &template_meta_fields);
	out_close(o, meta);
	spec = out_open(o, "spec");
	write_pod_spec(o, p, args);
	out_close(o, spec);
	jsonw_end_object(o->w);
}
