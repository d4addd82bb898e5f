/*
 * How often somebody may call: one token bucket a caller and sort of action.
 *
 * EC2's sizes are the documented ones; those of the other services, which AWS
 * does not publish, are of the same order.  Buckets fill by the client's time,
 * not the world's: it is clients that are told to slow down.
 *
 * Bounds: one bucket a key id that was verified and sort of action.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/map.h"
#include "backend/sim/aws/face.h"

enum sort { READ, READ_ALL, WRITE, SORTS };

static const struct rate {
	const char *iam;
	struct {
		double most, per_second;
	} of[SORTS];
} rates[] = {
	{ "ec2", { { 100, 20 }, { 50, 10 }, { 50, 5 } } },
	{ "autoscaling", { { 100, 20 }, { 100, 20 }, { 50, 5 } } },
	{ "eks", { { 100, 20 }, { 100, 20 }, { 20, 5 } } },
	{ "cloudwatch", { { 50, 50 }, { 50, 50 }, { 50, 50 } } },
	{ "ssm", { { 40, 40 }, { 40, 40 }, { 40, 40 } } },
	{ "sts", { { 600, 600 }, { 600, 600 }, { 600, 600 } } },
};

struct bucket {
	double left;
	int64_t at_ms;
};

struct aws_throttle {
	struct map *buckets;
};

struct aws_throttle *
aws_throttle_new(void)
{
	struct aws_throttle *t = xcalloc(1, sizeof(*t));

	t->buckets = map_new(free);
	return t;
}

void
aws_throttle_free(struct aws_throttle *t)
{
	if (!t)
		return;
	map_free(t->buckets);
	free(t);
}

static enum sort
sort_of(const struct aws_context *c, const struct aws_action *x)
{
	const char *form = c->q->body_len ? c->q->body : c->q->query;

	if (x->write)
		return WRITE;
	/* EC2 charges more for lists of everything. */
	return c->protocol == AWS_EC2 && !strstr(form, "Filter.") &&
			       !strstr(form, "MaxResults=") &&
			       !strstr(form, "Id.1=") &&
			       !strstr(form, "Type.1=")
		       ? READ_ALL
		       : READ;
}

static bool
take(struct bucket *b, double most, double per_second, int64_t now)
{
	b->left += (double)(now - b->at_ms) / 1000.0 * per_second;
	b->at_ms = now;
	if (b->left > most)
		b->left = most;
	if (b->left < 1)
		return false;
	b->left -= 1;
	return true;
}

static bool
refuse(struct aws_context *c)
{
	switch (c->protocol) {
	case AWS_EC2:
		return cloud_fail(&c->fault, 503, "RequestLimitExceeded",
				  "Request limit exceeded.");
	case AWS_REST:
		return cloud_fail(&c->fault, 429, "ThrottlingException",
				  "Rate exceeded");
	case AWS_JSON11:
		return cloud_fail(&c->fault, 400, "ThrottlingException",
				  "Rate exceeded");
	case AWS_QUERY:
	case AWS_JSON10:
	case AWS_CBOR:
		break;
	}
	return cloud_fail(&c->fault, 400, "Throttling", "Rate exceeded");
}

bool
aws_throttle_pass(struct aws_throttle *t, struct aws_context *c,
		  const struct aws_service *s, const struct aws_action *x,
		  int64_t boot_ms)
{
	enum sort sort = sort_of(c, x);
	struct bucket *b;
	char key[100];

	for (size_t i = 0; t && i < ARRAY_LEN(rates); i++) {
		double most = rates[i].of[sort].most;

		if (strcmp(rates[i].iam, s->iam) != 0)
			continue;
		snprintf(key, sizeof(key), "%s %s %d", c->who.key_id, s->iam,
			 (int)sort);
		b = map_get(t->buckets, key);
		if (!b) {
			b = xcalloc(1, sizeof(*b));
			*b = (struct bucket){ most, boot_ms };
			map_put(t->buckets, key, b);
		}
		if (!take(b, most, rates[i].of[sort].per_second, boot_ms))
			return refuse(c);
	}
	return true;
}
