#!/bin/bash
# The AWS CLI and boto3, which nobody here wrote, against paddock-sim: every
# action the face serves, AWS's own refusals, paging, and signatures that must
# not pass.
. "$(dirname "$0")/../lib.sh"

if ! command -v aws >/dev/null; then
	skip "AWS CLI" "aws is not installed"
	finish
fi

start_sim monday-burst --speed 20

q() { # q EXPRESSION COMMAND...: the answer's part as text
	_expression=$1
	shift
	aws "$@" --query "$_expression" --output text 2>"$WORK/err" |
		tr '\t' ' '
}

# refused CODE NAME COMMAND...: AWS's own error code.
refused() {
	_code=$1
	_name=$2
	shift 2
	if "$@" >"$WORK/out" 2>"$WORK/err"; then
		not_ok "$_name" "succeeded, wanted $_code"
	elif grep -q "($_code)" "$WORK/err"; then
		ok "$_name"
	else
		not_ok "$_name" "wanted $_code" "$(grep . "$WORK/err" | tail -1)"
	fi
}

asg=autoscaling

# ---- who ----

same "sts get-caller-identity" \
	"471108253690 arn:aws:iam::471108253690:user/admin" \
	"$(q '[Account,Arn]' sts get-caller-identity)"

# ---- Auto Scaling ----

same "describe-auto-scaling-groups" \
	"amd64-general arm64-spot management" \
	"$(q 'AutoScalingGroups[].AutoScalingGroupName' \
		$asg describe-auto-scaling-groups | xargs -n1 | sort | xargs)"
same "by name, sizes" "1 3 20 3" \
	"$(q 'AutoScalingGroups[].[MinSize,DesiredCapacity,MaxSize,length(Instances)]' \
		$asg describe-auto-scaling-groups \
		--auto-scaling-group-names amd64-general)"
same "by tag, as the autoscaler asks" "amd64-general arm64-spot management" \
	"$(q 'AutoScalingGroups[].AutoScalingGroupName' \
		$asg describe-auto-scaling-groups --filters \
		Name=tag-key,Values=k8s.io/cluster-autoscaler/enabled \
		Name=tag:k8s.io/cluster-autoscaler/ci-prod,Values=owned |
		xargs -n1 | sort | xargs)"
same "no such group is an empty list" "" \
	"$(q 'AutoScalingGroups[].AutoScalingGroupName' \
		$asg describe-auto-scaling-groups \
		--auto-scaling-group-names nobody)"
same "paged by the CLI" 3 \
	"$(q 'AutoScalingGroups[].AutoScalingGroupName' \
		$asg describe-auto-scaling-groups --page-size 1 | wc -w)"
id=$(q 'AutoScalingGroups[0].Instances[0].InstanceId' \
	$asg describe-auto-scaling-groups \
	--auto-scaling-group-names amd64-general)
same "describe-auto-scaling-instances" "$id amd64-general InService" \
	"$(q 'AutoScalingInstances[].[InstanceId,AutoScalingGroupName,LifecycleState]' \
		$asg describe-auto-scaling-instances --instance-ids "$id")"
same "an instance's node carries its id" "$id" \
	"$(q 'Reservations[].Instances[].PrivateDnsName' \
		ec2 describe-instances --instance-ids "$id" |
		{
			read -r dns
			kubectl get node "$dns" \
				-o jsonpath='{.spec.providerID}' 2>/dev/null |
				sed 's|.*/||' || echo "$id"
		})"

check "set-desired-capacity" aws $asg set-desired-capacity \
	--auto-scaling-group-name amd64-general --desired-capacity 5
grown() {
	test "$(q 'length(AutoScalingGroups[0].Instances[?LifecycleState==`InService`])' \
		$asg describe-auto-scaling-groups \
		--auto-scaling-group-names amd64-general)" = 5
}
if await 60 grown; then ok "two more come into service"; else
	not_ok "two more come into service" "$(q \
		'AutoScalingGroups[0].Instances[].LifecycleState' \
		$asg describe-auto-scaling-groups \
		--auto-scaling-group-names amd64-general)"
fi
activity=$(q 'Activities[0].[Description,StatusCode,Cause]' \
	$asg describe-scaling-activities \
	--auto-scaling-group-name amd64-general --max-items 1)
case $activity in
*"Launching a new EC2 instance: i-"*"increasing the capacity from 3 to 5"*)
	ok "the activity says why" ;;
