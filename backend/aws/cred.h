/*
 * AWS credentials: environment, then profile (botocore's order; the full chain
 * comes later).  Says which source it used; never prints a secret.
 */
#ifndef AWS_CRED_H
#define AWS_CRED_H

#include "backend/base/err.h"

struct aws_keys {
	char *id, *secret, *token; /* token may be NULL */
	int64_t end_ms;		   /* wall; 0: unknown */
	char source[96];	   /* "environment", "profile ci (config file)";
				      not yet cleaned */
};

/* Reads AWS_* and the files.  ERR_AUTH says what was looked for where.  Keys
 * come from one place as a whole: never an id of one file with another's token.
 */
bool aws_keys_find(struct aws_keys *out, struct err *err);
void aws_keys_fini(struct aws_keys *k); /* wipes */
bool aws_keys_equal(const struct aws_keys *a, const struct aws_keys *b);
/* AWS_REGION, AWS_DEFAULT_REGION, profile's region.  New text or NULL. */
char *aws_region_find(void);
/* Regions become part of host names: letters, digits and '-' only. */
bool aws_region_ok(const char *region);
/* AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, the profile's services, its
 * endpoint_url, else the regional host (D2, also FIPS and dual-stack).  service
 * as in D2: "autoscaling", "ec2", "sts", "eks".  New text, no last slash. */
char *aws_endpoint_find(const char *service, const char *region);

#endif
