/*
 * Releases as Helm keeps them: JSON, gzip, base64, and once more base64 because
 * it is a Secret's data.
 */
#include "backend/sim/world/helm.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/world/manager.h"

#define CHART_VERSION "0.85.0"
#define STORED_MAX 65535u /* bytes of one stored block */

struct helm {
	struct kubernetes *k;
	struct helm_release *at;
	uint32_t n;
};

/* ---- gzip (RFC 1952) of stored blocks: right, and not small ---- */

static uint32_t
crc32_of(const char *bytes, size_t len)
{
	uint32_t crc = 0xffffffffu;

	for (size_t i = 0; i < len; i++) {
		crc ^= (unsigned char)bytes[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (0xedb88320u & -(crc & 1));
	}
	return ~crc;
}

static void
put_little(struct buf *out, uint32_t n, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buf_putc(out, (char)(n >> 8 * i & 255));
}

static void
gzip_stored(struct buf *out, const char *bytes, size_t len)
{
	size_t at = 0;

	/* Magic, deflate, no flags, no time, no hint, Unix. */
	buf_add(out, "\x1f\x8b\x08\0\0\0\0\0\0\x03", 10);
	do {
		size_t part = len - at < STORED_MAX ? len - at : STORED_MAX;

		buf_putc(out, at + part == len);
		put_little(out, (uint32_t)part, 2);
		put_little(out, ~(uint32_t)part, 2);
		buf_add(out, bytes + at, part);
		at += part;
	} while (at < len);
	put_little(out, crc32_of(bytes, len), 4);
	put_little(out, (uint32_t)len, 4);
}

/* ---- one revision ---- */

static const char *const manifest_kinds[][2] = {
	{ "configmaps", "configmap.yaml" },
	{ "deployments", "deployment.yaml" },
};

/* What the chart rendered: the object without what the cluster adds. */
static json_t *
rendered(struct kubernetes *k, const struct helm_release *r,
	 const struct object_type *t)
{
	const struct object *o =
		k8s_find(k, t, k->scenario->namespace, r->runner->name);
	json_t *tree = o ? object_tree(o) : json_object();
	json_t *meta = json_object_get(tree, "metadata"), *data, *toml;

	json_object_set_new(tree, "metadata",
			    pack("{s:O*, s:O*, s:O*}", "name",
				 json_object_get(meta, "name"), "namespace",
				 json_object_get(meta, "namespace"), "labels",
				 json_object_get(meta, "labels")));
	json_object_del(tree, "status");
	json_object_del(
		json_object_get(
			json_object_get(
				json_object_get(json_object_get(tree, "spec"),
						"template"),
				"metadata"),
			"annotations"),
		"kubectl.kubernetes.io/restartedAt");
	data = json_object_get(tree, "data");
	toml = json_object_get(data, "config.toml");
	if (toml)
		json_object_set_new(
			data, "config.toml",
			manager_toml(json_string_value(toml), r->concurrent));
	return tree;
}

static json_t *
manifest_of(struct kubernetes *k, const struct helm_release *r)
{
	const struct object_type *const types[] = { k->configmaps,
						    k->deployments };
	json_t *text;
	struct buf b;

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		json_t *o = rendered(k, r, types[i]);
		char *bytes = json_dumps(o, JSON_COMPACT);

		/* JSON is YAML. */
		buf_printf(&b,
			   "---\n# Source: gitlab-runner/templates/%s\n%s\n",
			   manifest_kinds[i][1], bytes);
		free(bytes);
		json_decref(o);
	}
	text = json_string(buf_text(&b));
	buf_fini(&b);
	return text;
}

