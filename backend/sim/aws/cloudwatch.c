#include "backend/sim/aws/face.h"
const struct aws_action aws_cloudwatch_actions[] = { { 0 } };
const struct aws_action aws_ssm_actions[] = { { 0 } };
