/*
 * Whole requests to the AWS face, from a caller it knows, in every protocol:
 * the first byte picks protocol and action.  Whatever comes, there is an answer
 * with a status and a well-formed body.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/base/err.h"
#include "backend/sim/aws/face.h"
#include "tests/fuzz/fuzz.h"

static const char story[] = "groups:\n"
			    "  - {name: a, types: [m6i.large], max: 3,\n"
			    "     desired: 1, age: 1h}\n"
			    "warm_up: 1m\n"
			    "title: t\n"
			    "notice: n\n"
			    "remedy: r\n";

static const struct {
	const char *service, *path, *target;
} ways[] = {
	{ "autoscaling", "/", NULL },
	{ "ec2", "/", NULL },
	{ "sts", "/", NULL },
	{ "monitoring", "/", NULL },
	{ "monitoring", "/", "GraniteServiceVersion20100801.GetMetricData" },
	{ "monitoring",
	  "/service/GraniteServiceVersion20100801/operation/GetMetricData",
	  NULL },
	{ "ssm", "/", "AmazonSSM.GetParameters" },
	{ "eks", "/clusters/ci-prod/node-groups/a/update-config", NULL },
	{ "eks", "/clusters/ci-prod/node-groups/a/update-version", NULL },
	{ "eks", "/clusters/ci-prod/access-entries", NULL },
	{ "eks", "/clusters/ci-prod/addons/coredns/update", NULL },
};

static struct sim *
world(void)
{
	static struct sim *w;
	struct err err = { 0 };

	if (!w) {
		w = sim_new(scenario_read("fuzz.yaml", story,
					  sizeof(story) - 1, &err),
			    1, &err);
		must(w != NULL);
	}
	return w;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct face_answer answer = { .status = 200 };
	struct face_caller caller = { .name = "admin" };
	struct face_pair headers[] = { { NULL, NULL }, { NULL, NULL } };
	struct face_request q = { .method = "POST", .query = "",
				  .headers = headers, .caller = &caller };
	struct arena *a;
	size_t way;
	char *body;

	if (size < 1)
		return 0;
	way = data[0] % ARRAY_LEN(ways);
	a = arena_new();
	/* Forms are texts, CBOR is not: the end is marked beyond it. */
	body = xcalloc(1, size);
	memcpy(body, data + 1, size - 1);
	snprintf(caller.service, sizeof(caller.service), "%s",
		 ways[way].service);
	if (ways[way].target)
		headers[0] = (struct face_pair){ "X-Amz-Target",
						 ways[way].target };
	q.path = ways[way].path;
	q.body = body;
	q.body_len = size - 1;
	buf_init(&answer.body, (size_t)32 << 20);
	face_aws.serve(world(), &q, &answer, a);
	must(answer.status >= 200 && answer.status < 600);
	must(answer.type && answer.body.len > 0);
	buf_fini(&answer.body);
	free(body);
	arena_free(a);
	return 0;
}
