/*
 * The AWS face: the console's signer and the face's verifier judge each other,
 * and what must not pass does not.
 */
#include <stdio.h>
#include <stdlib.h>

#include "backend/aws/sigv4.h"
#include "backend/base/clock.h"
#include "backend/sim/world/access.h"
#include "backend/sim/aws/face.h"
#include "backend/sim/server/face.h"
#include "tests/unit/sim_kit.h"

struct call {
	const char *service, *method, *path, *query, *body;
	const struct sim_user *user;
	int64_t late_ms;     /* how far the client's clock is behind */
	const char *spoiled; /* part changed after signing, or NULL */
	const struct aws_session *session; /* in place of user's keys */
};

struct reply {
	int status;
	char *text;
};

static char *
spoil(struct arena *a, const struct call *c, const char *part,
      const char *value)
{
	char *copy = arena_strdup(a, value);
	size_t len = strlen(copy);

	/* The last byte of what is named becomes another. */
	if (c->spoiled && strcmp(c->spoiled, part) == 0 && len)
		copy[len - 1] = copy[len - 1] == 'x' ? 'y' : 'x';
	return copy;
}

static struct reply
ask(struct kit *k, const struct call *c)
{
	struct arena *a = arena_new();
	struct sigv4_header signed_headers[] = {
		{ "Host", "127.0.0.1:4566" },
		{ "Content-Type", "application/x-www-form-urlencoded" },
		{ "X-Odd", "  two   blanks  " },
	};
	struct aws_keys keys = { arena_strdup(a, c->user->aws_key_id),
				 arena_strdup(a, c->user->aws_secret), NULL,
				 0, "test" };
	struct aws_session none = { .token = "" };
	const struct aws_session *session = c->session ? c->session : &none;
	struct sigv4_request q = {
		.method = c->method,
		.path = c->path,
		.query = c->query,
		.headers = signed_headers,
		.header_n = ARRAY_LEN(signed_headers),
		.body = c->body,
		.body_len = strlen(c->body),
		.region = "eu-west-1",
		.service = c->service,
		.at_ms = clock_wall_ms(&clock_system) - c->late_ms,
	};
	struct sigv4_result s = { 0 };
	struct face_answer answer = { .status = 200 };
	struct face_request f;
	struct reply r;
	struct err err = { 0 };

	if (c->session)
		keys = (struct aws_keys){ arena_strdup(a, session->key_id),
					  arena_strdup(a, session->secret),
					  arena_strdup(a, session->token), 0,
					  "test" };
	assert_ok(sigv4_sign_header(&q, &keys, &s, &err), &err);
	f = (struct face_request){
		.method = c->method,
		.path = spoil(a, c, "path", c->path),
		.query = spoil(a, c, "query", c->query),
		.body = spoil(a, c, "body", c->body),
		.body_len = strlen(c->body),
		.headers =
			(struct face_pair[]){
				{ "host", spoil(a, c, "host",
						"127.0.0.1:4566") },
				{ "Content-Type",
				  "application/x-www-form-urlencoded" },
				{ "x-odd", "two blanks" },
				{ "X-Amz-Date",
				  spoil(a, c, "date", s.amz_date) },
				{ "Authorization",
				  spoil(a, c, "signature",
					buf_text(&s.authorization)) },
				{ c->session ? "X-Amz-Security-Token" : NULL,
				  session->token },
				{ NULL, NULL },
			},
	};
	buf_init(&answer.body, (size_t)16 << 20);
	face_aws.serve(k->w, &f, &answer, a);
	r.status = answer.status;
	r.text = xstrdup(buf_text(&answer.body));
	buf_fini(&answer.body);
	sigv4_result_fini(&s);
	arena_free(a);
	return r;
}

static void
expect(struct kit *k, const struct call *c, int status, const char *part)
{
	struct reply r = ask(k, c);

	if (r.status != status)
		print_message("%s\n", r.text);
	assert_int_equal(r.status, status);
	assert_text_contains(r.text, part);
	free(r.text);
}

#define GROUPS                                                              \
	"Action=DescribeAutoScalingGroups&Version=2011-01-01&"              \
	"AutoScalingGroupNames.member.1=arm64-spot"

