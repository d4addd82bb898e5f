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
	char source[96];	   /* "environment", "profile ci (file)" */
};

/* Reads AWS_* and the files.  ERR_AUTH says what was looked for where. */
bool aws_keys_find(struct aws_keys *out, struct err *err);
void aws_keys_fini(struct aws_keys *k); /* wipes */
/* AWS_REGION, AWS_DEFAULT_REGION, profile's region.  New text or NULL. */
char *aws_region_find(void);
/* AWS_ENDPOINT_URL_<SERVICE>, AWS_ENDPOINT_URL, profile, else the regional
 * host.  service as in D2: "autoscaling", "ec2", "sts", "eks".  New text. */
char *aws_endpoint_find(const char *service, const char *region);

#endif
