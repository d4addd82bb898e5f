/*
 * Reading AWS profile files.
 */
#include "backend/aws/profile.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "backend/base/buf.h"

enum { FILE_LIMIT = 1 << 20 };

/* ---- the files ---- */

static const struct place {
	const char *variable, *name;
} places[PROFILE_FILE_COUNT] = {
	[PROFILE_CREDENTIALS] = { "AWS_SHARED_CREDENTIALS_FILE",
				  "credentials" },
	[PROFILE_CONFIG] = { "AWS_CONFIG_FILE", "config" },
};

static char *
file_path(enum profile_file file)
{
	const char *given = getenv(places[file].variable);
	const char *home = getenv("HOME");

	/* Set but empty means: none, as the simulated cloud says it. */
	if (given && (!*given || !str_has_prefix(given, "~/")))
		return *given ? xstrdup(given) : NULL;
	if (!home || !*home)
		return NULL;
	return given ? xasprintf("%s/%s", home, given + 2)
		     : xasprintf("%s/.aws/%s", home, places[file].name);
}

/* All of a file, NUL terminated; NULL with errno. */
static char *
read_whole(const char *path)
{
	/* A pipe nobody writes to must not hang the loop. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text;
	size_t len = 0;
	ssize_t n = 1;
	int failure;

	if (fd < 0)
		return NULL;
	text = xmalloc(FILE_LIMIT + 1);
	while (n > 0 && len < FILE_LIMIT) {
		n = read(fd, text + len, FILE_LIMIT - len);
		if (n > 0)
			len += (size_t)n;
		else if (n < 0 && errno == EINTR)
			n = 1;
	}
	if (n > 0)
		errno = EFBIG;
	failure = n ? errno : 0;
	close(fd);
	text[len] = '\0';
	if (failure) {
		explicit_bzero(text, len);
		free(text);
		errno = failure;
		return NULL;
	}
	return text; /* not made smaller: that could leave a copy behind */
}

void
profile_files_read(struct profile_files *f)
{
	*f = (struct profile_files){ 0 };
	for (int i = 0; i < PROFILE_FILE_COUNT; i++) {
		f->path[i] = file_path((enum profile_file)i);
		if (!f->path[i])
			continue;
		f->text[i] = read_whole(f->path[i]);
		f->error[i] = f->text[i] ? 0 : errno;
	}
}

void
profile_files_fini(struct profile_files *f)
{
	for (int i = 0; i < PROFILE_FILE_COUNT; i++) {
		free(f->path[i]);
		secret_free(f->text[i]);
	}
	*f = (struct profile_files){ 0 };
}

const char *
profile_name(void)
{
	const char *name = getenv("AWS_PROFILE");

	if (!name || !*name)
		name = getenv("AWS_DEFAULT_PROFILE");
	return name && *name ? name : "default";
}

/* ---- their grammar ---- */

/* Without white space at both ends; no copy. */
struct span {
	const char *at;
	size_t len;
};

static struct span
trimmed(const char *at, const char *end)
{
	while (at < end && isspace((unsigned char)*at))
		at++;
	while (end > at && isspace((unsigned char)end[-1]))
		end--;
	return (struct span){ at, (size_t)(end - at) };
}

static bool
span_is(struct span s, const char *text)
{
	return s.len == strlen(text) && !memcmp(s.at, text, s.len);
}

/* "[kind name]"; names may be quoted; what follows the bracket is let be. */
static bool
section_is(const char *line, const char *end, const char *kind,
	   const char *name)
{
	const char *close = memchr(line, ']', (size_t)(end - line));
	struct span s;

	if (!close)
		return false;
	s = trimmed(line + 1, close);
	if (kind) {
		size_t len = strlen(kind);

		if (s.len <= len || memcmp(s.at, kind, len) != 0 ||
		    !isspace((unsigned char)s.at[len]))
			return false;
		s = trimmed(s.at + len, s.at + s.len);
	}
	if (s.len >= 2 && (*s.at == '"' || *s.at == '\'') &&
	    s.at[s.len - 1] == *s.at)
		s = (struct span){ s.at + 1, s.len - 2 };
	return span_is(s, name);
}

