/*
 * What instances are made of: images, launch templates, key pairs.
 */
#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#include "backend/base/clock.h"
#include "backend/sim/aws/ec2.h"

#define KEY_BITS 2048
#define KEYS_MAX 5000 /* as EC2 allows in a region */

static const struct aws_paging images_page = { "Images", "ImageId",
					       "MaxResults", 1, 1000, 1000 };
static const struct aws_paging versions_page = {
	"LaunchTemplateVersions", "VersionNumber", "MaxResults", 1, 200, 200
};
static const struct aws_paging templates_page = {
	"LaunchTemplates", "LaunchTemplateId", "MaxResults", 1, 200, 200
};
static const struct aws_paging keys_page = { "KeyPairs", "KeyPairId",
					     "MaxResults", 1, 5000, 5000 };

/* clang-format off */
static const struct ec2_filter image_filters[] = {
	{ "architecture", "Architecture" },
	{ "image-id", "ImageId" },
	{ "image-type", "ImageType" },
	{ "is-public", "Public" },
	{ "name", "Name" },
	{ "owner-alias", "ImageOwnerAlias" },
	{ "owner-id", "OwnerId" },
	{ "root-device-type", "RootDeviceType" },
	{ "state", "State" },
	{ "virtualization-type", "VirtualizationType" },
	{ 0 }
};
static const struct ec2_filter template_filters[] = {
	{ "launch-template-name", "LaunchTemplateName" },
	{ "create-time", "CreateTime" },
	{ 0 }
};
static const struct ec2_filter key_filters[] = {
	{ "fingerprint", "KeyFingerprint" },
	{ "key-name", "KeyName" },
	{ "key-pair-id", "KeyPairId" },
	{ 0 }
};
/* clang-format on */

/* ---- images ---- */

static bool
owner_wanted(struct aws_context *c, const json_t *image)
{
	const char *owner;
	unsigned i;

	for (i = 1; (owner = aws_param_at(c->params, "Owner.%u", i)); i++)
		if (!strcmp(owner, "amazon") ||
		    str_eq(owner, json_string_value(json_object_get(
					  image, "OwnerId"))))
			return true;
	return i == 1;
}

json_t *
ec2_describe_images(struct aws_context *c)
{
	static const char *const architectures[] = { "amd64", "arm64" };
	static const struct ec2_list list = {
		&images_page, image_filters,	       "ImageId.%u",
		"ImageId",    "InvalidAMIID.NotFound", "image id"
	};
	json_t *all = json_array();

	for (const struct sim_release *r = sim_releases; r->minor; r++) {
		for (size_t i = 0; i < ARRAY_LEN(architectures); i++) {
			json_t *o = cloud_image_json(architectures[i], r);

			if (owner_wanted(c, o))
				json_array_append(all, o);
			json_decref(o);
		}
	}
	return ec2_answer_list(c, &list, all);
}

/* ---- launch templates ---- */

static const struct cloud_group *
template_group(struct aws_context *c)
{
	const char *id = aws_param(c->params, "LaunchTemplateId");
	const char *name = aws_param(c->params, "LaunchTemplateName");

	if (!id && !name) {
		cloud_fail(&c->fault, 400, "MissingParameter",
			   "When querying for versions, a LaunchTemplateId or "
			   "LaunchTemplateName must be specified");
		return NULL;
	}
	for (uint32_t i = 0; i < c->cloud->group_n; i++) {
		const struct cloud_group *g = &c->cloud->groups[i];

		if ((id && !strcmp(id, g->template_id)) ||
		    (!id && !strcmp(name, g->template_name)))
			return g;
	}
	if (id)
		cloud_fail(&c->fault, 400, "InvalidLaunchTemplateId.NotFound",
			   "The specified launch template, with template ID "
			   "%s, does not exist.",
			   id);
	else
		cloud_fail(&c->fault, 400,
			   "InvalidLaunchTemplateName.NotFoundException",
			   "The specified launch template, with template name "
			   "%s, does not exist.",
			   name);
	return NULL;
}

