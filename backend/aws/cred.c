/*
 * Keys, region, endpoints: from the environment, then the profile.
 */
#include "backend/aws/cred.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "backend/aws/profile.h"
#include "backend/base/clock.h"

static char *
env_text(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? xstrdup(value) : NULL;
}

static void
env_end(struct aws_keys *k)
{
	/* granted and the AWS CLI write the one or the other. */
	const char *end = getenv("AWS_CREDENTIAL_EXPIRATION");

	if (!end || !*end)
		end = getenv("AWS_SESSION_EXPIRATION");
	if (end && *end && !time_parse_rfc3339(end, strlen(end), &k->end_ms))
		k->end_ms = 0;
}

/* Keys go into header lines: what cannot stand there is no key. */
static bool
printable(const char *text)
{
	for (; text && *text; text++)
		if (*text <= ' ' || *text > '~')
			return false;
	return true;
}

static bool
checked(struct aws_keys *k, struct err *err)
{
	if (printable(k->id) && printable(k->secret) && printable(k->token))
		return true;
	err_set(err, ERR_AUTH,
		"the AWS keys of %s hold a blank, line break or other "
		"character that keys never have", k->source);
	aws_keys_fini(k);
	return false;
}

static bool
from_environment(struct aws_keys *k, struct err *err)
{
	k->id = env_text("AWS_ACCESS_KEY_ID");
	k->secret = env_text("AWS_SECRET_ACCESS_KEY");
	if (k->id && !k->secret)
		err_set(err, ERR_AUTH, "AWS_ACCESS_KEY_ID is set but "
			"AWS_SECRET_ACCESS_KEY is not");
	if (!k->id || !k->secret) {
		aws_keys_fini(k);
		return false;
	}
	k->token = env_text("AWS_SESSION_TOKEN");
	env_end(k);
	snprintf(k->source, sizeof(k->source), "environment");
	return checked(k, err);
}

static bool
from_file(struct aws_keys *k, const struct profile_files *f,
	  enum profile_file file, const char *profile, struct err *err)
{
	k->id = profile_value(f, file, profile, "aws_access_key_id");
	k->secret = profile_value(f, file, profile, "aws_secret_access_key");
	snprintf(k->source, sizeof(k->source), "profile %.60s (%s file)",
		 profile,
		 file == PROFILE_CONFIG ? "config" : "credentials");
	if (k->id && !k->secret)
		err_set(err, ERR_AUTH, "profile \"%s\" in %s has "
			"aws_access_key_id without aws_secret_access_key",
			profile, f->path[file]);
	if (!k->id || !k->secret) {
		aws_keys_fini(k);
		return false;
	}
	k->token = profile_value(f, file, profile, "aws_session_token");
	return checked(k, err);
}

/* Ways to sign in that are not ours yet: better said than "no keys". */
static const char *
other_way(const struct profile_files *f, const char *profile)
{
	static const char *const keys[] = {
		"sso_session", "sso_start_url", "role_arn",
		"credential_process", "web_identity_token_file",
		"login_session",
	};

	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		for (int file = 0; file < PROFILE_FILE_COUNT; file++) {
			char *value = profile_value(
				f, (enum profile_file)file, profile, keys[i]);

			secret_free(value);
			if (value)
				return keys[i];
		}
	return NULL;
}

static void
none_found(const struct profile_files *f, const char *profile,
	   struct err *err)
{
	const char *way = other_way(f, profile);

	if (way)
		err_set(err, ERR_AUTH,
			"no AWS credentials: AWS_ACCESS_KEY_ID is not set, "
			"and profile \"%s\" signs in by %s, which paddock "
			"cannot do yet; export keys first (assume, aws "
			"configure export-credentials) or use --no-aws",
			profile, way);
	else
		err_set(err, ERR_AUTH,
			"no AWS credentials: AWS_ACCESS_KEY_ID is not set, "
			"and profile \"%s\" has none: %.120s: %s, %.120s: %s; "
			"log in (assume, aws configure) or use --no-aws",
			profile,
			f->path[0] ? f->path[0] : "credentials file",
			profile_files_trouble(f, PROFILE_CREDENTIALS, profile),
			f->path[1] ? f->path[1] : "config file",
			profile_files_trouble(f, PROFILE_CONFIG, profile));
}

