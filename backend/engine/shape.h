/*
 * Shapes of pods and classes of nodes: equal ones are judged once.
 */
#ifndef ENGINE_SHAPE_H
#define ENGINE_SHAPE_H

#include "backend/engine/cluster.h"

uint32_t shape_find(struct cluster *c, const struct pod *p);
/* Selectors of this pod read labels of others: before the first shape. */
void shape_know_terms(struct cluster *c, const struct pod *p);
/* Pods of one class match the same selectors. */
uint32_t label_class_of(struct cluster *c, const struct pod *p);
/* Remembers each kind of anti-affinity term once. */
void anti_terms_know(struct cluster *c, const struct pod *p);
uint32_t node_class_of(struct cluster *c, uint32_t node);
enum plugin shape_static_class(struct cluster *c, struct shape *s,
			       uint32_t class);
enum plugin shape_static(struct cluster *c, struct shape *s, uint32_t node);

#endif
