/*
 * Writing world files.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend/base/clock.h"
#include "backend/decode/decode.h"
#include "backend/world/world_file.h"

static void
write_records(struct jsonw *w, const struct world *world, enum kind kind)
{
	const struct codec *codec = codec_of(kind);
	const struct records *all = &world->of[kind];

	if (!codec || all->n == 0)
		return;
	jsonw_key(w, kind_plural(kind));
	jsonw_array(w);
	for (uint32_t i = 0; i < all->n; i++)
		codec->encode(w, all->at[i]);
	jsonw_end_array(w);
}

static void
write_section(struct jsonw *w, const struct world *world, enum source source)
{
	jsonw_key(w, source_name(source));
	jsonw_object(w);
	for (int k = 0; k < KIND_COUNT; k++)
		if (kind_source((enum kind)k) == source)
			write_records(w, world, (enum kind)k);
	jsonw_end_object(w);
}

bool
world_file_write(const struct world *world, const struct policy *policy,
		 const struct memory *memory, world_sink sink, void *ctx)
{
	struct jsonw *w = jsonw_new(sink, ctx, false);
	char time[TIME_TEXT];

	jsonw_object(w);
	jsonw_key(w, "apiVersion");
	jsonw_text(w, "paddock/v1");
	jsonw_key(w, "kind");
	jsonw_text(w, "World");
	jsonw_key(w, "time");
	jsonw_text(w, time_format(world->time_ms, world->time_ms % 1000 != 0,
				  time));
	write_section(w, world, SOURCE_KUBERNETES);
	write_section(w, world, SOURCE_AWS);
	write_section(w, world, SOURCE_GITLAB);
	for (int k = 0; k < KIND_COUNT; k++)
		if (kind_source((enum kind)k) == SOURCE_PADDOCK)
			write_records(w, world, (enum kind)k);
	if (policy) {
		jsonw_key(w, "policy");
		policy_write(w, policy);
	}
	if (memory) {
		jsonw_key(w, "memory");
		memory_write(w, memory);
	}
	jsonw_end_object(w);
	return jsonw_done(w);
}

/* ---- files ---- */

struct file_sink {
	int fd;
	int fault; /* errno */
};

static bool
to_file(void *ctx, const char *bytes, size_t len)
{
	struct file_sink *f = ctx;

	while (len > 0) {
		ssize_t n = write(f->fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			f->fault = errno;
			return false;
		}
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

bool
world_file_save(const char *path, const struct world *w,
		const struct policy *policy, const struct memory *memory,
		struct err *err)
{
	char *temporary = xasprintf("%s.new", path);
	struct file_sink f = {
		.fd = open(temporary,
			   O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600),
	};
	bool good;

	if (f.fd < 0) {
		err_set(err, ERR_IO, "cannot write %s: %s", temporary,
			strerror(errno));
		free(temporary);
		return false;
	}
	good = world_file_write(w, policy, memory, to_file, &f) &&
	       to_file(&f, "\n", 1);
	if (close(f.fd) != 0 && good) {
		f.fault = errno;
		good = false;
	}
	if (good && rename(temporary, path) != 0) {
		f.fault = errno;
		good = false;
	}
	if (!good) {
		err_set(err, ERR_IO, "cannot write %s: %s", path,
			f.fault ? strerror(f.fault) : "the encoder failed");
		unlink(temporary);
	}
	free(temporary);
	return good;
}
