"""Writes sandbox/tables/apiModels.json: what the clouds' own API models say of the members that the arguments of
sandbox/tables/requests.json become. The models come from PyPI: botocore for AWS, google-api-python-client for Google.

    python3 scripts/apiModels.py            the versions the table was made from
    python3 scripts/apiModels.py --latest   the newest versions
    python3 scripts/apiModels.py --check    compare with the table; ends with 1 when it differs, with 2 when the packages
                                            cannot be had
"""

import glob
import gzip
import json
import os
import subprocess
import sys
import tempfile
import zipfile

TABLES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "sandbox", "tables")
TABLE = os.path.join(TABLES, "apiModels.json")
PACKAGES = ("botocore", "google-api-python-client")
SERVICES = {
    "ec2": "2016-11-15",
    "logs": "2014-03-28",
    "iam": "2010-05-08",
    "elbv2": "2015-12-01",
    "autoscaling": "2011-01-01",
    "rds": "2014-10-31",
    "acm": "2015-12-08",
    "route53": "2013-04-01",
    "backup": "2018-11-15",
    "codeartifact": "2018-09-22",
    "kms": "2014-11-01",
    "s3": "2006-03-01",
    "sns": "2010-03-31",
    "sqs": "2012-11-05",
    "events": "2015-10-07",
    "lambda": "2015-03-31",
    "scheduler": "2021-06-30",
    "secretsmanager": "2017-10-17",
    "cloudtrail": "2013-11-01",
    "cloudwatch": "2010-08-01",
    "cloudcontrol": "2021-09-30",
}
DOCUMENTS = {
    "compute": "compute.v1",
    "dns": "dns.v1",
    "googleIam": "iam.v1",
    "run": "run.v2",
    "cloudscheduler": "cloudscheduler.v1",
    "secretmanager": "secretmanager.v1",
    "monitoring": "monitoring.v3",
}
FACTS = ("enum", "pattern", "min", "max")


def download(package, version, folder):
    """The package as one opened wheel, and its version."""
    wanted = package if version is None else f"{package}=={version}"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":none:"]
    subprocess.run([*pip, "--dest", folder, wanted], check=True)
    (wheel,) = glob.glob(os.path.join(folder, package.replace("-", "_") + "-*.whl"))
    return zipfile.ZipFile(wheel), os.path.basename(wheel).split("-")[1]


class Aws:
    """One service's model of botocore."""

    def __init__(self, wheel, service):
        path = f"botocore/data/{service}/{SERVICES[service]}/service-2.json.gz"
        self.model = json.loads(gzip.decompress(wheel.read(path)))

    def shape(self, name):
        return self.model["shapes"][name]

    def input(self, operation):
        return self.shape(self.model["operations"][operation]["input"]["shape"])

    def facts(self, operation, path):
        shape = self.input(operation)
        for step in path.split("."):
            shape = self.inner(shape)
            known = {"value": shape["value"]} if shape["type"] == "map" else shape["members"]
            if step not in known:
                raise SystemExit(f"{operation} has no member {path}: no {step} among {', '.join(known)}")
            shape = self.shape(known[step]["shape"])
        facts = self.inner(shape)
        return {"type": facts["type"], **{fact: facts[fact] for fact in FACTS if fact in facts}}

    def inner(self, shape):
        while shape["type"] == "list":
            shape = self.shape(shape["member"]["shape"])
        return shape


class Google:
    """One discovery document."""

    def __init__(self, wheel, service):
        path = f"googleapiclient/discovery_cache/documents/{DOCUMENTS[service]}.json"
        self.model = json.loads(wheel.read(path))

    def facts(self, schema, path):
        found = self.model["schemas"][schema]
        for step in path.split("."):
            found = self.inner(found)
            if step not in found["properties"]:
                raise SystemExit(f"{schema} has no property {path}: no {step} among {', '.join(found['properties'])}")
            found = found["properties"][step]
        facts = self.inner(found)
        known = {fact: facts[fact] for fact in ("enum", "pattern") if fact in facts}
        return {"type": facts["type"], **known}

    def inner(self, schema):
        while True:
            if "$ref" in schema:
                schema = self.model["schemas"][schema["$ref"]]
            elif schema.get("type") == "array":
                schema = schema["items"]
            else:
                return schema


def table(versions):
    with open(os.path.join(TABLES, "requests.json")) as file:
        requests = json.load(file)
    with tempfile.TemporaryDirectory() as folder:
        wheels = [download(package, version, folder) for package, version in zip(PACKAGES, versions)]
        models = {service: Aws(wheels[0][0], service) for service in SERVICES}
        documents = {service: Google(wheels[1][0], service) for service in DOCUMENTS}
        models.update(documents)
        arguments, operations = {}, {}
        for kind, paths in requests.items():
            arguments[kind] = {}
            for argument, request in paths.items():
                if request is None:
                    continue
                service, operation, path = request.split(" ")
                arguments[kind][argument] = models[service].facts(operation, path)
                if service in SERVICES:
                    operations[f"{service} {operation}"] = models[service].input(operation).get("required", [])
        revisions = {DOCUMENTS[service]: document.model["revision"] for service, document in documents.items()}
    packages = {package: wheel[1] for package, wheel in zip(PACKAGES, wheels)}
    return {
        "source": "PyPI botocore (service models) and google-api-python-client (discovery documents)",
        "packages": packages,
        "services": SERVICES,
        "revisions": revisions,
        "required": dict(sorted(operations.items())),
        "arguments": arguments,
    }


def recorded():
    if not os.path.exists(TABLE):
        return (None, None)
    with open(TABLE) as file:
        packages = json.load(file)["packages"]
    return tuple(packages[package] for package in PACKAGES)


def main(flags):
    try:
        fresh = table((None, None) if "--latest" in flags else recorded())
    except subprocess.CalledProcessError:
        print("the packages cannot be had", file=sys.stderr)
        return 2
    if "--check" in flags:
        with open(TABLE) as file:
            same = json.load(file) == fresh
        print("the table is what its sources say" if same else "the table differs from its sources")
        return 0 if same else 1
    with open(TABLE, "w") as file:
        file.write(json.dumps(fresh, indent=1, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
