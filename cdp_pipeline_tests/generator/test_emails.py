import random
import re

from cdp_pipeline.generator.emails import DOMAINS, MailProvider
from cdp_pipeline.generator.names import Name

MINH_ANH = Name("Nguyễn", "Thị Minh", "Anh")


def test_addresses_come_from_the_name_and_never_meet() -> None:
    draw, provider = random.Random(1).random, MailProvider(3, 2000)
    addresses = [provider.address(draw, MINH_ANH, place) for place in range(2000)]
    assert len(set(addresses)) == len(addresses)
    assert all(re.fullmatch(r"[a-z._]*anh[a-z._]*\d+@[a-z.]+", address) for address in addresses)


def test_every_domain_is_reserved_for_examples() -> None:
    assert all(re.search(r"(^|\.)example\.(com|net|org)$", domain) for domain in DOMAINS)
