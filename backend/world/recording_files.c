/*
 * The segments of a recording as files: their order, and which go.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/world/recording.h"

static bool
is_segment(const char *name)
{
	size_t len = strlen(name);

	return str_has_prefix(name, "paddock-") && len > 6 &&
	       strcmp(name + len - 6, ".jsonl") == 0;
}

static int
by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

char **
recording_segments(const char *dir, struct err *err)
{
	VEC(char *) all = { 0 };
	struct dirent *entry;
	DIR *d = opendir(dir);

	if (!d) {
		err_set(err, ERR_IO, "cannot read the folder %s: %s", dir,
			strerror(errno));
		return NULL;
	}
	while ((entry = readdir(d)))
		if (is_segment(entry->d_name))
			vec_push(&all, xasprintf("%s/%s", dir,
						 entry->d_name));
	closedir(d);
	if (all.n > 1)
		qsort(all.at, all.n, sizeof(*all.at), by_text);
	vec_push(&all, NULL);
	return all.at;
}

void
recording_segments_free(char **segments)
{
	for (char **s = segments; s && *s; s++)
		free(*s);
	free(segments);
}

/* Its writer holds a lock on it for as long as it lives. */
static bool
remove_unused(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool removed;

	if (fd < 0)
		return false;
	removed = flock(fd, LOCK_EX | LOCK_NB) == 0 && unlink(path) == 0;
	close(fd);
	return removed;
}

uint64_t
recording_prune(const char *dir, uint64_t total_bytes, int64_t older_ms)
{
	struct err ignored;
	char **all = recording_segments(dir, &ignored);
	uint64_t bytes = 0;
	struct stat st;

	for (char **s = all; s && *s; s++)
		if (stat(*s, &st) == 0)
			bytes += (uint64_t)st.st_size;
	for (char **s = all; s && *s; s++) {
		int64_t changed_ms;

		if (stat(*s, &st) != 0)
			continue;
		changed_ms = (int64_t)st.st_mtim.tv_sec * 1000;
		if (bytes <= total_bytes && changed_ms >= older_ms)
			continue;
		if (remove_unused(*s))
			bytes -= (uint64_t)st.st_size;
	}
	recording_segments_free(all);
	return bytes;
}
