/*
 * Reading world files.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend/base/map.h"
#include "backend/decode/decode.h"
#include "backend/world/world_file.h"

/* More objects than this are no cluster that could be simulated. */
enum { OBJECTS_MAX = 4000000, PATH_MAX_LEN = 96 };
/* Memory of some hundred thousand nodes. */
#define REST_LIMIT_BYTES ((size_t)64 << 20)

struct section { /* one array of objects */
	char path[PATH_MAX_LEN]; /* "kubernetes.pods" */
	enum kind kind;
	uint32_t n; /* objects so far */
};

struct world_reader {
	struct json_reader *json;
	struct seal *seal;
	struct world_builder *builder;
	struct section sections[KIND_COUNT];
	const char *items[KIND_COUNT + 1];
	uint32_t section_n, objects;
	struct map *seen; /* uids and names already taken */
	bool told;	  /* on_item named the path of its fault */
};

static const struct section *
section_of(const struct world_reader *r, const char *path)
{
	for (uint32_t i = 0; i < r->section_n; i++)
		if (strcmp(r->sections[i].path, path) == 0)
			return &r->sections[i];
	return NULL;
}

/* ---- objects ---- */

static bool
first_of_its_name(struct world_reader *r, const struct section *s,
		  const char *what, const char *text, struct err *err)
{
	char key[RECORD_KEY + PATH_MAX_LEN];
	void *before;

	if (!*text)
		return true;
	snprintf(key, sizeof(key), "%d/%c/%s", (int)s->kind, *what, text);
	before = map_put(r->seen, key, (void *)(uintptr_t)(s->n + 1));
	if (!before)
		return true;
	return err_set(err, ERR_BAD,
		       "%s[%u]: the same %s as %s[%u], \"%.120s\"", s->path,
		       s->n, what, s->path,
		       (unsigned)((uintptr_t)before - 1), text);
}

static bool
is_unique(struct world_reader *r, const struct section *s,
	  const struct record *rec, struct err *err)
{
	char key[RECORD_KEY];

	return first_of_its_name(r, s, "uid", record_uid(rec), err) &&
	       first_of_its_name(r, s, "name", record_key(rec, key), err);
}

/* An object may say of what kind it is; then it must be of this one. */
static bool
is_of_kind(const struct section *s, const struct codec *codec,
	   const struct tree *item, struct err *err)
{
	const char *kind = tree_text(tree_get(item, "kind"));

	if (!codec->api_kind || !kind || strcmp(kind, codec->api_kind) == 0)
		return true;
	return err_set(err, ERR_BAD,
		       "%s[%u].kind: wanted %s, found \"%.80s\"", s->path,
		       s->n, codec->api_kind, kind);
}

/* "kubernetes.pods[3]" in front of a fault inside it, which begins with the
 * rest of the path or is about the whole. */
static bool
inside(const struct section *s, struct err *err)
{
	char text[sizeof(err->text)];
	size_t word;

	if (!err)
		return false;
	memcpy(text, err->text, sizeof(text));
	word = strcspn(text, ": ");
	if (word > 0 && text[word] == ':')
		err_set(err, err->code, "%s[%u].%s", s->path, s->n, text);
	else
		err_set(err, err->code, "%s[%u]: %s", s->path, s->n, text);
	return false;
}

static bool
take_item(struct world_reader *r, const char *path, const struct tree *item,
	  struct err *err)
{
	struct section *s = (struct section *)(uintptr_t)section_of(r, path);
	const struct codec *codec = codec_of(s->kind);
	const struct record *rec;

	if (++r->objects > OBJECTS_MAX)
		return err_set(err, ERR_LIMIT,
			       "%s[%u]: more than %d objects in all", s->path,
			       s->n, (int)OBJECTS_MAX);
	if (!tree_is(item, TREE_OBJECT))
		return err_set(err, ERR_BAD,
			       "%s[%u]: wanted object, found %s", s->path,
			       s->n, tree_kind_name(item));
	if (!is_of_kind(s, codec, item, err))
		return false;
	rec = codec->decode(r->seal, item, err);
	if (!rec)
		return inside(s, err);
	if (!is_unique(r, s, rec, err)) {
		record_unref(rec);
		return false;
	}
	world_builder_add(r->builder, rec);
	s->n++;
	return true;
}

static bool
on_item(void *ctx, const char *path, const struct tree *item, struct err *err)
{
	struct world_reader *r = ctx;

	r->told = !take_item(r, path, item, err);
	return !r->told;
}

/* What broke off inside an item is about that item. */
static bool
broken(const struct world_reader *r, struct err *err)
{
	const char *path = json_reader_item(r->json);

	if (path && !r->told)
		return err_prefix(err, "%s[%u]", path, section_of(r, path)->n);
	return false;
}

/* ---- starting ---- */

static void
add_sections(struct world_reader *r)
{
	for (int k = 0; k < KIND_COUNT; k++) {
		struct section *s = &r->sections[r->section_n];
		enum source source = kind_source((enum kind)k);

		if (!codec_of((enum kind)k))
			continue;
		s->kind = (enum kind)k;
		if (source == SOURCE_PADDOCK)
			snprintf(s->path, sizeof(s->path), "%s",
				 kind_plural(s->kind));
		else
			snprintf(s->path, sizeof(s->path), "%s.%s",
				 source_name(source), kind_plural(s->kind));
		r->items[r->section_n++] = s->path;
	}
}

