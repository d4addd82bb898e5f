/*
 * Processes by boot id, pid and start time, from /proc.
 */
#include "backend/control/alive.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* A small file whole; "" when it cannot be read. */
static void
read_small(const char *path, char *out, size_t room)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, room - 1);

	if (fd >= 0)
		close(fd);
	out[n > 0 ? n : 0] = '\0';
}

/* Field 22 of stat; the name in field 2 may hold anything, so count from the
 * last bracket. */
static int64_t
start_of(int64_t pid)
{
	char path[64], text[1024];
	char *at;

	snprintf(path, sizeof(path), "/proc/%lld/stat", (long long)pid);
	read_small(path, text, sizeof(text));
	at = strrchr(text, ')');
	if (!at)
		return 0;
	for (int field = 2; field < 22; field++) {
		at = strchr(at + 1, ' ');
		if (!at)
			return 0;
	}
	return strtoll(at + 1, NULL, 10);
}

static void
boot_id(char *out, size_t room)
{
	read_small("/proc/sys/kernel/random/boot_id", out, room);
	out[strcspn(out, "\n")] = '\0';
}

void
writer_self(struct writer *w)
{
	memset(w, 0, sizeof(*w));
	boot_id(w->boot, sizeof(w->boot));
	w->pid = getpid();
	w->start = start_of(w->pid);
}

bool
writer_is_alive(const struct writer *w)
{
	char boot[sizeof(w->boot)];
	int64_t start;

	boot_id(boot, sizeof(boot));
	if (*w->boot && *boot && strcmp(w->boot, boot) != 0)
		return false;
	if (w->pid <= 0 || w->pid > INT32_MAX)
		return false;
	if (kill((pid_t)w->pid, 0) != 0 && errno == ESRCH)
		return false;
	start = start_of(w->pid);
	return !w->start || !start || start == w->start;
}
