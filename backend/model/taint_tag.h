/*
 * An Auto Scaling group's tags that tell an autoscaler which taints its nodes
 * will have (reference integrations I).
 */
#ifndef MODEL_TAINT_TAG_H
#define MODEL_TAINT_TAG_H

#include "backend/model/cloud.h"

#define TAINT_TAG "k8s.io/cluster-autoscaler/node-template/taint/"

/* "value:Effect": anything else is no taint to an autoscaler. */
bool taint_tag_has_effect(const char *value);
/* The group's first taint tag without an effect, borrowed; NULL: none. */
const struct group_tag *taint_tag_lame(const struct group *g);

#endif
