# What other packages import from here; each is loaded at its first use.
from .activities import (
    COMMENT_TIES as COMMENT_TIES,
    PROFILE_ACTIVITIES as PROFILE_ACTIVITIES,
    TIMELINE as TIMELINE,
    build_comment_ties as build_comment_ties,
    build_profile_activities as build_profile_activities,
)
from .activity_counts import (
    PROFILE_ACTIVITY_COUNTS as PROFILE_ACTIVITY_COUNTS,
    ActivityParts as ActivityParts,
    build_profile_activity_counts as build_profile_activity_counts,
)
from .engagement import PROFILE_ENGAGEMENT as PROFILE_ENGAGEMENT, build_profile_engagement as build_profile_engagement
from .products_of_persons import PROFILE_PRODUCTS as PROFILE_PRODUCTS, build_profile_products as build_profile_products
from .recency import PROFILE_RECENCY as PROFILE_RECENCY, build_profile_recency as build_profile_recency
from .subscriptions import (
    PROFILE_SUBSCRIPTIONS as PROFILE_SUBSCRIPTIONS,
    build_profile_subscriptions as build_profile_subscriptions,
)
