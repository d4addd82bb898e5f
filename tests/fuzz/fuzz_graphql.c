/*
 * GraphQL documents: whatever is sent, the parser ends within its bounds, and
 * a refusal says where and why.
 */
#include "backend/sim/gitlab/graphql.h"
#include "tests/fuzz/fuzz.h"

static void
walk(const struct gql_selection *s, int depth)
{
	must(depth <= GQL_DEPTH_MAX + 1);
	for (; s; s = s->next) {
		if (s->kind == GQL_FIELD)
			must(s->alias && s->name && *s->name);
		if (s->kind == GQL_SPREAD)
			must(s->name && !s->first);
		walk(s->first, depth + 1);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct gql_error err = { .text = "" };
	char *text = xmemdup(data, size ? size : 1);
	const struct gql_document *d = gql_parse(a, text, size, &err);

	if (!d) {
		must(err.text[0] && err.line > 0);
	} else {
		for (const struct gql_operation *o = d->operations; o;
		     o = o->next)
			walk(o->first, 1);
		for (const struct gql_fragment *f = d->fragments; f;
		     f = f->next)
			walk(f->first, 1);
	}
	must(arena_used(a) < (size_t)64 << 20);
	free(text);
	arena_free(a);
	return 0;
}
