/*
 * AWS profile files: ~/.aws/config and ~/.aws/credentials (reference
 * integrations F2).
 */
#ifndef AWS_PROFILE_H
#define AWS_PROFILE_H

#include "backend/base/err.h"

/* AWS_PROFILE, AWS_DEFAULT_PROFILE, else "default". */
const char *profile_name(void);
/* Value of a key of a profile: the credentials file wins over the config file.
 * New text (wipe it with secret_free), NULL when absent. */
char *profile_get(const char *profile, const char *key);
/* Which file it would be looked for in; static text for messages. */
const char *profile_files(void);

#endif
