/*
 * EC2: instances, launch templates, images, subnets, prices.
 */
#include <inttypes.h>
#include <stdio.h>

#include "backend/decode/aws_parts.h"
#include "backend/decode/codecs.h"

/* clang-format off */

/* ---- instances ---- */

#define OF struct instance
static const struct field placement_rows[] = {
	F_TEXT("AvailabilityZone", zone),
};
FIELDS(placement);

static const struct field state_rows[] = { F_KNOWN("Name", state) };
FIELDS(state);

static const struct field state_reason_rows[] = {
	F_TEXT("Code", state_reason),
};
FIELDS(state_reason);

static const struct field instance_rows[] = {
	F_TEXT("InstanceId", id),
	F_TEXT("InstanceType", type),
	F_INSIDE("Placement", placement_fields),
	F_INSIDE("State", state_fields),
	F_KNOWN("InstanceLifecycle", lifecycle),
	F_TEXT("PrivateDnsName", private_dns),
	F_TEXT("PrivateIpAddress", private_ip),
	F_TEXT("PublicIpAddress", public_ip),
	F_COMMON("SubnetId", subnet),
	F_COMMON("ImageId", image_id),
	F_TEXT("KeyName", key_name),
	F_COMMON("VpcId", vpc),
	F_INSIDE("StateReason", state_reason_fields),
	F_TIME("LaunchTime", launched_ms),
	F_SHARED_ARRAY("Tags", tags, tag_n, group_tag, tag_fields),
};
FIELDS(instance);
#undef OF

PLAIN_CODEC(instance, struct instance, KIND_INSTANCE, true);

/* ---- launch templates ---- */

/* Of the tag specifications those for instances. */
static bool
read_specifications(struct wire *w, void *base, const struct tree *t)
{
	struct launch_template *l = base;
	uint32_t i = 0;

	if (!wire_list(w, t))
		return false;
	tree_each(c, t) {
		const char *type = tree_text(tree_get(c, "ResourceType"));
		const struct tree *tags = tree_get(c, "Tags");
		struct group_tag *at;
		uint32_t k = 0;
		bool ok;

		if (!wire_object(w, c))
			return wire_under_index(w, i);
		if (tags && str_eq(type, "instance")) {
			at = wire_array(w, &l->tags, &l->tag_n,
					&shape_group_tag, tags, &ok);
			tree_each(tag, tags) {
				ok = ok && (wire_fields(w, &at[k], tag,
							&tag_fields) ||
					    wire_under_index(w, k));
				k++;
			}
			if (!ok)
				return wire_under(w, "Tags") ||
				       wire_under_index(w, i);
		}
		i++;
	}
	return true;
}

static void
write_specifications(struct out *o, const char *key, const void *base)
{
	const struct launch_template *l = base;

	if (!l->tag_n)
		return;
	jsonw_array(out_key(o, key));
	jsonw_object(o->w);
	out_text(o, "ResourceType", "instance");
	jsonw_array(out_key(o, "Tags"));
	for (uint32_t i = 0; i < l->tag_n; i++) {
		jsonw_object(o->w);
		out_fields(o, &l->tags[i], &tag_fields);
		jsonw_end_object(o->w);
	}
	jsonw_end_array(o->w);
	jsonw_end_object(o->w);
	jsonw_end_array(o->w);
}

#define OF struct launch_template
static const struct field market_rows[] = { F_KNOWN("MarketType", market) };
FIELDS(market);

static const struct field template_data_rows[] = {
	F_TEXT("InstanceType", type),
	F_TEXT("ImageId", image_id),
	F_INSIDE("InstanceMarketOptions", market_fields),
	F_CUSTOM_AT("InstanceRequirements", requirements, read_requirements,
		    write_requirements),
	F_CUSTOM("TagSpecifications", read_specifications,
		 write_specifications),
};
FIELDS(template_data);

/* LatestVersion is ours: DescribeLaunchTemplateVersions says which version is
 * the default, but of the latest only that it was asked for as $Latest. */
