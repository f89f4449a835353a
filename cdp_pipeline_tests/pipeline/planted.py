"""One made-up person in all entities and formats, beside the sample: what is planted, and the values that must go."""

import gzip
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.values.key_text import without_marks

FIRST, LAST = "2026-11-16", "2026-11-18"
NAME, PHONE, EMAIL = "Tôn Nữ Quỳnh Giao", "0987601234", "quynh.giao@example.com"
SHARED_PHONE, RELATIVE = "0987605678", "Vương Quốc Thắng"
CUSTOMER = {"systemName": "CRM", "internalCompanyId": "ORG1", "customerId": "KH-990077"}
NAMED = {**CUSTOMER, "customerName": NAME, "customerPhone": PHONE, "customerEmail": EMAIL}
PRODUCT = {"productSku": "SKU-1", "productName": "Hạt cho mèo"}
TIME = 1763300000000

OWN_TEXTS = (
    NAME, "987601234", "+84987601234", EMAIL, "quynh.giao", "KH-990077", "LEAD-990077", "079185004321", "C7700123",
    "fb.quynhgiao", "zalo.quynhgiao", "MEM-990077", "ACT-990077", "CMT-990077", "RVW-990077", "SUB-990077",
    "moego-990077", "12 ngõ Hoa Giấy", "photos/990077.jpg", "mèo Mướp đáng yêu quá", "sinh nhật bé Mướp", "Giao Quỳnh",
    "em-990077", "sms-990077", "size giày 37 rưỡi", "Công Tằng Huyền Giao", "gặp ở tiệm thú cưng",
)  # fmt: skip
"""Values of nobody else: none of them may be left."""

CORRECTED = {
    "attribute": "display_name",
    "value": "Công Tằng Huyền Giao",
    "reason": "Công Tằng Huyền Giao by her passport",
}
"""What the person has corrected."""

OVERRIDE = ("Giao Quỳnh", "gặp ở tiệm thú cưng")
"""Who decided that two records are hers, and why."""

ENTRIES: dict[str, dict[str, Any]] = {
    "customer-identity": {
        **CUSTOMER, "fullName": NAME, "phone": PHONE, "email": EMAIL, "identityNo": "079185004321",
        "passportNo": "C7700123", "nickNames": ["Giao Quỳnh"], "gender": "female", "dob2": "1985-03-07",
        "address": "12 ngõ Hoa Giấy", "ward": "Phường 5", "district": "Quận 3", "city": "Hồ Chí Minh", "country": "VN",
        "createdAt": TIME, "updatedAt": TIME, "customFieldTexts": {"note": "sinh nhật bé Mướp"},
        "shoe": "size giày 37 rưỡi",
    },
    "customer-identity-address": {
        **CUSTOMER, "addressType": "Live", "country": "VN", "city": "Hồ Chí Minh", "district": "Quận 3",
        "ward": "Phường 5", "address": "12 ngõ Hoa Giấy", "startTime": TIME,
    },
    "customer-identity-email": {**CUSTOMER, "email": EMAIL, "emailType": "PERSONAL", "primary": True},
    "customer-identity-photo": {**CUSTOMER, "source": "FACEBOOK", "imageUrl": "https://cdn.example.com/photos/990077.jpg"},
    "customer-membership": {**NAMED, "membershipId": "MEM-990077", "membershipIssuedAt": TIME, "earnPoint": 10},
    "customer-product-activity": {
        **NAMED, **PRODUCT, "actionId": "ACT-990077", "action": "PURCHASE", "actionAt": TIME,
        "productCategoryId": "CAT1", "price": 120000, "quantity": 1,
    },
    "customer-product-comment": {
        **NAMED, **PRODUCT, "commentId": "CMT-990077", "content": "mèo Mướp đáng yêu quá", "commentedAt": TIME,
    },
    "customer-product-review": {
        **NAMED, **PRODUCT, "reviewId": "RVW-990077", "content": "mèo Mướp đáng yêu quá", "reviewedAt": TIME,
        "rating": 5,
    },
    "customer-product-subscriber": {
        **NAMED, **PRODUCT, "subscribeId": "SUB-990077", "subscribeAt": TIME, "status": "Subscribed",
        "customerAddress": "12 ngõ Hoa Giấy",
    },
    "customer-relationship": {
        **CUSTOMER, "relationshipId": "KH-990078", "relationship": "FRIEND", "fullName": RELATIVE,
        "phone": SHARED_PHONE, "createdAt": TIME,
    },
    "lead-information": {
        "systemName": "Ads", "internalCompanyId": "ORG1", "leadId": "LEAD-990077", "fullName": NAME, "phone": PHONE,
        "email": EMAIL, "facebookId": "fb.quynhgiao", "zaloId": "zalo.quynhgiao", "createdAt": TIME, "updatedAt": TIME,
    },
    "lead-status-history": {
        "systemName": "Ads", "internalCompanyId": "ORG1", "leadId": "LEAD-990077", "oldStatus": "NEW",
        "newStatus": "WON", "changedAt": TIME, "reason": "sinh nhật bé Mướp",
    },
    "email-interaction": {
        "systemName": "Mail", "internalCompanyId": "ORG1", "id": "em-990077", "email": EMAIL,
        "serviceProvider": "sendgrid", "event": "OPEN", "eventAt": TIME, "actionAt": TIME,
        "subject": "sinh nhật bé Mướp",
    },
    "sms-interaction": {
        "systemName": "Sms", "internalCompanyId": "ORG1", "id": "sms-990077", "phoneNumber": PHONE,
        "serviceProvider": "esms", "event": "DELIVERED", "eventAt": TIME, "actionAt": TIME, "text": "sinh nhật bé Mướp",
    },
    "moego-lead": {
        "id": "moego-990077", "companyId": "ORG1", "firstName": "Quỳnh Giao", "lastName": "Tôn Nữ", "phone": PHONE,
        "email": EMAIL, "address": {"address1": "12 ngõ Hoa Giấy", "city": "Hồ Chí Minh", "country": "VN"},
        "createdTime": "2026-11-16T08:00:00Z", "lastUpdatedTime": "2026-11-16T08:00:00Z",
        "pets": [{"name": "bé Mướp"}],
    },
}  # fmt: skip

