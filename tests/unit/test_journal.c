/*
 * The journal: what a line says, that it is on the disk, that the chain shows
 * tampering, and what crashes, full disks and other paddocks do to it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/base/json.h"
#include "backend/control/journal.h"
#include "backend/model/derived.h"
#include "tests/unit/check.h"

static const struct target node_target = {
	.name = "ip-10-0-1-9", .uid = "u-1", .rv = "77",
};

static struct journal_line
line(const char *id, enum journal_phase phase)
{
	return (struct journal_line){
		.time_ms = 1771405200123,
		.id = id,
		.phase = phase,
		.by = "person",
		.via = "console",
		.context = "ci-prod",
		.account = "471100000090",
		.verb = "cordon",
		.kind = KIND_NODE,
		.target = &node_target,
		.why = "disk is dying",
		.before = "schedulable",
		.after = "cordoned",
		.result = phase == JOURNAL_OUTCOME ? "ok" : "",
	};
}

static void
append(struct journal *j, const char *id, enum journal_phase phase)
{
	struct journal_line l = line(id, phase);
	struct err err = { .code = ERR_NONE };

	assert_ok(journal_append(j, &l, NULL, &err), &err);
}

static char *
whole(const char *path)
{
	return read_fixture(path, NULL);
}

static void
rewrite(const char *path, const char *text)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
}

static char *dir, *path;

static int
set_up(void **state)
{
	(void)state;
	dir = temporary_new();
	path = xasprintf("%s/state/paddock/journal.jsonl", dir);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	free(path);
	temporary_remove(dir);
	return 0;
}

static void
test_line_says_everything(void **state)
{
	struct journal *j = journal_new(path);
	struct arena *a = arena_new();
	struct journal_line l = line("a-1", JOURNAL_INTENT);
	struct err err = { .code = ERR_NONE };
	const struct tree *t;
	struct stat st;
	uint64_t seq = 0;
	int64_t n;
	char *text;

	(void)state;
	l.why = "line\nbreak \"quote\" \033[31m";
	assert_ok(journal_append(j, &l, &seq, &err), &err);
	assert_int_equal(seq, 1);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	text = whole(path);
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	assert_null(strchr(text, '\033'));
	t = json_parse(a, text, strlen(text), &err);
	assert_non_null(t);
	assert_true(tree_int(tree_get(t, "v"), &n) && n == 1);
	assert_true(tree_int(tree_get(t, "seq"), &n) && n == 1);
	assert_text_equal(tree_text(tree_get(t, "time")),
			  "2026-02-18T09:00:00.123Z");
	assert_text_equal(tree_text(tree_get(t, "phase")), "intent");
	assert_text_equal(tree_text(tree_at(t, "target.kind")), "node");
	assert_text_equal(tree_text(tree_at(t, "target.name")),
			  "ip-10-0-1-9");
	assert_text_equal(tree_text(tree_at(t, "target.uid")), "u-1");
	assert_text_equal(tree_text(tree_at(t, "target.resourceVersion")),
			  "77");
	assert_text_equal(tree_text(tree_get(t, "why")), l.why);
	assert_text_equal(tree_text(tree_get(t, "account")), "471100000090");
	assert_int_equal(strlen(tree_text(tree_get(t, "prev"))), 64);
	free(text);
	arena_free(a);
	journal_free(j);
}

static void
test_fold_and_chain(void **state)
{
	struct journal *j = journal_new(path);
	struct journal_history h;
	struct err err = { .code = ERR_NONE };
	const struct entry *e;

	(void)state;
	assert_ok(journal_read(j, 10, &h, &err), &err); /* no file yet */
	assert_int_equal(h.entries.n, 0);
	journal_history_fini(&h);
	for (int i = 0; i < 30; i++) {
		char id[16];

		snprintf(id, sizeof(id), "a-%d", i);
		append(j, id, JOURNAL_INTENT);
		append(j, id, JOURNAL_OUTCOME);
	}
	assert_ok(journal_read(j, 10, &h, &err), &err);
	assert_int_equal(h.entries.n, 10);
	assert_int_equal(h.last_seq, 60);
	assert_int_equal(h.broken_seq, 0);
	assert_int_equal(h.skipped, 0);
	assert_int_equal(h.open.n, 0);
	e = (const void *)h.entries.at[9];
	assert_int_equal(e->seq, 60);
	assert_text_equal(e->target, "node ip-10-0-1-9");
	assert_text_equal(e->change, "schedulable>cordoned");
	assert_text_equal(e->result, "ok");
	journal_history_fini(&h);
	journal_free(j);
	/* Another process goes on where this one stopped. */
	j = journal_new(path);
	append(j, "b-1", JOURNAL_INTENT);
	assert_ok(journal_read(j, 10, &h, &err), &err);
	assert_int_equal(h.last_seq, 61);
	assert_int_equal(h.broken_seq, 0);
	/* Its writer is us, alive: not orphaned. */
	assert_int_equal(h.open.n, 0);
	journal_history_fini(&h);
	journal_free(j);
}