static struct call
groups_call(void)
{
	return (struct call){ .service = "autoscaling",
			      .method = "POST",
			      .path = "/",
			      .query = "",
			      .body = GROUPS,
			      .user = &sim_users[0] };
}

static void
test_our_signatures_pass(void **state)
{
	struct kit k = kit_open("monday-burst", 1);
	struct call c = groups_call();

	(void)state;
	expect(&k, &c, 200,
	       "<AutoScalingGroupName>arm64-spot</AutoScalingGroupName>");
	c = (struct call){ .service = "ec2",
			   .method = "POST",
			   .path = "/",
			   .query = "b=2&a=%20x&a=1",
			   .body = "Action=DescribeSubnets&Version=2016-11-15",
			   .user = &sim_users[1] };
	expect(&k, &c, 200, "<subnetSet><item>");
	c = (struct call){ .service = "eks",
			   .method = "GET",
			   .path = "/clusters/ci-prod/node-groups/a%2Fb%C3%A9",
			   .query = "",
			   .body = "",
			   .user = &sim_users[2] };
	expect(&k, &c, 404, "No node group found for name: a/b\xc3\xa9.");
	c = (struct call){ .service = "sts",
			   .method = "GET",
			   .path = "/",
			   .query = "Action=GetCallerIdentity&"
				    "Version=2011-06-15",
			   .body = "",
			   .user = &sim_users[1] };
	expect(&k, &c, 200, ":user/oncall</Arn>");
	kit_close(&k);
}

static void
test_what_was_changed_does_not(void **state)
{
	static const char *const parts[] = { "body", "signature", "host" };
	struct kit k = kit_open("monday-burst", 1);
	struct call c;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		c = groups_call();
		c.spoiled = parts[i];
		expect(&k, &c, 403, "SignatureDoesNotMatch");
	}
	c = (struct call){ .service = "eks",
			   .method = "GET",
			   .path = "/clusters/ci-prod",
			   .query = "",
			   .body = "",
			   .user = &sim_users[0],
			   .spoiled = "path" };
	expect(&k, &c, 403, "does not match the signature");
	c = (struct call){ .service = "ec2",
			   .method = "POST",
			   .path = "/",
			   .query = "a=1",
			   .body = "Action=DescribeSubnets&Version=2016-11-15",
			   .user = &sim_users[0],
			   .spoiled = "query" };
	expect(&k, &c, 401, "AuthFailure");
	kit_close(&k);
}

static void
test_clocks_and_keys(void **state)
{
	struct kit k = kit_open("monday-burst", 1);
	struct sim_user stranger = sim_users[0];
	struct call c = groups_call();

	(void)state;
	c.late_ms = 14 * 60000;
	expect(&k, &c, 200, "arm64-spot");
	c.late_ms = 16 * 60000;
	expect(&k, &c, 403, "is now earlier than");
	c.late_ms = -16 * 60000;
	expect(&k, &c, 403, "is still later than");
	c.service = "ec2";
	expect(&k, &c, 400, "RequestExpired");
	c = groups_call();
	stranger.aws_key_id = "AKIANOBODYNOBODYNO00";
	c.user = &stranger;
	expect(&k, &c, 403, "InvalidClientTokenId");
	kit_close(&k);
}

static void
test_who_may_write(void **state)
{
	static const char set[] = "Action=SetDesiredCapacity&"
				  "Version=2011-01-01&"
				  "AutoScalingGroupName=arm64-spot&"
				  "DesiredCapacity=2";
	struct kit k = kit_open("monday-burst", 1);
	struct call c = groups_call();

	(void)state;
	c.body = set;
	c.user = &sim_users[2];
	expect(&k, &c, 403, "is not authorized to perform: "
			    "autoscaling:SetDesiredCapacity");
	assert_int_equal(cloud_group(k.cloud, "arm64-spot")->desired, 0);
	c.user = &sim_users[1];
	expect(&k, &c, 200, "<SetDesiredCapacityResponse");
	assert_int_equal(cloud_group(k.cloud, "arm64-spot")->desired, 2);
	kit_close(&k);
}

