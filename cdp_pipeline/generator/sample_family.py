"""The family of the sample, written by hand: Nguyễn Thị Minh Anh, her husband and their daughter.

She is one person in six systems, and no two spell her mobile alike: 0903 118 264. The landline, 028 3822 6415, is
also her husband's. The README and the end-to-end test follow her.
"""

from datetime import date
from typing import Any

from cdp_pipeline.generator.catalog import COMPANIES, PRODUCTS
from cdp_pipeline.generator.sheet import Entry, Sheet
from cdp_pipeline.generator.timeline import DAY, HOUR, as_rfc3339, local_midnight

EMAIL = "minhanh.nguyen@mail.example.com"
WORK_EMAIL = "anh.nguyen@office.example.net"
CRM_ID, POS_ID, WEB_ID = "C120901341", "00000004711", "user88213"
LEAD_ID, MOEGO_ID, MEMBERSHIP_ID = "00000000001", "ldg7Qm2xVb91", "M-0001234"
HUSBAND_CRM_ID, HUSBAND_POS_ID = "C120901342", "00000004712"
BIRTH = date(1990, 3, 12)


def write_family(sheet: Sheet) -> None:
    """Put every record of the family on its day."""
    start = sheet.timeline.midnights[0]
    _write_identities(sheet, start)
    _write_husband(sheet, start)
    _write_belongings(sheet, start)
    _write_leads(sheet, start)
    _write_shopping(sheet, start)
    _write_mailings(sheet, start)


def _row(system: str, **fields: Any) -> Entry:
    return {"timezoneGmt": 7, "systemName": system, "internalCompanyId": COMPANIES[0], **fields}


def _write_identities(sheet: Sheet, start: int) -> None:
    crm = _row(
        "CRM",
        customerId=CRM_ID,
        customerGroup="Thân thiết",
        identityNo="079190012345",
        phone="0903 118 264",
        email=EMAIL,
        firstName="Nguyễn",
        middleName="Thị Minh",
        lastName="Anh",
        gender="female",
        dob=local_midnight(BIRTH),
        maritalStatus="Married",
        country="Việt Nam",
        city="Hồ Chí Minh",
        district="Tân Phú",
        ward="Hiệp Tân",
        address="278 Hòa Bình",
        building="Richstar Residence",
        apartmentCode="12.04",
        language="Vietnamese",
        createdAt=start - 2000 * DAY,
        updatedAt=start - 3 * DAY,
        recordStatus="Active",
        customFieldTexts={"customField01": "size M", "customField02": "thích màu xanh"},
    )
    sheet.put("customer-identity", 0, crm)
    # The same row twice in one file: a duplicate, counted and without effect.
    sheet.put("customer-identity", 0, crm)
    pos = _row(
        "POS",
        customerId=POS_ID,
        phone="+84903118264",
        fullName="NGUYEN THI MINH ANH",
        gender="female",
        yob=1990,
        storeId="CH-002",
        storeCity="Hồ Chí Minh",
        storeDistrict="Tân Phú",
        createdAt=start - 700 * DAY,
        updatedAt=start - 40 * DAY,
    )
    sheet.put("customer-identity", 0, pos)
    website = _row(
        "Website",
        customerId=WEB_ID,
        phone="028.3822.6415",
        email="MinhAnh.Nguyen@mail.example.com",
        fullName="Minh Anh Nguyễn",
        nickNames=["Minh Anh", "bé Mây"],
        photos="https://cdn.example.com/u/user88213/1.jpg; https://cdn.example.com/u/user88213/2.jpg",
        sourceChannel="Online",
        sourceName="Facebook Ads",
        createdAt=start - 300 * DAY,
        updatedAt=start + 9 * HOUR,
    )
    sheet.put("customer-identity", 0, website)
    # A partial row: what it does not name stays as it was.
    newer = {name: crm[name] for name in ("timezoneGmt", "systemName", "internalCompanyId", "customerId", "phone")}
    newer |= {"fullName": "Nguyễn Thị Minh Anh", "customerGroup": "VIP", "updatedAt": start + DAY + 10 * HOUR}
    sheet.put("customer-identity", 1, newer)
    # A late row: it arrives last and is older than both, so only what they leave out counts.
    late = {**newer, "customerGroup": "Mới", "religious": "Phật giáo", "updatedAt": start - 90 * DAY}
    sheet.put("customer-identity", 2, late)


