/*
 * Helpers of unit tests.
 */
#include "tests/unit/check.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend/base/json.h"

void
check_text_(const char *got, const char *want, const char *file, int line)
{
	if (got == want || (got && want && strcmp(got, want) == 0))
		return;
	print_error("got  %s%s%s\nwant %s%s%s\n", got ? "\"" : "",
		    got ? got : "NULL", got ? "\"" : "", want ? "\"" : "",
		    want ? want : "NULL", want ? "\"" : "");
	_fail(file, line);
}

void
check_contains_(const char *got, const char *part, const char *file, int line)
{
	if (got && strstr(got, part))
		return;
	print_error("got \"%s\"\nwithout \"%s\"\n", got ? got : "NULL", part);
	_fail(file, line);
}

void
check_ok_(bool ok, const struct err *err, const char *what, const char *file,
	  int line)
{
	if (ok)
		return;
	print_error("%s failed: %s: %s\n", what, err_code_name(err->code),
		    err->text);
	_fail(file, line);
}

char *
read_fixture(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	struct buf b;
	char piece[65536];
	size_t n;

	if (!f)
		fail_msg("cannot read %s (run from the source tree)", path);
	buf_init(&b, (size_t)256 << 20);
	while ((n = fread(piece, 1, sizeof(piece), f)) > 0)
		buf_add(&b, piece, n);
	fclose(f);
	assert_true(buf_ok(&b));
	return buf_take(&b, len);
}

const struct tree *
parse_fixture(struct arena *a, const char *path)
{
	struct err err = { .code = ERR_NONE };
	size_t len;
	char *text = read_fixture(path, &len);
	const struct tree *t = json_parse(a, text, len, &err);

	free(text);
	if (!t)
		fail_msg("%s: %s", path, err.text);
	return t;
}

const struct tree *
parse_text(struct arena *a, const char *quoted)
{
	struct err err = { .code = ERR_NONE };
	char *text = xstrdup(quoted);
	const struct tree *t;

	for (char *p = text; *p; p++)
		if (*p == '\'')
			*p = '"';
	t = json_parse(a, text, strlen(text), &err);
	free(text);
	if (!t)
		fail_msg("test JSON: %s", err.text);
	return t;
}

char *
temporary_new(void)
{
	const char *base = getenv("TMPDIR");
	char *path = xasprintf("%s/unit-XXXXXX", base ? base : "/tmp");

	if (!mkdtemp(path))
		fail_msg("cannot make a folder like %s", path);
	return path;
}

static int
remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void
temporary_remove(char *path)
{
	if (!path)
		return;
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(path);
}

/* A positive number from the environment, else 1. */
static uint64_t
setting(const char *name)
{
	const char *text = getenv(name);
	uint64_t v = text ? strtoull(text, NULL, 10) : 1;

	return v ? v : 1;
}

struct dice
dice_new(uint64_t own)
{
	/* Seed 1 is the ordinary run; neighbours must not be alike. */
	uint64_t seed = (setting("SEED") - 1) * UINT64_C(0x9e3779b97f4a7c15);
	struct dice d = { own ^ seed };

	if (!d.state)
		d.state = 1;
	return d;
}

int
rounds(int n)
{
	uint64_t times = setting("ROUNDS");

	return times > 100000 ? n * 100000 : n * (int)times;
}

uint64_t
dice_roll(struct dice *d)
{
	uint64_t x = d->state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	d->state = x;
	return x * UINT64_C(0x2545f4914f6cdd1d);
}

uint32_t
dice_below(struct dice *d, uint32_t below)
{
	return (uint32_t)((dice_roll(d) >> 32) * below >> 32);
}
