/*
 * Label and field selectors: whatever comes, parsing ends with rules or with a
 * 400 that says why; a rule and its opposite part the objects; and a selector
 * selects alike when it is parsed again.
 */
#include "backend/sim/kube/selector.h"
#include "tests/fuzz/fuzz.h"

static const char *const fields[] = { "status.phase", "spec.nodeName", NULL };
static const struct object_type pods = {
	.group = "", .version = "v1", .kind = "Pod", .plural = "pods",
	.fields = fields,
};
static const struct object_pair labels[] = {
	{ "app", "web" }, { "example.com/n", "7" }, { "empty", "" },
};
static const char *const values[] = { "Running", "" };
static const struct object pod = {
	.type = &pods, .ns = "default", .name = "one", .labels = labels,
	.label_n = ARRAY_LEN(labels), .fields = values, .field_n = 2,
};

static bool
parse(struct selector *s, struct arena *a, const char *text, bool by_label)
{
	struct status st = { 0 };
	bool ok;

	selector_init(s);
	ok = by_label ? selector_labels(s, a, text, &st)
		      : selector_fields(s, a, text, &pods, "", &st);
	must(ok || (st.code == 400 && st.message[0]));
	return ok;
}

/* Exactly one of a rule and its negation holds. */
static void
check_opposite(const struct selector *s)
{
	static const enum label_op opposite[] = {
		[LABEL_IN] = LABEL_NOT_IN, [LABEL_NOT_IN] = LABEL_IN,
		[LABEL_EXISTS] = LABEL_ABSENT, [LABEL_ABSENT] = LABEL_EXISTS,
	};
	struct selector one;

	for (uint32_t i = 0; i < s->labels.n; i++) {
		struct label_rule r = s->labels.at[i];
		bool holds;

		if (r.op >= ARRAY_LEN(opposite))
			continue;
		selector_init(&one);
		vec_push(&one.labels, r);
		holds = kube_selector_matches(&one, &pod);
		one.labels.at[0].op = opposite[r.op];
		must(holds != kube_selector_matches(&one, &pod));
		selector_fini(&one);
	}
	for (uint32_t i = 0; i < s->fields.n; i++) {
		struct field_rule r = s->fields.at[i];
		bool holds;

		selector_init(&one);
		vec_push(&one.fields, r);
		holds = kube_selector_matches(&one, &pod);
		one.fields.at[0].negate = !r.negate;
		must(holds != kube_selector_matches(&one, &pod));
		selector_fini(&one);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	bool by_label = size && data[0] & 1;
	char *text = fuzz_text(data + (size > 0), size - (size > 0));
	struct selector s, again;
	bool ok = parse(&s, a, text, by_label);

	must(ok == parse(&again, a, text, by_label));
	if (ok) {
		must(kube_selector_matches(&s, &pod) ==
		     kube_selector_matches(&again, &pod));
		check_opposite(&s);
	}
	selector_fini(&s);
	selector_fini(&again);
	free(text);
	arena_free(a);
	return 0;
}
