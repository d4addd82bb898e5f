/*
 * The scripted AWS endpoint.
 */
#include "tests/unit/aws_kit.h"

#include <stdio.h>
#include <stdlib.h>

#include "backend/net/http.h"
#include "tests/unit/check.h"

static const char *const gone[] = {
	"AWS_SESSION_TOKEN",	 "AWS_CREDENTIAL_EXPIRATION",
	"AWS_SESSION_EXPIRATION", "AWS_PROFILE",
	"AWS_DEFAULT_PROFILE",	 "AWS_ENDPOINT_URL_AUTO_SCALING",
	"AWS_ENDPOINT_URL_EC2",	 "AWS_ENDPOINT_URL_STS",
	"AWS_REGION",		 "AWS_DEFAULT_REGION",
	"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
};

void
aws_kit_open(struct aws_kit *k, fake_handler handler, void *ctx)
{
	memset(k, 0, sizeof(*k));
	fake_clock_init(&k->clock);
	http_set_loopback_only(true);
	k->r = reactor_new(&k->clock.work);
	k->server = fake_http_new(k->r, NULL, handler, ctx);
	for (size_t i = 0; i < ARRAY_LEN(gone); i++)
		unsetenv(gone[i]);
	setenv("AWS_ENDPOINT_URL", fake_http_url(k->server), 1);
	setenv("AWS_ACCESS_KEY_ID", AWS_KIT_KEY, 1);
	setenv("AWS_SECRET_ACCESS_KEY", AWS_KIT_SECRET, 1);
	setenv("AWS_CONFIG_FILE", "", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "", 1);
}

void
aws_kit_close(struct aws_kit *k)
{
	fake_http_free(k->server);
	reactor_free(k->r);
	unsetenv("AWS_ENDPOINT_URL");
	unsetenv("AWS_ACCESS_KEY_ID");
	unsetenv("AWS_SECRET_ACCESS_KEY");
	unsetenv("AWS_SESSION_TOKEN");
}

void
aws_kit_turn(struct aws_kit *k, int64_t ms)
{
	/* Loopback delivers within a few turns; the clock must not run away
	 * from requests under way. */
	for (int i = 0; i < 4; i++)
		reactor_turn(k->r, 0);
	fake_clock_move(&k->clock, ms);
}

static int
hex(char c)
{
	return c <= '9' ? c - '0' : (c & ~0x20) - 'A' + 10;
}

const char *
aws_kit_field(const struct fake_request *q, const char *name)
{
	static char values[4][4096];
	static unsigned turn;
	size_t len = strlen(name), n = 0;
	const char *at = q->body;
	char *value = values[turn++ % 4];

	while (at && (strncmp(at, name, len) != 0 || at[len] != '=')) {
		at = strchr(at, '&');
		at = at ? at + 1 : NULL;
	}
	if (!at)
		return NULL;
	for (at += len + 1; *at && *at != '&' && n < sizeof(values[0]) - 1;
	     at++) {
		if (*at == '%') {
			value[n++] = (char)(hex(at[1]) << 4 | hex(at[2]));
			at += 2;
		} else {
			value[n++] = *at;
		}
	}
	value[n] = '\0';
	return value;
}

bool
aws_kit_asks(const struct fake_request *q, const char *action)
{
	return str_eq(aws_kit_field(q, "Action"), action);
}

static void
reply_xml(struct fake_conn *c, int status, const char *headers, char *body)
{
	char *all = xasprintf("Content-Type: text/xml\r\n%s",
			      str_or_empty(headers));

	fake_reply(c, status, all, body);
	free(all);
	free(body);
}

void
aws_kit_reply(struct fake_conn *c, const char *action, const char *inner)
{
	reply_xml(c, 200, NULL,
		  xasprintf("<%sResponse xmlns=\"http://example.test/\">"
			    "<%sResult>%s</%sResult><ResponseMetadata>"
			    "<RequestId>r-1</RequestId></ResponseMetadata>"
			    "</%sResponse>", action, action, inner, action,
			    action));
}

void
aws_kit_reply_ec2(struct fake_conn *c, const char *action, const char *inner)
{
	reply_xml(c, 200, NULL,
		  xasprintf("<%sResponse xmlns=\"http://example.test/\">"
			    "<requestId>r-1</requestId>%s</%sResponse>",
			    action, inner, action));
}

void
aws_kit_fault(struct fake_conn *c, int status, const char *headers,
	      const char *code, const char *message)
{
	reply_xml(c, status, headers,
		  xasprintf("<ErrorResponse><Error><Type>Sender</Type>"
			    "<Code>%s</Code><Message>%s</Message></Error>"
			    "<RequestId>r-2</RequestId></ErrorResponse>", code,
			    message));
}

void
aws_kit_fault_ec2(struct fake_conn *c, int status, const char *code,
		  const char *message)
{
	reply_xml(c, status, NULL,
		  xasprintf("<Response><Errors><Error><Code>%s</Code>"
			    "<Message>%s</Message></Error></Errors>"
			    "<RequestID>r-2</RequestID></Response>", code,
			    message));
}

struct permit
aws_kit_permit(enum row_id row, int64_t deadline_boot_ms)
{
	struct permit p = { .row = row, .act_id = "a-1",
			    .deadline_boot_ms = deadline_boot_ms };

	p.proof = permit_proof(&p);
	return p;
}