static void
test_tampering_shows(void **state)
{
	struct journal *j = journal_new(path);
	struct journal_history h;
	struct err err = { .code = ERR_NONE };
	char *text, *at;

	(void)state;
	for (int i = 0; i < 5; i++)
		append(j, "a", JOURNAL_OUTCOME);
	text = whole(path);
	at = strstr(text, "\"seq\":3");
	at = strstr(at, "cordoned");
	memcpy(at, "untouche", 8);
	rewrite(path, text);
	assert_ok(journal_read(j, 10, &h, &err), &err);
	assert_int_equal(h.broken_seq, 4);
	journal_history_fini(&h);
	/* A line taken out. */
	at = strchr(text, '\n') + 1;
	memmove(at, strchr(at, '\n') + 1, strlen(strchr(at, '\n')));
	rewrite(path, text);
	assert_ok(journal_read(j, 10, &h, &err), &err);
	assert_int_equal(h.broken_seq, 3);
	journal_history_fini(&h);
	free(text);
	journal_free(j);
}

/* A crash in the middle of a line: the line is lost, nothing else. */
static void
test_torn_last_line(void **state)
{
	struct err err = { .code = ERR_NONE };
	size_t len;
	char *text;

	(void)state;
	for (int cut = 1; cut < 60; cut += 7) {
		struct journal *j = journal_new(path);
		struct journal_history h;

		unlink(path);
		append(j, "a", JOURNAL_OUTCOME);
		append(j, "b", JOURNAL_OUTCOME);
		text = whole(path);
		len = strlen(text);
		text[len - (size_t)cut] = '\0';
		rewrite(path, text);
		free(text);
		append(j, "c", JOURNAL_OUTCOME);
		append(j, "d", JOURNAL_OUTCOME);
		assert_ok(journal_read(j, 10, &h, &err), &err);
		/* Only the newline lost: the line itself still counts. */
		assert_int_equal(h.skipped, cut == 1 ? 0 : 1);
		assert_int_equal(h.entries.n, cut == 1 ? 4 : 3);
		assert_int_equal(h.broken_seq, 0);
		assert_int_equal(h.last_seq, cut == 1 ? 4 : 3);
		journal_history_fini(&h);
		journal_free(j);
	}
}

static void
test_files_are_bounded_and_the_chain_goes_on(void **state)
{
	struct journal *j = journal_new(path);
	struct journal_history h;
	struct err err = { .code = ERR_NONE };
	char *name;
	struct stat st;

	(void)state;
	journal_set_limit(j, 4096);
	for (int i = 0; i < 200; i++)
		append(j, "a", JOURNAL_OUTCOME);
	for (int i = 1; i < JOURNAL_FILES; i++) {
		name = xasprintf("%s/state/paddock/journal.%d.jsonl", dir, i);
		assert_int_equal(stat(name, &st), 0);
		assert_true(st.st_size < 4096 + JOURNAL_LINE_BYTES);
		free(name);
	}
	name = xasprintf("%s/state/paddock/journal.%d.jsonl", dir,
			 JOURNAL_FILES);
	assert_int_equal(stat(name, &st), -1);
	free(name);
	assert_ok(journal_read(j, 1000, &h, &err), &err);
	assert_int_equal(h.last_seq, 200);
	assert_int_equal(h.broken_seq, 0);
	journal_history_fini(&h);
	/* A start right after a rotation. */
	name = xasprintf("%s/state/paddock/journal.1.jsonl", dir);
	assert_int_equal(rename(path, name), 0);
	free(name);
	journal_free(j);
	j = journal_new(path);
	append(j, "b", JOURNAL_OUTCOME);
	assert_ok(journal_read(j, 1000, &h, &err), &err);
	assert_int_equal(h.last_seq, 201);
	assert_int_equal(h.broken_seq, 0);
	journal_history_fini(&h);
	journal_free(j);
}

static void
test_several_paddocks_at_once(void **state)
{
	enum { WRITERS = 4, LINES = 60 };
	struct journal *j = journal_new(path);
	struct journal_history h;
	struct err err = { .code = ERR_NONE };
	pid_t child[WRITERS];

	(void)state;
	for (int w = 0; w < WRITERS; w++) {
		child[w] = fork();
		assert_true(child[w] >= 0);
		if (child[w] == 0) {
			struct journal *mine = journal_new(path);
			struct journal_line l = line("x", JOURNAL_OUTCOME);
			int bad = 0;

			journal_set_limit(mine, 20000);
			for (int i = 0; i < LINES; i++)
				bad += !journal_append(mine, &l, NULL, NULL);
			_exit(bad ? 1 : 0);
		}
	}
	for (int w = 0; w < WRITERS; w++) {
		int status;

		assert_int_equal(waitpid(child[w], &status, 0), child[w]);
		assert_int_equal(status, 0);
	}
	assert_ok(journal_read(j, 1000, &h, &err), &err);
	assert_int_equal(h.last_seq, WRITERS * LINES);
	assert_int_equal(h.broken_seq, 0);
	assert_int_equal(h.skipped, 0);
	journal_history_fini(&h);
	journal_free(j);
}