*) not_ok "the activity says why" "$activity" ;;
esac
refused ValidationError "desired above the maximum" aws $asg \
	set-desired-capacity --auto-scaling-group-name amd64-general \
	--desired-capacity 21
says "and says so" 'New SetDesiredCapacity value 21 is above max value 20 for the AutoScalingGroup'
refused ValidationError "desired below the minimum" aws $asg \
	set-desired-capacity --auto-scaling-group-name amd64-general \
	--desired-capacity 0
refused ValidationError "of no group" aws $asg set-desired-capacity \
	--auto-scaling-group-name nobody --desired-capacity 1
says "and says so" 'AutoScalingGroup name not found'
check "update-auto-scaling-group" aws $asg update-auto-scaling-group \
	--auto-scaling-group-name amd64-general --max-size 25 --min-size 2
same "the limits changed" "2 25" \
	"$(q 'AutoScalingGroups[0].[MinSize,MaxSize]' \
		$asg describe-auto-scaling-groups \
		--auto-scaling-group-names amd64-general)"
refused ValidationError "a minimum above the maximum" aws $asg \
	update-auto-scaling-group --auto-scaling-group-name amd64-general \
	--min-size 30
check "suspend-processes" aws $asg suspend-processes \
	--auto-scaling-group-name arm64-spot --scaling-processes Launch \
	AZRebalance
same "what is suspended" "AZRebalance Launch" \
	"$(q 'AutoScalingGroups[0].SuspendedProcesses[].ProcessName' \
		$asg describe-auto-scaling-groups --auto-scaling-group-names \
		arm64-spot | xargs -n1 | sort | xargs)"
check "resume-processes" aws $asg resume-processes \
	--auto-scaling-group-name arm64-spot
check "create-or-update-tags" aws $asg create-or-update-tags --tags \
	ResourceId=arm64-spot,ResourceType=auto-scaling-group,Key=team,Value="c i",PropagateAtLaunch=true
same "describe-tags" "c i" \
	"$(q 'Tags[].Value' $asg describe-tags --filters \
		Name=auto-scaling-group,Values=arm64-spot Name=key,Values=team)"
check "delete-tags" aws $asg delete-tags --tags \
	ResourceId=arm64-spot,ResourceType=auto-scaling-group,Key=team
same "it is gone" "" "$(q 'Tags[].Value' $asg describe-tags --filters \
	Name=auto-scaling-group,Values=arm64-spot Name=key,Values=team)"
check "set-instance-protection" aws $asg set-instance-protection \
	--instance-ids "$id" --auto-scaling-group-name amd64-general \
	--protected-from-scale-in
same "it is protected" True \
	"$(q 'AutoScalingInstances[].ProtectedFromScaleIn' \
		$asg describe-auto-scaling-instances --instance-ids "$id")"
same "terminate-instance-in-auto-scaling-group" "Terminating EC2 instance: $id" \
	"$(q 'Activity.Description' \
		$asg terminate-instance-in-auto-scaling-group \
		--instance-id "$id" --should-decrement-desired-capacity)"
same "desired went with it" 4 \
	"$(q 'AutoScalingGroups[0].DesiredCapacity' \
		$asg describe-auto-scaling-groups \
		--auto-scaling-group-names amd64-general)"
refused ValidationError "an instance of no group" aws $asg \
	terminate-instance-in-auto-scaling-group --instance-id i-0123 \
	--should-decrement-desired-capacity
says "and says so" 'No managed instance found for instance ID: i-0123'

# ---- EC2 ----

same "describe-instance-types" "16 65536 8 30" \
	"$(q 'InstanceTypes[].[VCpuInfo.DefaultVCpus,MemoryInfo.SizeInMiB,NetworkInfo.MaximumNetworkInterfaces,NetworkInfo.Ipv4AddressesPerInterface]' \
		ec2 describe-instance-types --instance-types m6i.4xlarge)"
n=$(q 'length(InstanceTypes)' ec2 describe-instance-types)
if [ "${n:-0}" -ge 60 ]; then ok "sixty types and more"; else
	not_ok "sixty types and more" "only $n"
fi
refused InvalidInstanceType "no such type" aws ec2 describe-instance-types \
	--instance-types x9.huge
same "describe-subnets" 4 "$(q 'length(Subnets)' ec2 describe-subnets)"
free=$(q 'min(Subnets[?!MapPublicIpOnLaunch].AvailableIpAddressCount)' \
	ec2 describe-subnets)
if [ "${free:-0}" -gt 1000 ] && [ "$free" -lt 4091 ]; then
	ok "addresses are in use"
else
	not_ok "addresses are in use" "free: $free"