static const struct field launch_template_rows[] = {
	F_TEXT("LaunchTemplateId", id),
	F_TEXT("LaunchTemplateName", name),
	F_I64("VersionNumber", version, 0),
	F_BOOL("DefaultVersion", is_default),
	F_BOOL("LatestVersion", is_latest),
	F_INSIDE("LaunchTemplateData", template_data_fields),
};
FIELDS(launch_template);
#undef OF

const struct record *
decode_template(struct seal *s, const struct tree *t, struct err *err)
{
	struct launch_template *l = seal_begin(s, sizeof(*l));
	struct wire w;

	wire_init(&w, s, true);
	shape_blank(&shape_launch_template, l);
	return wire_done(&w, wire_fields(&w, l, t, &launch_template_fields),
			 KIND_TEMPLATE, err);
}

void
encode_template(struct out *o, const struct record *r)
{
	out_fields(o, r, &launch_template_fields);
}

/* ---- images ---- */

#define OF struct image
static const struct field image_rows[] = {
	F_TEXT("ImageId", id),
	F_TEXT("Name", name),
	F_KNOWN("Architecture", arch),
	F_KNOWN("VirtualizationType", virtualization),
	F_TIME("CreationDate", created_ms),
};
FIELDS(image);
#undef OF

PLAIN_CODEC(image, struct image, KIND_IMAGE, true);

/* ---- subnets ---- */

#define OF struct subnet
static const struct field subnet_rows[] = {
	F_TEXT("SubnetId", id),
	F_TEXT("AvailabilityZone", zone),
	F_TEXT("VpcId", vpc),
	F_TEXT("CidrBlock", cidr),
	F_I32("AvailableIpAddressCount", free_addresses, 0),
};
FIELDS(subnet);
#undef OF

PLAIN_CODEC(subnet, struct subnet, KIND_SUBNET, true);

/* ---- prices ---- */

/* Decimal dollars in text, "0.0416"; what is under a micro dollar rounds up. */
static bool
read_dollars(struct wire *w, int64_t *udollars, const struct tree *t)
{
	struct tree milli = *t;
	char text[40];

	if (t->kind != TREE_STRING && t->kind != TREE_NUMBER)
		return t->kind == TREE_NULL || wire_wrong(w, "price", t);
	if (t->len > 24 || strspn(t->text, "0123456789.") != t->len)
		return wire_fail(w, "not a price: \"%.48s\"", t->text);
	milli.text = text;
	milli.len = (uint32_t)snprintf(text, sizeof(text), "%se6", t->text);
	return wire_units(w, udollars, &milli);
}

static bool
read_spot_price(struct wire *w, void *base, const struct tree *t)
{
	struct price *p = base;

	p->spot = t->kind != TREE_NULL;
	return read_dollars(w, &p->udollars_hour, t);
}

static bool
read_fixed_price(struct wire *w, void *base, const struct tree *t)
{
	return read_dollars(w, &((struct price *)base)->udollars_hour, t);
}

static void
write_dollars(struct out *o, const char *key, int64_t udollars)
{
	char text[40];

	snprintf(text, sizeof(text), "%" PRId64 ".%06d", udollars / 1000000,
		 (int)(udollars % 1000000));
	jsonw_text(out_key(o, key), text);
}

static void
write_spot_price(struct out *o, const char *key, const void *base)
{
	const struct price *p = base;

	if (p->spot)
		write_dollars(o, key, p->udollars_hour);
}

static void
write_fixed_price(struct out *o, const char *key, const void *base)
{
	const struct price *p = base;

	if (!p->spot)
		write_dollars(o, key, p->udollars_hour);
}

/* SpotPrice as DescribeSpotPriceHistory has it; OnDemandPrice is ours: the
 * price list's own shape is a catalogue. */
#define OF struct price
static const struct field price_rows[] = {
	F_TEXT("InstanceType", type),
	F_TEXT("AvailabilityZone", zone),
	F_CUSTOM("SpotPrice", read_spot_price, write_spot_price),
	F_CUSTOM("OnDemandPrice", read_fixed_price, write_fixed_price),
};
FIELDS(price);
#undef OF

PLAIN_CODEC(price, struct price, KIND_PRICE, true);
/* clang-format on */
