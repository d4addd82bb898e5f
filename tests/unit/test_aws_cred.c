/*
 * Where keys, region and endpoints come from.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "backend/aws/cred.h"
#include "backend/aws/profile.h"
#include "backend/base/clock.h"
#include "tests/unit/check.h"

static char *folder;

static const char *const variables[] = {
	"AWS_ACCESS_KEY_ID",	 "AWS_SECRET_ACCESS_KEY",
	"AWS_SESSION_TOKEN",	 "AWS_CREDENTIAL_EXPIRATION",
	"AWS_SESSION_EXPIRATION", "AWS_PROFILE",
	"AWS_DEFAULT_PROFILE",	 "AWS_CONFIG_FILE",
	"AWS_SHARED_CREDENTIALS_FILE", "AWS_REGION",
	"AWS_DEFAULT_REGION",	 "AWS_ENDPOINT_URL",
	"AWS_ENDPOINT_URL_AUTO_SCALING", "AWS_ENDPOINT_URL_EC2",
	"AWS_ENDPOINT_URL_STS",	 "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
	"AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT",
};

static int
set_up(void **state)
{
	char *home;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(variables); i++)
		unsetenv(variables[i]);
	folder = temporary_new();
	setenv("HOME", folder, 1);
	home = xasprintf("%s/.aws", folder);
	assert_int_equal(mkdir(home, 0700), 0);
	free(home);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	temporary_remove(folder);
	folder = NULL;
	for (size_t i = 0; i < ARRAY_LEN(variables); i++)
		unsetenv(variables[i]);
	return 0;
}

static void
write_file(const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", folder, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
	free(path);
}

static void
assert_keys(const char *id, const char *secret, const char *token,
	    const char *source)
{
	struct aws_keys k;
	struct err err = { 0 };

	assert_ok(aws_keys_find(&k, &err), &err);
	assert_text_equal(k.id, id);
	assert_text_equal(k.secret, secret);
	assert_text_equal(k.token, token);
	assert_text_equal(k.source, source);
	aws_keys_fini(&k);
	assert_null(k.secret);
}

static void
assert_no_keys(const char *const *parts)
{
	struct aws_keys k;
	struct err err = { 0 };

	assert_false(aws_keys_find(&k, &err));
	assert_null(k.id);
	assert_null(k.secret);
	assert_int_equal(err.code, ERR_AUTH);
	for (; *parts; parts++)
		assert_text_contains(err.text, *parts);
}

#define NO_KEYS(...) assert_no_keys((const char *const[]){ __VA_ARGS__, NULL })

/* ---- keys ---- */

static void
test_environment_first(void **state)
{
	(void)state;
	write_file(".aws/credentials", "[default]\n"
		   "aws_access_key_id = AKIDFILE\n"
		   "aws_secret_access_key = filesecret\n");
	setenv("AWS_ACCESS_KEY_ID", "AKIDENV", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "envsecret", 1);
	assert_keys("AKIDENV", "envsecret", NULL, "environment");
	setenv("AWS_SESSION_TOKEN", "tok/en==", 1);
	setenv("AWS_PROFILE", "default", 1); /* does not drop the environment */
	assert_keys("AKIDENV", "envsecret", "tok/en==", "environment");
	/* As botocore: without an id the environment has nothing to say. */
	unsetenv("AWS_ACCESS_KEY_ID");
	assert_keys("AKIDFILE", "filesecret", NULL,
		    "profile default (credentials file)");
	setenv("AWS_ACCESS_KEY_ID", "", 1);
	assert_keys("AKIDFILE", "filesecret", NULL,
		    "profile default (credentials file)");
}