def _write_husband(sheet: Sheet, start: int) -> None:
    name, email = "Trần Quốc Bảo", "bao.tran@post.example.net"
    crm = _row(
        "CRM",
        customerId=HUSBAND_CRM_ID,
        phone="02838226415",
        email=email,
        fullName=name,
        gender="male",
        dob2="1988-06-15",
        createdAt=start - 1900 * DAY,
        updatedAt=start - 5 * DAY,
    )
    pos = _row(
        "POS",
        customerId=HUSBAND_POS_ID,
        phone="0918 220 417",
        email=email,
        fullName="TRAN QUOC BAO",
        createdAt=start - 500 * DAY,
        updatedAt=start + 8 * HOUR,
    )
    sheet.put("customer-identity", 0, crm)
    sheet.put("customer-identity", 0, pos)


def _write_belongings(sheet: Sheet, start: int) -> None:
    owner = _row("CRM", customerId=CRM_ID)
    home = {"country": "Việt Nam", "countryAlphaCode2": "VN", "countryAlphaCode3": "VNM", "city": "Hồ Chí Minh"}
    live = owner | home | {"addressType": "Live", "district": "Tân Phú", "ward": "Hiệp Tân", "address": "278 Hòa Bình"}
    live |= {"building": "Richstar Residence", "apartmentCode": "12.04", "startTime": start - 1500 * DAY}
    work = owner | home | {"addressType": "Work", "district": "Quận 1", "ward": "Bến Nghé", "address": "45 Lê Lợi"}
    sheet.put("customer-identity-address", 0, live)
    sheet.put("customer-identity-address", 1, work)
    sheet.put("customer-identity-email", 0, owner | {"email": EMAIL, "emailType": "Personal", "primary": True})
    sheet.put("customer-identity-email", 1, owner | {"email": WORK_EMAIL, "emailType": "Business", "primary": False})
    for day, number in ((0, 31), (1, 32)):
        url = f"https://cdn.example.com/facebook/{CRM_ID}/{number}.jpg"
        sheet.put("customer-identity-photo", day, owner | {"source": "Facebook", "imageUrl": url})
    child = owner | {
        "customerPhone": "0903118264",
        "relationshipId": "R-1",
        "relationship": "child",
        "gender": "female",
    }
    child |= {"firstName": "Châu", "lastName": "Trần Ngọc", "dob": local_midnight(date(2016, 8, 21))}
    husband = owner | {"relationshipId": "R-2", "relationship": "husband", "fullName": "Trần Quốc Bảo"}
    husband |= {"phone": "0918220417", "gender": "male"}
    sheet.put("customer-relationship", 0, child | {"createdAt": start - 30 * DAY, "updatedAt": start - 30 * DAY})
    sheet.put("customer-relationship", 1, husband | {"createdAt": start + DAY, "updatedAt": start + DAY})
    card = _row(
        "Loyalty",
        membershipId=MEMBERSHIP_ID,
        customerId=CRM_ID,
        customerName="NGUYEN T. M. ANH",
        customerPhone="(+84) 903 118 264",
        membershipType="Vàng",
        status="Active",
        membershipIssuedAt=start - 690 * DAY,
        membershipUpdatedAt=start + 11 * HOUR,
        earnPoint=5000,
        redeemPoint=1200,
        loyaltyPoint=3800,
    )
    sheet.put("customer-membership", 0, card)
    points = {"earnPoint": 5600, "loyaltyPoint": 4400, "membershipUpdatedAt": start + 2 * DAY + 15 * HOUR}
    sheet.put("customer-membership", 2, card | points)


