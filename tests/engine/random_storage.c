/*
 * Random storage: few classes, claims and volumes, so that pods share them.
 */
#include "tests/engine/random_draw.h"

static void
draw_classes(struct draw *d)
{
	keep(&d->classes, "{\"metadata\":{\"name\":\"late\"},"
			  "\"provisioner\":\"ebs.csi.aws.com\","
			  "\"volumeBindingMode\":\"WaitForFirstConsumer\"}");
	keep(&d->classes, "{\"metadata\":{\"name\":\"zoned\"},"
			  "\"provisioner\":\"ebs.csi.aws.com\","
			  "\"volumeBindingMode\":\"WaitForFirstConsumer\","
			  "\"allowedTopologies\":[{\"matchLabelExpressions\":["
			  "{\"key\":\"zone\",\"values\":[\"z%u\",\"z%u\"]}]}"
			  "]}", below(d, 3), below(d, 3));
	keep(&d->classes, "{\"metadata\":{\"name\":\"now\"},"
			  "\"provisioner\":\"ebs.csi.aws.com\","
			  "\"volumeBindingMode\":\"Immediate\"}");
}

/* A volume that nodes of one zone reach, by affinity, by label, or all. */
static void
draw_pv(struct draw *d, uint32_t ns, uint32_t claim)
{
	struct buf b;

	buf_init(&b, ITEM_ROOM);
	buf_printf(&b, "{\"metadata\":{\"name\":\"pv-n%u-c%u\"", ns, claim);
	if (chance(d, 40))
		buf_printf(&b, ",\"labels\":{\"topology.kubernetes.io/zone\":"
			       "\"z%u%s\"}", below(d, 3),
			   chance(d, 30) ? "__z2" : "");
	buf_printf(&b, "},\"spec\":{\"accessModes\":[\"ReadWriteOnce\"],"
		       "\"storageClassName\":\"late\",\"capacity\":{"
		       "\"storage\":\"1Gi\"},\"claimRef\":{\"namespace\":"
		       "\"n%u\",\"name\":\"c%u\"}", ns, claim);
	if (chance(d, 60))
		buf_printf(&b, ",\"nodeAffinity\":{\"required\":{"
			       "\"nodeSelectorTerms\":[{\"matchExpressions\":["
			       "{\"key\":\"zone\",\"operator\":\"In\","
			       "\"values\":[\"z%u\"]}]}]}}", below(d, 3));
	if (chance(d, 80))
		buf_printf(&b, ",\"csi\":{\"driver\":\"ebs.csi.aws.com\","
			       "\"volumeHandle\":\"vol-%u-%u\"}", ns,
			   claim);
	buf_puts(&b, "},\"status\":{\"phase\":\"Bound\"}}");
	keep(&d->pvs, "%s", buf_text(&b));
	buf_fini(&b);
}

static void
draw_claim(struct draw *d, uint32_t ns, uint32_t claim)
{
	static const char *const classes[] = { "late", "late", "zoned",
					       "now" };
	const char *mode = chance(d, 15) ? "ReadWriteOncePod"
					 : "ReadWriteOnce";

	if (chance(d, 50)) {
		keep(&d->claims, "{\"metadata\":{\"namespace\":\"n%u\","
				 "\"name\":\"c%u\",\"annotations\":{"
				 "\"pv.kubernetes.io/bind-completed\":\"yes\""
				 "}},\"spec\":{\"storageClassName\":\"late\","
				 "\"volumeName\":\"pv-n%u-c%u\","
				 "\"accessModes\":[\"%s\"]},\"status\":{"
				 "\"phase\":\"Bound\"}}",
		     ns, claim, ns, claim, mode);
		if (chance(d, 97))
			draw_pv(d, ns, claim);
		return;
	}
	keep(&d->claims, "{\"metadata\":{\"namespace\":\"n%u\",\"name\":"
			 "\"c%u\"},\"spec\":{\"storageClassName\":\"%s\","
			 "\"accessModes\":[\"%s\"],\"resources\":{"
			 "\"requests\":{\"storage\":\"1Gi\"}}},\"status\":"
			 "{\"phase\":\"Pending\"}}",
	     ns, claim, classes[below(d, 4)], mode);
}

/* How much a node attaches, and what is attached already. */
static void
draw_attached(struct draw *d, uint32_t node)
{
	if (chance(d, 50))
		keep(&d->csinodes, "{\"metadata\":{\"name\":\"node%02u\"},"
				   "\"spec\":{\"drivers\":[{\"name\":"
				   "\"ebs.csi.aws.com\",\"nodeID\":\"i\","
				   "\"allocatable\":{\"count\":%u}}]}}", node,
		     below(d, 4));
	if (chance(d, 20))
		keep(&d->attachments, "{\"metadata\":{\"name\":\"va%u\"},"
				      "\"spec\":{\"attacher\":"
				      "\"ebs.csi.aws.com\",\"nodeName\":"
				      "\"node%02u\",\"source\":{"
				      "\"persistentVolumeName\":"
				      "\"pv-n%u-c%u\"}}}", node, node,
		     below(d, 2), below(d, CLAIMS - 1));
}

void
draw_storage(struct draw *d)
{
	draw_classes(d);
	for (uint32_t ns = 0; ns < 2; ns++)
		for (uint32_t c = 0; c < CLAIMS - 1; c++)
			draw_claim(d, ns, c);
	for (uint32_t i = 0; i < d->node_n; i++)
		draw_attached(d, i);
}
