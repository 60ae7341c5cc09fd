"""Calls that RDS refuses, made one after another; prints what boto3 made of each refusal as JSON."""

import json
import sys

import boto3
from botocore.exceptions import ClientError

identifier = sys.argv[1]
rds = boto3.client("rds")
existing = rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]
new = {
    "DBInstanceIdentifier": "another",
    "DBInstanceClass": "db.t3.medium",
    "Engine": "postgres",
    "AllocatedStorage": 20,
    "MasterUsername": "someone",
    "MasterUserPassword": "correct-horse",
    "DBSubnetGroupName": existing["DBSubnetGroup"]["DBSubnetGroupName"],
}


def reboot_twice():
    rds.reboot_db_instance(DBInstanceIdentifier=identifier)
    rds.reboot_db_instance(DBInstanceIdentifier=identifier, ForceFailover=True)


calls = {
    "describe an absent instance": lambda: rds.describe_db_instances(DBInstanceIdentifier="absent"),
    "fail over an absent instance": lambda: rds.reboot_db_instance(
        DBInstanceIdentifier="absent", ForceFailover=True
    ),
    "create what exists": lambda: rds.create_db_instance(**{**new, "DBInstanceIdentifier": identifier}),
    "create Multi-AZ in one zone": lambda: rds.create_db_instance(
        **new, MultiAZ=True, AvailabilityZone="us-east-1a"
    ),
    "create with a short password": lambda: rds.create_db_instance(**{**new, "MasterUserPassword": "short"}),
    "create in an absent parameter group": lambda: rds.create_db_instance(**new, DBParameterGroupName="absent"),
    "describe an absent parameter group": lambda: rds.describe_db_parameters(DBParameterGroupName="absent"),
    "describe too few": lambda: rds.describe_db_instances(MaxRecords=5),
    "delete without a word on the snapshot": lambda: rds.delete_db_instance(DBInstanceIdentifier=identifier),
    "fail over while rebooting": reboot_twice,
}
refusals = {}
for name, call in calls.items():
    try:
        call()
        refusals[name] = "accepted"
    except ClientError as error:
        refusals[name] = [
            type(error).__name__,
            error.response["Error"]["Code"],
            error.response["ResponseMetadata"]["HTTPStatusCode"],
        ]
rds.get_waiter("db_instance_available").wait(
    DBInstanceIdentifier=identifier, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
)
print(json.dumps(refusals))