def _write_leads(sheet: Sheet, start: int) -> None:
    lead = _row(
        "Landing-Page",
        leadId=LEAD_ID,
        phone="84903118264",
        email=EMAIL,
        fullName="nguyễn minh anh",
        status="Quan tâm",
        gaCid="85154916362.265125484",
        formKey="883995260068542",
        formName="dat-lich-spa",
        formVs="version1",
        tags=["quan tâm thú cưng", "ưu đãi"],
        sourceChannel="Online",
        sourceName="Facebook Ads",
        doubleOptIn="Yes",
        singleOptIn="Yes",
        prospectLevel=2,
        createdAt=start - 12 * DAY,
        updatedAt=start + 7 * HOUR,
        customFieldTexts={"customField01": "gọi sau 18h"},
    )
    sheet.put("lead-information", 0, lead)
    # Arrives in an envelope that protects customField01: what was known stays, what is new comes in.
    called = {"customFieldTexts": {"customField01": "gọi buổi sáng", "customField02": "có một mèo"}}
    sheet.put("lead-information", 1, lead | called | {"updatedAt": start + DAY + 7 * HOUR})
    converted = {"customerId": CRM_ID, "status": "Đã chuyển đổi", "prospectLevel": 4}
    sheet.put("lead-information", 2, lead | converted | {"updatedAt": start + 2 * DAY + 9 * HOUR})
    steps = (("Mới", "Đã liên hệ", -8), ("Đã liên hệ", "Quan tâm", 0), ("Quan tâm", "Đã chuyển đổi", 2))
    for old, new, days in steps:
        step = _row(
            "Landing-Page", leadId=LEAD_ID, oldStatus=old, newStatus=new, changedAt=start + days * DAY + 7 * HOUR
        )
        sheet.put("lead-status-history", max(days, 0), step)
    moego: Entry = {
        "id": MOEGO_ID,
        "companyId": COMPANIES[0],
        "firstName": "Minh Anh",
        "lastName": "Nguyen",
        "phone": "+84 903-118-264",
        "email": EMAIL,
        "address": {"street": "278 Hoa Binh", "city": "Ho Chi Minh", "zip": "72000", "country": "VN"},
        "pets": [{"id": "pet01", "name": "Mây", "type": "CAT", "breed": "Anh lông ngắn", "gender": "FEMALE"}],
        "lifeCycle": {"id": "lcyc01", "name": "New"},
        "actionStatus": {"id": "acts01", "name": "To call", "color": "#F59E0B"},
        "referralSource": {"id": "crs01", "name": "Facebook"},
        "createdTime": as_rfc3339(start - 4 * DAY),
        "lastUpdatedTime": as_rfc3339(start - 4 * DAY),
        "complianceConfig": {
            "serviceRelatedChannels": ["COMPLIANCE_CHANNEL_SMS"],
            "marketingCampaignsChannels": ["COMPLIANCE_CHANNEL_EMAIL"],
            "isAgreedMarketingPolicy": True,
            "isConsented": True,
        },
        "customFields": {"field_101": {"string": "Lông ngắn"}, "field_102": {"int64": "3"}},
    }
    contacted = {
        "lifeCycle": {"id": "lcyc02", "name": "Contacted"},
        "lastUpdatedTime": as_rfc3339(start + DAY + 3 * HOUR),
    }
    for day in range(3):
        sheet.put("moego-lead", day, moego if day == 0 else moego | contacted)