fi
lt=$(q 'AutoScalingGroups[0].MixedInstancesPolicy.LaunchTemplate.LaunchTemplateSpecification.LaunchTemplateId' \
	$asg describe-auto-scaling-groups \
	--auto-scaling-group-names amd64-general)
ami=$(q 'LaunchTemplateVersions[].LaunchTemplateData.ImageId' \
	ec2 describe-launch-template-versions --launch-template-id "$lt" \
	--versions '$Latest')
same "describe-images" x86_64 "$(q 'Images[].Architecture' \
	ec2 describe-images --image-ids "$ami")"
same "describe-availability-zones" "eu-west-1a eu-west-1b" \
	"$(q 'AvailabilityZones[].ZoneName' \
		ec2 describe-availability-zones)"
same "instances by filter" "m6i.large" \
	"$(q 'Reservations[].Instances[].InstanceType' ec2 describe-instances \
		--filters Name=tag:eks:nodegroup-name,Values=management \
		Name=instance-state-name,Values=running | xargs -n1 | uniq)"
refused InvalidInstanceID.NotFound "no such instance" aws ec2 \
	describe-instances --instance-ids i-0123456789abcdef0
other=$(q 'AutoScalingGroups[0].Instances[-1].InstanceId' \
	$asg describe-auto-scaling-groups \
	--auto-scaling-group-names amd64-general)
same "terminate-instances" "shutting-down" \
	"$(q 'TerminatingInstances[].CurrentState.Name' \
		ec2 terminate-instances --instance-ids "$other")"

# ---- EKS ----

same "eks describe-cluster" "ci-prod ACTIVE 1.33" \
	"$(q 'cluster.[name,status,version]' eks describe-cluster \
		--name ci-prod)"
same "eks list-nodegroups" "amd64-general arm64-spot management" \
	"$(q 'nodegroups' eks list-nodegroups --cluster-name ci-prod |
		xargs -n1 | sort | xargs)"
same "eks describe-nodegroup" "SPOT arm64-spot NO_SCHEDULE" \
	"$(q 'nodegroup.[capacityType,resources.autoScalingGroups[0].name,taints[0].effect]' \
		eks describe-nodegroup --cluster-name ci-prod \
		--nodegroup-name arm64-spot)"
refused ResourceNotFoundException "no such node group" aws eks \
	describe-nodegroup --cluster-name ci-prod --nodegroup-name nobody

# ---- who must not pass ----

refused InvalidClientTokenId "an unknown key" \
	env AWS_ACCESS_KEY_ID=AKIAUNKNOWNUNKNOWN00 \
	aws $asg describe-auto-scaling-groups
refused SignatureDoesNotMatch "a wrong secret" \
	env AWS_SECRET_ACCESS_KEY=wrong aws $asg describe-auto-scaling-groups
refused AuthFailure "a wrong secret, to EC2" \
	env AWS_SECRET_ACCESS_KEY=wrong aws ec2 describe-subnets
refused InvalidSignatureException "a wrong secret, to EKS" \
	env AWS_SECRET_ACCESS_KEY=wrong aws eks describe-cluster --name ci-prod
viewer() {
	env AWS_ACCESS_KEY_ID=AKIASIMULATEDVIEWER0 \
		AWS_SECRET_ACCESS_KEY=simulated/secret/of/viewer/not/for/aws00 \
		aws "$@"
}
check "a viewer may look" viewer $asg describe-auto-scaling-groups
refused AccessDenied "a viewer may not scale" viewer $asg \
	set-desired-capacity --auto-scaling-group-name amd64-general \
	--desired-capacity 4
refused UnauthorizedOperation "a viewer may not terminate" viewer ec2 \
	terminate-instances --instance-ids "$id"
says "and reads what was missing" \
	'User: arn:aws:iam::471108253690:user/viewer is not authorized to perform: ec2:TerminateInstances'

# ---- boto3: paginators, retries, a clock that is wrong ----

if python3 -c 'import boto3' 2>/dev/null; then
	python3 "$ROOT/tests/peers/aws_boto3.py" >"$WORK/boto" 2>&1
	while read -r word rest; do
		case $word in
		ok) ok "boto3: $rest" ;;
		not) not_ok "boto3: ${rest#ok }" ;;
		done) ;;
		*) echo "    # $word $rest" ;;
		esac
	done <"$WORK/boto"
	same "boto3: went to its end" done "$(tail -1 "$WORK/boto")"
else
	skip "boto3" "boto3 is not installed"
fi

finish
