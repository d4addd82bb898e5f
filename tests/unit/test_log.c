/*
 * The log: thresholds, escaping, ring, file mode, threads.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "backend/base/log.h"
#include "tests/unit/check.h"

static void
test_file_and_ring(void **state)
{
	char *dir = temporary_new(), *path = xasprintf("%s/log", dir);
	char *text, *ring;
	struct stat st;
	uint32_t lines;
	size_t len;

	(void)state;
	assert_true(log_open(path, LOG_INFO));
	log_at(LOG_DEBUG, "test", "not shown");
	log_at(LOG_INFO, "net", "watch %s\x1b[2J\nforged line", "pods");
	log_at(LOG_ERROR, "kube", "gone");
	ring = log_recent(&len, &lines);
	assert_int_equal(lines, 2);
	assert_text_contains(ring, " info  net      watch pods\xef\xbf\xbd[2J"
				   "\xef\xbf\xbd" "forged line");
	assert_text_contains(ring + strlen(ring) + 1, " error kube     gone");
	assert_int_equal(len, strlen(ring) + 1 +
				      strlen(ring + strlen(ring) + 1) + 1);
	free(ring);
	log_close();
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	text = read_fixture(path, NULL);
	assert_text_contains(text, "forged line\n");
	assert_null(strstr(text, "not shown"));
	assert_null(strchr(text, 0x1b));
	free(text);

	assert_false(log_open("/nonexistent/folder/log", LOG_INFO));
	free(path);
	temporary_remove(dir);
}

static void
test_ring_keeps_the_newest(void **state)
{
	char *ring;
	uint32_t lines;
	size_t len;

	(void)state;
	assert_true(log_open(NULL, LOG_WARN));
	for (int i = 0; i < 5000; i++)
		log_at(LOG_WARN, "test", "line %d", i);
	ring = log_recent(&len, &lines);
	assert_int_equal(lines, 1024);
	assert_text_contains(ring, "line 3976");
	assert_text_contains(ring + len - 10, "line 4999");
	free(ring);
	log_close();
	ring = log_recent(&len, &lines);
	assert_int_equal(lines, 0);
	assert_int_equal(len, 0);
	free(ring);
}

static void
test_long_lines_are_cut(void **state)
{
	char *longer = xmalloc(9001), *ring;
	uint32_t lines;
	size_t len;

	(void)state;
	memset(longer, '\a', 9000);
	longer[9000] = '\0';
	assert_true(log_open(NULL, LOG_DEBUG));
	log_at(LOG_DEBUG, "an-area-with-a-very-long-name-that-is-cut", "%s",
	       longer);
	ring = log_recent(&len, &lines);
	assert_int_equal(lines, 1);
	assert_true(len < 1300);
	free(ring);
	free(longer);
	log_close();
}

static void *
write_many(void *unused)
{
	(void)unused;
	for (int i = 0; i < 300; i++) {
		uint32_t lines;
		size_t len;

		log_at(LOG_INFO, "thread", "n %d", i);
		if (i % 50 == 0)
			free(log_recent(&len, &lines));
	}
	return NULL;
}

/* Meant for the thread sanitizer; elsewhere checks that nothing is lost. */
static void
test_threads(void **state)
{
	pthread_t threads[4];
	uint32_t lines;
	size_t len;

	(void)state;
	assert_true(log_open(NULL, LOG_INFO));
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, write_many,
						NULL), 0);
	assert_true(log_open(NULL, LOG_INFO));
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		pthread_join(threads[i], NULL);
	free(log_recent(&len, &lines));
	assert_int_equal(lines, 1024);
	log_close();
}

static void
test_levels(void **state)
{
	enum log_level level;

	(void)state;
	assert_true(log_level_parse("debug", &level));
	assert_int_equal(level, LOG_DEBUG);
	assert_true(log_level_parse("ERROR", &level));
	assert_int_equal(level, LOG_ERROR);
	assert_false(log_level_parse("loud", &level));
	assert_false(log_level_parse("", &level));
}

SUITE(log,
	TEST(test_file_and_ring),
	TEST(test_ring_keeps_the_newest),
	TEST(test_long_lines_are_cut),
	TEST(test_threads),
	TEST(test_levels));
