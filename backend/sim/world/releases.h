/*
 * Releases of the Amazon EKS optimised AL2023 image: what nodes run, and what
 * they could be updated to.
 */
#ifndef SIM_WORLD_RELEASES_H
#define SIM_WORLD_RELEASES_H

#include "backend/base/mem.h"

struct sim_release {
	const char *minor;   /* of Kubernetes: "1.33" */
	const char *version; /* "1.33.5-20260203": releaseVersion */
	const char *kubelet; /* "v1.33.5-eks-113cf36" */
	const char *date;    /* "20260203" */
	const char *created; /* CreationDate of the images */
};

/* Oldest first; ends with minor NULL. */
extern const struct sim_release sim_releases[];
/* What is recommended for this minor version; NULL: it is not supported. */
const struct sim_release *sim_release_latest(const char *minor);
/* What a fleet of this minor version runs that was last updated a while ago:
 * the one before the latest. */
const struct sim_release *sim_release_settled(const char *minor);
const struct sim_release *sim_release_find(const char *version);

#endif
