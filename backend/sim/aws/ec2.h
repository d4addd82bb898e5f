/*
 * What EC2's actions share: filters, ids that must exist, and the actions of
 * the other files for the table in ec2.c.
 */
#ifndef SIM_AWS_EC2_H
#define SIM_AWS_EC2_H

#include "backend/sim/aws/face.h"

/* ---- ec2_filter.c: Filter.N.Name, Filter.N.Value.M ---- */

/* A filter and where its value stands: "State.Name", "Routes[].GatewayId".
 * Every table ends with name NULL; tag:*, tag-key and tag-value work for
 * whatever has Tags. */
struct ec2_filter {
	const char *name, *path;
};
/* False with the fault when the request names a filter that is not there. */
bool ec2_filters_known(struct aws_context *c, const struct ec2_filter *table);
bool ec2_passes(struct aws_context *c, const struct ec2_filter *table,
		const json_t *object);
/* Without ids in the request every id is wanted. */
bool ec2_wanted(const struct aws_context *c, const char *format,
		const char *id);

/* Lists of things that are few: filters, ids and pages done for them.  code:
 * for ids that name none of them ("InvalidSubnetID.NotFound"). */
struct ec2_list {
	const struct aws_paging *page;
	const struct ec2_filter *filters;
	const char *ids;  /* "SubnetId.%u" */
	const char *key;  /* "SubnetId" */
	const char *code; /* NULL: unknown ids are just not found */
	const char *what; /* "subnet ID" */
};
/* Takes all over. */
json_t *ec2_answer_list(struct aws_context *c, const struct ec2_list *l,
			json_t *all);

/* ---- ec2_types.c, ec2_requirements.c, ec2_net.c, ec2_images.c, ec2_spot.c */

json_t *ec2_describe_types(struct aws_context *c);
json_t *ec2_describe_offerings(struct aws_context *c);
json_t *ec2_types_from_requirements(struct aws_context *c);
json_t *ec2_describe_subnets(struct aws_context *c);
json_t *ec2_describe_vpcs(struct aws_context *c);
json_t *ec2_describe_nat_gateways(struct aws_context *c);
json_t *ec2_describe_addresses(struct aws_context *c);
json_t *ec2_describe_route_tables(struct aws_context *c);
json_t *ec2_describe_internet_gateways(struct aws_context *c);
json_t *ec2_describe_security_groups(struct aws_context *c);
json_t *ec2_describe_interfaces(struct aws_context *c);
json_t *ec2_describe_zones(struct aws_context *c);
json_t *ec2_describe_regions(struct aws_context *c);
json_t *ec2_describe_images(struct aws_context *c);
json_t *ec2_describe_template_versions(struct aws_context *c);
json_t *ec2_describe_templates(struct aws_context *c);
json_t *ec2_describe_key_pairs(struct aws_context *c);
json_t *ec2_create_key_pair(struct aws_context *c);
json_t *ec2_import_key_pair(struct aws_context *c);
json_t *ec2_delete_key_pair(struct aws_context *c);
json_t *ec2_describe_prices(struct aws_context *c);
json_t *ec2_describe_spot_requests(struct aws_context *c);

#endif
