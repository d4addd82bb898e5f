/*
 * Appending to the journal.
 */
#include "backend/control/journal_private.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/base/clock.h"
#include "backend/base/json.h"

/* Another paddock holds the lock for one write and one sync. */
enum { LOCK_TRIES = 500, LOCK_PAUSE_MS = 10, FIELD_BYTES = 2048 };

void
journal_hash(const char *line, size_t len, char out[static JOURNAL_HASH])
{
	static const char hex[] = "0123456789abcdef";
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	if (!EVP_Digest(line, len, sum, &n, EVP_sha256(), NULL) || n != 32)
		BUG("SHA-256 is not available");
	for (unsigned int i = 0; i < n; i++) {
		out[2 * i] = hex[sum[i] >> 4];
		out[2 * i + 1] = hex[sum[i] & 15];
	}
	out[64] = '\0';
}

static char *
default_path(void)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	if (state && *state == '/')
		return xasprintf("%s/paddock/journal.jsonl", state);
	return xasprintf("%s/.local/state/paddock/journal.jsonl",
			 home && *home ? home : "");
}

struct journal *
journal_new(const char *path)
{
	struct journal *j = xcalloc(1, sizeof(*j));

	j->path = path ? xstrdup(path) : default_path();
	j->fd = -1;
	j->limit = JOURNAL_FILE_BYTES;
	writer_self(&j->self);
	return j;
}

void
journal_free(struct journal *j)
{
	if (!j)
		return;
	if (j->fd >= 0)
		close(j->fd);
	free(j->path);
	free(j);
}

const char *
journal_path(const struct journal *j)
{
	return j->path;
}

void
journal_set_limit(struct journal *j, int64_t bytes)
{
	j->limit = bytes;
}

char *
journal_file(const struct journal *j, int number)
{
	size_t len = strlen(j->path);
	const char *suffix = ".jsonl";
	size_t stem = len - strlen(suffix);

	if (!number)
		return xstrdup(j->path);
	if (len <= strlen(suffix) || strcmp(j->path + stem, suffix) != 0)
		return xasprintf("%s.%d", j->path, number);
	return xasprintf("%.*s.%d%s", (int)stem, j->path, number, suffix);
}

static bool
fail(const struct journal *j, const char *what, struct err *err)
{
	return err_set(err, ERR_IO, "journal %s: cannot %s: %s", j->path, what,
		       strerror(errno));
}

/* ---- opening and locking ---- */

static void
make_folders(const char *path)
{
	char *copy = xstrdup(path);

	/* What cannot be made shows when the file is opened. */
	for (char *c = copy + 1; *c; c++) {
		if (*c != '/')
			continue;
		*c = '\0';
		mkdir(copy, 0700);
		*c = '/';
	}
	free(copy);
}

static void
sync_folder(const char *path)
{
	char *folder = xstrdup(path), *slash = strrchr(folder, '/');
	int fd;

	if (slash) {
		slash[slash == folder] = '\0';
		fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0) {
			fsync(fd);
			close(fd);
		}
	}
	free(folder);
}

