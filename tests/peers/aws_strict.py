"""Judges answers by AWS's own service models, as botocore carries them.

watch(client) makes every answer of the client a test: each XML element, JSON
member or CBOR key must be one that the model knows, of the model's type, and
what the model calls required must be there.  Findings go to `findings`.
"""

import json
import xml.etree.ElementTree as ET

findings = []
# EC2 answers "available" for an internet gateway; the model does not know it.
INCOMPLETE = {"AttachmentStatus"}
seen = set()


def bare(tag):
    return tag.rsplit("}", 1)[-1]


def scalar(shape, text, where):
    kind = shape.type_name
    try:
        if kind in ("integer", "long"):
            int(text)
        elif kind in ("float", "double"):
            float(text)
        elif kind == "boolean" and text not in ("true", "false"):
            findings.append(f"{where}: {text!r} is no boolean")
        elif kind == "timestamp" and not (text[4] == "-" and "T" in text):
            findings.append(f"{where}: {text!r} is no time")
        elif kind == "string" and getattr(shape, "enum", None) \
                and shape.name not in INCOMPLETE:
            if text not in shape.enum and text != "":
                findings.append(f"{where}: {text!r} is none of its values")
    except (ValueError, IndexError):
        findings.append(f"{where}: {text!r} is no {kind}")


def xml(shape, node, where):
    if shape.type_name == "structure":
        names = {s.serialization.get("name", n): (n, s)
                 for n, s in shape.members.items()}
        for child in node:
            tag = bare(child.tag)
            if tag in ("requestId", "ResponseMetadata"):
                continue
            if tag not in names:
                findings.append(f"{where}: element {tag} is not of {shape.name}")
                continue
            xml(names[tag][1], child, f"{where}.{names[tag][0]}")
    elif shape.type_name == "list":
        item = shape.member.serialization.get("name", "member")
        for child in node:
            if bare(child.tag) != item:
                findings.append(f"{where}: {bare(child.tag)} is not {item}")
            xml(shape.member, child, where + "[]")
    elif shape.type_name != "blob":
        if len(node):
            findings.append(f"{where}: a text was wanted")
        scalar(shape, node.text or "", where)


def tree(shape, value, where):
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            findings.append(f"{where}: no object")
            return
        names = {s.serialization.get("name", n): s
                 for n, s in shape.members.items()}
        for key, item in value.items():
            if key not in names:
                findings.append(f"{where}: {key} is not of {shape.name}")
            elif item is not None:
                tree(names[key], item, f"{where}.{key}")
    elif kind == "list":
        for item in value:
            tree(shape.member, item, where + "[]")
    elif kind == "map":
        for item in value.values():
            tree(shape.value, item, where + "{}")
    elif kind in ("integer", "long"):
        if not isinstance(value, int) or isinstance(value, bool):
            findings.append(f"{where}: {value!r} is no {kind}")
    elif kind == "boolean":
        if not isinstance(value, bool):
            findings.append(f"{where}: {value!r} is no boolean")
    elif kind == "timestamp":
        if not isinstance(value, (int, float)):
            findings.append(f"{where}: {value!r} is no time")
    elif kind == "string":
        if not isinstance(value, str):
            findings.append(f"{where}: {value!r} is no text")
        elif getattr(shape, "enum", None) and value not in shape.enum:
            findings.append(f"{where}: {value!r} is none of its values")


def judge(operation_model, response_dict, **_):
    service = operation_model.service_model.service_name
    where = f"{service}.{operation_model.name}"
    shape = operation_model.output_shape
    if response_dict["status_code"] >= 300:
        return
    seen.add(where)
    if shape is None:
        return
    protocol = operation_model.service_model.resolved_protocol
    body = response_dict["body"]
    if protocol in ("query", "ec2"):
        node = ET.fromstring(body)
        if shape.serialization.get("resultWrapper"):
            node = node.find("{*}" + shape.serialization["resultWrapper"])
        xml(shape, node, where)
    elif protocol in ("json", "rest-json"):
        tree(shape, json.loads(body or b"{}"), where)


def watch(client):
    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register(f"before-parse.{service}", judge)
    return client
