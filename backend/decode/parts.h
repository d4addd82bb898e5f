/*
 * What many Kubernetes decoders share: metadata, label maps, selectors, node
 * selector terms, resource lists.
 *
 * Inside decode/ only.
 */
#ifndef DECODE_PARTS_H
#define DECODE_PARTS_H

#include "backend/decode/wire.h"
#include "backend/model/pod.h"

/* Members of an object in order of key; of equal keys the last one counts, as
 * Go reads JSON. */
struct member_list {
	struct one_member {
		const struct tree *t;
		uint32_t place;
	} few[48], *at;
	uint32_t n;
	bool sorted;
};

/* keep NULL: all.  members_drop it. */
void members_of(struct member_list *l, const struct tree *t,
		bool (*keep)(const char *key, size_t len));
void members_drop(struct member_list *l);

/* Rows use these through F_CUSTOM_AT; base is the member itself. */
bool read_labels(struct wire *w, void *labels, const struct tree *t);
void write_labels(struct out *o, const char *key, const void *labels);
bool read_annotations(struct wire *w, void *labels, const struct tree *t);
bool read_meta(struct wire *w, void *meta, const struct tree *t);
void write_meta(struct out *o, const char *key, const void *meta);
bool read_selector(struct wire *w, void *selector, const struct tree *t);
void write_selector(struct out *o, const char *key, const void *selector);
bool read_resources(struct wire *w, void *resources, const struct tree *t);
void write_resources(struct out *o, const char *key, const void *resources);
/* The same behind a const struct resources *, NULL when absent. */
bool read_resources_maybe(struct wire *w, void *slot, const struct tree *t);
void write_resources_maybe(struct out *o, const char *key, const void *slot);
/* Bytes as a quantity; -1 and 0 are not written. */
bool read_bytes(struct wire *w, void *bytes, const struct tree *t);
void write_bytes(struct out *o, const char *key, const void *bytes);
/* An array of texts as one, joined by commas. */
bool read_joined(struct wire *w, void *text, const struct tree *t);
void write_joined(struct out *o, const char *key, const void *text);
/* A number or a text, kept as text: maxUnavailable. */
bool read_int_or_text(struct wire *w, void *text, const struct tree *t);
void write_int_or_text(struct out *o, const char *key, const void *text);

/* nodeSelectorTerms and allowedTopologies. */
bool read_node_terms(struct wire *w, const struct node_term **slot,
		     uint32_t *n, const struct tree *t);
/* labels_name: "matchExpressions" or "matchLabelExpressions". */
void write_node_terms(struct out *o, const char *key, const char *labels_name,
		      const struct node_term *terms, uint32_t n);

extern const struct names effect_names; /* enum taint_effect */

/* "spec": rows most kinds begin with. */
#define F_META { F_("metadata", FIELD_CUSTOM, meta), .decode = read_meta, \
		 .encode = write_meta }

#endif
