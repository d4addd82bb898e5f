/*
 * Reading the schema notation, and checking trees against it.
 */
#include "backend/sim/objects/schema.h"
#include "backend/sim/objects/internal.h"

#include <stdio.h>
#include <stdlib.h>

static const struct schema *
find_in(const struct schema *s, const char *name, size_t len)
{
	for (; s->name; s++)
		if (strncmp(s->name, name, len) == 0 && !s->name[len])
			return s;
	return NULL;
}

const struct schema *
schema_named(const char *name, size_t len)
{
	const struct schema *s = find_in(schema_rows, name, len);

	return s ? s : find_in(schema_kinds, name, len);
}

const struct schema *
schema_kind(const char *kind)
{
	return find_in(schema_kinds, kind, strlen(kind));
}

/* Kinds of these groups share no name with another kind of the table. */
static const char *const groups[] = {
	"", "apps", "batch", "policy", "scheduling.k8s.io",
	"coordination.k8s.io", "storage.k8s.io", "autoscaling",
	"rbac.authorization.k8s.io", "discovery.k8s.io", "networking.k8s.io",
	"node.k8s.io",
};

const struct schema *
schema_of(const struct object_type *t)
{
	if (t->custom)
		return NULL;
	if (t->storage)
		return schema_kind(*t->storage->group
					   ? "HorizontalPodAutoscaler.v1"
					   : "Event.events");
	for (size_t i = 0; i < ARRAY_LEN(groups); i++)
		if (strcmp(groups[i], t->group) == 0)
			return schema_kind(t->kind);
	return NULL;
}

/* What stands before the type: [], [key], {}, ~, ^. */
static const char *
read_shape(const char *type, struct schema_field *f)
{
	if (*type == '[') {
		size_t len = strcspn(type, "]") - 1;

		f->list = len == 0	   ? LIST_ATOMIC
			  : type[1] == '+' ? LIST_SET
					   : LIST_BY_KEY;
		if (f->list == LIST_BY_KEY) {
			BUG_IF(len >= sizeof(f->key));
			memcpy(f->key, type + 1, len);
		}
		type += len + 2;
	} else if (*type == '{') {
		f->map = true;
		type += 2;
	}
	if (*type == '~') {
		f->retain = true;
		type++;
	} else if (*type == '^') {
		f->replace = true;
		type++;
	}
	return type;
}

bool
schema_next(const char **at, struct schema_field *f)
{
	const char *p = *at + strspn(*at, " "), *end, *type, *number;
	uint32_t before = f->number;

	if (!*p)
		return false;
	end = p + strcspn(p, " ");
	*at = end;
	*f = (struct schema_field){ .name = p, .number = before + 1 };
	f->name_len = strcspn(p, ":@! ");
	f->required = end[-1] == '!';
	f->inlined = *p == '*';
	if (f->required)
		end--;
	number = memchr(p, '@', (size_t)(end - p));
	if (number) {
		f->number = (uint32_t)strtoul(number + 1, NULL, 10);
		end = number;
	}
	type = p + f->name_len;
	type = read_shape(*type == ':' ? type + 1 : end, f);
	if (end[-1] == '?') {
		f->zero = true;
		end--;
	}
	if (type >= end) {
		f->basic = 's';
	} else if (end - type == 1) {
		f->basic = *type;
	} else {
		f->object = schema_named(type, (size_t)(end - type));
		if (!f->object)
			BUG("schema names an unknown struct: %.*s",
			    (int)(end - type), type);
	}
	return true;
}

bool
schema_field(const struct schema *s, const char *name, struct schema_field *f)
{
	size_t len = strlen(name);

	for (const char *at = s ? s->fields : ""; *at;) {
		size_t token = strcspn(at, " ");

		*f = (struct schema_field){ 0 };
		if (*at == '*') {
			const char *one = at;

			if (schema_next(&one, f) &&
			    schema_field(f->object, name, f))
				return true;
		} else if (strncmp(at, name, len) == 0 &&
			   strcspn(at, ":@! ") == len) {
			return schema_next(&at, f);
		}
		at += token;
		at += strspn(at, " ");
	}
	return false;
}

bool
schema_root_field(const struct object_type *t, const char *name,
		  struct schema_field *f)
{
	if (strcmp(name, "metadata") != 0)
		return schema_field(schema_of(t), name, f);
	*f = (struct schema_field){
		.name = "metadata",
		.name_len = 8,
		.object = schema_named("ObjectMeta", 10),
	};
	return true;
}
