/*
 * DaemonSets, ReplicaSets, ReplicationControllers, StatefulSets, Deployments
 * and batch Jobs: one record, six spellings.
 */
#include "backend/decode/codecs.h"
#include "backend/decode/pod_parts.h"

/* A ReplicationController's selector is a plain map. */
static bool
read_plain_selector(struct wire *w, void *base, const struct tree *t)
{
	struct tree labels = *t, selector = { .kind = TREE_OBJECT, .len = 1 };
	bool ok;

	if (t->kind == TREE_NULL)
		return true;
	if (!wire_object(w, t))
		return false;
	labels.key = "matchLabels";
	labels.key_len = 11;
	labels.next = NULL;
	selector.first = &labels;
	ok = read_selector(w, base, &selector);
	/* The path names what stands in the text. */
	if (!ok && str_has_prefix(w->path + w->path_at, "matchLabels."))
		w->path_at += strlen("matchLabels.");
	return ok;
}

static void
write_plain_selector(struct out *o, const char *key, const void *base)
{
	const struct selector *s = base;

	if (!s->present)
		return;
	jsonw_object(out_key(o, key));
	for (uint32_t i = 0; i < s->n; i++) {
		jsonw_key(o->w, s->at[i].key);
		jsonw_text(o->w, s->at[i].values[0]);
	}
	jsonw_end_object(o->w);
}

/* clang-format off */
#define OF struct workload
#define SELECTOR \
	F_CUSTOM_AT("selector", selector, read_selector, write_selector)

static const struct field scaled_spec_rows[] = {
	F_COUNT("replicas", replicas, 1),
	SELECTOR,
};
FIELDS(scaled_spec);

static const struct field rc_spec_rows[] = {
	F_COUNT("replicas", replicas, 1),
	F_CUSTOM_AT("selector", selector, read_plain_selector,
		    write_plain_selector),
};
FIELDS(rc_spec);

static const struct field daemonset_spec_rows[] = { SELECTOR };
FIELDS(daemonset_spec);

static const struct field batchjob_spec_rows[] = {
	F_COUNT("parallelism", replicas, 1),
	SELECTOR,
};
FIELDS(batchjob_spec);

static const struct field scaled_status_rows[] = {
	F_I32("replicas", current, 0),
	F_I32("readyReplicas", ready, 0),
	F_I32("updatedReplicas", updated, 0),
	F_I32("availableReplicas", available, 0),
};
FIELDS(scaled_status);

static const struct field daemonset_status_rows[] = {
	F_I32("desiredNumberScheduled", desired, 0),
	F_I32("currentNumberScheduled", current, 0),
	F_I32("numberReady", ready, 0),
	F_I32("updatedNumberScheduled", updated, 0),
	F_I32("numberAvailable", available, 0),
};
FIELDS(daemonset_status);

static const struct field batchjob_status_rows[] = {
	F_I32("active", current, 0),
	F_I32("ready", ready, 0),
	F_I32("succeeded", available, 0),
};
FIELDS(batchjob_status);

#undef SELECTOR
#undef OF

static const struct variant {
	enum kind kind;
	const char *name, *api;
	const struct fields *spec, *status;
} variants[] = {
	{ KIND_DAEMONSET, "DaemonSet", "apps/v1", &daemonset_spec_fields,
	  &daemonset_status_fields },
	{ KIND_REPLICASET, "ReplicaSet", "apps/v1", &scaled_spec_fields,
	  &scaled_status_fields },
	{ KIND_RC, "ReplicationController", "v1", &rc_spec_fields,
	  &scaled_status_fields },
	{ KIND_STATEFULSET, "StatefulSet", "apps/v1", &scaled_spec_fields,
	  &scaled_status_fields },
	{ KIND_DEPLOYMENT, "Deployment", "apps/v1", &scaled_spec_fields,
	  &scaled_status_fields },
	{ KIND_BATCHJOB, "Job", "batch/v1", &batchjob_spec_fields,
	  &batchjob_status_fields },
};
/* clang-format on */

static const struct variant *
variant_of(enum kind kind)
{
	for (size_t i = 0; i < ARRAY_LEN(variants); i++)
		if (variants[i].kind == kind)
			return &variants[i];
	BUG("%s is no workload", kind_name(kind));
}

/* ---- the first container's command line ---- */

