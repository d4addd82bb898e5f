/*
 * What makes two pods one to the scheduler.  The pods of CI jobs differ in
 * names, images and secrets, and not in anything that decides where they may
 * stand; thousands of them are judged once.
 */
#include "backend/sim/world/scheduler.h"

#include <inttypes.h>

#include "backend/engine/filters.h"
#include "backend/engine/volumes.h"

/* No name or value of the API holds it. */
#define END '\x1f'

static void
add(struct buf *b, const char *text)
{
	buf_puts(b, str_or_empty(text));
	buf_putc(b, END);
}

static void
add_number(struct buf *b, int64_t n)
{
	buf_printf(b, "%" PRId64 "%c", n, END);
}

static void
add_terms(struct buf *b, const struct pod *p)
{
	add_number(b, p->has_node_affinity ? (int64_t)p->node_term_n : -1);
	for (uint32_t i = 0; i < p->node_term_n; i++) {
		const struct node_term *t = &p->node_terms[i];

		add_number(b, t->label_n);
		for (uint32_t j = 0; j < t->label_n; j++) {
			const struct requirement *r = &t->labels[j];

			add(b, r->key);
			add_number(b, r->op);
			add_number(b, r->value_n);
			for (uint32_t k = 0; k < r->value_n; k++)
				add(b, r->values[k]);
		}
	}
}

bool
scheduler_words_key(struct buf *b, const struct pod *p)
{
	buf_reset(b);
	if (*str_or_empty(p->node_name))
		return false;
	for (uint32_t i = 0; i < p->node_term_n; i++)
		if (p->node_terms[i].field_n)
			return false;
	add_number(b, p->node_selector.n);
	for (uint32_t i = 0; i < p->node_selector.n; i++) {
		add(b, p->node_selector.at[i].key);
		add(b, p->node_selector.at[i].value);
	}
	add_terms(b, p);
	add_number(b, p->toleration_n);
	for (uint32_t i = 0; i < p->toleration_n; i++) {
		const struct toleration *t = &p->tolerations[i];

		add(b, t->key);
		add(b, t->value);
		add_number(b, t->effect * 2 + t->exists);
	}
	return buf_ok(b);
}

bool
scheduler_shape_key(struct buf *b, const struct scheduler *s,
		    const struct pod *p)
{
	const struct resources *q = &p->requests;

	/* These look at other pods, or at what only this one mounts. */
	if (s->terms || p->affinity_n || p->anti_affinity_n || p->spread_n ||
	    p->resource_claims || pod_has_ports(p) || pod_has_volumes(p) ||
	    !scheduler_words_key(b, p))
		return false;
	add_number(b, p->priority);
	add_number(b, p->preempt_never);
	add_number(b, q->cpu_mcpu);
	add_number(b, q->memory_bytes);
	add_number(b, q->ephemeral_bytes);
	for (uint32_t i = 0; i < q->ext_n; i++) {
		add(b, q->ext[i].name);
		add_number(b, q->ext[i].amount);
	}
	return buf_ok(b);
}
