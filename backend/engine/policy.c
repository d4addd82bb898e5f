/*
 * Policy: the table of keys, and reading and printing values through it.
 */
#include "backend/engine/policy.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "backend/base/buf.h"
#include "backend/base/clock.h"
#include "backend/engine/policy_values.h"

#define NAME_DURATION "duration"
#define NAME_INT "int"
#define NAME_FLOAT "float"
#define NAME_BOOL "bool"
#define NAME_TEXT "text"
#define NAME_LIST "list"
#define NAME_NAMES "list"
#define NAME_RANGE "text"

#define NOTE_APPLIES(help) NULL
#define NOTE_OURS(help) NULL
#define NOTE_NO_EFFECT(help) "accepted, without effect on Paddock: " help
#define NOTE_DEPRECATED(help) "deprecated upstream, still honoured: " help
#define NOTE_IDLE(help) "deprecated upstream, and without effect: " help
#define NOTE_REMOVED(help) "was removed upstream: " help
/* Deprecated, and it does nothing. */
#define POLICY_IDLE POLICY_DEPRECATED

const struct policy_key policy_keys[] = {
#define KEY(id, name_, type_, initial_, live_, standing_, help_)            \
	{                                                                   \
		.name = name_,                                              \
		.type = NAME_##type_,                                       \
		.initial = initial_,                                        \
		.live = live_,                                              \
		.help = help_,                                              \
		.note = NOTE_##standing_(help_),                            \
		.standing = POLICY_##standing_,                             \
	},
#include "backend/engine/policy_keys.def"
#undef KEY
	{ NULL },
};

static const uint8_t policy_types[] = {
#define KEY(id, name, type, initial, live, standing, help) TYPE_##type,
#include "backend/engine/policy_keys.def"
#undef KEY
};

enum policy_type
policy_type_of(enum policy_id key)
{
	return (enum policy_type)policy_types[key];
}

static bool
is_list(enum policy_id key)
{
	return policy_types[key] == TYPE_LIST ||
	       policy_types[key] == TYPE_NAMES;
}

/* As upstream, '_' stands for '-'. */
static bool
same_name(const char *key, const char *name)
{
	while (*key && (*key == *name || (*key == '-' && *name == '_')))
		key++, name++;
	return !*key && !*name;
}

/* POLICY_KEYS when there is none of that name. */
static enum policy_id
key_by_name(const char *name)
{
	while (*name == '-')
		name++;
	for (int i = 0; policy_keys[i].name; i++)
		if (same_name(policy_keys[i].name, name))
			return (enum policy_id)i;
	return POLICY_KEYS;
}

const struct policy_key *
policy_key_named(const char *name)
{
	enum policy_id id = key_by_name(name);

	return id == POLICY_KEYS ? NULL : &policy_keys[id];
}

static void
value_initial(struct policy_value *v, enum policy_id key,
	      enum policy_start start)
{
	const struct policy_key *k = &policy_keys[key];
	const char *text = start == POLICY_LIVE && k->live ? k->live
							   : k->initial;
	struct err err = { .code = ERR_NONE };

	if (is_list(key))
		return; /* lists start empty */
	if (!policy_value_parse(v, key, text, &err))
		BUG("%s: %s", k->name, err.text);
}

struct policy *
policy_new(enum policy_start start)
{
	struct policy *p = xcalloc(1, sizeof(*p));

	p->refs = 1;
	p->start = start;
	for (int i = 0; i < POLICY_KEYS; i++)
		value_initial(&p->value[i], (enum policy_id)i, start);
	return p;
}

static void
list_add(struct policy_list *l, const char *text, size_t len)
{
	l->at = xrealloc(l->at, (l->n + 1) * sizeof(*l->at));
	l->at[l->n++] = xstrndup(text, len);
}

struct policy *
policy_dup(const struct policy *p)
{
	struct policy *copy = xmemdup(p, sizeof(*p));

	atomic_init(&copy->refs, 1);
	for (int i = 0; i < POLICY_KEYS; i++) {
		struct policy_value *v = &copy->value[i];
		const struct policy_value *from = &p->value[i];

		if (from->text)
			v->text = xstrdup(from->text);
		if (!is_list((enum policy_id)i))
			continue;
		v->list = (struct policy_list){ NULL, 0 };
		for (uint32_t j = 0; j < from->list.n; j++)
			list_add(&v->list, from->list.at[j],
				 strlen(from->list.at[j]));
	}
	return copy;
}

const struct policy *
policy_ref(const struct policy *p)
{
	atomic_fetch_add_explicit(&((struct policy *)(uintptr_t)p)->refs, 1,
				  memory_order_relaxed);
	return p;
}

void
policy_unref(const struct policy *shared)
{
	struct policy *p = (struct policy *)(uintptr_t)shared;

	if (!p || atomic_fetch_sub_explicit(&p->refs, 1,
					    memory_order_acq_rel) != 1)
		return;
	for (int i = 0; i < POLICY_KEYS; i++)
		policy_value_fini(&p->value[i], (enum policy_id)i);
	free(p);
}

/* ---- setting ---- */

/* Appends one text, or several with commas between for NAMES. */
static bool
list_set(struct policy_value *v, enum policy_id key, const char *text,
	 struct err *err)
{
	if (policy_types[key] == TYPE_LIST) {
		if (!policy_value_parse(v, key, text, err))
			return false;
		list_add(&v->list, text, strlen(text));
		return true;
	}
	while (*text) {
		size_t len = strcspn(text, ",");

		if (len > 0)
			list_add(&v->list, text, len);
		text += len + (text[len] == ',');
	}
	return true;
}