/* Keys of a role's session: while it lasts, afterwards, and forged. */
static void
test_sessions(void **state)
{
	struct kit k = kit_open("monday-burst", 1);
	struct aws_caller who = { .user = &sim_users[0],
				  .role = aws_role_find("paddock-viewer"),
				  .session = "night" };
	int64_t now = clock_wall_ms(&clock_system);
	struct call c = groups_call();
	struct aws_session s;

	(void)state;
	c.session = &s;
	aws_session_make(&who, now + 900000, 1, &s);
	expect(&k, &c, 200, "arm64-spot");
	c.body = "Action=SetDesiredCapacity&Version=2011-01-01&"
		 "AutoScalingGroupName=arm64-spot&DesiredCapacity=2";
	expect(&k, &c, 403, ":assumed-role/paddock-viewer/night is not "
			    "authorized to perform: "
			    "autoscaling:SetDesiredCapacity on resource: ");
	c = groups_call();
	c.session = &s;
	aws_session_make(&who, now - 1000, 1, &s);
	expect(&k, &c, 403, "<Code>ExpiredToken</Code>");
	c.service = "ec2";
	c.body = "Action=DescribeSubnets&Version=2016-11-15";
	expect(&k, &c, 400, "<Code>RequestExpired</Code>");
	c = (struct call){ .service = "eks",
			   .method = "GET",
			   .path = "/clusters",
			   .query = "",
			   .body = "",
			   .user = &sim_users[0],
			   .session = &s };
	expect(&k, &c, 403, "token included in the request is expired");
	c = groups_call();
	c.session = &s;
	aws_session_make(&who, now + 900000, 1, &s);
	s.token[3] = s.token[3] == 'x' ? 'y' : 'x';
	expect(&k, &c, 403, "InvalidClientTokenId");
	aws_session_make(&who, now + 900000, 1, &s);
	s.secret[0] = s.secret[0] == 'x' ? 'y' : 'x';
	expect(&k, &c, 403, "SignatureDoesNotMatch");
	kit_close(&k);
}

/* Requests that are signed well and are nonsense all the same. */
static void
test_nonsense(void **state)
{
	struct kit k = kit_open("monday-burst", 1);
	struct call c = groups_call();
	struct buf many;

	(void)state;
	c.body = "";
	expect(&k, &c, 400, "MissingAction");
	c.body = "Action=Fly&Version=2011-01-01";
	expect(&k, &c, 400, "InvalidAction");
	c.body = "Action=CreateOrUpdateTags&Version=2011-01-01&"
		 "Tags.member.1.ResourceId=arm64-spot&Tags.member.1.Key=%FF&"
		 "Tags.member.1.Value=x";
	expect(&k, &c, 400, "MalformedQueryString");
	c.body = "Action=DescribeAutoScalingGroups&Version=2011-01-01&"
		 "NextToken=9223372036854775807";
	expect(&k, &c, 400, "InvalidNextToken");
	c.body = "Action=SetDesiredCapacity&Version=2011-01-01&"
		 "AutoScalingGroupName=arm64-spot&DesiredCapacity=many";
	expect(&k, &c, 400, "ValidationError");
	c.body = "Action=SetDesiredCapacity&Version=2011-01-01&"
		 "AutoScalingGroupName=%3Cb%3E%1B%5B31m&DesiredCapacity=1";
	expect(&k, &c, 400, "ValidationError");
	buf_init(&many, 1 << 20);
	buf_puts(&many, "Action=DescribeAutoScalingInstances&"
			"Version=2011-01-01");
	for (int i = 1; i < 5000; i++)
		buf_printf(&many, "&InstanceIds.member.%d=i-%d", i, i);
	c.body = buf_text(&many);
	expect(&k, &c, 400, "MalformedQueryString");
	buf_fini(&many);
	kit_close(&k);
}

SUITE(sim_aws,
	TEST(test_our_signatures_pass),
	TEST(test_what_was_changed_does_not),
	TEST(test_clocks_and_keys),
	TEST(test_who_may_write),
	TEST(test_sessions),
	TEST(test_nonsense));