bool
aws_keys_find(struct aws_keys *out, struct err *err)
{
	const char *profile = profile_name();
	struct profile_files files;
	struct err why = { 0 };
	bool found;

	*out = (struct aws_keys){ 0 };
	if (from_environment(out, &why))
		return true;
	profile_files_read(&files);
	found = !why.code &&
		from_file(out, &files, PROFILE_CREDENTIALS, profile, &why);
	if (!found && !why.code)
		found = from_file(out, &files, PROFILE_CONFIG, profile, &why);
	if (!found && !why.code)
		none_found(&files, profile, &why);
	profile_files_fini(&files);
	return found || err_set(err, why.code, "%s", why.text);
}

bool
aws_keys_equal(const struct aws_keys *a, const struct aws_keys *b)
{
	return str_eq(a->id, b->id) && str_eq(a->secret, b->secret) &&
	       str_eq(a->token, b->token);
}

void
aws_keys_fini(struct aws_keys *k)
{
	secret_free(k->id);
	secret_free(k->secret);
	secret_free(k->token);
	*k = (struct aws_keys){ 0 };
}

char *
aws_region_find(void)
{
	char *region = env_text("AWS_REGION");

	if (!region)
		region = env_text("AWS_DEFAULT_REGION");
	if (!region)
		region = profile_get(profile_name(), "region");
	return region;
}

bool
aws_region_ok(const char *region)
{
	size_t len = strlen(region);

	return len && len < 64 && region[0] != '-' && region[len - 1] != '-' &&
	       strspn(region, "abcdefghijklmnopqrstuvwxyz"
			      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == len;
}

/* ---- where services are ---- */

/* Domains by partition (reference D2); the first prefix that fits. */
static const struct partition {
	const char *prefix, *domain, *dual_stack;
} partitions[] = {
	{ "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn" },
	{ "us-isob-", "sc2s.sgov.gov", NULL },
	{ "us-iso-", "c2s.ic.gov", NULL },
	{ "eusc-", "amazonaws.eu", "api.amazonwebservices.eu" },
	{ "", "amazonaws.com", "api.aws" },
};

static const struct service_name {
	const char *service;
	const char *id; /* in [services]; upper-cased in the environment */
} service_names[] = {
	{ "autoscaling", "auto_scaling" },
	{ "ec2", "ec2" },
	{ "sts", "sts" },
	{ "eks", "eks" },
	{ "monitoring", "cloudwatch" },
	{ "ssm", "ssm" },
};

static const char *
service_id(const char *service)
{
	for (size_t i = 0; i < ARRAY_LEN(service_names); i++)
		if (!strcmp(service_names[i].service, service))
			return service_names[i].id;
	BUG("no such service: %s", service);
}

/* A switch of the environment, else of the profile. */
static bool
switched_on(const char *variable, const char *key)
{
	char *value = env_text(variable);
	bool on;

	if (!value)
		value = profile_get(profile_name(), key);
	on = value && !strcasecmp(value, "true");
	free(value);
	return on;
}

static char *
configured_endpoint(const char *service)
{
	const char *id = service_id(service);
	char *variable, *services, *url;

	if (switched_on("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
			"ignore_configured_endpoint_urls"))
		return NULL;
	variable = xasprintf("AWS_ENDPOINT_URL_%s", id);
	for (char *c = variable; *c; c++)
		*c = (char)toupper((unsigned char)*c);
	url = env_text(variable);
	free(variable);
	if (!url)
		url = env_text("AWS_ENDPOINT_URL");
	if (url)
		return url;
	services = profile_get(profile_name(), "services");
	if (services)
		url = profile_service_get(services, id, "endpoint_url");
	free(services);
	return url ? url : profile_get(profile_name(), "endpoint_url");
}

static char *
regional_endpoint(const char *service, const char *region)
{
	bool fips = switched_on("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
	bool dual = switched_on("AWS_USE_DUALSTACK_ENDPOINT",
				"use_dualstack_endpoint");
	const struct partition *p = partitions;

	while (!str_has_prefix(region, p->prefix))
		p++;
	dual = dual && p->dual_stack;
	/* Plain hosts of us-gov are FIPS hosts already. */
	if (str_has_prefix(region, "us-gov-") && !dual)
		fips = false;
	if (fips && !dual && !strcmp(service, "eks"))
		return xasprintf("https://fips.eks.%s.%s", region, p->domain);
	return xasprintf("https://%s%s.%s.%s", service, fips ? "-fips" : "",
			 region, dual ? p->dual_stack : p->domain);
}

char *
aws_endpoint_find(const char *service, const char *region)
{
	char *url = configured_endpoint(service);
	size_t len;

	if (!url)
		return regional_endpoint(service, region);
	len = strlen(url);
	while (len && url[len - 1] == '/')
		url[--len] = '\0';
	return url;
}