static bool
open_file(struct journal *j, struct err *err)
{
	struct stat st;

	make_folders(j->path);
	j->fd = open(j->path,
		     O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
			     O_NONBLOCK,
		     0600);
	if (j->fd < 0)
		return fail(j, "open it", err);
	if (fstat(j->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(j->fd);
		j->fd = -1;
		return err_set(err, ERR_IO, "journal %s: not a plain file",
			       j->path);
	}
	if ((st.st_mode & 077) != 0 && fchmod(j->fd, 0600) != 0)
		return fail(j, "make it private", err);
	if (st.st_size == 0)
		sync_folder(j->path);
	j->size = -1; /* read its end before writing */
	return true;
}

static bool
lock(struct journal *j, struct err *err)
{
	for (int i = 0; i < LOCK_TRIES; i++) {
		if (flock(j->fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return fail(j, "lock it", err);
		poll(NULL, 0, LOCK_PAUSE_MS); /* bounded by LOCK_TRIES */
	}
	return err_set(err, ERR_IO,
		       "journal %s: another process holds its lock",
		       j->path);
}

/* Locked, and still the file that stands under the path. */
static bool
open_and_lock(struct journal *j, struct err *err)
{
	for (int i = 0; i < 10; i++) {
		struct stat ours, there;

		if (j->fd < 0 && !open_file(j, err))
			return false;
		if (!lock(j, err))
			return false;
		if (fstat(j->fd, &ours) == 0 && stat(j->path, &there) == 0 &&
		    ours.st_ino == there.st_ino && ours.st_dev == there.st_dev)
			return true;
		close(j->fd); /* another paddock rotated it */
		j->fd = -1;
	}
	return err_set(err, ERR_IO, "journal %s: it keeps being replaced",
		       j->path);
}

/* ---- where the chain stands ---- */

uint64_t
journal_line_seq(const char *line, size_t len)
{
	struct arena *a = arena_new();
	const struct tree *t = json_parse(a, line, len, NULL);
	int64_t seq = 0;

	if (!tree_int(tree_get(t, "seq"), &seq) || seq < 0)
		seq = 0;
	arena_free(a);
	return (uint64_t)seq;
}

/* The last line by hash, the last numbered one by seq; torn when the file does
 * not end with a newline. */
static bool
read_end(struct journal *j, int fd, int64_t size, bool *torn,
	 struct err *err)
{
	enum { TAIL = 4 * JOURNAL_LINE_BYTES };
	int64_t from = size > TAIL ? size - TAIL : 0;
	size_t len = (size_t)(size - from), end, start;
	char *tail = xmalloc(len + 1);
	bool hashed = false, numbered = false;
	ssize_t n = pread(fd, tail, len, from);

	if (n != (ssize_t)len) {
		free(tail);
		return fail(j, "read its end", err);
	}
	*torn = len > 0 && tail[len - 1] != '\n';
	end = *torn ? len : len ? len - 1 : 0;
	while (end > 0 && !numbered) {
		uint64_t seq;

		start = end;
		while (start > 0 && tail[start - 1] != '\n')
			start--;
		if (!hashed)
			journal_hash(tail + start, end - start, j->hash);
		hashed = true;
		seq = journal_line_seq(tail + start, end - start);
		if (seq) {
			j->seq = seq;
			numbered = true;
		}
		end = start ? start - 1 : 0;
	}
	free(tail);
	return true;
}

/* A new file goes on where the one before it ended. */
static bool
read_former_end(struct journal *j, struct err *err)
{
	char *path = journal_file(j, 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;
	bool torn, ok = true;

	free(path);
	memcpy(j->hash, JOURNAL_FIRST, sizeof(JOURNAL_FIRST));
	if (fd >= 0 && fstat(fd, &st) == 0 && st.st_size > 0)
		ok = read_end(j, fd, st.st_size, &torn, err);
	if (fd >= 0)
		close(fd);
	return ok;
}

static bool
catch_up(struct journal *j, bool *torn, struct err *err)
{
	struct stat st;

	*torn = false;
	if (fstat(j->fd, &st) != 0)
		return fail(j, "read its size", err);
	if (st.st_size == j->size)
		return true; /* nobody else wrote */
	if (st.st_size == 0 ? !read_former_end(j, err)
			    : !read_end(j, j->fd, st.st_size, torn, err))
		return false;
	j->size = st.st_size;
	return true;
}

static bool
rotate(struct journal *j, struct err *err)
{
	char *from = journal_file(j, JOURNAL_FILES - 1);

	unlink(from);
	free(from);
	for (int i = JOURNAL_FILES - 2; i >= 0; i--) {
		char *to = journal_file(j, i + 1);
		bool moved;

		from = journal_file(j, i);
		moved = rename(from, to) == 0 || errno == ENOENT;
		free(from);
		free(to);
		if (!moved)
			return fail(j, "start a new file", err);
	}
	close(j->fd);
	j->fd = -1;
	return open_and_lock(j, err);
}

/* ---- the line ---- */

/* Text that may come from outside is bounded here; JSON escapes the rest. */
static void
field(struct jsonw *w, const char *key, const char *text)
{
	jsonw_key(w, key);
	text = str_or_empty(text);
	jsonw_textn(w, text, strnlen(text, FIELD_BYTES));
}

static void
write_line(const struct journal *j, const struct journal_line *l,
	   struct buf *out)
{
	static const struct target nothing;
	const struct target *t = l->target ? l->target : &nothing;
	struct jsonw *w = jsonw_new_buf(out, false);
	char time[TIME_TEXT];

	jsonw_object(w);
	jsonw_key(w, "v");
	jsonw_int(w, 1);
	jsonw_key(w, "seq");
	jsonw_int(w, (int64_t)j->seq + 1);
	field(w, "time", time_format(l->time_ms, true, time));
	if (l->world_ms && l->world_ms != l->time_ms)
		field(w, "worldTime", time_format(l->world_ms, true, time));
	field(w, "id", l->id);
	field(w, "op", l->op);
	field(w, "phase", l->phase == JOURNAL_INTENT ? "intent" : "outcome");
	field(w, "by", l->by);
	field(w, "via", l->via);
	field(w, "context", l->context);
	field(w, "account", l->account);
	field(w, "verb", l->verb);
	jsonw_key(w, "target");
	jsonw_object(w);
	field(w, "kind", l->kind < KIND_COUNT ? kind_name(l->kind) : "");
	field(w, "namespace", t->ns);
	field(w, "name", t->name);
	field(w, "uid", t->uid);
	field(w, "resourceVersion", t->rv);
	jsonw_end_object(w);
	field(w, "why", l->why);
	field(w, "before", l->before);
	field(w, "after", l->after);
	field(w, "result", l->result);
	jsonw_key(w, "writer");
	jsonw_object(w);
	field(w, "boot", j->self.boot);
	jsonw_key(w, "pid");
	jsonw_int(w, j->self.pid);
	jsonw_key(w, "start");
	jsonw_int(w, j->self.start);
	jsonw_end_object(w);
	field(w, "prev", j->hash);
	jsonw_end_object(w);
	if (!jsonw_done(w))
		out->failed = true;
}

/* All or nothing: a short write is taken back while we hold the lock. */
static bool
write_all(struct journal *j, const struct buf *line, struct err *err)
{
	ssize_t n;

	do
		n = write(j->fd, line->at, line->len);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)line->len && fdatasync(j->fd) == 0)
		return true;
	if (n >= 0 && n < (ssize_t)line->len)
		errno = ENOSPC;
	fail(j, "write to it", err);
	if (n > 0 && ftruncate(j->fd, j->size) != 0)
		j->size = -1; /* the next append finds out */
	return false;
}

static bool
append_locked(struct journal *j, const struct journal_line *l,
	      struct err *err)
{
	struct buf line;
	size_t at;
	bool torn, ok;

	if (!catch_up(j, &torn, err))
		return false;
	if (j->size >= j->limit &&
	    (!rotate(j, err) || !catch_up(j, &torn, err)))
		return false;
	buf_init(&line, JOURNAL_LINE_BYTES * 4);
	if (torn)
		buf_putc(&line, '\n');
	at = line.len;
	write_line(j, l, &line);
	if (!buf_ok(&line)) {
		buf_fini(&line);
		return err_set(err, ERR_LIMIT, "journal %s: the line is too "
			       "long", j->path);
	}
	buf_putc(&line, '\n');
	ok = write_all(j, &line, err);
	if (ok) {
		journal_hash(line.at + at, line.len - at - 1, j->hash);
		j->seq++;
		j->size += (int64_t)line.len;
	}
	buf_fini(&line);
	return ok;
}

bool
journal_append(struct journal *j, const struct journal_line *l, uint64_t *seq,
	       struct err *err)
{
	bool ok;

	if (!open_and_lock(j, err))
		return false;
	ok = append_locked(j, l, err);
	if (j->fd >= 0)
		flock(j->fd, LOCK_UN);
	if (ok && seq)
		*seq = j->seq;
	return ok;
}
