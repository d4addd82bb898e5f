/*
 * Why EC2 refuses a launch, in the words Auto Scaling's activities use.
 */
#include "backend/base/buf.h"
#include "backend/sim/world/cloud.h"

static char *
no_capacity(const struct cloud *c, const char *type,
	    const struct cloud_subnet *s)
{
	struct buf others;
	char *text;

	buf_init(&others, 256);
	for (uint32_t i = 0; i < c->subnet_n; i++) {
		if (&c->subnets[i] != s)
			buf_printf(&others, "%s%s", others.len ? ", " : "",
				   c->subnets[i].zone);
	}
	text = xasprintf(
		"We currently do not have sufficient %s capacity in the "
		"Availability Zone you requested (%s). Our system will be "
		"working on provisioning additional capacity. You can "
		"currently get %s capacity by not specifying an Availability "
		"Zone in your request or choosing %s. Launching EC2 instance "
		"failed.",
		type, s->zone, type, buf_text(&others));
	buf_fini(&others);
	return text;
}

char *
refusal_text(const struct cloud *c, const struct cloud_group *g,
	     const char *type, const struct cloud_subnet *s)
{
	const struct cloud_template *newest =
		&g->templates.at[g->templates.n - 1];
	bool spot = g->plan->spot;
	char image[32];

	switch (g->plan->refusal) {
	case REFUSED_QUOTA:
		if (spot)
			return xstrdup(
				"Could not launch Spot Instances. "
				"MaxSpotInstanceCountExceeded - Max spot "
				"instance count exceeded. Launching EC2 "
				"instance failed.");
		return xstrdup(
			"You have requested more vCPU capacity than your "
			"current vCPU limit of 64 allows for the instance "
			"bucket that the specified instance type belongs to. "
			"Please visit http://aws.amazon.com/contact-us/"
			"ec2-request to request an adjustment to this limit. "
			"Launching EC2 instance failed.");
	case REFUSED_IMAGE:
		return xasprintf("The image id '[%s]' does not exist. "
				 "Launching EC2 instance failed.",
				 cloud_image_id(g->plan->arch, newest->release,
						image));
	case REFUSED_KEY:
		return xstrdup("The key pair 'ops' does not exist. Launching "
			       "EC2 instance failed.");
	case REFUSED_UNSUPPORTED:
		return xasprintf(
			"Your requested instance type (%s) is not supported "
			"in your requested Availability Zone (%s). Please "
			"retry your request by not specifying an Availability "
			"Zone or choosing another. Launching EC2 instance "
			"failed.",
			type, s->zone);
	case REFUSED_CAPACITY:
	case REFUSAL_COUNT:
		break;
	}
	if (spot)
		return xstrdup("Could not launch Spot Instances. "
			       "InsufficientInstanceCapacity - There is no "
			       "Spot capacity available that matches your "
			       "request. Launching EC2 instance failed.");
	return no_capacity(c, type, s);
}