static bool
value_set(struct policy *p, enum policy_id key, const char *text,
	  struct err *err)
{
	struct policy_value *v = &p->value[key], fresh = { .text = NULL };

	BUG_IF(atomic_load(&p->refs) != 1);
	if (is_list(key)) {
		if (!list_set(v, key, text, err))
			return false;
	} else {
		if (!policy_value_parse(&fresh, key, text, err))
			return false;
		policy_value_fini(v, key);
		*v = fresh;
	}
	v->explicit_ = true;
	return true;
}

static bool
key_find(const char *name, enum policy_id *key, struct err *err)
{
	*key = key_by_name(name);
	if (*key == POLICY_KEYS)
		return err_set(err, ERR_CONFIG,
			       "policy: there is no key \"%.80s\"", name);
	if (policy_keys[*key].standing == POLICY_REMOVED)
		return err_set(err, ERR_CONFIG,
			       "policy: %s %s", policy_keys[*key].name,
			       policy_keys[*key].note);
	return true;
}

bool
policy_set(struct policy *p, const char *key, const char *value,
	   const char **note, struct err *err)
{
	enum policy_id id;

	if (!key_find(key, &id, err) || !value_set(p, id, value, err))
		return false;
	if (note)
		*note = policy_keys[id].note;
	return true;
}

/* The text of a scalar as policy_set would get it; NULL for others. */
static const char *
scalar_text(const struct tree *t)
{
	if (tree_is(t, TREE_BOOL))
		return t->flag ? "true" : "false";
	return tree_text(t);
}

static bool
read_one(struct policy *p, const struct tree *t, struct err *err)
{
	enum policy_id id;
	struct policy_value *v;

	if (tree_is(t, TREE_NULL))
		return true;
	if (!key_find(t->key, &id, err))
		return false;
	v = &p->value[id];
	if (is_list(id)) {
		/* An object gives the whole list, not more of it. */
		policy_value_fini(v, id);
		*v = (struct policy_value){ .explicit_ = true };
		if (tree_is(t, TREE_ARRAY)) {
			tree_each(item, t)
			{
				const char *text = scalar_text(item);

				if (!text)
					return err_set(
						err, ERR_BAD,
						"policy.%s: wanted texts, "
						"found %s", t->key,
						tree_kind_name(item));
				if (!value_set(p, id, text, err))
					return false;
			}
			return true;
		}
	}
	if (!scalar_text(t))
		return err_set(err, ERR_BAD, "policy.%s: wanted %s, found %s",
			       t->key, policy_keys[id].type,
			       tree_kind_name(t));
	return value_set(p, id, scalar_text(t), err);
}

bool
policy_read(struct policy *p, const struct tree *object, const char *file,
	    struct err *err)
{
	if (!tree_want(object, TREE_OBJECT, "policy", err))
		return false;
	tree_each(t, object)
	{
		if (read_one(p, t, err))
			continue;
		if (file)
			err_prefix(err, "%s:%u", file, t->line);
		return false;
	}
	return true;
}

void
policy_notes(const struct policy *p,
	     void (*say)(void *ctx, const char *key, const char *note),
	     void *ctx)
{
	for (int i = 0; i < POLICY_KEYS; i++)
		if (p->value[i].explicit_ && policy_keys[i].note)
			say(ctx, policy_keys[i].name, policy_keys[i].note);
}

/* ---- printing ---- */

static bool
value_same(const struct policy_value *a, const struct policy_value *b,
	   enum policy_id key)
{
	switch (policy_type_of(key)) {
	case TYPE_DURATION:
	case TYPE_INT:
	case TYPE_BOOL:
		return a->number == b->number;
	case TYPE_FLOAT:
		return !(a->real < b->real) && !(a->real > b->real);
	case TYPE_TEXT:
		return strcmp(a->text, b->text) == 0;
	case TYPE_RANGE:
		return a->range.min == b->range.min &&
		       a->range.max == b->range.max;
	default:
		return a->list.n == 0 && b->list.n == 0;
	}
}

static void
value_write(struct jsonw *w, const struct policy_value *v,
	    enum policy_id key)
{
	char text[TIME_TEXT];

	switch (policy_type_of(key)) {
	case TYPE_DURATION:
		jsonw_text(w, duration_format(v->number, text));
		break;
	case TYPE_INT:
		jsonw_int(w, v->number);
		break;
	case TYPE_BOOL:
		jsonw_bool(w, v->number != 0);
		break;
	case TYPE_FLOAT:
		jsonw_real(w, v->real);
		break;
	case TYPE_TEXT:
	case TYPE_RANGE:
		jsonw_text(w, v->text);
		break;
	default:
		jsonw_array(w);
		for (uint32_t i = 0; i < v->list.n; i++)
			jsonw_text(w, v->list.at[i]);
		jsonw_end_array(w);
	}
}

void
policy_write(struct jsonw *w, const struct policy *p)
{
	/* A reader starts from a world file's defaults. */
	struct policy *initial = policy_new(POLICY_WORLD_FILE);

	jsonw_object(w);
	for (int i = 0; i < POLICY_KEYS; i++) {
		if (value_same(&p->value[i], &initial->value[i],
			       (enum policy_id)i))
			continue;
		jsonw_key(w, policy_keys[i].name);
		value_write(w, &p->value[i], (enum policy_id)i);
	}
	jsonw_end_object(w);
	policy_unref(initial);
}
