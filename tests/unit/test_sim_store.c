/*
 * A store for tests: no suite of its own.  Named test_ so that unit programs of
 * single areas leave it out unless they ask for it (TESTS="sim_store ...").
 */
#include "tests/unit/sim_store.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/sim/objects/internal.h"

#define RING_BYTES (64u << 10)

void
sim_store_init(struct sim_store *s)
{
	*s = (struct sim_store){ .now_ms = SIM_TEST_START_MS };
	s->o = objects_new(&s->now_ms, 7, RING_BYTES);
	objects_add_builtin(s->o);
}

void
sim_store_fini(struct sim_store *s)
{
	objects_free(s->o);
	s->o = NULL;
}

const struct object_type *
sim_type(struct sim_store *s, const char *plural)
{
	for (uint32_t i = 0; i < objects_type_count(s->o); i++) {
		const struct object_type *t = objects_type_at(s->o, i);

		if (strcmp(t->plural, plural) == 0 && !t->gone)
			return t;
	}
	fail_msg("no type %s", plural);
	return NULL;
}

json_t *
sim_json(const char *quoted)
{
	char *text = xstrdup(quoted);
	json_error_t error;
	json_t *tree;

	for (char *c = text; *c; c++)
		if (*c == '\'')
			*c = '"';
	tree = json_loads(text, 0, &error);
	if (!tree)
		fail_msg("%s: %s", error.text, text);
	free(text);
	return tree;
}

const struct object *
sim_make(struct sim_store *s, const char *plural, const char *ns,
	 const char *quoted)
{
	json_t *body = sim_json(quoted);
	const struct object *obj = objects_create(s->o, sim_type(s, plural),
						  ns, body, 0, &s->st);

	json_decref(body);
	if (!obj)
		fail_msg("create %s: %s", plural, s->st.message);
	return obj;
}

void
sim_refuse(struct sim_store *s, const char *plural, const char *ns,
	   const char *quoted, int code)
{
	json_t *body = sim_json(quoted);

	assert_null(objects_create(s->o, sim_type(s, plural), ns, body, 0,
				   &s->st));
	json_decref(body);
	assert_int_equal(s->st.code, code);
}

const struct object *
sim_get(struct sim_store *s, const char *plural, const char *ns,
	const char *name)
{
	return objects_get(s->o, sim_type(s, plural), ns, name);
}

const struct object *
sim_patch(struct sim_store *s, const char *plural, const char *ns,
	  const char *name, enum patch_kind kind, const char *quoted)
{
	struct patch_options options = { .kind = kind, .manager = "test" };
	json_t *patch = sim_json(quoted);
	const struct object *obj =
		objects_patch(s->o, sim_type(s, plural), ns, name, patch,
			      &options, &s->st);

	json_decref(patch);
	return obj;
}

bool
sim_delete(struct sim_store *s, const char *plural, const char *ns,
	   const char *name, const char *propagation)
{
	struct delete_options d = { .grace_s = -1,
				    .propagation = propagation };

	return objects_delete(s->o, sim_type(s, plural), ns, name, &d, NULL,
			      NULL, &s->st);
}

const char *
sim_at(const struct object *obj, const char *path)
{
	static char out[4096];
	json_t *tree, *v;
	size_t n;

	assert_non_null(obj);
	tree = object_tree(obj);
	v = jpath(tree, path);
	n = v ? json_dumpb(v, out, sizeof(out) - 1,
			   JSON_COMPACT | JSON_ENCODE_ANY)
	      : 0;
	assert_true(n < sizeof(out));
	out[n] = '\0';
	for (char *c = out; *c; c++)
		if (*c == '"')
			*c = '\'';
	json_decref(tree);
	return out;
}
