/*
 * SigV4 against AWS's own suite: 38 cases, each in header and query form, of
 * ../shared/data/aws-sigv4 beside the project.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend/aws/sigv4.h"
#include "backend/base/clock.h"
#include "backend/base/json.h"
#include "tests/unit/check.h"
#include "tests/unit/suite.h"

#define SUITE_DIR "../shared/data/aws-sigv4"

struct request {
	struct sigv4_request q;
	struct sigv4_header headers[32];
	char *text;
};

static char *
read_all(const char *dir, const char *name)
{
	char path[600];
	char *text = xcalloc(1, 1 << 16);
	FILE *f;

	snprintf(path, sizeof(path), SUITE_DIR "/%s/%s", dir, name);
	f = fopen(path, "r");
	assert_non_null(f);
	text[fread(text, 1, (1 << 16) - 1, f)] = '\0';
	fclose(f);
	return text;
}

/* "METHOD PATH?QUERY HTTP/1.1", headers (a line that begins with a blank goes
 * on the one before), an empty line, the body. */
static void
parse_request(struct request *r, char *text)
{
	char *line = text, *end = strchr(text, '\n');
	char *target, *last;
	char *body = NULL;

	*r = (struct request){ .text = text };
	*end = '\0';
	target = strchr(line, ' ');
	*target++ = '\0';
	last = strstr(target, " HTTP/1.1");
	*last = '\0';
	r->q.method = line;
	r->q.path = target;
	r->q.query = "";
	if (strchr(target, '?')) {
		r->q.query = strchr(target, '?') + 1;
		*strchr(target, '?') = '\0';
	}
	line = end + 1;
	while (*line && *line != '\n') {
		struct sigv4_header *h = &r->headers[r->q.header_n++];
		char *colon = strchr(line, ':');

		end = strchr(line, '\n');
		while (end && (end[1] == ' ' || end[1] == '\t'))
			end = strchr(end + 1, '\n');
		*colon = '\0';
		h->name = line;
		h->value = colon + 1;
		if (!end) {
			line += strlen(line);
			break;
		}
		*end = '\0';
		line = end + 1;
	}
	if (*line == '\n')
		body = line + 1;
	r->q.headers = r->headers;
	r->q.body = body ? body : "";
	r->q.body_len = body ? strlen(body) : 0;
}

static void
load_case(const char *dir, struct arena *a, struct request *r,
	  struct aws_keys *k)
{
	char *context = read_all(dir, "context.json");
	struct err err = { 0 };
	const struct tree *t = json_parse(a, context, strlen(context), &err);
	const struct tree *c = tree_get(t, "credentials");
	const char *stamp = tree_text(tree_get(t, "timestamp"));
	int64_t expires = 0;

	assert_non_null(t);
	parse_request(r, read_all(dir, "request.txt"));
	*k = (struct aws_keys){
		.id = (char *)(uintptr_t)tree_text(
			tree_get(c, "access_key_id")),
		.secret = (char *)(uintptr_t)tree_text(
			tree_get(c, "secret_access_key")),
		.token = (char *)(uintptr_t)tree_text(tree_get(c, "token")),
	};
	r->q.region = tree_text(tree_get(t, "region"));
	r->q.service = tree_text(tree_get(t, "service"));
	r->q.normalize_path = tree_bool(tree_get(t, "normalize"), true);
	r->q.sign_body = tree_bool(tree_get(t, "sign_body"), false);
	r->q.omit_session_token =
		tree_bool(tree_get(t, "omit_session_token"), false);
	assert_true(tree_int(tree_get(t, "expiration_in_seconds"),
			     &expires));
	r->q.expires_s = (int32_t)expires;
	assert_true(time_parse_rfc3339(stamp, strlen(stamp), &r->q.at_ms));
	free(context);
}

static void
compare(const char *dir, const char *file, const char *ours)
{
	char *theirs = read_all(dir, file);
	size_t len = strlen(theirs);

	while (len && theirs[len - 1] == '\n')
		theirs[--len] = '\0';
	if (strcmp(theirs, ours) != 0)
		print_error("case %s: %s\n", dir, file);
	assert_text_equal(ours, theirs);
	free(theirs);
}

/* The rest of the line of theirs that begins with a prefix (new). */
static char *
line_after(const char *text, const char *prefix)
{
	const char *at = strstr(text, prefix);

	if (!at)
		fail_msg("no \"%s\" in %s", prefix, text);
	at += strlen(prefix);
	return xstrndup(at, strcspn(at, "\n"));
}

/* Every X-Amz-... pair of one query stands in the other, as often. */
static int
amz_pairs_in(const char *query, size_t len, const char *other)
{
	int n = 0;

	for (const char *at = query; at < query + len;) {
		size_t pair = strcspn(at, "& ");
		char *text = xstrndup(at, pair);

		if (str_has_prefix(text, "X-Amz-")) {
			assert_text_contains(other, text);
			n++;
		}
		free(text);
		at += pair + 1;
	}
	return n;
}