def _write_shopping(sheet: Sheet, start: int) -> None:
    who = _row("Website", customerId=WEB_ID, customerName="Minh Anh Nguyễn", customerEmail=EMAIL)
    cat_food, clipper = PRODUCTS[1], PRODUCTS[8]
    seen: Entry = {"productSku": cat_food.sku, "productName": cat_food.name, "productCategory": cat_food.category}
    seen |= {"productCategoryId": cat_food.category_id, "price": cat_food.price}
    actions: tuple[tuple[int, int, str, Entry], ...] = (
        (0, 8, "Search", {"textResult": "hạt cho mèo", "longResult": 14}),
        (0, 9, "View", {}),
        (0, 10, "AddToCart", {"quantity": 2}),
        (1, 20, "Wishlist", {}),
        (2, 12, "Purchase", {"quantity": 2, "actionStatus": "completed", "boolResult": True}),
    )
    for number, (day, hour, action, more) in enumerate(actions, start=1):
        event = {"actionId": f"MA{number:09d}", "action": action, "actionAt": start + day * DAY + hour * HOUR}
        sheet.put("customer-product-activity", day, who | seen | event | more)
    product: Entry = {"productSku": clipper.sku, "productName": clipper.name, "productPrice": clipper.price}
    comment: Entry = {
        "commentId": "CM-MA-1",
        "content": "Máy này cắt lông mèo có êm không shop?",
        "ipAddress": "203.0.113.7",
    }
    comment |= {"commentedAt": start + 21 * HOUR, "productId": "PID32632526325", "parentCommentId": None}
    sheet.put(
        "customer-product-comment", 0, who | product | comment | {"customFieldTexts": {"customField01": "tag:question"}}
    )
    husband = _row("Website", customerId="guest-bao", customerName="Quốc Bảo Trần", customerPhone="0918.220.417")
    reply: Entry = {"commentId": "CM-MA-2", "parentCommentId": "CM-MA-1", "content": "Êm lắm em, anh thử rồi"}
    sheet.put("customer-product-comment", 1, husband | product | reply | {"commentedAt": start + DAY + 8 * HOUR})
    review: Entry = {"reviewId": "RV-MA-1", "rating": 5, "title": "Rất hài lòng", "content": "Mèo nhà mình ăn hết veo."}
    review |= {"reviewedAt": start + 2 * DAY + 20 * HOUR, "imageLinks": ["https://cdn.example.com/rv/ma-1.jpg"]}
    bought: Entry = {"productSku": cat_food.sku, "productName": cat_food.name, "productPrice": cat_food.price}
    sheet.put("customer-product-review", 2, who | bought | review)
    subscription = who | {"customerPhone": "0903-118-264", "subscribeId": "SB-MA-1", "subscribeAt": start + 22 * HOUR}
    subscription |= {"productSku": cat_food.sku, "productName": cat_food.name, "status": "Subscribed"}
    sheet.put("customer-product-subscriber", 0, subscription | {"subscribeEmail": True, "subscribePhone": False})


def _write_mailings(sheet: Sheet, start: int) -> None:
    mail = _row("EDM-Platform", id="<ma-1@mta.example.com>", email=EMAIL, serviceProvider="Brevo", campaignId="EM-04")
    mail |= {
        "campaignName": "Tháng chăm sóc thú cưng",
        "subject": "Mèo của bạn cũng cần đi spa",
        "templateId": "T-EM-04",
    }
    for number, event in enumerate(("sent", "opened", "clicked")):
        timestamp = start + DAY + 8 * HOUR + number * HOUR // 4
        more = {"link": "https://shop.example.com/uu-dai?c=EM-04"} if event == "clicked" else {}
        sheet.put(
            "email-interaction", 1, mail | {"event": event, "eventAt": timestamp, "actionAt": timestamp + 900} | more
        )
    text = _row("SMS-GW", id="0000000000731", phoneNumber="0903.118.264", serviceProvider="SMSGWA", campaignId="SM-04")
    text |= {"campaignName": "Nhắc lịch hẹn", "text": "Nhac lich hen cham soc thu cung ngay mai"}
    for number, event in enumerate(("sent", "delivered")):
        sheet.put("sms-interaction", 2, text | {"event": event, "eventAt": start + 2 * DAY + (9 + number) * HOUR})
    # To the landline of both: nobody can say to whom.
    shared = text | {"id": "0000000000732", "phoneNumber": "842838226415", "event": "failed", "reason": "máy bàn"}
    sheet.put("sms-interaction", 2, shared | {"eventAt": start + 2 * DAY + 10 * HOUR})
