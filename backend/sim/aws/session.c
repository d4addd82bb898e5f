/*
 * Roles, and the keys of role sessions.
 *
 * The face keeps no list of sessions: a session token states whose it is and
 * when it ends, sealed with a key of the simulator's own, and access key and
 * secret follow from the token.  That key is public; it opens nothing but a
 * simulated cloud on loopback.
 *
 * Sessions end by wall time, which is what clients go by.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "backend/sim/aws/face.h"

#define SEAL_KEY "paddock-sim session tokens"
#define SEAL_HEX 32

/* clang-format off */
const struct aws_role aws_roles[] = {
	{ "paddock-admin", "admin", NULL, aws_grants_all },
	{ "paddock-oncall", "admin,oncall", NULL, aws_grants_oncall },
	{ "paddock-viewer", "admin,oncall,viewer", NULL, aws_grants_viewer },
	{ "paddock-engine", "admin", NULL, aws_grants_engine },
	{ "cluster-autoscaler", "admin",
	  "system:serviceaccount:kube-system:cluster-autoscaler",
	  aws_grants_autoscaler },
	{ 0 },
};
/* clang-format on */

const struct aws_role *
aws_role_find(const char *name)
{
	for (const struct aws_role *r = aws_roles; r->name; r++)
		if (!strcmp(r->name, name))
			return r;
	return NULL;
}

/* Hex of a keyed sum of text; purpose keeps the sums apart. */
static void
sum(const char *purpose, const char *text, size_t digits, char *out)
{
	unsigned char mac[32];
	unsigned int len = sizeof(mac);
	char *both = xasprintf("%s %s", purpose, text);

	HMAC(EVP_sha256(), SEAL_KEY, (int)strlen(SEAL_KEY),
	     (const unsigned char *)both, strlen(both), mac, &len);
	free(both);
	for (size_t i = 0; i * 2 < digits; i++)
		snprintf(out + 2 * i, 3, "%02x", mac[i]);
}

static void
keys_of(const char *token, char key_id[static 40], char secret[static 72])
{
	char hex[17];

	sum("id", token, 16, hex);
	for (char *p = hex; *p; p++)
		if (*p >= 'a')
			*p = (char)(*p - 'a' + 'A');
	snprintf(key_id, 40, "ASIA%s", hex);
	sum("secret", token, 64, secret);
	secret[40] = '\0';
}

void
aws_session_make(const struct aws_caller *who, int64_t expires_ms,
		 uint64_t serial, struct aws_session *out)
{
	char plain[300], sealed[SEAL_HEX + 1];
	unsigned char coded[420];

	snprintf(plain, sizeof(plain), "%s/%s/%s/%" PRId64 "/%" PRIu64,
		 who->user ? who->user->name : "",
		 who->role ? who->role->name : "", who->session, expires_ms,
		 serial);
	sum("token", plain, SEAL_HEX, sealed);
	EVP_EncodeBlock(coded, (const unsigned char *)plain,
			(int)strlen(plain));
	snprintf(out->token, sizeof(out->token), "%s%s", sealed, coded);
	out->expires_ms = expires_ms;
	keys_of(out->token, out->key_id, out->secret);
}

/* The next part of "a/b/c", which is changed; NULL past the end. */
static char *
part(char **at)
{
	char *from = *at, *slash;

	if (!from)
		return NULL;
	slash = strchr(from, '/');
	*at = slash ? slash + 1 : NULL;
	if (slash)
		*slash = '\0';
	return from;
}

enum aws_token
aws_session_read(const char *key_id, const char *token, int64_t now_ms,
		 struct aws_caller *who, char secret[static 72])
{
	char plain[400] = "", sealed[SEAL_HEX + 1], id[40];
	char *at = plain, *user, *role, *session, *end;
	size_t len = strlen(token);

	if (len <= SEAL_HEX || len >= sizeof(((struct aws_session *)0)->token))
		return AWS_TOKEN_BAD;
	len -= SEAL_HEX;
	if (len % 4 != 0 || len / 4 * 3 >= sizeof(plain) ||
	    EVP_DecodeBlock((unsigned char *)plain,
			    (const unsigned char *)token + SEAL_HEX,
			    (int)len) < 0)
		return AWS_TOKEN_BAD;
	sum("token", plain, SEAL_HEX, sealed);
	keys_of(token, id, secret);
	if (CRYPTO_memcmp(sealed, token, SEAL_HEX) != 0 ||
	    strcmp(id, key_id) != 0)
		return AWS_TOKEN_BAD;
	user = part(&at);
	role = part(&at);
	session = part(&at);
	end = part(&at);
	BUG_IF(!end); /* we sealed it ourselves */
	*who = (struct aws_caller){ .user = sim_user_by_name(user),
				    .role = aws_role_find(role),
				    .temporary = true };
	snprintf(who->session, sizeof(who->session), "%s", session);
	return strtoll(end, NULL, 10) <= now_ms ? AWS_TOKEN_EXPIRED
						: AWS_TOKEN_GOOD;
}

void
aws_caller_text(const struct aws_caller *who, char out[static 128])
{
	if (who->role)
		snprintf(out, 128, "%s/%.20s/%.70s",
			 who->user ? who->user->name : "", who->role->name,
			 who->session);
	else
		snprintf(out, 128, "%s", who->user ? who->user->name : "");
}

void
aws_caller_read(const char *text, struct aws_caller *who)
{
	char copy[128], *at = copy, *role, *session;

	snprintf(copy, sizeof(copy), "%s", text);
	*who = (struct aws_caller){ .user = sim_user_by_name(part(&at)) };
	role = part(&at);
	session = part(&at);
	if (!role)
		return;
	who->role = aws_role_find(role);
	who->temporary = true;
	snprintf(who->session, sizeof(who->session), "%s",
		 str_or_empty(session));
}
