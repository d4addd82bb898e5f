/*
 * What tests of the AWS client share: a scripted endpoint on loopback, test
 * keys in the environment and no profile files, and a clock moved by hand.
 */
#ifndef UNIT_AWS_KIT_H
#define UNIT_AWS_KIT_H

#include "backend/net/rows.h"
#include "tests/unit/fake_http.h"

struct aws_kit {
	struct fake_clock clock;
	struct reactor *r;
	struct fake_http *server;
};

#define AWS_KIT_KEY "AKIDEXAMPLE"
#define AWS_KIT_SECRET "wJalrXUtnFEMIK7MDENG"

void aws_kit_open(struct aws_kit *k, fake_handler handler, void *ctx);
void aws_kit_close(struct aws_kit *k);
/* One turn, after which the clock has gone on by ms. */
void aws_kit_turn(struct aws_kit *k, int64_t ms);
/* Turns until the condition holds, 100 ms of the kit's clock each; fails after
 * so long on that clock. */
#define aws_kit_until(k, condition, limit_ms)                               \
	do {                                                                \
		int64_t kit_end_ = (k)->clock.boot + (limit_ms);            \
		while (!(condition)) {                                      \
			if ((k)->clock.boot > kit_end_)                     \
				fail_msg("waited too long for %s",          \
					 #condition);                       \
			aws_kit_turn((k), 100);                             \
		}                                                           \
	} while (0)

/* The decoded value of a form's field (borrowed until the fourth next call);
 * NULL when it has none. */
const char *aws_kit_field(const struct fake_request *q, const char *name);
bool aws_kit_asks(const struct fake_request *q, const char *action);

/* "<ACTIONResponse><ACTIONResult>inner</ACTIONResult>..." */
void aws_kit_reply(struct fake_conn *c, const char *action,
		   const char *inner);
/* "<ACTIONResponse>inner</ACTIONResponse>" */
void aws_kit_reply_ec2(struct fake_conn *c, const char *action,
		       const char *inner);
/* An error as Auto Scaling and STS, and as EC2 write it. */
void aws_kit_fault(struct fake_conn *c, int status, const char *headers,
		   const char *code, const char *message);
void aws_kit_fault_ec2(struct fake_conn *c, int status, const char *code,
		       const char *message);

/* As control mints them: act id "a-1". */
struct permit aws_kit_permit(enum row_id row, int64_t deadline_boot_ms);

#endif
