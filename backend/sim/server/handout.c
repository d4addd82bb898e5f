/*
 * kubeconfig and environment of the simulated cloud.
 */
#include "backend/sim/server/handout.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "backend/base/clock.h"
#include "backend/sim/world/access.h"
#include "backend/sim/kube/face.h"
#include "backend/sim/world/scenario.h"

/* The first user's context is the current one. */
#define CONTEXT "paddock-sim"

static bool
write_file(const char *path, const struct buf *text, struct err *err)
{
	char *temporary = xasprintf("%s.new", path);
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		      0600);
	bool ok = fd >= 0 &&
		  write(fd, buf_text(text), text->len) == (ssize_t)text->len;

	if (fd >= 0 && close(fd))
		ok = false;
	/* Readers see the old file or the whole new one. */
	if (ok && rename(temporary, path))
		ok = false;
	if (!ok)
		err_set(err, ERR_IO, "cannot write %s: %s", path,
			strerror(errno));
	free(temporary);
	return ok;
}

static void
add_base64(struct buf *b, const char *key, const char *pem)
{
	size_t n = strlen(pem);
	char *text = xmalloc(n / 3 * 4 + 8);

	EVP_EncodeBlock((unsigned char *)text, (const unsigned char *)pem,
			(int)n);
	buf_printf(b, "    %s: %s\n", key, text);
	secret_free(text);
}

static bool
add_user(struct buf *b, const struct kube_login *u,
	 const struct tls_authority *authority, struct err *err)
{
	struct tls_pair pair;

	if (!tls_client_pair(authority, u->name, u->groups, &pair, err))
		return false;
	buf_printf(b, "- name: %s\n  user:\n", u->name);
	add_base64(b, "client-certificate-data", pair.cert_pem);
	add_base64(b, "client-key-data", pair.key_pem);
	tls_pair_fini(&pair);
	return true;
}

bool
handout_kubeconfig(const char *path, const struct server *s,
		   const struct tls_authority *authority,
		   const struct scenario *scenario, struct err *err)
{
	struct buf b;
	bool ok = true;

	buf_init(&b, 1 << 20);
	buf_printf(&b,
		   "apiVersion: v1\nkind: Config\ncurrent-context: %s\n"
		   "clusters:\n- name: %s\n  cluster:\n    server: %s\n",
		   CONTEXT, scenario->cluster,
		   server_kube_url(s));
	add_base64(&b, "certificate-authority-data", server_ca_pem(s));
	buf_puts(&b, "contexts:\n");
	for (const struct kube_login *u = kube_logins; u->name; u++)
		buf_printf(&b, "- name: %s%s%s\n  context:\n    cluster: %s\n"
			   "    user: %s\n", CONTEXT,
			   u == kube_logins ? "" : "-",
			   u == kube_logins ? "" : u->name,
			   scenario->cluster, u->name);
	buf_puts(&b, "users:\n");
	for (const struct kube_login *u = kube_logins; ok && u->name; u++)
		ok = add_user(&b, u, authority, err);
	ok = ok && write_file(path, &b, err);
	if (b.at)
		explicit_bzero(b.at, b.len);
	buf_fini(&b);
	return ok;
}

static void
export(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "export %s='", name);
	for (; *value; value++) {
		if (*value == '\'')
			buf_puts(b, "'\\''");
		else
			buf_putc(b, *value);
	}
	buf_puts(b, "'\n");
}

bool
handout_env(const char *path, const struct server *s,
	    const struct scenario *scenario, const char *kubeconfig,
	    int64_t keys_end_ms,
	    struct err *err)
{
	const struct sim_user *admin = &sim_users[0];
	char full[PATH_MAX], end[TIME_TEXT];
	struct buf b;
	bool ok;

	buf_init(&b, 1 << 16);
	buf_puts(&b, "unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN "
		 "AWS_CREDENTIAL_EXPIRATION AWS_SESSION_EXPIRATION "
		 "AWS_ENDPOINT_URL_AUTO_SCALING AWS_ENDPOINT_URL_EC2 "
		 "AWS_ENDPOINT_URL_EKS AWS_ENDPOINT_URL_STS "
		 "AWS_ENDPOINT_URL_CLOUDWATCH AWS_ENDPOINT_URL_SSM "
		 "GITLAB_HOST\n");
	if (kubeconfig)
		export(&b, "KUBECONFIG",
		       realpath(kubeconfig, full) ? full : kubeconfig);
	export(&b, "AWS_ENDPOINT_URL", server_plain_url(s));
	export(&b, "AWS_REGION", scenario->region);
	export(&b, "AWS_DEFAULT_REGION", scenario->region);
	export(&b, "AWS_ACCESS_KEY_ID", admin->aws_key_id);
	export(&b, "AWS_SECRET_ACCESS_KEY", admin->aws_secret);
	if (keys_end_ms)
		export(&b, "AWS_CREDENTIAL_EXPIRATION",
		       time_format(keys_end_ms, false, end));
	export(&b, "AWS_EC2_METADATA_DISABLED", "true");
	export(&b, "AWS_CONFIG_FILE", "");
	export(&b, "AWS_SHARED_CREDENTIALS_FILE", "");
	export(&b, "GITLAB_URL", server_plain_url(s));
	export(&b, "GITLAB_TOKEN", admin->gitlab_token);
	ok = write_file(path, &b, err);
	buf_fini(&b);
	return ok;
}