/* "$Latest", "$Default" or a number; 0 with the fault. */
static uint32_t
version_number(struct aws_context *c, const struct cloud_group *g,
	       const char *text)
{
	char *end;
	unsigned long n;

	if (!strcmp(text, "$Latest"))
		return g->templates.n;
	if (!strcmp(text, "$Default"))
		return 1;
	n = strtoul(text, &end, 10);
	if (*end || end == text || *text == '-') {
		aws_invalid(c, "Launch template version '%s' is not valid",
			    text);
		return 0;
	}
	if (n >= 1 && n <= g->templates.n)
		return (uint32_t)n;
	cloud_fail(&c->fault, 400, "InvalidLaunchTemplateId.VersionNotFound",
		   "Could not find the specified version %s for the launch "
		   "template with ID %s.",
		   text, g->template_id);
	return 0;
}

json_t *
ec2_describe_template_versions(struct aws_context *c)
{
	static const struct ec2_filter none[] = { { 0 } };
	const struct cloud_group *g = template_group(c);
	json_t *list;
	const char *v;
	unsigned i;

	if (!g || !ec2_filters_known(c, none))
		return NULL;
	list = json_array();
	for (i = 1; (v = aws_param_at(c->params, "LaunchTemplateVersion.%u",
				      i)); i++) {
		uint32_t n = version_number(c, g, v);

		if (n == 0) {
			json_decref(list);
			return NULL;
		}
		json_array_append_new(list, cloud_template_version_json(
						    c->cloud, g, n));
	}
	/* Newest first, all of them. */
	for (uint32_t n = g->templates.n; i == 1 && n > 0; n--)
		json_array_append_new(list, cloud_template_version_json(
						    c->cloud, g, n));
	return aws_page(c, &versions_page, list);
}

json_t *
ec2_describe_templates(struct aws_context *c)
{
	static const struct ec2_list by_id = {
		&templates_page,      template_filters,
		"LaunchTemplateId.%u", "LaunchTemplateId",
		"InvalidLaunchTemplateId.NotFound", "launch template"
	};
	static const struct ec2_list by_name = {
		&templates_page,	 template_filters,
		"LaunchTemplateName.%u", "LaunchTemplateName",
		"InvalidLaunchTemplateName.NotFoundException",
		"launch template"
	};
	json_t *all = json_array();

	for (uint32_t i = 0; i < c->cloud->group_n; i++) {
		const struct cloud_group *g = &c->cloud->groups[i];
		char when[TIME_TEXT];

		json_array_append_new(
			all,
			json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:[]}",
				  "LaunchTemplateId", g->template_id,
				  "LaunchTemplateName", g->template_name,
				  "CreateTime",
				  time_format(g->created_ms, false, when),
				  "CreatedBy", aws_arn(c, "iam", "root"),
				  "DefaultVersionNumber", 1,
				  "LatestVersionNumber", (int)g->templates.n,
				  "Tags"));
	}
	return ec2_answer_list(c,
			       aws_param_at(c->params, by_name.ids, 1)
				       ? &by_name
				       : &by_id,
			       all);
}

/* ---- key pairs ---- */

static json_t *
key_json(const struct cloud_key *k)
{
	char when[TIME_TEXT];

	return json_pack("{s:s, s:s, s:s, s:s, s:O, s:s}", "KeyPairId", k->id,
			 "KeyFingerprint", k->fingerprint, "KeyName", k->name,
			 "KeyType", k->type, "Tags", k->tags, "CreateTime",
			 time_format(k->created_ms, true, when));
}

