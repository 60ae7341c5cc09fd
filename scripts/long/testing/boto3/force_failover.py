"""Forces a failover of a DB instance as an operator's script does, and prints what boto3 saw as JSON."""

import json
import sys
import time

import boto3

identifier = sys.argv[1]
rds = boto3.client("rds")


def instance():
    return rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]


def zones():
    seen = instance()
    return {"primary": seen["AvailabilityZone"], "standby": seen.get("SecondaryAvailabilityZone")}


before = zones()
answer = rds.reboot_db_instance(DBInstanceIdentifier=identifier, ForceFailover=True)
rds.get_waiter("db_instance_available").wait(
    DBInstanceIdentifier=identifier, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
)
deadline = time.monotonic() + 120
while zones()["standby"] is None and time.monotonic() < deadline:
    time.sleep(0.5)
events = rds.describe_events(
    SourceType="db-instance",
    SourceIdentifier=identifier,
    EventCategories=["failover"],
    Duration=60,
)["Events"]
print(
    json.dumps(
        {
            "accepted": answer["DBInstance"]["DBInstanceStatus"],
            "before": before,
            "after": zones(),
            "status": instance()["DBInstanceStatus"],
            "events": [{"message": event["Message"], "categories": event["EventCategories"]} for event in events],
        }
    )
)
