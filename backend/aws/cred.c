/*
 * Keys, region, endpoints: from the environment, then the profile.
 */
#include "backend/aws/cred.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

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

bool
aws_keys_find(struct aws_keys *out, struct err *err)
{
	const char *profile = profile_name();

	*out = (struct aws_keys){ 0 };
	out->id = env_text("AWS_ACCESS_KEY_ID");
	out->secret = env_text("AWS_SECRET_ACCESS_KEY");
	if (out->id && out->secret) {
		out->token = env_text("AWS_SESSION_TOKEN");
		env_end(out);
		snprintf(out->source, sizeof(out->source), "environment");
		return true;
	}
	if (out->id || out->secret) {
		aws_keys_fini(out);
		return err_set(err, ERR_AUTH,
			       "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY "
			       "must both be set; one is");
	}
	out->id = profile_get(profile, "aws_access_key_id");
	out->secret = profile_get(profile, "aws_secret_access_key");
	out->token = profile_get(profile, "aws_session_token");
	if (out->id && out->secret) {
		snprintf(out->source, sizeof(out->source),
			 "profile %.60s (file)", profile);
		return true;
	}
	aws_keys_fini(out);
	return err_set(err, ERR_AUTH,
		       "no AWS credentials: neither AWS_ACCESS_KEY_ID is set "
		       "nor has profile \"%s\" keys in %s; log in (assume, "
		       "aws configure) or use --no-aws", profile,
		       profile_files());
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

/* Domains by partition (reference D2); the first prefix that fits. */
static const struct partition {
	const char *prefix, *domain;
} partitions[] = {
	{ "cn-", "amazonaws.com.cn" },
	{ "us-iso-", "c2s.ic.gov" },
	{ "us-isob-", "sc2s.sgov.gov" },
	{ "eusc-", "amazonaws.eu" },
	{ "", "amazonaws.com" },
};

static const struct service_name {
	const char *service, *variable;
} service_names[] = {
	{ "autoscaling", "AWS_ENDPOINT_URL_AUTO_SCALING" },
	{ "ec2", "AWS_ENDPOINT_URL_EC2" },
	{ "sts", "AWS_ENDPOINT_URL_STS" },
	{ "eks", "AWS_ENDPOINT_URL_EKS" },
	{ "monitoring", "AWS_ENDPOINT_URL_CLOUDWATCH" },
	{ "ssm", "AWS_ENDPOINT_URL_SSM" },
};

static char *
configured_endpoint(const char *service)
{
	const char *ignore = getenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
	char *url = NULL;

	if (ignore && !strcmp(ignore, "true"))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(service_names) && !url; i++)
		if (!strcmp(service_names[i].service, service))
			url = env_text(service_names[i].variable);
	if (!url)
		url = env_text("AWS_ENDPOINT_URL");
	if (!url)
		url = profile_get(profile_name(), "endpoint_url");
	return url;
}

char *
aws_endpoint_find(const char *service, const char *region)
{
	char *url = configured_endpoint(service);
	size_t len;

	if (!url) {
		for (size_t i = 0; i < ARRAY_LEN(partitions); i++)
			if (str_has_prefix(region, partitions[i].prefix))
				return xasprintf("https://%s.%s.%s", service,
						 region,
						 partitions[i].domain);
	}
	len = strlen(url);
	while (len && url[len - 1] == '/')
		url[--len] = '\0';
	return url;
}
