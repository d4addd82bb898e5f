/*
 * Reading AWS profile files.  Small files, read anew each time: credentials
 * written by another program meanwhile are seen.
 */
#include "backend/aws/profile.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

enum { LINE = 8192 };

static char *
file_path(const char *variable, const char *name)
{
	const char *given = getenv(variable);
	const char *home = getenv("HOME");

	/* Set but empty means: none, as the simulated cloud says it. */
	if (given)
		return *given ? xstrdup(given) : NULL;
	return home && *home ? xasprintf("%s/.aws/%s", home, name) : NULL;
}

const char *
profile_name(void)
{
	const char *name = getenv("AWS_PROFILE");

	if (!name || !*name)
		name = getenv("AWS_DEFAULT_PROFILE");
	return name && *name ? name : "default";
}

const char *
profile_files(void)
{
	return "the files of AWS_SHARED_CREDENTIALS_FILE and AWS_CONFIG_FILE "
	       "(~/.aws/credentials, ~/.aws/config)";
}

static char *
trimmed(char *text)
{
	size_t len;

	while (isspace((unsigned char)*text))
		text++;
	len = strlen(text);
	while (len && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
	return text;
}

/* "[profile NAME]" of the config file, "[NAME]" of the credentials file, and
 * "[default]" of both; names may be quoted. */
static bool
section_is(char *line, const char *profile, bool config)
{
	char *end = strchr(line, ']');
	char *name;
	size_t len;

	if (!end)
		return false;
	*end = '\0';
	name = trimmed(line + 1);
	if (config && strcmp(name, "default") != 0) {
		if (!str_has_prefix(name, "profile") ||
		    !isspace((unsigned char)name[7]))
			return false;
		name = trimmed(name + 8);
	}
	len = strlen(name);
	if (len >= 2 && (*name == '"' || *name == '\'') &&
	    name[len - 1] == *name) {
		name[len - 1] = '\0';
		name++;
	}
	return !strcmp(name, profile);
}

static char *
value_of(char *line, const char *key)
{
	char *equals = strchr(line, '=');
	char *value;

	if (!equals || isspace((unsigned char)*line))
		return NULL; /* indented: belongs to a nested map */
	*equals = '\0';
	if (strcasecmp(trimmed(line), key) != 0)
		return NULL;
	value = trimmed(equals + 1);
	for (char *c = value; *c; c++)
		if ((*c == '#' || *c == ';') && c > value &&
		    isspace((unsigned char)c[-1])) {
			*c = '\0';
			break;
		}
	return xstrdup(trimmed(value));
}

static char *
get_from(const char *path, const char *profile, const char *key, bool config)
{
	char *line = xmalloc(LINE);
	bool inside = false;
	char *found = NULL;
	FILE *f = fopen(path, "re");

	while (f && !found && fgets(line, LINE, f)) {
		char *start = line;

		while (isspace((unsigned char)*start))
			start++;
		if (*start == '#' || *start == ';' || !*start)
			continue;
		if (*line == '[')
			inside = section_is(line, profile, config);
		else if (inside)
			found = value_of(line, key);
	}
	if (f)
		fclose(f);
	explicit_bzero(line, LINE);
	free(line);
	if (found && !*found) {
		free(found);
		found = NULL;
	}
	return found;
}

char *
profile_get(const char *profile, const char *key)
{
	char *credentials = file_path("AWS_SHARED_CREDENTIALS_FILE",
				      "credentials");
	char *config = file_path("AWS_CONFIG_FILE", "config");
	char *value = NULL;

	if (credentials)
		value = get_from(credentials, profile, key, false);
	if (!value && config)
		value = get_from(config, profile, key, true);
	free(credentials);
	free(config);
	return value;
}