/* kill -9 between intent and outcome: the next start shows it. */
static void
test_orphan_of_a_killed_writer(void **state)
{
	struct journal *j = journal_new(path);
	struct journal_history h;
	struct err err = { .code = ERR_NONE };
	int ready[2], status;
	char byte;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct journal *mine = journal_new(path);
		struct journal_line done = line("done", JOURNAL_INTENT);
		struct journal_line l = line("act-9", JOURNAL_INTENT);

		if (!journal_append(mine, &done, NULL, NULL))
			_exit(1);
		done.phase = JOURNAL_OUTCOME;
		if (!journal_append(mine, &done, NULL, NULL) ||
		    !journal_append(mine, &l, NULL, NULL) ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	/* It lives: its act is under way, not orphaned. */
	assert_ok(journal_read(j, 100, &h, &err), &err);
	assert_int_equal(h.open.n, 0);
	journal_history_fini(&h);
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_ok(journal_read(j, 100, &h, &err), &err);
	assert_int_equal(h.open.n, 1);
	assert_text_equal(h.open.at[0].id, "act-9");
	assert_text_contains(h.open.at[0].text, "cordon node ip-10-0-1-9");
	assert_true(((const struct entry *)(const void *)h.entries.at[2])
			    ->orphaned);
	assert_false(((const struct entry *)(const void *)h.entries.at[0])
			     ->orphaned);
	journal_history_fini(&h);
	/* An outcome written later by somebody else closes it. */
	append(j, "act-9", JOURNAL_OUTCOME);
	assert_ok(journal_read(j, 100, &h, &err), &err);
	assert_int_equal(h.open.n, 0);
	journal_history_fini(&h);
	close(ready[0]);
	close(ready[1]);
	journal_free(j);
}

static void
test_pid_used_again_is_dead(void **state)
{
	struct writer w;

	(void)state;
	writer_self(&w);
	assert_true(writer_is_alive(&w));
	w.start++;
	assert_false(writer_is_alive(&w));
	w.start--;
	snprintf(w.boot, sizeof(w.boot), "another-boot");
	assert_false(writer_is_alive(&w));
}

static void
test_what_cannot_be_written_says_so(void **state)
{
	struct journal_line l = line("a", JOURNAL_INTENT);
	struct err err = { .code = ERR_NONE };
	struct journal *j;
	char *bad;

	(void)state;
	/* A folder where the file should be. */
	bad = xasprintf("%s/file", dir);
	rewrite(bad, "x");
	free(bad);
	bad = xasprintf("%s/file/journal.jsonl", dir);
	j = journal_new(bad);
	assert_false(journal_append(j, &l, NULL, &err));
	assert_int_equal(err.code, ERR_IO);
	assert_text_contains(err.text, bad);
	journal_free(j);
	free(bad);
	/* A link to elsewhere is not followed. */
	bad = xasprintf("%s/link.jsonl", dir);
	assert_int_equal(symlink("/dev/null", bad), 0);
	j = journal_new(bad);
	assert_false(journal_append(j, &l, NULL, &err));
	journal_free(j);
	free(bad);
	bad = xasprintf("%s/pipe.jsonl", dir);
	assert_int_equal(mkfifo(bad, 0600), 0);
	j = journal_new(bad);
	assert_false(journal_append(j, &l, NULL, &err));
	journal_free(j);
	free(bad);
}

/* A full disk in the middle of a line: the file is as it was before. */
static void
test_full_disk_leaves_no_half_line(void **state)
{
	struct journal *j = journal_new(path);
	struct journal_history h;
	struct err err = { .code = ERR_NONE };
	struct journal_line l = line("b", JOURNAL_INTENT);
	struct rlimit was, tight;
	struct stat before, after;
	void (*signal_was)(int) = signal(SIGXFSZ, SIG_IGN);

	(void)state;
	append(j, "a", JOURNAL_OUTCOME);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	tight = was;
	tight.rlim_cur = (rlim_t)before.st_size + 40;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	assert_false(journal_append(j, &l, NULL, &err));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	signal(SIGXFSZ, signal_was);
	assert_int_equal(err.code, ERR_IO);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(after.st_size, before.st_size);
	append(j, "c", JOURNAL_OUTCOME);
	assert_ok(journal_read(j, 100, &h, &err), &err);
	assert_int_equal(h.entries.n, 2);
	assert_int_equal(h.skipped, 0);
	assert_int_equal(h.broken_seq, 0);
	journal_history_fini(&h);
	journal_free(j);
}

#define FOLDER_TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

SUITE(journal,
	FOLDER_TEST(test_line_says_everything),
	FOLDER_TEST(test_fold_and_chain),
	FOLDER_TEST(test_tampering_shows),
	FOLDER_TEST(test_torn_last_line),
	FOLDER_TEST(test_files_are_bounded_and_the_chain_goes_on),
	FOLDER_TEST(test_several_paddocks_at_once),
	FOLDER_TEST(test_orphan_of_a_killed_writer),
	TEST(test_pid_used_again_is_dead),
	FOLDER_TEST(test_what_cannot_be_written_says_so),
	FOLDER_TEST(test_full_disk_leaves_no_half_line));