json_t *
ec2_describe_key_pairs(struct aws_context *c)
{
	static const struct ec2_list by_id = {
		&keys_page,  key_filters,	      "KeyPairId.%u",
		"KeyPairId", "InvalidKeyPair.NotFound", "key ID"
	};
	static const struct ec2_list by_name = {
		&keys_page, key_filters,	     "KeyName.%u",
		"KeyName",  "InvalidKeyPair.NotFound", "key pair"
	};
	json_t *all = json_array();

	for (uint32_t i = 0; i < c->cloud->keys.n; i++)
		json_array_append_new(all, key_json(&c->cloud->keys.at[i]));
	return ec2_answer_list(c,
			       aws_param_at(c->params, by_name.ids, 1)
				       ? &by_name
				       : &by_id,
			       all);
}

static struct cloud_key *
key_named(struct aws_context *c, const char *name)
{
	for (uint32_t i = 0; i < c->cloud->keys.n; i++)
		if (!strcmp(c->cloud->keys.at[i].name, name))
			return &c->cloud->keys.at[i];
	return NULL;
}

/* The name of a pair that there may be; NULL with the fault. */
static const char *
new_key_name(struct aws_context *c)
{
	const char *name = aws_required(c, "KeyName");

	if (!name)
		return NULL;
	if (strlen(name) > 255) {
		aws_invalid(c, "Value for parameter KeyName is too long");
		return NULL;
	}
	if (key_named(c, name)) {
		cloud_fail(&c->fault, 400, "InvalidKeyPair.Duplicate",
			   "The keypair already exists");
		return NULL;
	}
	if (c->cloud->keys.n < KEYS_MAX)
		return name;
	cloud_fail(&c->fault, 400, "KeyPairLimitExceeded",
		   "The maximum number of key pairs has been reached");
	return NULL;
}

static json_t *
spec_tags(struct aws_context *c)
{
	json_t *list = json_array();
	const char *key;

	for (unsigned i = 1; (key = aws_param_at(
				      c->params,
				      "TagSpecification.1.Tag.%u.Key", i));
	     i++)
		json_array_append_new(
			list,
			json_pack("{s:s, s:s}", "Key", key, "Value",
				  str_or_empty(aws_param_at(
					  c->params,
					  "TagSpecification.1.Tag.%u.Value",
					  i))));
	return list;
}

static struct cloud_key *
keep_key(struct aws_context *c, const char *name, const char *fingerprint)
{
	struct cloud_key k = { .name = xstrdup(name),
			       .fingerprint = xstrdup(fingerprint),
			       .type = "rsa",
			       .created_ms = sim_now_ms(c->w),
			       .tags = spec_tags(c) };

	cloud_id(c->cloud, "key", arena_printf(c->arena, "%s %lld", name,
					       (long long)k.created_ms),
		 k.id);
	vec_push(&c->cloud->keys, k);
	return &c->cloud->keys.at[c->cloud->keys.n - 1];
}

static char *
colon_hex(struct arena *a, const unsigned char *bytes, size_t n)
{
	char *out = arena_alloc(a, n * 3 + 1);

	for (size_t i = 0; i < n; i++)
		snprintf(out + 3 * i, 4, "%02x%s", bytes[i],
			 i + 1 < n ? ":" : "");
	return out;
}

/* EC2's fingerprint of a key it made: SHA-1 of the private half in DER. */
static char *
fingerprint_of(struct arena *a, EVP_PKEY *pair)
{
	unsigned char *der = NULL, sum[SHA_DIGEST_LENGTH];
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pair);
	int len = info ? i2d_PKCS8_PRIV_KEY_INFO(info, &der) : -1;

	BUG_IF(len <= 0);
	SHA1(der, (size_t)len, sum);
	OPENSSL_cleanse(der, (size_t)len);
	OPENSSL_free(der);
	PKCS8_PRIV_KEY_INFO_free(info);
	return colon_hex(a, sum, sizeof(sum));
}

