/*
 * AWS profile files: ~/.aws/config and ~/.aws/credentials (reference
 * integrations F2).
 *
 * Small files, read anew each time: credentials written by another program
 * meanwhile are seen.
 */
#ifndef AWS_PROFILE_H
#define AWS_PROFILE_H

#include "backend/base/err.h"

enum profile_file { PROFILE_CREDENTIALS, PROFILE_CONFIG, PROFILE_FILE_COUNT };

/* Both files as they are now. */
struct profile_files {
	char *path[PROFILE_FILE_COUNT]; /* NULL: none wanted */
	char *text[PROFILE_FILE_COUNT]; /* NULL: none, or not readable */
	int error[PROFILE_FILE_COUNT];	/* errno of reading, 0 */
};

void profile_files_read(struct profile_files *f);
void profile_files_fini(struct profile_files *f); /* wipes */
/* "not there", "has no profile ci" ...: why a file did not help. */
const char *profile_files_trouble(const struct profile_files *f,
				  enum profile_file file,
				  const char *profile);

/* AWS_PROFILE, AWS_DEFAULT_PROFILE, else "default". */
const char *profile_name(void);
/* One file's value of a key of a profile.  New text (wipe it with
 * secret_free); NULL when absent or empty. */
char *profile_value(const struct profile_files *f, enum profile_file file,
		    const char *profile, const char *key);
/* The same of both: the credentials file wins over the config file. */
char *profile_get(const char *profile, const char *key);
/* Of the config file's [services NAME]: the key of the service's own map. */
char *profile_service_get(const char *services, const char *service,
			  const char *key);

/*
 * Pure.  The value of a key in the section "[kind name]", "[name]" when kind is
 * NULL; of the indented map that follows the key `under` unless that is NULL.
 * The last one counts.  NULL text is an empty file.
 */
char *profile_find(const char *text, const char *kind, const char *name,
		   const char *under, const char *key);

#endif
