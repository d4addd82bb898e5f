/*
 * Whose turn it is.
 */
#include "backend/engine/turns.h"

/* How many of those that stepped out come before the node. */
static uint32_t
out_before(const struct cluster *c, uint32_t node)
{
	uint32_t a = 0, b = c->out.n;

	while (a < b) {
		uint32_t mid = a + (b - a) / 2;

		if (c->out.at[mid] < node)
			a = mid + 1;
		else
			b = mid;
	}
	return a;
}

void
turns_out(struct cluster *c, uint32_t node)
{
	uint32_t at = out_before(c, node);

	if (at < c->out.n && c->out.at[at] == node)
		return;
	vec_push(&c->out, node);
	memmove(&c->out.at[at + 1], &c->out.at[at],
		(c->out.n - 1 - at) * sizeof(*c->out.at));
	c->out.at[at] = node;
}

void
turns_in(struct cluster *c, uint32_t node)
{
	uint32_t at = out_before(c, node);

	if (at == c->out.n || c->out.at[at] != node)
		return;
	memmove(&c->out.at[at], &c->out.at[at + 1],
		(c->out.n - 1 - at) * sizeof(*c->out.at));
	c->out.n--;
}

/* The node at a place: so many that stand come before it. */
static uint32_t
node_at(const struct cluster *c, uint32_t place)
{
	uint32_t a = 0, b = c->out.n;

	/* at[i] - i stand before the i-th that is out */
	while (a < b) {
		uint32_t mid = a + (b - a) / 2;

		if (c->out.at[mid] - mid <= place)
			a = mid + 1;
		else
			b = mid;
	}
	return place + a;
}

uint32_t
turns_start(const struct cluster *c)
{
	uint32_t standing = c->nodes.n - c->out.n;

	if (standing == 0)
		return NONE;
	return node_at(c, (c->turn + 1) % standing);
}

void
turns_took(struct cluster *c, uint32_t node)
{
	c->turn = node - out_before(c, node);
}
