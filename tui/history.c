/*
 * History of the prompts.
 */
#include "tui/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/base/text.h"

static void
push(struct history *h, const char *line, size_t len)
{
	char *copy = xstrndup(line, len);

	for (uint32_t i = 0; i < h->lines.n; i++) {
		if (strcmp(h->lines.at[i], copy) != 0)
			continue;
		free(h->lines.at[i]);
		memmove(&h->lines.at[i], &h->lines.at[i + 1],
			(h->lines.n - i - 1) * sizeof(char *));
		h->lines.n--;
		break;
	}
	if (h->lines.n == HISTORY_LINES) {
		free(h->lines.at[0]);
		memmove(&h->lines.at[0], &h->lines.at[1],
			(h->lines.n - 1) * sizeof(char *));
		h->lines.n--;
	}
	vec_push(&h->lines, copy);
}

void
history_init(struct history *h, const char *dir, const char *file)
{
	char line[HISTORY_BYTES + 2];
	FILE *f;

	memset(h, 0, sizeof(*h));
	if (!dir)
		return;
	h->path = xasprintf("%s/%s", dir, file);
	f = fopen(h->path, "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		size_t len = strcspn(line, "\n");

		/* A file that somebody else wrote is data too. */
		if (len && line[len] == '\n' &&
		    text_is_clean(line, len, TEXT_ONE_LINE))
			push(h, line, len);
	}
	fclose(f);
}

void
history_fini(struct history *h)
{
	for (uint32_t i = 0; i < h->lines.n; i++)
		free(h->lines.at[i]);
	vec_free(&h->lines);
	free(h->path);
	memset(h, 0, sizeof(*h));
}

/* A new file beside it, then renamed: never half a history. */
static bool
save(const struct history *h, struct err *err)
{
	char *fresh = xasprintf("%s.new", h->path);
	bool ok = false;
	FILE *f = NULL;
	int fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || !(f = fdopen(fd, "w"))) {
		if (fd >= 0)
			close(fd);
		goto out;
	}
	for (uint32_t i = 0; i < h->lines.n; i++)
		fprintf(f, "%s\n", h->lines.at[i]);
	ok = !ferror(f);
	ok = fclose(f) == 0 && ok;
	ok = ok && rename(fresh, h->path) == 0;
out:
	if (!ok) {
		err_set(err, ERR_IO, "history: cannot write %s: %s", h->path,
			strerror(errno));
		unlink(fresh);
	}
	free(fresh);
	return ok;
}

bool
history_add(struct history *h, const char *line, struct err *err)
{
	size_t len = strlen(line);

	if (len == 0 || len > HISTORY_BYTES ||
	    !text_is_clean(line, len, TEXT_ONE_LINE))
		return true;
	push(h, line, len);
	return !h->path || save(h, err);
}

const char *
history_at(const struct history *h, uint32_t back)
{
	if (back == 0 || back > h->lines.n)
		return NULL;
	return h->lines.at[h->lines.n - back];
}