HOUSEHOLD = {
    **CUSTOMER, "customerId": "KH-990078", "fullName": RELATIVE, "phone": SHARED_PHONE, "gender": "male",
    "address": "9 đường Khác", "ward": "Phường 1", "district": "Quận 1", "city": "Hồ Chí Minh", "country": "VN",
    "createdAt": TIME, "updatedAt": TIME,
}  # fmt: skip


_OF_KIND = {
    kinds.PERSON_IDENTIFIER: CUSTOMER["customerId"], kinds.IDENTIFIER: "ACT-990077", kinds.PHONE: PHONE,
    kinds.EMAIL: EMAIL, kinds.PERSON_NAME: NAME, kinds.EVENT_TIMESTAMP: TIME,
}  # fmt: skip


def declared_entry(entity: Entity) -> dict[str, Any]:
    """The person in an entity of which nobody wrote down what she has in it."""
    known = {column.source: _OF_KIND[column.kind] for column in entity.columns if column.kind in _OF_KIND}
    return known | {name: CUSTOMER[name] for name in ("systemName", "internalCompanyId")}


def plant(raw: Path) -> None:
    """Put the person into every folder: on the last day in many formats, on the first one as late files."""
    formats = ("ndjson", "csv", "json", "parquet", "xlsx", "ndjson.gz")
    others = {e.object_type: declared_entry(e) for e in ENTITIES if e.object_type not in ENTRIES}
    for number, (object_type, entry) in enumerate((ENTRIES | others).items()):
        flat = not any(isinstance(value, dict | list) for value in entry.values())
        ending = formats[number % len(formats)] if flat else "ndjson"
        _write(raw / object_type / LAST / f"planted.{ending}", [entry])
        _write(raw / object_type / FIRST / "late.ndjson", [entry])
    both = ENTRIES["customer-identity"] | {"phone": f"{PHONE} / {SHARED_PHONE}", "updatedAt": TIME + 1}
    _write(raw / "customer-identity" / LAST / "household.ndjson", [both, HOUSEHOLD])
    page = {"leads": [ENTRIES["moego-lead"]], "nextPageToken": ""}
    _write(raw / "moego-lead" / LAST / "list.json", page)
    bad = raw / "customer-identity" / LAST / "rejected.ndjson"
    entry = ENTRIES["customer-identity"]
    cut = json.dumps(entry, ensure_ascii=False)[:150]
    bad.write_text(json.dumps(entry | {"yob": "abc"}, ensure_ascii=False) + "\n" + cut + "\n", encoding="utf-8")


def _write(path: Path, entries: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries)
    match path.suffixes:
        case [*_, ".gz"]:
            path.write_bytes(gzip.compress(lines.encode()))
        case [".csv"]:
            pl.DataFrame(entries).write_csv(path)
        case [".parquet"]:
            pl.DataFrame(entries).write_parquet(path)
        case [".xlsx"]:
            pl.DataFrame(entries).write_excel(path)
        case [".json"]:
            path.write_text(json.dumps(entries, ensure_ascii=False), encoding="utf-8")
        case _:
            path.write_text(lines, encoding="utf-8")


def forbidden() -> set[str]:
    """The values as they are, in upper and lower case, folded, and hashed without a key."""
    forms = {
        form
        for text in OWN_TEXTS
        for plain in (text, without_marks(text))
        for form in (plain, plain.lower(), plain.upper())
    }
    hashes = {hashlib.new(name, form.encode()).hexdigest() for form in forms for name in ("md5", "sha256", "sha1")}
    return forms | hashes


def files_of(folder: Path, but: Path) -> Iterator[Path]:
    """All files below a folder, without those below another one."""
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_relative_to(but))


def found_in(folder: Path, but: Path) -> set[tuple[str, str]]:
    """Which forbidden forms stand in which files, Parquet files decoded as well."""
    words = [(form, form.encode()) for form in forbidden()]
    found = set()
    for path in files_of(folder, but):
        content = path.read_bytes()
        if path.suffix == ".parquet":
            rows = pl.read_parquet(path, glob=False).to_dicts()
            content += json.dumps(rows, ensure_ascii=False, default=str).encode()
        found |= {(path.relative_to(folder).as_posix(), form) for form, encoded in words if encoded in content}
    return found


def override(file: Path, keys: list[str]) -> None:
    """Write an overrides file by which two records are the person's."""
    header = "record_key_a,record_key_b,decision,by,why,when"
    file.write_text("\n".join([header, ",".join([*keys, "same", *OVERRIDE, "2026-11-20"]), ""]), encoding="utf-8")


def copy_sample(sample: Path, raw: Path) -> None:
    """The committed sample with the person in it."""
    shutil.copytree(sample, raw, dirs_exist_ok=True)
    plant(raw)