/* What goes on the wire: the suite's order of parameters is its own. */
static void
compare_signed(const char *dir, const struct sigv4_result *out, bool in_query)
{
	char *theirs = read_all(dir, in_query ? "query-signed-request.txt"
					      : "header-signed-request.txt");
	char *line;

	if (in_query) {
		const char *ours = buf_text(&out->query);

		line = line_after(theirs, "?");
		*strstr(line, " HTTP/1.1") = '\0';
		assert_int_equal(amz_pairs_in(line, strlen(line), ours),
				 amz_pairs_in(ours, strlen(ours), line));
	} else {
		line = line_after(theirs, "Authorization:");
		assert_text_equal(buf_text(&out->authorization), line);
		free(line);
		line = line_after(theirs, "X-Amz-Date:");
		assert_text_equal(out->amz_date, line);
	}
	free(line);
	free(theirs);
}

static void
check_case(const char *dir, bool in_query)
{
	const char *form = in_query ? "query" : "header";
	struct arena *a = arena_new();
	struct sigv4_result out;
	struct request r;
	struct aws_keys k;
	struct err err = { 0 };
	char file[64];

	load_case(dir, a, &r, &k);
	assert_ok((in_query ? sigv4_sign_query : sigv4_sign_header)(
			  &r.q, &k, &out, &err),
		  &err);
	snprintf(file, sizeof(file), "%s-canonical-request.txt", form);
	compare(dir, file, buf_text(&out.canonical));
	snprintf(file, sizeof(file), "%s-string-to-sign.txt", form);
	compare(dir, file, buf_text(&out.to_sign));
	snprintf(file, sizeof(file), "%s-signature.txt", form);
	compare(dir, file, out.signature);
	compare_signed(dir, &out, in_query);
	sigv4_result_fini(&out);
	free(r.text);
	arena_free(a);
}

static void
run_suite(bool in_query)
{
	DIR *d = opendir(SUITE_DIR);
	struct dirent *e;
	int count = 0;

	if (!d) {
		fprintf(stderr, "skipped: %s is not there\n", SUITE_DIR);
		skip();
	}
	while ((e = readdir(d))) {
		if (*e->d_name == '.')
			continue;
		check_case(e->d_name, in_query);
		count++;
	}
	closedir(d);
	assert_int_equal(count, 38);
}

static void
test_header_form(void **state)
{
	(void)state;
	run_suite(false);
}

static void
test_query_form(void **state)
{
	(void)state;
	run_suite(true);
}

/* A path that is already encoded is encoded once more: %3A becomes %253A. */
static void
test_encoded_path_twice(void **state)
{
	struct aws_keys k = { .id = (char *)"AKID", .secret = (char *)"s" };
	struct sigv4_header host = { "Host", "eks.eu-west-1.amazonaws.com" };
	struct sigv4_request q = {
		.method = "GET",
		.path = "/clusters/ci/access-entries/arn%3Aaws%3Aiam",
		.query = "",
		.headers = &host,
		.header_n = 1,
		.region = "eu-west-1",
		.service = "eks",
		.at_ms = 1771405200000,
	};
	struct sigv4_result out;
	struct err err = { 0 };

	(void)state;
	assert_true(sigv4_sign_header(&q, &k, &out, &err));
	assert_non_null(strstr(buf_text(&out.canonical),
			       "/arn%253Aaws%253Aiam\n"));
	sigv4_result_fini(&out);
}

static void
test_no_keys(void **state)
{
	struct aws_keys k = { 0 };
	struct sigv4_request q = { .method = "GET", .path = "/",
				   .query = "", .region = "r",
				   .service = "s" };
	struct sigv4_result out;
	struct err err = { 0 };

	(void)state;
	assert_false(sigv4_sign_header(&q, &k, &out, &err));
	assert_int_equal(err.code, ERR_AUTH);
	sigv4_result_fini(&out);
}

/* What does not fit is refused, not signed in part. */
static void
test_too_large(void **state)
{
	struct aws_keys k = { .id = (char *)"AKID", .secret = (char *)"s" };
	struct sigv4_request q = { .method = "GET", .query = "",
				   .region = "r", .service = "s",
				   .path = NULL };
	struct sigv4_result out;
	struct err err = { 0 };
	char *path = xmalloc((2 << 20) + 1);

	(void)state;
	memset(path, 'a', 2 << 20);
	path[0] = '/';
	path[2 << 20] = '\0';
	q.path = path;
	assert_false(sigv4_sign_header(&q, &k, &out, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	sigv4_result_fini(&out);
	free(path);
}

SUITE(sigv4,
	TEST(test_too_large),
	TEST(test_header_form),
	TEST(test_query_form),
	TEST(test_encoded_path_twice),
	TEST(test_no_keys));
