/*
 * Writing down what clients wrote.
 */
#include "backend/sim/server/write_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "backend/base/clock.h"
#include "backend/base/json.h"
#include "backend/base/text.h"

struct write_log {
	FILE *file;
	char *path;
	int failed; /* errno of the first failure */
};

static bool
put(void *ctx, const char *bytes, size_t n)
{
	struct write_log *log = ctx;

	if (!log->failed && fwrite(bytes, 1, n, log->file) != n)
		log->failed = errno ? errno : EIO;
	return !log->failed;
}

/* The line is with the kernel before its answer is with the client. */
static void
end_line(struct write_log *log, struct jsonw *w)
{
	if (!jsonw_done(w) && !log->failed)
		log->failed = EILSEQ;
	put(log, "\n", 1);
	if (!log->failed && fflush(log->file) != 0)
		log->failed = errno;
}

struct write_log *
write_log_open(const char *path, const struct write_log_head *head,
	       struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct write_log *log;
	struct jsonw *w;

	if (fd < 0 || fchmod(fd, 0600) != 0) {
		err_set(err, ERR_IO, "cannot write the log %s: %s", path,
			strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	log = xcalloc(1, sizeof(*log));
	log->path = xstrdup(path);
	log->file = fdopen(fd, "w");
	BUG_IF(!log->file);
	w = jsonw_new(put, log, false);
	jsonw_object(w);
	jsonw_key(w, "apiVersion");
	jsonw_text(w, "paddock/v1");
	jsonw_key(w, "kind");
	jsonw_text(w, "WriteLog");
	jsonw_key(w, "scenario");
	jsonw_text(w, head->scenario);
	jsonw_key(w, "seed");
	jsonw_int(w, (int64_t)head->seed);
	jsonw_opt_time(w, "start", head->start_ms);
	jsonw_opt_text(w, "autoscaler", head->autoscaler);
	jsonw_end_object(w);
	end_line(log, w);
	return log;
}

bool
write_log_close(struct write_log *log, struct err *err)
{
	int failed;

	if (!log)
		return true;
	failed = log->failed;
	if (fclose(log->file) != 0 && !failed)
		failed = errno;
	if (failed)
		err_set(err, ERR_IO, "cannot write the log %s: %s", log->path,
			strerror(failed));
	free(log->path);
	free(log);
	return !failed;
}

/* ---- lines ---- */

static void
put_headers(struct jsonw *w, const struct face_pair *headers)
{
	/* Those that decide what a write does; none that says who. */
	static const char *const kept[] = { "Content-Type", "User-Agent",
					    "X-Amz-Target" };

	jsonw_key(w, "headers");
	jsonw_object(w);
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		const struct face_pair *h = headers;

		while (h && h->name && strcasecmp(h->name, kept[i]) != 0)
			h++;
		if (h && h->name)
			jsonw_opt_text(w, kept[i], h->value);
	}
	jsonw_end_object(w);
}

/* Parameters that are credentials stay out. */
static void
put_query(struct jsonw *w, const char *query)
{
	static const char *const secrets[] = { "X-Amz-", "private_token=",
					       "access_token=", "job_token=" };
	struct buf kept;

	buf_init(&kept, SIZE_MAX);
	while (*query) {
		size_t len = strcspn(query, "&");
		bool secret = false;

		for (size_t i = 0; i < ARRAY_LEN(secrets) && !secret; i++)
			secret = strncasecmp(query, secrets[i],
					     strlen(secrets[i])) == 0;
		if (!secret && len) {
			if (kept.len)
				buf_putc(&kept, '&');
			buf_add(&kept, query, len);
		}
		query += len + (query[len] == '&');
	}
	jsonw_opt_text(w, "query", buf_text(&kept));
	buf_fini(&kept);
}

static bool
is_text(const char *bytes, size_t len)
{
	size_t at = 0;

	while (at < len) {
		uint32_t code;
		size_t n = utf8_decode(bytes + at, len - at, &code);

		/* One byte that is no ASCII was none of UTF-8 either. */
		if (bytes[at] == '\0' ||
		    (n == 1 && (unsigned char)bytes[at] >= 0x80))
			return false;
		at += n;
	}
	return true;
}

static void
put_body(struct jsonw *w, const char *body, size_t len)
{
	unsigned char *out;

	if (!len)
		return;
	if (is_text(body, len)) {
		jsonw_key(w, "body");
		jsonw_textn(w, body, len);
		return;
	}
	out = xmalloc(len / 3 * 4 + 5);
	EVP_EncodeBlock(out, (const unsigned char *)body, (int)len);
	jsonw_key(w, "body64");
	jsonw_text(w, (const char *)out);
	free(out);
}

void
write_log_add(struct write_log *log, const struct write *write)
{
	struct jsonw *w = jsonw_new(put, log, false);
	char when[TIME_TEXT];

	jsonw_object(w);
	jsonw_key(w, "at");
	jsonw_text(w, time_format(write->at_ms, true, when));
	jsonw_key(w, "face");
	jsonw_text(w, write->face);
	jsonw_opt_text(w, "caller", write->caller.name);
	jsonw_opt_text(w, "groups", write->caller.groups);
	jsonw_opt_text(w, "service", write->caller.service);
	jsonw_key(w, "method");
	jsonw_text(w, write->method);
	jsonw_key(w, "path");
	jsonw_text(w, write->path);
	put_query(w, write->query);
	put_headers(w, write->headers);
	put_body(w, write->body, write->body_len);
	jsonw_key(w, "status");
	jsonw_int(w, write->status);
	jsonw_end_object(w);
	end_line(log, w);
}
