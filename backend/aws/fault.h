/*
 * What AWS calls a failure, and what we make of it (reference integrations D4,
 * D5, D10).
 */
#ifndef AWS_FAULT_H
#define AWS_FAULT_H

#include "backend/aws/cred.h"
#include "backend/net/retry.h"
#include "backend/net/xml.h"

/* How to try again after an error body; the HTTP status decides when the code
 * says nothing. */
enum retry_class aws_fault_retry(const struct aws_fault *f,
				 const struct http_result *r);
/* Its code and sentence; keys are named by their source and never shown: AWS
 * repeats the session token in what it says of a wrong signature. */
void aws_fault_error(const struct aws_fault *f, int status, enum row_id row,
		     const struct aws_keys *keys, struct err *err);

#endif