static void
test_expiration(void **state)
{
	struct aws_keys k;
	struct err err = { 0 };

	(void)state;
	setenv("AWS_ACCESS_KEY_ID", "AKIDENV", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
	setenv("AWS_SESSION_EXPIRATION", "2026-02-18T10:00:00Z", 1);
	assert_ok(aws_keys_find(&k, &err), &err);
	assert_true(k.end_ms == INT64_C(1771408800000));
	aws_keys_fini(&k);
	setenv("AWS_CREDENTIAL_EXPIRATION", "2026-02-18T11:00:00+01:00", 1);
	assert_ok(aws_keys_find(&k, &err), &err);
	assert_true(k.end_ms == INT64_C(1771408800000));
	aws_keys_fini(&k);
	setenv("AWS_CREDENTIAL_EXPIRATION", "tomorrow", 1);
	assert_ok(aws_keys_find(&k, &err), &err);
	assert_true(k.end_ms == 0);
	aws_keys_fini(&k);
}

static void
test_half_of_a_pair(void **state)
{
	(void)state;
	setenv("AWS_ACCESS_KEY_ID", "AKIDENV", 1);
	NO_KEYS("AWS_SECRET_ACCESS_KEY");
	unsetenv("AWS_ACCESS_KEY_ID");
	write_file(".aws/credentials", "[default]\naws_access_key_id = A\n");
	NO_KEYS("\"default\"", ".aws/credentials", "aws_secret_access_key");
}

/* A line break in a key would be a header line of its own. */
static void
test_keys_that_are_none(void **state)
{
	(void)state;
	setenv("AWS_ACCESS_KEY_ID", "AKIDENV", 1);
	setenv("AWS_SECRET_ACCESS_KEY", "s", 1);
	setenv("AWS_SESSION_TOKEN", "tok\r\nX-Evil: 1", 1);
	NO_KEYS("environment", "line break");
}

static void
test_says_where_it_looked(void **state)
{
	char *path = xasprintf("%s/.aws/credentials: not there", folder);

	(void)state;
	NO_KEYS("AWS_ACCESS_KEY_ID", "\"default\"", path,
		".aws/config: not there");
	free(path);
	write_file(".aws/config", "[profile ci]\nregion = eu-west-1\n");
	setenv("AWS_PROFILE", "ci", 1);
	NO_KEYS("\"ci\"", ".aws/config: no keys");
	setenv("AWS_PROFILE", "other", 1);
	NO_KEYS("\"other\"", ".aws/config: no such profile");
	setenv("AWS_CONFIG_FILE", "", 1);
	setenv("AWS_SHARED_CREDENTIALS_FILE", "", 1);
	NO_KEYS("credentials file: switched off",
		"config file: switched off");
}

static void
test_ways_not_ours_yet(void **state)
{
	(void)state;
	setenv("AWS_PROFILE", "ci", 1);
	write_file(".aws/config", "[profile ci]\nsso_session = corp\n");
	NO_KEYS("\"ci\"", "sso_session", "export-credentials");
	write_file(".aws/credentials", "[ci]\ncredential_process = /bin/x\n");
	write_file(".aws/config", "");
	NO_KEYS("credential_process");
}

/* An id of one file never goes with another file's token. */
static void
test_keys_of_one_place(void **state)
{
	(void)state;
	write_file(".aws/credentials", "[ci]\n"
		   "aws_access_key_id = AKIDCRED\n"
		   "aws_secret_access_key = one\n");
	write_file(".aws/config", "[profile ci]\n"
		   "aws_access_key_id = AKIDCONF\n"
		   "aws_secret_access_key = two\n"
		   "aws_session_token = old\n");
	setenv("AWS_DEFAULT_PROFILE", "ci", 1);
	assert_keys("AKIDCRED", "one", NULL, "profile ci (credentials file)");
	setenv("AWS_SHARED_CREDENTIALS_FILE", "", 1);
	assert_keys("AKIDCONF", "two", "old", "profile ci (config file)");
}

/* Another program wrote new ones. */
static void
test_files_are_read_anew(void **state)
{
	(void)state;
	write_file("own", "[default]\naws_access_key_id=A\n"
		   "aws_secret_access_key=1\n");
	char *path = xasprintf("%s/own", folder);

	setenv("AWS_SHARED_CREDENTIALS_FILE", path, 1);
	assert_keys("A", "1", NULL, "profile default (credentials file)");
	write_file("own", "[default]\naws_access_key_id=B\n"
		   "aws_secret_access_key=2\n");
	assert_keys("B", "2", NULL, "profile default (credentials file)");
	free(path);
}

/* Neither a pipe without a writer nor a folder hangs or passes. */
static void
test_no_plain_file(void **state)
{
	char *path = xasprintf("%s/pipe", folder);

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	setenv("AWS_SHARED_CREDENTIALS_FILE", path, 1);
	setenv("AWS_CONFIG_FILE", folder, 1);
	NO_KEYS("no such profile", "directory");
	free(path);
}

/* ---- the grammar of profile files ---- */

static void
check_find(const char *text, const char *kind, const char *name,
	   const char *under, const char *key, const char *want)
{
	char *got = profile_find(text, kind, name, under, key);

	assert_text_equal(got, want);
	free(got);
}

static void
test_grammar(void **state)
{
	static const char text[] =
		"\xef\xbb\xbf# first\n"
		"[default]\r\n"
		"  region = not-me\n"
		"REGION=eu-west-1 ; a comment\r\n"
		"output = a#b\n"
		"[ profile \"my ci\" ] # quoted\n"
		"region\t=\teu-central-1\t# comment\n"
		"s3 =\n"
		"  region = nested\n"
		"  addressing = path\n"
		"; a comment\n"
		"  deep = yes\n"
		"empty =\n"
		"no equals sign\n"
		"[profile 'single']\n"
		"region = us-east-2\n"
		"[profile single]\n"
		"region = us-west-2\n"
		"[profiles x]\nregion = wrong\n"
		"[services local]\n"
		"ec2 =\n"
		"  endpoint_url = http://127.0.0.1:1\n"
		"auto_scaling =\n"
		"  endpoint_url = http://127.0.0.1:2";

	(void)state;
	check_find(text, NULL, "default", NULL, "region", "eu-west-1");
	check_find(text, NULL, "default", NULL, "output", "a#b");
	check_find(text, "profile", "my ci", NULL, "region", "eu-central-1");
	check_find(text, "profile", "my ci", "s3", "region", "nested");
	check_find(text, "profile", "my ci", "s3", "deep", "yes");
	check_find(text, "profile", "my ci", NULL, "addressing", NULL);
	check_find(text, "profile", "my ci", NULL, "empty", NULL);
	/* The last one counts, also over sections of one name. */
	check_find(text, "profile", "single", NULL, "region", "us-west-2");
	check_find(text, "profile", "x", NULL, "region", NULL);
	check_find(text, NULL, "single", NULL, "region", NULL);
	check_find(text, "services", "local", "auto_scaling", "endpoint_url",
		   "http://127.0.0.1:2");
	check_find(text, "services", "local", "sts", "endpoint_url", NULL);
	check_find(NULL, NULL, "default", NULL, "region", NULL);
	check_find("[default", NULL, "default", NULL, "region", NULL);
}

/* ---- region and endpoints ---- */

static void
assert_region(const char *want)
{
	char *got = aws_region_find();

	assert_text_equal(got, want);
	free(got);
}

static void
test_region(void **state)
{
	(void)state;
	assert_region(NULL);
	write_file(".aws/config", "[default]\nregion = eu-north-1\n"
		   "[profile ci]\nregion = eu-west-1\n");
	assert_region("eu-north-1");
	setenv("AWS_PROFILE", "ci", 1);
	assert_region("eu-west-1");
	setenv("AWS_DEFAULT_REGION", "us-east-2", 1);
	assert_region("us-east-2");
	setenv("AWS_REGION", "us-west-2", 1);
	assert_region("us-west-2");
	assert_true(aws_region_ok("us-gov-west-1"));
	assert_false(aws_region_ok(""));
	assert_false(aws_region_ok("eu-west-1.evil.test/#"));
	assert_false(aws_region_ok("-eu"));
}

static void
assert_endpoint(const char *service, const char *region, const char *want)
{
	char *got = aws_endpoint_find(service, region);

	assert_text_equal(got, want);
	free(got);
}

static void
test_regional_hosts(void **state)
{
	(void)state;
	assert_endpoint("ec2", "eu-west-1",
			"https://ec2.eu-west-1.amazonaws.com");
	assert_endpoint("sts", "us-east-1",
			"https://sts.us-east-1.amazonaws.com");
	assert_endpoint("autoscaling", "cn-north-1",
			"https://autoscaling.cn-north-1.amazonaws.com.cn");
	assert_endpoint("ec2", "us-gov-west-1",
			"https://ec2.us-gov-west-1.amazonaws.com");
	assert_endpoint("ec2", "us-iso-east-1",
			"https://ec2.us-iso-east-1.c2s.ic.gov");
	assert_endpoint("ec2", "us-isob-east-1",
			"https://ec2.us-isob-east-1.sc2s.sgov.gov");
	assert_endpoint("eks", "eusc-de-east-1",
			"https://eks.eusc-de-east-1.amazonaws.eu");
	setenv("AWS_USE_FIPS_ENDPOINT", "true", 1);
	assert_endpoint("ec2", "us-east-1",
			"https://ec2-fips.us-east-1.amazonaws.com");
	assert_endpoint("eks", "us-east-1",
			"https://fips.eks.us-east-1.amazonaws.com");
	assert_endpoint("ec2", "us-gov-west-1",
			"https://ec2.us-gov-west-1.amazonaws.com");
	setenv("AWS_USE_DUALSTACK_ENDPOINT", "True", 1);
	assert_endpoint("eks", "us-east-1",
			"https://eks-fips.us-east-1.api.aws");
	unsetenv("AWS_USE_FIPS_ENDPOINT");
	assert_endpoint("ec2", "eu-west-1",
			"https://ec2.eu-west-1.api.aws");
	assert_endpoint("ec2", "us-iso-east-1",
			"https://ec2.us-iso-east-1.c2s.ic.gov");
}

static void
test_endpoint_order(void **state)
{
	(void)state;
	write_file(".aws/config",
		   "[default]\nendpoint_url = http://profile\n"
		   "services = local\n"
		   "[services local]\nec2 =\n  endpoint_url = http://own/\n");
	assert_endpoint("autoscaling", "r", "http://profile");
	assert_endpoint("ec2", "r", "http://own");
	setenv("AWS_ENDPOINT_URL", "http://all///", 1);
	assert_endpoint("ec2", "r", "http://all");
	setenv("AWS_ENDPOINT_URL_AUTO_SCALING", "http://asg", 1);
	assert_endpoint("autoscaling", "r", "http://asg");
	assert_endpoint("ec2", "r", "http://all");
	setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "TRUE", 1);
	assert_endpoint("ec2", "eu-west-1",
			"https://ec2.eu-west-1.amazonaws.com");
	setenv("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false", 1);
	assert_endpoint("ec2", "r", "http://all");
}

#define OWN(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

SUITE(aws_cred,
	OWN(test_environment_first),
	OWN(test_expiration),
	OWN(test_half_of_a_pair),
	OWN(test_keys_that_are_none),
	OWN(test_says_where_it_looked),
	OWN(test_ways_not_ours_yet),
	OWN(test_keys_of_one_place),
	OWN(test_files_are_read_anew),
	OWN(test_no_plain_file),
	OWN(test_grammar),
	OWN(test_region),
	OWN(test_regional_hosts),
	OWN(test_endpoint_order));