static bool
add_words(struct wire *w, struct buf *lines, const struct tree *container,
	  const char *key)
{
	const struct tree *words = tree_get(container, key);
	uint32_t i = 0;

	if (!words)
		return true;
	if (!wire_list(w, words))
		return wire_under(w, key);
	tree_each(word, words) {
		if (word->kind != TREE_STRING) {
			wire_wrong(w, "string", word);
			wire_under_index(w, i);
			return wire_under(w, key);
		}
		buf_puts(lines, word->text);
		buf_putc(lines, '\n');
		i++;
	}
	return true;
}

static bool
read_args(struct wire *w, struct workload *d, const struct tree *spec)
{
	const struct tree *list = tree_at(spec, "template.spec.containers");
	const struct tree *first = tree_index(list, 0);
	struct buf lines;
	bool ok;

	buf_init(&lines, 1 << 20);
	ok = add_words(w, &lines, first, "command") &&
	     add_words(w, &lines, first, "args");
	if (ok && !buf_ok(&lines))
		ok = wire_fail(w, "a command line over 1 MiB");
	if (ok)
		seal_textn(w->seal, &d->container_args, buf_text(&lines),
			   lines.len);
	else
		wire_under(w, "spec.template.spec.containers[0]");
	buf_fini(&lines);
	return ok;
}

/* ---- reading ---- */

static bool
read_workload(struct wire *w, struct workload *d, const struct tree *t,
	      const struct variant *v)
{
	const struct tree *meta = tree_get(t, "metadata");
	const struct tree *spec = tree_get(t, "spec");
	const struct tree *status = tree_get(t, "status");

	if (!wire_object(w, t))
		return false;
	if (meta && !read_meta(w, &d->meta, meta))
		return wire_under(w, "metadata");
	if (spec && !wire_fields(w, d, spec, v->spec))
		return wire_under(w, "spec");
	if (status && !wire_fields(w, d, status, v->status))
		return wire_under(w, "status");
	if (v->kind != KIND_DAEMONSET)
		d->desired = d->replicas;
	return read_args(w, d, spec);
}

static const char *
first_image(const struct pod *p)
{
	for (uint32_t i = 0; i < p->container_n; i++)
		if (p->containers[i].role == CONTAINER_APP)
			return p->containers[i].image;
	return "";
}

static const struct record *
decode_workload(struct seal *s, const struct tree *t, struct err *err,
		enum kind kind)
{
	const struct variant *v = variant_of(kind);
	const struct tree *template = tree_at(t, "spec.template");
	const struct pod *pod = NULL;
	const struct record *r;
	struct workload *d;
	struct wire w;
	bool ok = true;

	wire_init(&w, s, false);
	/* The template is a record of its own and is sealed first. */
	if (template && template->kind != TREE_NULL) {
		pod = read_pod_template(&w, template, v->name, v->api,
					tree_get(t, "metadata"));
		ok = pod || wire_under(&w, "spec.template");
	}
	d = seal_begin(s, sizeof(*d));
	shape_blank(&shape_workload, d);
	if (ok)
		ok = read_workload(&w, d, t, v);
	d->template_pod = pod;
	if (pod)
		seal_text(s, &d->image, first_image(pod));
	r = wire_done(&w, ok, kind, err);
	if (!r)
		record_unref(pod);
	return r;
}

/* ---- writing ---- */

static void
encode_workload(struct out *o, const struct record *r)
{
	const struct workload *d = (const struct workload *)(const void *)r;
	const struct variant *v = variant_of((enum kind)r->kind);
	uint32_t mark;

	write_meta(o, "metadata", &d->meta);
	mark = out_open(o, "spec");
	out_fields(o, d, v->spec);
	if (d->template_pod)
		write_pod_template(o, "template", d->template_pod,
				   d->container_args);
	out_close(o, mark);
	mark = out_open(o, "status");
	out_fields(o, d, v->status);
	out_close(o, mark);
}

#define WORKLOAD(id, kind)                                                  \
	const struct record *decode_##id(struct seal *s,                    \
					 const struct tree *t,              \
					 struct err *err)                   \
	{                                                                   \
		return decode_workload(s, t, err, kind);                    \
	}                                                                   \
	void encode_##id(struct out *o, const struct record *r)             \
	{                                                                   \
		encode_workload(o, r);                                      \
	}

WORKLOAD(daemonset, KIND_DAEMONSET)
WORKLOAD(replicaset, KIND_REPLICASET)
WORKLOAD(rc, KIND_RC)
WORKLOAD(statefulset, KIND_STATEFULSET)
WORKLOAD(deployment, KIND_DEPLOYMENT)
WORKLOAD(batchjob, KIND_BATCHJOB)