json_t *
ec2_create_key_pair(struct aws_context *c)
{
	const char *type = aws_param(c->params, "KeyType");
	const char *name = new_key_name(c);
	const struct cloud_key *k;
	EVP_PKEY *pair;
	char *text;
	long len;
	BIO *out;
	json_t *o;

	if (!name)
		return NULL;
	if (type && strcmp(type, "rsa") != 0)
		return aws_invalid(c,
				   "Value (%s) for parameter KeyType is "
				   "invalid. The simulated cloud makes rsa "
				   "keys.",
				   type);
	pair = EVP_RSA_gen(KEY_BITS);
	out = BIO_new(BIO_s_mem());
	BUG_IF(!pair || !out ||
	       !PEM_write_bio_PrivateKey_traditional(out, pair, NULL, NULL, 0,
						     NULL, NULL));
	k = keep_key(c, name, fingerprint_of(c->arena, pair));
	len = BIO_get_mem_data(out, &text);
	o = key_json(k);
	json_object_del(o, "KeyType");
	json_object_del(o, "CreateTime");
	json_object_set_new(o, "KeyMaterial",
			    json_stringn(text, (size_t)len));
	BIO_free(out);
	EVP_PKEY_free(pair);
	return o;
}

/* Of a key that came from elsewhere: MD5 of the public half in DER. */
static char *
imported_fingerprint(struct aws_context *c, const char *base64)
{
	size_t len = strlen(base64);
	char *line = arena_alloc(c->arena, len + 1), *blob, *at;
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned int n = sizeof(sum);
	int bytes;

	if (len % 4 != 0 ||
	    EVP_DecodeBlock((unsigned char *)line,
			    (const unsigned char *)base64, (int)len) < 0 ||
	    !str_has_prefix(line, "ssh-rsa "))
		return NULL;
	at = line + strlen("ssh-rsa ");
	at[strcspn(at, " \r\n")] = '\0';
	len = strlen(at);
	blob = arena_alloc(c->arena, len + 1);
	if (len == 0 || len % 4 != 0)
		return NULL;
	bytes = EVP_DecodeBlock((unsigned char *)blob, (unsigned char *)at,
				(int)len);
	if (bytes < 32 || memcmp(blob, "\0\0\0\7ssh-rsa", 11) != 0)
		return NULL;
	EVP_Digest(blob, (size_t)bytes, sum, &n, EVP_md5(), NULL);
	return colon_hex(c->arena, sum, n);
}

json_t *
ec2_import_key_pair(struct aws_context *c)
{
	const char *name = new_key_name(c);
	const char *text = name ? aws_required(c, "PublicKeyMaterial") : NULL;
	char *fingerprint;
	json_t *o;

	if (!text)
		return NULL;
	fingerprint = imported_fingerprint(c, text);
	if (!fingerprint) {
		cloud_fail(&c->fault, 400, "InvalidKey.Format",
			   "Key is not in valid OpenSSH public key format");
		return NULL;
	}
	o = key_json(keep_key(c, name, fingerprint));
	json_object_del(o, "KeyType");
	json_object_del(o, "CreateTime");
	return o;
}

json_t *
ec2_delete_key_pair(struct aws_context *c)
{
	const char *id = aws_param(c->params, "KeyPairId");
	const char *name = id ? id : aws_required(c, "KeyName");
	json_t *o = json_object();

	if (!name) {
		json_decref(o);
		return NULL;
	}
	/* Deleting what is not there is no mistake. */
	for (uint32_t i = 0; i < c->cloud->keys.n; i++) {
		struct cloud_key *k = &c->cloud->keys.at[i];

		if (strcmp(id ? k->id : k->name, name) != 0)
			continue;
		json_object_set_new(o, "KeyPairId", json_string(k->id));
		free(k->name);
		free(k->fingerprint);
		json_decref(k->tags);
		c->cloud->keys.n--;
		memmove(k, k + 1, (c->cloud->keys.n - i) * sizeof(*k));
		break;
	}
	json_object_set_new(o, "Return", json_true());
	return o;
}
