/*
 * Label and field selectors, in the grammar of the real server.
 */
#ifndef SIM_KUBE_SELECTOR_H
#define SIM_KUBE_SELECTOR_H

#include "backend/sim/objects/objects.h"

enum label_op {
	LABEL_IN,	/* also = and == */
	LABEL_NOT_IN,	/* also != */
	LABEL_EXISTS,
	LABEL_ABSENT,
	LABEL_GREATER,
	LABEL_LESS,
};

struct label_rule {
	const char *key;
	enum label_op op;
	const char **values;
	uint32_t value_n;
};

enum { FIELD_NAME = -1, FIELD_NAMESPACE = -2 };

struct field_rule {
	int at;		/* index into type->fields, or FIELD_* */
	bool negate;
	const char *value;
};

struct selector { /* in the arena it was parsed with */
	VEC(struct label_rule) labels; /* freed by selector_fini */
	VEC(struct field_rule) fields;
};

void selector_init(struct selector *s);
void selector_fini(struct selector *s);
/* False with a 400 in st.  text may be NULL or "". */
bool selector_labels(struct selector *s, struct arena *a, const char *text,
		     struct status *st);
/* t names the fields that can be selected by. */
bool selector_fields(struct selector *s, struct arena *a, const char *text,
		     const struct object_type *t, const char *labels_text,
		     struct status *st);
/* A LabelSelector object (matchLabels, matchExpressions). */
bool selector_from_tree(struct selector *s, struct arena *a,
			const json_t *label_selector, struct status *st);
bool selector_is_empty(const struct selector *s);
bool kube_selector_matches(const struct selector *s, const struct object *obj);
/* metadata.name is fixed: the only object that can match, or NULL. */
const char *selector_name(const struct selector *s);

#endif
