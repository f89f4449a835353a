# What other packages import from here; each is loaded at its first use.
from .campaigns import CAMPAIGNS as CAMPAIGNS, build_campaigns as build_campaigns
from .dimensions import STORES as STORES, build_stores as build_stores
from .products import PRODUCT_SOURCES as PRODUCT_SOURCES, PRODUCTS as PRODUCTS, build_products as build_products
