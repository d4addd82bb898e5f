/*
 * What unit tests share: assertions that show texts, fixtures, a private
 * folder, and random numbers from a fixed seed.
 */
#ifndef UNIT_CHECK_H
#define UNIT_CHECK_H

#include "backend/base/err.h"
#include "backend/base/tree.h"
#include "tests/unit/suite.h"

/* Both texts in full on failure; NULL equals only NULL. */
#define assert_text_equal(got, want)                                        \
	check_text_((got), (want), __FILE__, __LINE__)
#define assert_text_contains(got, part)                                     \
	check_contains_((got), (part), __FILE__, __LINE__)
/* A call that fills err must succeed; its sentence is shown when not. */
#define assert_ok(call, err)                                                \
	check_ok_((call), (err), #call, __FILE__, __LINE__)

void check_text_(const char *got, const char *want, const char *file,
		 int line);
void check_contains_(const char *got, const char *part, const char *file,
		     int line);
void check_ok_(bool ok, const struct err *err, const char *what,
	       const char *file, int line);

/* A file by its path from the top of the source tree (new, NUL terminated,
 * caller frees); fails the test when it cannot be read.  len may be NULL. */
char *read_fixture(const char *path, size_t *len);

/* The same parsed: the tree lives in a. */
const struct tree *parse_fixture(struct arena *a, const char *path);
/* JSON in the test's own text; single quotes stand for double ones. */
const struct tree *parse_text(struct arena *a, const char *quoted);

/* A new private folder, removed with all in it by temporary_remove (which
 * also frees the name). */
char *temporary_new(void);
void temporary_remove(char *path);

/*
 * xorshift: the same numbers on every machine.  Each test has a seed of its
 * own, which $SEED changes; a soak run sets it and multiplies rounds by
 * $ROUNDS.
 */
struct dice {
	uint64_t state; /* not 0 */
};

struct dice dice_new(uint64_t own);
/* How often to repeat what is done n times in an ordinary run. */
int rounds(int n);
uint64_t dice_roll(struct dice *d);
/* 0 .. below-1 */
uint32_t dice_below(struct dice *d, uint32_t below);

#endif
