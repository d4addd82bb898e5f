/*
 * Allocators, arenas, arrays.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/check.h"

static void
test_texts(void **state)
{
	char *a = xasprintf("%s-%d", "x", 7), *b = xstrndup("abcdef", 3);
	char *c = xstrndup(NULL, 0);

	(void)state;
	assert_text_equal(a, "x-7");
	assert_text_equal(b, "abc");
	assert_text_equal(c, "");
	assert_true(str_eq(NULL, ""));
	assert_false(str_eq("a", NULL));
	assert_true(str_has_prefix("abc", "ab"));
	assert_false(str_has_prefix("a", "ab"));
	free(a);
	free(b);
	free(c);
	secret_free(xstrdup("hunter2"));
	secret_free(NULL);
}

static void
test_vec_grows_and_adds_zeroed(void **state)
{
	struct two {
		int a, b;
	};
	VEC(struct two) v = { 0 };

	(void)state;
	for (int i = 0; i < 1000; i++) {
		vec_add(&v)->a = i;
		assert_int_equal(v.at[i].b, 0);
		v.at[i].b = -1; /* so that reuse without zeroing would show */
	}
	assert_int_equal(v.n, 1000);
	vec_clear(&v);
	assert_int_equal(vec_add(&v)->b, 0);
	vec_free(&v);
	assert_null(v.at);
}

static void
test_arena_gives_zeroed_aligned_memory(void **state)
{
	struct arena *a = arena_new();
	struct dice dice = dice_new(7);

	(void)state;
	for (int round = 0; round < 5; round++) {
		size_t used = 0;

		for (int i = 0; i < 3000; i++) {
			size_t n = dice_below(&dice, i % 500 ? 200 : 90000);
			unsigned char *p = arena_alloc(a, n);

			assert_int_equal((uintptr_t)p %
						 _Alignof(max_align_t), 0);
			for (size_t k = 0; k < n; k++)
				assert_int_equal(p[k], 0);
			memset(p, 0xa5, n);
			used += n;
			assert_text_equal(arena_strndup(a, "odd", 3), "odd");
			used += 4;
			assert_true(arena_used(a) == used);
		}
		arena_reset(a);
		assert_int_equal(arena_used(a), 0);
	}
	arena_free(a);
	arena_free(NULL);
}

static void
test_arena_texts(void **state)
{
	struct arena *a = arena_new();
	char *longer = xmalloc(100001);

	(void)state;
	memset(longer, 'x', 100000);
	longer[100000] = '\0';
	assert_text_equal(arena_strdup(a, ""), "");
	assert_text_equal(arena_strndup(a, NULL, 0), "");
	assert_text_equal(arena_printf(a, "%d/%s", 3, "y"), "3/y");
	assert_text_equal(arena_printf(a, "%s", longer), longer);
	assert_text_equal(arena_strdup(a, longer), longer);
	free(longer);
	arena_free(a);
}

/* Runs in a child: what it printed and whether it died of SIGABRT. */
static void
child_dies(void (*act)(void), const char *says)
{
	int pipes[2], status;
	char text[600];
	ssize_t n;
	size_t len = 0;
	pid_t pid;

	assert_int_equal(pipe(pipes), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		/* cmocka's handler would report the abort as its own. */
		signal(SIGABRT, SIG_DFL);
		dup2(pipes[1], STDERR_FILENO);
		act();
		_exit(0);
	}
	close(pipes[1]);
	while ((n = read(pipes[0], text + len, sizeof(text) - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	close(pipes[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_text_contains(text, says);
}

static void
restore(void)
{
	static const char text[] = "[restored]";

	assert_true(write(STDERR_FILENO, text, sizeof(text) - 1) > 0);
}

static void
make_bug(void)
{
	bug_set_restore(restore);
	BUG_IF(1 + 1 == 2);
}

static void
make_long_bug(void)
{
	char text[2000];

	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	BUG("%s", text);
}

static void
test_bug_restores_then_says_where(void **state)
{
	(void)state;
	child_dies(make_bug, "[restored]paddock: bug at tests/unit/test_mem");
	child_dies(make_bug, "1 + 1 == 2\n");
	child_dies(make_long_bug, "yyyy\n");
}

SUITE(mem,
	TEST(test_texts),
	TEST(test_vec_grows_and_adds_zeroed),
	TEST(test_arena_gives_zeroed_aligned_memory),
	TEST(test_arena_texts),
	TEST(test_bug_restores_then_says_where));
