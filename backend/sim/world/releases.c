/*
 * The releases, and the ones that matter.
 */
#include "backend/sim/world/releases.h"

/* clang-format off */
const struct sim_release sim_releases[] = {
	{ "1.31", "1.31.13-20260203", "v1.31.13-eks-113cf36", "20260203",
	  "2026-02-03T18:02:51.000Z" },
	{ "1.31", "1.31.13-20260210", "v1.31.13-eks-113cf36", "20260210",
	  "2026-02-10T18:04:12.000Z" },
	{ "1.32", "1.32.9-20260203", "v1.32.9-eks-113cf36", "20260203",
	  "2026-02-03T18:11:30.000Z" },
	{ "1.32", "1.32.9-20260210", "v1.32.9-eks-113cf36", "20260210",
	  "2026-02-10T18:12:44.000Z" },
	{ "1.33", "1.33.5-20260203", "v1.33.5-eks-113cf36", "20260203",
	  "2026-02-03T18:21:07.000Z" },
	{ "1.33", "1.33.5-20260210", "v1.33.5-eks-113cf36", "20260210",
	  "2026-02-10T18:22:38.000Z" },
	{ "1.34", "1.34.2-20260203", "v1.34.2-eks-113cf36", "20260203",
	  "2026-02-03T18:30:19.000Z" },
	{ "1.34", "1.34.2-20260210", "v1.34.2-eks-113cf36", "20260210",
	  "2026-02-10T18:31:05.000Z" },
	{ 0 },
};
/* clang-format on */

const struct sim_release *
sim_release_latest(const char *minor)
{
	const struct sim_release *last = NULL;

	for (const struct sim_release *r = sim_releases; r->minor; r++)
		if (str_eq(r->minor, minor))
			last = r;
	return last;
}

const struct sim_release *
sim_release_settled(const char *minor)
{
	const struct sim_release *last = sim_release_latest(minor);

	if (!last)
		return &sim_releases[4]; /* a version unheard of: 1.33 */
	return last > sim_releases && str_eq(last[-1].minor, minor) ? last - 1
								   : last;
}

const struct sim_release *
sim_release_find(const char *version)
{
	for (const struct sim_release *r = sim_releases; r->minor; r++)
		if (str_eq(r->version, version))
			return r;
	return NULL;
}