struct world_reader *
world_reader_new(void)
{
	struct world_reader *r = xcalloc(1, sizeof(*r));
	struct json_spec spec = {
		.items = r->items,
		.rest_limit_bytes = REST_LIMIT_BYTES,
		.skip = decode_kube_skip,
		.on_item = on_item,
		.ctx = r,
	};

	add_sections(r);
	r->seal = seal_new();
	r->builder = world_builder_new(0);
	r->seen = map_new(NULL);
	r->json = json_reader_new(&spec);
	return r;
}

void
world_reader_free(struct world_reader *r)
{
	if (!r)
		return;
	json_reader_free(r->json);
	seal_free(r->seal);
	world_builder_drop(r->builder);
	map_free(r->seen);
	free(r);
}

bool
world_reader_feed(struct world_reader *r, const char *bytes, size_t len,
		  struct err *err)
{
	return json_reader_feed(r->json, bytes, len, err) || broken(r, err);
}

/* ---- the rest: head, policy, memory ---- */

static bool
check_text(const struct tree *rest, const char *key, const char *wanted,
	   struct err *err)
{
	const struct tree *t = tree_get(rest, key);

	if (!t)
		return true;
	if (tree_is(t, TREE_STRING) && strcmp(t->text, wanted) == 0)
		return true;
	return err_set(err, ERR_BAD, "%s: wanted \"%s\", found %s%.80s", key,
		       wanted, tree_kind_name(t),
		       tree_is(t, TREE_STRING) ? t->text : "");
}

/* A member of a section that is not one of its arrays of objects. */
static bool
check_section(const struct world_reader *r, const struct tree *rest,
	      enum source source, struct err *err)
{
	const char *name = source_name(source);
	const struct tree *section = tree_get(rest, name);
	char path[PATH_MAX_LEN];

	if (!tree_want(section, TREE_OBJECT, name, err))
		return false;
	tree_each(t, section)
	{
		snprintf(path, sizeof(path), "%s.%.60s", name, t->key);
		if (!section_of(r, path))
			return err_set(err, ERR_BAD,
				       "%s: no such kind of object", path);
		if (!tree_want(t, TREE_ARRAY, path, err))
			return false;
	}
	return true;
}

static bool
read_head(const struct world_reader *r, const struct tree *rest,
	  int64_t *time_ms, struct err *err)
{
	const struct tree *t = tree_get(rest, "time");

	if (!tree_is(rest, TREE_OBJECT))
		return err_set(err, ERR_BAD, "wanted object, found %s",
			       tree_kind_name(rest));
	if (!check_text(rest, "apiVersion", "paddock/v1", err) ||
	    !check_text(rest, "kind", "World", err))
		return false;
	if (!t || t->kind == TREE_NULL)
		return err_set(err, ERR_BAD, "time: is missing");
	if (!tree_is(t, TREE_STRING) || !tree_time(t, time_ms))
		return err_set(err, ERR_BAD,
			       "time: wanted an RFC 3339 time, found %s",
			       tree_kind_name(t));
	return check_section(r, rest, SOURCE_KUBERNETES, err) &&
	       check_section(r, rest, SOURCE_AWS, err) &&
	       check_section(r, rest, SOURCE_GITLAB, err) &&
	       tree_want(tree_get(rest, "acts"), TREE_ARRAY, "acts", err);
}

static bool
read_rest(const struct tree *rest, struct world_file *out, struct err *err)
{
	const struct tree *memory = tree_get(rest, "memory");

	out->policy = policy_new(POLICY_WORLD_FILE);
	if (!policy_read(out->policy, tree_get(rest, "policy"), NULL, err) ||
	    !policy_check(out->policy, err))
		return false;
	if (!memory || memory->kind == TREE_NULL)
		return true;
	out->memory = memory_read(memory, err);
	return out->memory != NULL;
}

bool
world_reader_done(struct world_reader *r, struct world_file *out,
		  struct err *err)
{
	const struct tree *rest;
	struct world *world;
	int64_t time_ms = 0;

	*out = (struct world_file){ NULL, NULL, NULL };
	if (!json_reader_end(r->json, err))
		return broken(r, err);
	rest = json_reader_rest(r->json);
	if (!rest)
		return err_set(err, ERR_BAD, "the input is empty");
	if (!read_head(r, rest, &time_ms, err))
		return false;
	if (!read_rest(rest, out, err)) {
		world_file_fini(out);
		return false;
	}
	world = world_builder_done(r->builder);
	r->builder = world_builder_new(0);
	world->time_ms = time_ms;
	out->world = world;
	return true;
}

void
world_file_fini(struct world_file *f)
{
	world_unref(f->world);
	policy_unref(f->policy);
	memory_unref(f->memory);
	*f = (struct world_file){ NULL, NULL, NULL };
}

/* ---- files ---- */

static bool
feed_fd(struct world_reader *r, int fd, struct err *err)
{
	char piece[64 * 1024];
	ssize_t n;

	for (;;) {
		n = read(fd, piece, sizeof(piece));
		if (n == 0)
			return true;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set(err, ERR_IO, "cannot read: %s",
				       strerror(errno));
		if (!world_reader_feed(r, piece, (size_t)n, err))
			return false;
	}
}

bool
world_file_read(const char *path, struct world_file *out, struct err *err)
{
	bool in = strcmp(path, "-") == 0, good;
	int fd = in ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	struct world_reader *r;

	*out = (struct world_file){ NULL, NULL, NULL };
	if (fd < 0)
		return err_set(err, ERR_IO, "cannot open %s: %s", path,
			       strerror(errno));
	r = world_reader_new();
	good = feed_fd(r, fd, err) && world_reader_done(r, out, err);
	world_reader_free(r);
	if (!in)
		close(fd);
	return good || err_prefix(err, "%s", in ? "standard input" : path);
}
