/*
 * Signature Version 4, by OpenSSL; header and query form (reference
 * integrations E; checked against AWS's own 38 cases).  The clock is passed in.
 */
#ifndef AWS_SIGV4_H
#define AWS_SIGV4_H

#include "backend/aws/cred.h"
#include "backend/base/buf.h"

struct sigv4_header {
	const char *name, *value;
};

struct sigv4_request {
	const char *method;
	const char *path;  /* encoded once here: give it as it stands in the
			      URL, so that an encoded one is encoded twice,
			      which is what AWS does for all but S3 */
	const char *query; /* raw "a=1&b=2", or "" */
	const struct sigv4_header *headers;
	uint32_t header_n;
	const void *body;
	size_t body_len;
	const char *region, *service;
	int64_t at_ms;
	bool normalize_path;	   /* dot segments and double slashes */
	bool sign_body;		   /* add x-amz-content-sha256 */
	bool omit_session_token;   /* append the token unsigned */
	int32_t expires_s;	   /* query form */
};

struct sigv4_result {
	struct buf canonical, to_sign; /* for tests and messages */
	char signature[65];
	struct buf authorization; /* header form: value of Authorization */
	struct buf query;	  /* query form: the whole signed query */
	char amz_date[40];
	char body_hash[65];
};

/* Wipes: a token may be in it. */
void sigv4_result_fini(struct sigv4_result *r);
/* The result must be finished with sigv4_result_fini also after a failure:
 * ERR_AUTH without keys, ERR_LIMIT over 1 MiB. */
bool sigv4_sign_header(const struct sigv4_request *q, const struct aws_keys *k,
		       struct sigv4_result *out, struct err *err);
bool sigv4_sign_query(const struct sigv4_request *q, const struct aws_keys *k,
		      struct sigv4_result *out, struct err *err);

#endif