static json_t *
release_json(struct kubernetes *k, const struct helm_release *r,
	     const char *status)
{
	return pack("{s:s, s:{s:o, s:o, s:s, s:s, s:s}, s:{s:{s:s, s:s, s:s, "
		    "s:s}, s:{s:i}, s:[]}, s:{s:i, s:s, s:i}, s:o, s:[], s:i, "
		    "s:s}",
		    "name", r->runner->name, "info", "first_deployed",
		    pack_time(r->first_ms), "last_deployed",
		    pack_time(r->last_ms), "description",
		    r->revision == 1 ? "Install complete" : "Upgrade complete",
		    "status", status, "notes", "", "chart", "metadata", "name",
		    "gitlab-runner", "version", CHART_VERSION, "appVersion",
		    RUNNER_VERSION, "apiVersion", "v1", "values", "concurrent",
		    10, "templates", "config", "concurrent", (int)r->concurrent,
		    "gitlabUrl", "https://gitlab.example.com/", "replicas",
		    (int)r->runner->plan->replicas, "manifest",
		    manifest_of(k, r), "hooks", "version", (int)r->revision,
		    "namespace", k->scenario->namespace);
}

static json_t *
secret_json(struct kubernetes *k, const struct helm_release *r,
	    const char *status)
{
	json_t *release = release_json(k, r, status), *inner, *outer;
	char *text = json_dumps(release, JSON_COMPACT);
	struct buf b;
	json_t *o;

	buf_init(&b, 1 << 20);
	gzip_stored(&b, text, strlen(text));
	inner = pack_base64(buf_text(&b), b.len);
	outer = pack_base64(json_string_value(inner),
			    json_string_length(inner));
	o = pack("{s:{s:o, s:{s:s, s:s, s:s, s:o, s:o}}, s:s, s:{s:o}}",
		 "metadata", "name",
		 json_sprintf("sh.helm.release.v1.%s.v%d", r->runner->name,
			      (int)r->revision),
		 "labels", "owner", "helm", "name", r->runner->name, "status",
		 status, "version", json_sprintf("%d", (int)r->revision),
		 "modifiedAt",
		 json_sprintf("%lld", (long long)(r->last_ms / 1000)), "type",
		 "helm.sh/release.v1", "data", "release", outer);
	buf_fini(&b);
	json_decref(inner);
	json_decref(release);
	free(text);
	return o;
}

/* ---- releases ---- */

struct helm *
helm_new(struct kubernetes *k)
{
	struct helm *h = xcalloc(1, sizeof(*h));

	h->k = k;
	return h;
}

void
helm_free(struct helm *h)
{
	if (!h)
		return;
	free(h->at);
	free(h);
}

void
helm_found(struct helm *h)
{
	struct ci *c = sim_ci(h->k->sim);

	h->at = xcalloc(c->runner_n + 1, sizeof(*h->at));
	for (uint32_t i = 0; i < c->runner_n; i++) {
		struct helm_release *r = &h->at[h->n];

		if (c->runners[i].plan->on_machines)
			continue;
		h->n++;
		*r = (struct helm_release){
			.runner = &c->runners[i],
			.revision = 1,
			.concurrent = c->runners[i].plan->concurrent,
			.first_ms = sim_now_ms(h->k->sim),
			.last_ms = sim_now_ms(h->k->sim),
		};
		k8s_put(h->k, h->k->secrets, h->k->scenario->namespace,
			secret_json(h->k, r, "deployed"));
	}
}

uint32_t
helm_count(const struct helm *h)
{
	return h->n;
}

struct helm_release *
helm_at(struct helm *h, uint32_t i)
{
	return &h->at[i];
}

void
helm_upgrade(struct helm *h, struct helm_release *r, int32_t concurrent)
{
	struct kubernetes *k = h->k;
	const char *ns = k->scenario->namespace;
	char name[160], key[200];
	const struct object *o;

	snprintf(name, sizeof(name), "sh.helm.release.v1.%s.v%d",
		 r->runner->name, (int)r->revision);
	o = k8s_find(k, k->secrets, ns, name);
	if (o)
		k8s_put_merge(k, o, secret_json(k, r, "superseded"));
	snprintf(key, sizeof(key), "%s/%s", ns, r->runner->name);
	manager_configure(k, key, concurrent);
	r->revision++;
	r->concurrent = concurrent;
	r->last_ms = sim_now_ms(k->sim);
	k8s_put(k, k->secrets, ns, secret_json(k, r, "deployed"));
}