/* "key = value # comment" */
static bool
split(const char *line, const char *end, struct span *key, struct span *value)
{
	const char *equals = memchr(line, '=', (size_t)(end - line));

	if (!equals)
		return false;
	*key = trimmed(line, equals);
	for (const char *c = equals + 1; c < end; c++)
		if ((*c == '#' || *c == ';') && isspace((unsigned char)c[-1])) {
			end = c;
			break;
		}
	*value = trimmed(equals + 1, end);
	return true;
}

static bool
key_is(struct span s, const char *key)
{
	return s.len == strlen(key) && !strncasecmp(s.at, key, s.len);
}

char *
profile_find(const char *text, const char *kind, const char *name,
	     const char *under, const char *key)
{
	const char *line = str_or_empty(text), *end;
	bool inside = false, below = false;
	char *found = NULL;

	if (str_has_prefix(line, "\xef\xbb\xbf"))
		line += 3;
	for (; *line; line = *end ? end + 1 : end) {
		bool indented = isspace((unsigned char)*line);
		struct span all, k, value;

		end = line + strcspn(line, "\n");
		all = trimmed(line, end);
		if (!all.len || *all.at == '#' || *all.at == ';')
			continue;
		if (*line == '[') {
			inside = section_is(line, end, kind, name);
			below = false;
		}
		if (*line == '[' || !inside || !split(line, end, &k, &value))
			continue;
		if (!indented)
			below = under && key_is(k, under);
		/* Indented lines belong to the map of the key before. */
		if (indented ? !below : under != NULL)
			continue;
		if (key_is(k, key)) {
			secret_free(found);
			found = value.len ? xstrndup(value.at, value.len)
					  : NULL;
		}
	}
	return found;
}

/* ---- questions ---- */

char *
profile_value(const struct profile_files *f, enum profile_file file,
	      const char *profile, const char *key)
{
	const char *text = f->text[file];
	char *value = NULL;

	if (file == PROFILE_CONFIG)
		value = profile_find(text, "profile", profile, NULL, key);
	if (!value &&
	    (file == PROFILE_CREDENTIALS || !strcmp(profile, "default")))
		value = profile_find(text, NULL, profile, NULL, key);
	return value;
}

char *
profile_get(const char *profile, const char *key)
{
	struct profile_files f;
	char *value;

	profile_files_read(&f);
	value = profile_value(&f, PROFILE_CREDENTIALS, profile, key);
	if (!value)
		value = profile_value(&f, PROFILE_CONFIG, profile, key);
	profile_files_fini(&f);
	return value;
}

char *
profile_service_get(const char *services, const char *service,
		    const char *key)
{
	struct profile_files f;
	char *value;

	profile_files_read(&f);
	value = profile_find(f.text[PROFILE_CONFIG], "services", services,
			     service, key);
	profile_files_fini(&f);
	return value;
}

static bool
has_profile(const char *text, const char *kind, const char *profile)
{
	const char *line = str_or_empty(text);

	while (*line) {
		const char *end = line + strcspn(line, "\n");

		if (*line == '[' && section_is(line, end, kind, profile))
			return true;
		line = *end ? end + 1 : end;
	}
	return false;
}

const char *
profile_files_trouble(const struct profile_files *f, enum profile_file file,
		      const char *profile)
{
	const char *text = f->text[file];
	bool config = file == PROFILE_CONFIG;

	if (!f->path[file])
		return "switched off";
	if (f->error[file])
		return f->error[file] == ENOENT	 ? "not there"
		       : f->error[file] == EFBIG ? "over 1 MiB"
						 : strerror(f->error[file]);
	if (has_profile(text, config ? "profile" : NULL, profile) ||
	    (config && !strcmp(profile, "default") &&
	     has_profile(text, NULL, profile)))
		return "no keys";
	return "no such profile";
}
