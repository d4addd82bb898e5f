/*
 * Bench: how long `paddock --version` takes beside an empty program linked to
 * the same libraries, and the size of the stripped program (design 9).
 */
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "backend/base/mem.h"

#include <time.h>

enum { RUNS = 60 };

extern char **environ;

static double
now_ms(void)
{
	struct timespec t;

	timespec_get(&t, TIME_UTC);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static double
run_once(const char *program, const char *arg)
{
	posix_spawn_file_actions_t files;
	char *argv[] = { (char *)(uintptr_t)program, (char *)(uintptr_t)arg,
			 NULL };
	double start = now_ms();
	int status;
	pid_t pid;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null",
					 O_WRONLY, 0);
	if (posix_spawn(&pid, program, &files, NULL, argv, environ) ||
	    waitpid(pid, &status, 0) != pid || status) {
		fprintf(stderr, "bench_start: %s does not run\n", program);
		exit(1);
	}
	posix_spawn_file_actions_destroy(&files);
	return now_ms() - start;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *v, int n)
{
	qsort(v, (size_t)n, sizeof(*v), by_value);
	return v[n / 2];
}

static off_t
stripped_bytes(const char *program)
{
	char copy[PATH_MAX], command[2 * PATH_MAX];
	struct stat st;
	int status;
	pid_t pid;
	char *argv[] = { (char *)(uintptr_t)"strip",
			 (char *)(uintptr_t)"-o", copy, command, NULL };

	snprintf(copy, sizeof(copy), "%.4000s.stripped", program);
	snprintf(command, sizeof(command), "%s", program);
	if (posix_spawnp(&pid, "strip", NULL, NULL, argv, environ) ||
	    waitpid(pid, &status, 0) != pid || status || stat(copy, &st))
		return -1;
	unlink(copy);
	return st.st_size;
}

int
main(void)
{
	static const char paddock[] = "build/release/paddock";
	static const char empty[] = "build/release/tools/empty";
	double ours[RUNS], theirs[RUNS];
	double a, b;

	/* Turn about, so that both see the same machine. */
	for (int i = 0; i < RUNS; i++) {
		ours[i] = run_once(paddock, "--version");
		theirs[i] = run_once(empty, "--version");
	}
	a = median(ours, RUNS);
	b = median(theirs, RUNS);
	/* name value budget yardstick ratio */
	printf("start.version_ms %.2f %.2f %.2f %.2f\n", a, b + 2, b, a / b);
	printf("start.stripped_bytes %lld 2097152 - -\n",
	       (long long)stripped_bytes(paddock));
	return 0;
}
